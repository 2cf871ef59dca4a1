package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Rewrite replaces the characters GSM-7 lacks where meaning survives (RULES §4):
// ê→e, ç→c, œ→oe, «»→", ’→', …→..., –→-, any odd space→space; accents typed
// apart from their letter are composed first. What GSM-7 has never changes, and
// what has no honest equivalent (Arabic, Cyrillic, emoji) stays as it is, so that
// the text then travels as UCS-2. Rewriting twice changes nothing more.
func Rewrite(s string) string {
	if inGSM7(s) {
		return s
	}
	s = visible(s)
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if n := plainRun(s[i:]); n > 0 {
			out = append(out, s[i:i+n]...)
			i += n
			continue
		}
		n := cluster(s[i:])
		before, _ := utf8.DecodeLastRune(out)
		out = append(out, fold(s[i:i+n], before)...)
		i += n
	}
	return string(out)
}

// visible drops what shows nothing, first of all, since what stands around it may
// belong together. Bytes that are no text become U+FFFD, for they may too.
func visible(s string) string {
	keepMarks := hasRightToLeft(s)
	return strings.Map(func(r rune) rune {
		if vanishes(r) || directional(r) && !keepMarks {
			return -1
		}
		return r
	}, s)
}

// cluster returns the length of the first character of s with all its accents.
func cluster(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	for n < len(s) {
		next := norm.NFC.PropertiesString(s[n:])
		if next.BoundaryBefore() {
			break
		}
		n += next.Size()
	}
	return n
}

// plainRun returns how many bytes of s can be copied unseen: ASCII of GSM-7, but
// for a last character that an accent may follow.
func plainRun(s string) int {
	n := 0
	for n < len(s) && s[n] < utf8.RuneSelf && septets(rune(s[n])) > 0 {
		n++
	}
	if n < len(s) {
		n--
	}
	return n
}

// fold returns what stands for one character and its accents, the original when
// nothing honest does.
func fold(original string, before rune) string {
	if inGSM7(original) {
		return original
	}
	composed := norm.NFC.String(original)
	if inGSM7(composed) {
		return composed
	}
	runes := []rune(composed)
	first, accents := runes[0], runes[1:]
	if !onlyAccents(accents) {
		return original
	}
	if first == '°' && (before == 'n' || before == 'N') {
		return "o" // "n° 3": elsewhere it may be a temperature
	}
	if plain := equivalent(first); plain != "" {
		return plain
	}
	if plain, ok := closest(original); ok {
		return plain
	}
	return original
}

// closest drops accents from a Latin letter, the last first, until GSM-7 has it:
// ǜ gives ü, ế gives e.
func closest(original string) (string, bool) {
	runes := []rune(norm.NFD.String(original))
	if !asciiLetter(runes[0]) || !onlyAccents(runes[1:]) {
		return "", false
	}
	for n := min(len(runes), 2); n > 0; n-- { // GSM-7 has no letter with two accents
		if c := norm.NFC.String(string(runes[:n])); inGSM7(c) {
			return c, true
		}
	}
	return "", false
}

func asciiLetter(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

func onlyAccents(runes []rune) bool {
	for _, r := range runes {
		if !unicode.Is(unicode.Mn, r) {
			return false
		}
	}
	return true
}

// directional says whether r only steers the direction of the text around it.
func directional(r rune) bool {
	return r == 0x200E || r == 0x200F || 0x202A <= r && r <= 0x202E || 0x2066 <= r && r <= 0x2069
}

// hasRightToLeft says whether direction marks may mean something in s.
func hasRightToLeft(s string) bool {
	for _, r := range s {
		if r >= 0x590 && unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko) {
			return true
		}
	}
	return false
}
