// Package address reads phone numbers and email addresses as people type them
// and gives back the one form that is stored and sent to (RULES §4, "Phones").
package address

import (
	"strings"
	"unicode"
)

// Code says why an address is refused; it is stable and may be shown to programs.
type Code string

const (
	// InvalidNumber is no phone number of any country tried.
	InvalidNumber Code = "invalid_number"
	// NotMobile is a real number that takes no SMS: a landline, a special rate.
	NotMobile Code = "not_mobile"
	// CountryNotAllowed is a number of a country SMS are not sent to.
	CountryNotAllowed Code = "country_not_allowed"
	// InvalidEmail is no email address.
	InvalidEmail Code = "invalid_email"
)

// Error is every error of this package. It never holds the address.
type Error struct {
	Code Code
	// Message says what is wrong and what to do, for a person.
	Message string
}

func (e *Error) Error() string { return e.Message }

// visible removes what copying from a document or a spreadsheet leaves unseen:
// format characters (marks of direction, zero widths, soft hyphens) and controls.
// Every kind of space becomes a plain one.
func visible(raw string) string {
	if plain(raw) {
		return raw
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.IsControl(r):
			return -1
		}
		return r
	}, raw)
}

// plain says whether raw is printable ASCII, which hides nothing.
func plain(raw string) bool {
	for i := range len(raw) {
		if raw[i] < ' ' || raw[i] > '~' {
			return false
		}
	}
	return true
}
