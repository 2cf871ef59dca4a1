package text

import (
	"cmp"
	"unicode"
)

// equivalent returns the GSM-7 text that means the same as r when accents alone
// do not tell, or nothing. Letters that are a base and accents are found by closest.
func equivalent(r rune) string {
	if r == '\t' || unicode.Is(unicode.Zs, r) {
		return " "
	}
	return cmp.Or(letter(r), punctuation(r), symbol(r))
}

// letter gives ligatures and letters with a stroke, which have no decomposition.
func letter(r rune) string {
	switch r {
	case 'œ':
		return "oe"
	case 'Œ':
		return "OE"
	case 'ĳ':
		return "ij"
	case 'Ĳ':
		return "IJ"
	case 'ẞ':
		return "SS"
	case 'ﬀ':
		return "ff"
	case 'ﬁ':
		return "fi"
	case 'ﬂ':
		return "fl"
	case 'ł':
		return "l"
	case 'Ł':
		return "L"
	case 'đ':
		return "d"
	case 'Đ':
		return "D"
	case 'ħ':
		return "h"
	case 'Ħ':
		return "H"
	case 'ı':
		return "i"
	}
	return ""
}

func punctuation(r rune) string {
	switch r {
	case '‘', '’', '‚', '‛', '′', '´', '`', '‹', '›', 'ʼ':
		return "'"
	case '“', '”', '„', '‟', '″', '«', '»':
		return `"`
	case '…':
		return "..."
	case '‐', '‑', '‒', '–', '—', '―', '−', '•':
		return "-"
	case '·', '‧', '∙':
		return "." // "invité·e"
	case '\u0085', '\u2028', '\u2029':
		return "\n"
	}
	return ""
}

func symbol(r rune) string {
	switch r {
	case '×':
		return "x"
	case '¹':
		return "1"
	case '²':
		return "2"
	case '³':
		return "3"
	case 'ª':
		return "a"
	case 'º':
		return "o"
	case '¼':
		return "1/4"
	case '½':
		return "1/2"
	case '¾':
		return "3/4"
	case '©':
		return "(c)"
	case '®':
		return "(r)"
	case '™':
		return "(tm)"
	case '№':
		return "No"
	}
	return ""
}

// vanishes says whether r shows nothing and joins nothing, so can go.
func vanishes(r rune) bool {
	switch r {
	case '\u00AD', '\u200B', '\u2060', '\uFEFF':
		return true
	}
	return false
}
