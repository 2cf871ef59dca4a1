package bounce_test

import (
	"net/mail"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"relance/channels"
	"relance/channels/bounce"
)

const secret = "0123456789abcdef0123456789abcdef"

func addresses(t testing.TB) *bounce.Addresses {
	t.Helper()
	a, err := bounce.NewAddresses("bounce@agence.example", []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var message = channels.Message{Ticket: "17", ID: "msg_01jdk3v8q2m5r7t9w1x3y5z7ab"}

func TestAnAddressComesBack(t *testing.T) {
	t.Parallel()
	a := addresses(t)
	rapid.Check(t, func(t *rapid.T) {
		m := channels.Message{
			Ticket: rapid.StringMatching(`[0-9]{1,2}`).Draw(t, "ticket"),
			ID:     "msg_" + rapid.StringMatching(`[0-9a-hjkmnp-tv-z]{26}`).Draw(t, "id"),
		}
		made := a.Return(m)
		if local, _, _ := strings.Cut(made, "@"); len(local) > 64 || made == "" {
			t.Fatalf("%q: a local part has 64 octets at most", made)
		}
		if p, err := mail.ParseAddress(made); err != nil || p.Address != made {
			t.Fatalf("%q is not an address: %v", made, err)
		}
		for _, form := range []string{made, "<" + strings.ToUpper(made) + ">"} {
			got, ok := a.Read(form)
			if !ok || got != (bounce.Subject{Ticket: m.Ticket, ID: m.ID}) || !a.Takes(form) {
				t.Fatalf("%q reads %+v, %v", form, got, ok)
			}
		}
	})
}

func TestTheLongestNameLeavesRoom(t *testing.T) {
	t.Parallel()
	a, err := bounce.NewAddresses(strings.Repeat("b", bounce.LongestName)+"@agence.example", []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	if local, _, _ := strings.Cut(a.Return(message), "@"); len(local) != 64 {
		t.Errorf("%q has %d octets, want the 64 there may be", local, len(local))
	}
}

func TestForgedAddresses(t *testing.T) {
	t.Parallel()
	a := addresses(t)
	good := a.Return(message)
	elsewhere, err := bounce.NewAddresses("bounce@agence.example", []byte(strings.Repeat("x", 32)))
	if err != nil {
		t.Fatal(err)
	}
	for name, address := range map[string]string{
		"another message":       strings.Replace(good, "7ab-", "7ac-", 1),
		"another ticket":        strings.Replace(good, "+17-", "+18-", 1),
		"another installation":  elsewhere.Return(message),
		"another domain":        strings.Replace(good, "agence.example", "agence.example.net", 1),
		"another name":          strings.Replace(good, "bounce+", "bounces+", 1),
		"cut short":             strings.Replace(good, "@", "", 1),
		"without the last sign": good[:strings.IndexByte(good, '@')-1] + "@agence.example",
		"no token":              "bounce@agence.example",
		"an empty token":        "bounce+@agence.example",
		"a newline":             good + "\r\nRCPT TO:<x@example.org>",
		"nothing":               "",
	} {
		if _, ok := a.Read(address); ok || a.Takes(address) {
			t.Errorf("%s is taken: %q", name, address)
		}
	}
	if _, ok := a.Read("bounce+complaints@agence.example"); ok || !a.Takes("bounce+complaints@agence.example") {
		t.Error("the address for complaints is taken, and names no message")
	}
}

func TestMessagesWithoutAnAddress(t *testing.T) {
	t.Parallel()
	a := addresses(t)
	for name, m := range map[string]channels.Message{
		"no ticket":      {ID: message.ID},
		"no id":          {Ticket: "1"},
		"a hyphen":       {Ticket: "1", ID: "a-b"},
		"capitals":       {Ticket: "1", ID: "MSG_1"},
		"too long an id": {Ticket: "1", ID: strings.Repeat("a", 40)},
	} {
		if got := a.Return(m); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestNewAddressesRefuses(t *testing.T) {
	t.Parallel()
	for _, base := range []string{
		"", "bounce", "Bounces <bounce@example.org>", "bounce+x@example.org", "b..c@example.org", "bounce@é.example", "bounce@localhost",
		strings.Repeat("b", bounce.LongestName+1) + "@example.org",
	} {
		if _, err := bounce.NewAddresses(base, []byte(secret)); err == nil {
			t.Errorf("%q is taken", base)
		}
	}
	if _, err := bounce.NewAddresses("bounce@example.org", []byte("short")); err == nil {
		t.Error("a short secret is taken")
	}
}
