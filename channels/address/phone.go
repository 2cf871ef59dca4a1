package address

import (
	"slices"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// longest is far above any number with its punctuation; more is not a phone.
const longest = 40

// Phone returns raw as an E.164 mobile number ("+33612345678") that SMS may be
// sent to. allowed lists ISO countries; nil means metropolitan France and every
// French territory that has a code of its own. A number written without its
// country is tried as one of FR, GP, GF, MQ, RE and YT, in that order.
// Errors: *Error with InvalidNumber, CountryNotAllowed or NotMobile.
func Phone(raw string, allowed []string) (string, error) {
	n, kind := read(raw)
	if kind == phonenumbers.UNKNOWN {
		return "", invalidNumber()
	}
	if !mayReach(phonenumbers.GetRegionCodeForNumber(n), allowed) {
		return "", &Error{CountryNotAllowed, "SMS are not sent to the country of this number. Give a number of an allowed country, or add the country to the allowed ones."}
	}
	if kind != phonenumbers.MOBILE && kind != phonenumbers.FIXED_LINE_OR_MOBILE {
		return "", &Error{NotMobile, "This number is not a mobile and cannot receive SMS. Give a mobile number, or an email address."}
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

// Number returns raw as an E.164 number of any kind and any country, a landline
// as well as a mobile. The error is an *Error with InvalidNumber.
func Number(raw string) (string, error) {
	n, kind := read(raw)
	if kind == phonenumbers.UNKNOWN {
		return "", invalidNumber()
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

func invalidNumber() error {
	return &Error{InvalidNumber, "This is not a phone number in service. Check its digits, or write it with its country: +33 6…"}
}

// mayReach says whether SMS may go to country.
func mayReach(country string, allowed []string) bool {
	if allowed != nil {
		return slices.Contains(allowed, country)
	}
	switch country {
	case "FR", "GP", "GF", "MQ", "RE", "YT", "BL", "MF", "PM", "NC", "PF", "WF":
		return true
	}
	return false
}

// read returns the number and what libphonenumber says it is; UNKNOWN means that
// no plan has it.
func read(raw string) (*phonenumbers.PhoneNumber, phonenumbers.PhoneNumberType) {
	s, ok := compact(raw)
	if !ok {
		return nil, phonenumbers.UNKNOWN
	}
	for _, plan := range [...]plan{{"FR", 33}, {"GP", 590}, {"GF", 594}, {"MQ", 596}, {"RE", 262}, {"YT", 262}} {
		n, err := plan.parse(s)
		if err != nil {
			continue
		}
		if kind := phonenumbers.GetNumberType(n); kind != phonenumbers.UNKNOWN {
			return n, kind
		}
		if s[0] == '+' {
			break // it names its country: the other plans would read the same
		}
	}
	return nil, phonenumbers.UNKNOWN
}

// plan is a numbering plan a number without its country may belong to.
type plan struct {
	region string
	code   int32
}

// parse reads s as dialled in the plan's region. The two shapes almost everybody
// types need no search for prefixes, which is most of what parsing costs; whether
// the number exists is asked of libphonenumber for them as for the rest.
func (p plan) parse(s string) (*phonenumbers.PhoneNumber, error) {
	if len(s) == 10 && s[0] == '0' && s[1] != '0' {
		if nine, ok := digits(s[1:]); ok {
			return &phonenumbers.PhoneNumber{CountryCode: &p.code, NationalNumber: &nine}, nil
		}
	}
	if len(s) == 12 && strings.HasPrefix(s, "+33") && s[3] != '0' {
		if nine, ok := digits(s[3:]); ok {
			france := int32(33)
			return &phonenumbers.PhoneNumber{CountryCode: &france, NationalNumber: &nine}, nil
		}
	}
	return phonenumbers.Parse(s, p.region)
}

func digits(s string) (uint64, bool) {
	var n uint64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + uint64(s[i]-'0')
	}
	return n, true
}

// compact drops what people put between digits. It refuses letters, which
// libphonenumber would dial as a keypad does, and what is too long to be a number.
func compact(raw string) (string, bool) {
	raw = visible(raw)
	var b strings.Builder
	b.Grow(len(raw))
	for _, r := range raw {
		switch {
		case r == ' ', r == '.', r == '-', r == '(', r == ')', r == '\u2010', r == '\u2011', r == '\u2013':
		case unicode.IsLetter(r):
			return "", false
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), b.Len() > 0 && b.Len() <= longest
}
