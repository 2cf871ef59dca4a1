package text_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"relance/channels/text"
)

func TestFragmentsOfTheStandard(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/messages.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases struct {
		Fragments []struct {
			ID, Text string
			Encoding text.Encoding
			Units    *int
			Count    int
		}
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases.Fragments) < 90 {
		t.Fatalf("only %d cases", len(cases.Fragments))
	}
	for _, c := range cases.Fragments {
		got := text.Split(c.Text)
		if got.Encoding != c.Encoding || len(got.Parts) != c.Count || c.Units != nil && got.Units != *c.Units {
			t.Errorf("%s: %s, %d units, %d parts; want %s, %v, %d", c.ID, got.Encoding, got.Units, len(got.Parts), c.Encoding, c.Units, c.Count)
		}
		checkParts(t, c.Text)
	}
}

func TestRewrite(t *testing.T) {
	t.Parallel()
	cases := []struct{ in, want string }{
		{"", ""},
		{"Rendez-vous à l'école, été", "Rendez-vous à l'école, été"},
		{"éèàùÉÇäöüñ", "éèàùÉÇäöüñ"},
		{"Forêt, garçon, reçu, Noël", "Foret, garcon, recu, Noel"},
		{"cœur Œuvre", "coeur OEuvre"},
		{"«oui»", `"oui"`},
		{"l’Église", "l'Église"},
		{"À bientôt…", "A bientot..."},
		{"9–10 — 11", "9-10 - 11"},
		{"12\u00a0€, 10\u202fh", "12 €, 10 h"},
		{"e\u0301te\u0301, franc\u0327ais, foe\u0302t", "été, francais, foet"},
		{"n\u0303 N\u0303 u\u0308", "ñ Ñ ü"},
		{"Łódź, Đorđe, Nguyễn, ÿ", "Lodz, Dorde, Nguyen, y"},
		{"invité·e", "invité.e"},
		{"n° 3, N°4", "no 3, No4"},
		{"20 °C", "20 °C"},
		{"a\u200bb\ufeffc\u00add", "abcd"},
		{"\u202a06 12\u202c", "06 12"},
		{"\u200fمرحبا", "\u200fمرحبا"},
		{"مرحبا", "مرحبا"},
		{"Привіт, ї", "Привіт, ї"},
		{"Ok 👨\u200d👩\u200d👧", "Ok 👨\u200d👩\u200d👧"},
		{"1\ufe0f\u20e3", "1\ufe0f\u20e3"},
		{"a\tb", "a b"},
		{"ligne 1\r\nligne 2", "ligne 1\r\nligne 2"},
		{"ΔΦΓ ά", "ΔΦΓ ά"},
		{"^{}\\[~]|€", "^{}\\[~]|€"},
		{"`x`", "'x'"},
	}
	for _, c := range cases {
		if got := text.Rewrite(c.in); got != c.want {
			t.Errorf("Rewrite(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestFrenchTextFitsGSM7(t *testing.T) {
	t.Parallel()
	got := text.Split(text.Rewrite("Ça, là, où, naïf, crêpe, île, Zoé, œuf, « août », l’hôtel… 5 – 6, È Ê Ë À Â Î Ï Ô Ù Û Ü Ÿ Ç æ Æ"))
	if got.Encoding != text.GSM7 {
		t.Errorf("%q is %s", got.Text, got.Encoding)
	}
}

func TestPropertiesOfRewrite(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		once := text.Rewrite(s)
		if twice := text.Rewrite(once); twice != once {
			t.Fatalf("twice %q, once %q", twice, once)
		}
		if text.Split(s).Encoding == text.GSM7 && once != s {
			t.Fatalf("%q became %q", s, once)
		}
	})
}

// checkParts says what must be true of any text whatever.
func checkParts(t *testing.T, s string) {
	t.Helper()
	sms := text.Split(s)
	if strings.Join(sms.Parts, "") != s || sms.Text != s {
		t.Fatalf("parts of %q do not give it back: %q", s, sms.Parts)
	}
	limit := 160
	switch {
	case sms.Encoding == text.GSM7 && len(sms.Parts) > 1:
		limit = 153
	case sms.Encoding == text.UCS2 && len(sms.Parts) == 1:
		limit = 70
	case sms.Encoding == text.UCS2:
		limit = 67
	}
	total := 0
	for i, p := range sms.Parts {
		n := units(p, sms.Encoding)
		if n > limit || n == 0 && s != "" {
			t.Fatalf("part %d of %q has %d units, limit %d", i, s, n, limit)
		}
		total += n
		if i > 0 && sms.Encoding == text.UCS2 && len(p) > 0 && p[0]&0xC0 == 0x80 && strings.ToValidUTF8(s, "") == s {
			t.Fatalf("part %d of %q starts inside a character", i, s)
		}
	}
	if total != sms.Units {
		t.Fatalf("%q: parts have %d units, the whole %d", s, total, sms.Units)
	}
}

// units counts in its own way: extension characters by name, UTF-16 by the library.
func units(p string, e text.Encoding) int {
	if e == text.UCS2 {
		return len(utf16.Encode([]rune(p)))
	}
	n := len([]rune(p))
	for _, r := range p {
		if strings.ContainsRune("\f^{}\\[~]|€", r) {
			n++
		}
	}
	return n
}

func FuzzSplit(f *testing.F) {
	f.Add("bonjour")
	f.Add(strings.Repeat("€", 160))
	f.Add(strings.Repeat("a", 152) + "€€€" + strings.Repeat("b", 200))
	f.Add(strings.Repeat("😀", 67))
	f.Add("\xff\xfe" + strings.Repeat("é", 200))
	f.Fuzz(func(t *testing.T, s string) { checkParts(t, s) })
}

func FuzzRewrite(f *testing.F) {
	f.Add("e\u0301 « œ » ’ …")
	f.Add("e\u0301\u0302\u0303\xff")
	f.Add("n°\u0301 \u1100\u1161\u11a8")
	f.Fuzz(func(t *testing.T, s string) {
		once := text.Rewrite(s)
		if text.Rewrite(once) != once {
			t.Fatalf("not settled: %q, %q, %q", s, once, text.Rewrite(once))
		}
		if text.Split(s).Encoding == text.GSM7 && once != s {
			t.Fatalf("%q changed", s)
		}
		checkParts(t, once)
	})
}

func BenchmarkRewriteAndSplit(b *testing.B) {
	s := strings.Repeat("Vous êtes attendu·e à l’hôtel du département. ", 6)
	b.ReportAllocs()
	for b.Loop() {
		text.Split(text.Rewrite(s))
	}
}

func ExampleSplit() {
	sms := text.Split(text.Rewrite("Rendez-vous à la forêt, l’été : 12\u00a0€"))
	fmt.Println(sms.Text)
	fmt.Println(sms.Encoding, sms.Units, len(sms.Parts))
	// Output:
	// Rendez-vous à la foret, l'été : 12 €
	// GSM-7 37 1
}
