package wording

import (
	"strings"
	"unicode"
)

const (
	leftToRightMark = "\u200e"
	rightToLeftMark = "\u200f"
)

// steer keeps the groups of a phone number in order among letters that go from right to left: without the
// mark "04 75" is shown as "75 04".
func steer(vars map[string]any) {
	if phone, ok := vars["phone"].(string); ok {
		vars["phone"] = leftToRightMark + phone
	}
}

// rightToLeft marks the lines that programs would take for left to right, because their first letter is:
// most begin with the name of the organisation. Lines without a letter from right to left stay.
func rightToLeft(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		first := strings.IndexFunc(line, unicode.IsLetter)
		if arabic := strings.IndexFunc(line, isRightToLeft); arabic > first {
			b.WriteString(rightToLeftMark)
		}
		b.WriteString(line)
	}
	return b.String()
}

func isRightToLeft(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko) && unicode.IsLetter(r)
}
