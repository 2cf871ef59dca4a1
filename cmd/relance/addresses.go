package main

import (
	"errors"
	"regexp"
	"strings"

	"relance/channels/address"
	"relance/engine"
)

// addresses is engine.Addresses over channels/address.
type addresses struct {
	countries []string // whose mobiles may get SMS; nil: France and its territories
	// fiction takes the mobiles that Arcep keeps for fiction too: a demo's people must
	// have numbers that can never be anybody's, and no real installation may write to them.
	fiction bool
}

// fictional are 06 39 98 00 00 to 99 99, as people write them, digits only.
var fictional = regexp.MustCompile(`^(?:0|\+?33|0033)(63998\d{4})$`)

// separators are what people write between the digits of a number.
var separators = strings.NewReplacer(" ", "", ".", "", "-", "")

// asFiction is the number in E.164 when it is one kept for fiction.
func asFiction(raw string) (string, bool) {
	if m := fictional.FindStringSubmatch(separators.Replace(raw)); m != nil {
		return "+33" + m[1], true
	}
	return "", false
}

var _ engine.Addresses = addresses{}

// Phone implements engine.Addresses.
func (a addresses) Phone(raw string) (string, *engine.Field) {
	if number, ok := asFiction(raw); ok && a.fiction {
		return number, nil
	}
	number, err := address.Phone(raw, a.countries)
	return number, fieldOf("/phone", err)
}

// Email implements engine.Addresses.
func (a addresses) Email(raw string) (string, *engine.Field) {
	email, err := address.Email(raw)
	return email, fieldOf("/email", err)
}

func fieldOf(pointer string, err error) *engine.Field {
	if err == nil {
		return nil
	}
	var known *address.Error
	if errors.As(err, &known) {
		return &engine.Field{Pointer: pointer, Code: string(known.Code), Message: known.Message}
	}
	return &engine.Field{Pointer: pointer, Code: "invalid", Message: "cannot be read"}
}
