package address_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"relance/channels/address"
)

type sample struct {
	ID, Raw, Normalised string
	Valid               bool
}

func samples(t *testing.T) (phones, emails []sample) {
	t.Helper()
	raw, err := os.ReadFile("testdata/messages.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases struct{ Phones, Emails []sample }
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases.Phones) < 40 || len(cases.Emails) < 25 {
		t.Fatalf("only %d phones and %d emails", len(cases.Phones), len(cases.Emails))
	}
	return cases.Phones, cases.Emails
}

func TestNumbersOfPublicServices(t *testing.T) {
	t.Parallel()
	phones, _ := samples(t)
	for _, c := range phones {
		got, err := address.Number(c.Raw)
		if (err == nil) != c.Valid || strings.TrimPrefix(got, "+") != c.Normalised {
			t.Errorf("%s %q: %q, %v; want %q", c.ID, c.Raw, got, err, c.Normalised)
		}
		if err != nil && code(err) != address.InvalidNumber {
			t.Errorf("%s: code %q", c.ID, code(err))
		}
	}
}

func TestEmailsOfPublicServices(t *testing.T) {
	t.Parallel()
	_, emails := samples(t)
	for _, c := range emails {
		got, err := address.Email(c.Raw)
		if (err == nil) != c.Valid || got != c.Normalised {
			t.Errorf("%s %q: %q, %v; want %q", c.ID, c.Raw, got, err, c.Normalised)
		}
	}
}

func TestPhone(t *testing.T) {
	t.Parallel()
	cases := []struct {
		raw     string
		allowed []string
		want    string
		code    address.Code
	}{
		{raw: "06 12 34 56 78", want: "+33612345678"},
		{raw: "07.82.60.59.41", want: "+33782605941"},
		{raw: "+33612345678", want: "+33612345678"},
		{raw: "+33-(0)6-12-34-56-78", want: "+33612345678"},
		{raw: "0033612345678", want: "+33612345678"},
		{raw: "\u202a06\u00a012\u200934 56 78\u202c\ufeff", want: "+33612345678"},
		{raw: "0690 00 12 34", want: "+590690001234"},
		{raw: "0694 12 34 56", want: "+594694123456"},
		{raw: "0696 12 34 56", want: "+596696123456"},
		{raw: "0692 12 34 56", want: "+262692123456"},
		{raw: "0639 69 12 34", want: "+262639691234"},
		{raw: "٠٦١٢٣٤٥٦٧٨", want: "+33612345678"},
		{raw: "+687 75 12 34", want: "+687751234"},
		{raw: "+689 87 12 34 56", want: "+68987123456"},
		{raw: "01 42 24 90 62", code: address.NotMobile},
		{raw: "08 99 12 34 56", code: address.NotMobile},
		{raw: "+44 7400 123456", code: address.CountryNotAllowed},
		{raw: "+44 7400 123456", allowed: []string{"FR", "GB"}, want: "+447400123456"},
		{raw: "+1 201 400 0000", allowed: []string{"US"}, want: "+12014000000"},
		{raw: "06 12 34 56 78", allowed: []string{"GB"}, code: address.CountryNotAllowed},
		{raw: "06 12 34 56 78", allowed: []string{}, code: address.CountryNotAllowed},
		{raw: "", code: address.InvalidNumber},
		{raw: "   ", code: address.InvalidNumber},
		{raw: "0612345678 poste 3", code: address.InvalidNumber},
		{raw: "06123456780612345678", code: address.InvalidNumber},
		{raw: "06 12 34 56 78 / 07 82 60 59 41", code: address.InvalidNumber},
		{raw: strings.Repeat("1", 500), code: address.InvalidNumber},
	}
	for _, c := range cases {
		got, err := address.Phone(c.raw, c.allowed)
		if got != c.want || code(err) != c.code {
			t.Errorf("%q to %v: %q, %q; want %q, %q", c.raw, c.allowed, got, code(err), c.want, c.code)
		}
	}
}

