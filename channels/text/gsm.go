// Package text knows how an SMS text is carried: which characters GSM-7 has,
// how a text is rewritten to stay within it, and into how many parts it is cut
// (RULES §4). It knows no provider and no language.
package text

// Encoding is how the characters of an SMS travel.
type Encoding string

const (
	// GSM7 packs 160 septets in a single SMS, 153 in each part of a longer one.
	GSM7 Encoding = "GSM-7"
	// UCS2 carries 70 UTF-16 units in a single SMS, 67 in each part of a longer one.
	UCS2 Encoding = "UCS-2"
)

// limits returns how many units fit in an SMS sent alone, and in each part of
// several (3GPP TS 23.040: the header that joins parts takes 7 septets or 3 units).
func (e Encoding) limits() (alone, part int) {
	if e == GSM7 {
		return 160, 153
	}
	return 70, 67
}

// cost returns how many units r takes.
func (e Encoding) cost(r rune) int {
	switch {
	case e == GSM7:
		return septets(r)
	case r > 0xFFFF:
		return 2
	default:
		return 1
	}
}

// septets returns what r costs in GSM-7: 1 in the default alphabet, 2 in its
// extension (an escape comes first), 0 when GSM-7 has no such character
// (3GPP TS 23.038 §6.2.1).
func septets(r rune) int {
	switch r {
	case '\f', '^', '{', '}', '\\', '[', '~', ']', '|', '€':
		return 2
	case '`':
		return 0
	case '\n', '\r',
		'£', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', 'Ø', 'ø', 'Å', 'å',
		'Δ', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ',
		'Æ', 'æ', 'ß', 'É', '¤', '¡', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
		'¿', 'ä', 'ö', 'ñ', 'ü', 'à':
		return 1
	}
	if ' ' <= r && r <= '~' {
		return 1
	}
	return 0
}

// inGSM7 says whether every character of s is in GSM-7.
func inGSM7(s string) bool {
	for _, r := range s {
		if septets(r) == 0 {
			return false
		}
	}
	return true
}
