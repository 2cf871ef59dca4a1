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
		checkCarried(t, c.Text)
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

// FuzzCarried sends every part over the air and reads it back as a phone does: the parts decoded one by
// one, and joined, are the text; none begins or ends inside an escape or a surrogate pair.
func FuzzCarried(f *testing.F) {
	for _, s := range []string{
		"bonjour", strings.Repeat("€", 160), strings.Repeat("a", 152) + "€€€" + strings.Repeat("b", 200),
		strings.Repeat("😀", 67), strings.Repeat("ж", 66) + "😀" + strings.Repeat("ж", 70), "\xff" + strings.Repeat("é", 200),
		"مرحبًا " + strings.Repeat("موعدكم ", 30), strings.Repeat("[^]", 60), strings.Repeat("à", 153) + "\f{",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, s := range []string{s, text.Rewrite(s)} {
			checkCarried(t, s)
		}
	})
}

func TestFragmentsAreCarried(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		// Characters that cost two units, near the end of a part, and those that do not.
		s := rapid.StringOfN(rapid.SampledFrom([]rune("aé€[~😀👍жم\n\u200d")), 100, 500, -1).Draw(rt, "s")
		checkCarried(rt, s)
	})
}

// checkCarried encodes as the standard says, in tables of its own, and decodes.
func checkCarried(t interface {
	Helper()
	Fatalf(string, ...any)
}, s string) {
	t.Helper()
	sms := text.Split(s)
	var joined strings.Builder
	for i, part := range sms.Parts {
		var got string
		if sms.Encoding == text.GSM7 {
			septets, ok := gsmEncode(part)
			if !ok || len(septets) > 160 || len(sms.Parts) > 1 && len(septets) > 153 {
				t.Fatalf("part %d of %q does not fit GSM-7: %d septets", i, s, len(septets))
			}
			if n := len(septets); n > 0 && septets[n-1] == gsmEscape {
				t.Fatalf("part %d of %q ends inside an escape", i, s)
			}
			got = gsmDecode(septets)
		} else {
			units := utf16.Encode([]rune(part))
			if len(units) > 70 || len(sms.Parts) > 1 && len(units) > 67 {
				t.Fatalf("part %d of %q has %d units", i, s, len(units))
			}
			if n := len(units); n > 0 && (units[0] >= 0xDC00 && units[0] < 0xE000 || units[n-1] >= 0xD800 && units[n-1] < 0xDC00) {
				t.Fatalf("part %d of %q splits a surrogate pair", i, s)
			}
			got = string(utf16.Decode(units))
		}
		joined.WriteString(got)
	}
	// A byte that is no character travels as one that says so; all of the others come back.
	if want := string([]rune(s)); joined.String() != want {
		t.Fatalf("%q came back as %q", s, joined.String())
	}
}

// The default alphabet and its extension by septet (3GPP TS 23.038 §6.2.1): what the encoder knows of
// them is written elsewhere, in another way.
const (
	gsmEscape   = 0x1B
	gsmAlphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)

func gsmExtension() map[byte]rune {
	return map[byte]rune{0x0A: '\f', 0x14: '^', 0x28: '{', 0x29: '}', 0x2F: '\\', 0x3C: '[', 0x3D: '~', 0x3E: ']', 0x40: '|', 0x65: '€'}
}

func gsmEncode(s string) ([]byte, bool) {
	basic, extended := map[rune]byte{}, map[rune]byte{}
	for i, r := range []rune(gsmAlphabet) {
		basic[r] = byte(i)
	}
	for b, r := range gsmExtension() {
		extended[r] = b
	}
	var out []byte
	for _, r := range s {
		if b, ok := basic[r]; ok && b != gsmEscape {
			out = append(out, b)
		} else if b, ok := extended[r]; ok {
			out = append(out, gsmEscape, b)
		} else {
			return nil, false
		}
	}
	return out, true
}

func gsmDecode(septets []byte) string {
	alphabet, extension := []rune(gsmAlphabet), gsmExtension()
	var out strings.Builder
	for i := 0; i < len(septets); i++ {
		if septets[i] == gsmEscape && i+1 < len(septets) {
			i++
			out.WriteRune(extension[septets[i]])
			continue
		}
		out.WriteRune(alphabet[septets[i]])
	}
	return out.String()
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
	f.Add("\xe2\u2066\x80\xa6 e\u200b\u0301 n\u00ad° ň°")
	f.Add("e" + strings.Repeat("\u0323", 40) + "\u0301")
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
