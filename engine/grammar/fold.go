package grammar

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// folded is a text without what does not matter.
type folded struct {
	words []string // letters and digits; or one sign, such as a thumb; or unreadable
	asks  bool     // there is a question mark
}

// unreadable stands for a sign that changes what a number is: money, a percentage.
const unreadable = "%"

// smileys are typed with letters and digits that are no words: <3 is not an answer.
var smileys = regexp.MustCompile(`<3+|[:;=][-'^]?[dpox]\b`)

// alike are letters that people do not tell apart, or that decompose into nothing.
var alike = strings.NewReplacer("œ", "oe", "æ", "ae", "ß", "ss", "ø", "o", "ı", "i", "ґ", "г",
	"ى", "ي", "ة", "ه", "ک", "ك", "ی", "ي", "ـ", "", "º", " ", "ª", " ", "°", " ")

// zeros begin the digits that people here may type beside ours; full-width and circled ones decompose.
const zeros = "٠۰०০"

// Normalise is the text without case, accents, punctuation and spaces that do not matter; a question
// mark stays at its end. It means the same.
func Normalise(text string) string {
	t := fold(text)
	if t.asks {
		t.words = append(t.words, "?")
	}
	return joined(t.words)
}

func joined(words []string) string { return strings.Join(words, " ") }

func fold(text string) folded {
	s := strings.ToLower(text)
	s = smileys.ReplaceAllString(s, " ")
	s = strings.ToLower(norm.NFKD.String(alike.Replace(s)))
	s = alike.Replace(norm.NFKD.String(s))
	var b strings.Builder
	for _, r := range s {
		write(&b, r)
	}
	t := folded{words: strings.Fields(b.String()), asks: strings.ContainsAny(text, "?؟？")}
	for i, w := range t.words {
		t.words[i] = shortened(w)
	}
	t.words = slices.DeleteFunc(t.words, func(w string) bool { return w == "" })
	return t
}

// write adds what is left of a rune.
func write(b *strings.Builder, r rune) {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf): // accents, keycaps, joiners, directions
	case unicode.IsDigit(r):
		b.WriteRune(western(r))
	case unicode.IsLetter(r):
		b.WriteRune(r)
	case unicode.Is(unicode.So, r):
		b.WriteString(" " + string(r) + " ")
	case r == '%' || r == '‰' || r == '٪' || unicode.Is(unicode.Sc, r):
		b.WriteString(" " + unreadable + " ")
	default:
		b.WriteByte(' ')
	}
}

func western(r rune) rune {
	for _, zero := range zeros {
		if r >= zero && r <= zero+9 {
			return '0' + r - zero
		}
	}
	return r
}

// shortened takes a letter written three times or more for one: ouiiii.
func shortened(word string) string {
	runes := []rune(word)
	out := runes[:0:0]
	for i := 0; i < len(runes); {
		n := i + 1
		for n < len(runes) && runes[n] == runes[i] {
			n++
		}
		if n-i >= 3 && unicode.IsLetter(runes[i]) {
			out = append(out, runes[i])
		} else {
			out = append(out, runes[i:n]...)
		}
		i = n
	}
	return string(out)
}

func isSign(word string) bool {
	r := []rune(word)
	return len(r) == 1 && unicode.Is(unicode.So, r[0])
}