func TestEmail(t *testing.T) {
	t.Parallel()
	cases := []struct{ raw, want string }{
		{"Awa.Diop+rdv@Example.FR", "Awa.Diop+rdv@example.fr"},
		{"\u200bawa@example.fr\u00a0", "awa@example.fr"},
		{"awa@Préfecture.fr", "awa@xn--prfecture-c4a.fr"},
		{"awa@xn--prfecture-c4a.fr", "awa@xn--prfecture-c4a.fr"},
		{".awa@example.fr", ""},
		{"awa.@example.fr", ""},
		{"a..b@example.fr", ""},
		{"@example.fr", ""},
		{"awa@", ""},
		{"awa@example.fr.", ""},
		{"awa@-example.fr", ""},
		{"awa@example.f", ""},
		{"awa diop@example.fr", ""},
		{"awa@example.fr\r\nBcc: x@example.fr", ""},
		{strings.Repeat("a", 64) + "@example.fr", strings.Repeat("a", 64) + "@example.fr"},
		{strings.Repeat("a", 65) + "@example.fr", ""},
		{"a@" + strings.Repeat("b", 64) + ".fr", ""},
		{"a@" + strings.Repeat("bb.", 90) + "fr", ""},
	}
	for _, c := range cases {
		got, err := address.Email(c.raw)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: %q, %v; want %q", c.raw, got, err, c.want)
		}
	}
}

func code(err error) address.Code {
	var e *address.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// The short way must never answer otherwise than libphonenumber reading the text.
func TestShortWayAgreesWithTheLibrary(t *testing.T) {
	t.Parallel()
	shapes := []string{`0[0-9]{9}`, `0[67][0-9]{8}`, `069[0-9]{7}`, `06[34]9?[0-9]{6,7}`, `\+33[0-9]{9}`, `0033[1-9][0-9]{8}`, `33[67][0-9]{8}`, `002902[2-7][0-9]{3}`}
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.StringMatching(rapid.SampledFrom(shapes).Draw(t, "shape")).Draw(t, "raw")
		got, err := address.Number(raw)
		if want := byTheLibrary(raw); got != want || (err == nil) != (want != "") {
			t.Fatalf("%q: %q, want %q", raw, got, want)
		}
	})
}

func byTheLibrary(raw string) string {
	for _, region := range []string{"FR", "GP", "GF", "MQ", "RE", "YT"} {
		n, err := phonenumbers.Parse(raw, region)
		if err == nil && phonenumbers.IsValidNumber(n) {
			return phonenumbers.Format(n, phonenumbers.E164)
		}
	}
	return ""
}

func FuzzPhone(f *testing.F) {
	f.Add("06 12 34 56 78")
	f.Add("+33 (0)6 12 34 56 78")
	f.Add("tel:+33612345678;ext=1")
	f.Add("+;phone-context=+33")
	f.Fuzz(func(t *testing.T, raw string) {
		e164, err := address.Phone(raw, nil)
		if err != nil {
			if e164 != "" || code(err) == "" {
				t.Fatalf("%q: %q with %v", raw, e164, err)
			}
			return
		}
		if again, err := address.Phone(e164, nil); err != nil || again != e164 {
			t.Fatalf("%q gave %q, which gives %q, %v", raw, e164, again, err)
		}
	})
}

func FuzzEmail(f *testing.F) {
	f.Add("a@b.fr")
	f.Add("é@xn--a.fr")
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := address.Email(raw)
		if err != nil {
			return
		}
		if again, err := address.Email(got); err != nil || again != got || strings.ContainsAny(got, " \r\n<>,;\"") {
			t.Fatalf("%q gave %q, which gives %q, %v", raw, got, again, err)
		}
	})
}

func BenchmarkPhone(b *testing.B) {
	for _, raw := range []string{"0612345678", "06 12 34 56 78", "+33612345678", "07.82.60.59.41", "+33 (0)6 12 34 56 78", "0692 12 34 56", "01 42 24 90 62"} {
		b.Run(raw, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = address.Phone(raw, nil)
			}
		})
	}
}

func BenchmarkEmail(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = address.Email("awa.diop@example.fr")
	}
}

func ExamplePhone() {
	e164, _ := address.Phone("06 12 34 56 78", nil)
	fmt.Println(e164)
	_, err := address.Phone("01 42 24 90 62", nil)
	fmt.Println(err)
	// Output:
	// +33612345678
	// This number is not a mobile and cannot receive SMS. Give a mobile number, or an email address.
}
