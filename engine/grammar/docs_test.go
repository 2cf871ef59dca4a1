package grammar_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"relance/engine/grammar"
)

// TestThePageTellsTheTruth: every answer of the table in docs/replies.md means what the page says.
func TestThePageTellsTheTruth(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/replies.md")
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	seen := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) != 7 || !strings.HasPrefix(line, "| `") {
			continue
		}
		want := grammar.Meaning(quoted.FindStringSubmatch(cells[1])[1])
		for _, cell := range cells[2:] {
			for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
				seen++
				if got := grammar.Read(grammar.Appointment, m[1]).Meaning; got != want {
					t.Errorf("%q means %s, the page says %s", m[1], got, want)
				}
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d answers were found on the page", seen)
	}
	for _, text := range []string{"oui mais à 14h", "1 ou 2", "j'ai 2 enfants", "le 2 juin", "annuler ou changer", "je viens peut-être", "annulé ?"} {
		if got := grammar.Read(grammar.Appointment, text).Meaning; !strings.Contains(string(page), "`"+text+"`") || got != grammar.Unknown {
			t.Errorf("%q means %s, or is not on the page", text, got)
		}
	}
	for _, text := range []string{"2", "le 2 svp", "ok pour le deuxième", "٢", "2️⃣", "option 2"} {
		if got := grammar.Read(grammar.Offer, text); !strings.Contains(string(page), "`"+text+"`") || got.Choice != 2 {
			t.Errorf("%q means %+v, or is not on the page", text, got)
		}
	}
}
