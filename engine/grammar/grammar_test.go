package grammar_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"relance/engine/grammar"
)

// answer is one line of testdata/answers.tsv.
type answer struct {
	language, text string
	question       grammar.Question
	want           grammar.Reading
}

// answers reads the table of real-looking answers: language, open question, text, meaning.
func answers(t testing.TB) []answer {
	t.Helper()
	raw, err := os.ReadFile("testdata/answers.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out []answer
	for n, line := range strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) != 4 {
			t.Fatalf("line %d has %d cells, want 4", n+2, len(cells))
		}
		meaning, digits, _ := strings.Cut(cells[3], " ")
		choice, _ := strconv.Atoi(digits)
		out = append(out, answer{cells[0], cells[2], question(cells[1]), grammar.Reading{Meaning: grammar.Meaning(meaning), Choice: choice}})
	}
	return out
}

func question(cell string) grammar.Question {
	if cell == "-" {
		return grammar.Nothing
	}
	return grammar.Question(cell)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	all := answers(t)
	languages, silent := map[string]int{}, 0
	for _, a := range all {
		if got := grammar.Read(a.question, a.text); got != a.want {
			t.Errorf("%q to %q means %+v, want %+v", a.text, a.question, got, a.want)
		}
		languages[a.language]++
		if a.want.Meaning == grammar.Unknown {
			silent++
		}
	}
	if len(all) < 250 || len(languages) != 4 || silent < 60 {
		t.Errorf("%d answers in %v, %d of them not to be understood", len(all), languages, silent)
	}
	t.Logf("%d answers: %v; %d must not be understood", len(all), languages, silent)
}

// TestCase: capitals, spaces and full stops around a text change nothing.
func TestWhatDoesNotMatter(t *testing.T) {
	t.Parallel()
	for _, a := range answers(t) {
		for _, same := range []string{
			strings.ToUpper(a.text), "  " + a.text + " . ", a.text + " 😀", grammar.Normalise(a.text), strings.ReplaceAll(a.text, " ", "  "),
		} {
			if got := grammar.Read(a.question, same); got != a.want {
				t.Errorf("%q to %q means %+v, as %q does %+v", same, a.question, got, a.text, a.want)
			}
		}
	}
}

// TestANegationIsNeverAYes: no word of refusal, put anywhere into a yes, leaves a yes.
func TestANegationIsNeverAYes(t *testing.T) {
	t.Parallel()
	negations := map[string]string{"fr": "ne pas non jamais aucun pas", "en": "not no never don't can't won't", "ar": "لا لن ما مش ليس", "uk": "не ні ніколи нет"}
	for _, a := range answers(t) {
		if a.want.Meaning != grammar.Yes && a.want.Meaning != grammar.Choice {
			continue
		}
		words := strings.Fields(a.text)
		for _, no := range strings.Fields(negations[a.language]) {
			for at := range len(words) + 1 {
				text := strings.Join(append(append(append([]string{}, words[:at]...), no), words[at:]...), " ")
				if got := grammar.Read(a.question, text).Meaning; got == grammar.Yes || got == grammar.Choice {
					t.Errorf("%q to %q means %s", text, a.question, got)
				}
			}
		}
	}
}

// TestTwoIntentionsAreNotUnderstood: of two answers that differ, none is taken.
func TestTwoIntentionsAreNotUnderstood(t *testing.T) {
	t.Parallel()
	plain := map[grammar.Meaning]string{
		grammar.Yes: "je viens", grammar.Change: "changer", grammar.Cancel: "annuler", grammar.Call: "appelez moi", grammar.Help: "aide",
	}
	for m, one := range plain {
		for n, other := range plain {
			got := grammar.Read(grammar.Appointment, one+", "+other).Meaning
			if m == n && got != m || m != n && got != grammar.Unknown {
				t.Errorf("%q means %s", one+", "+other, got)
			}
		}
	}
}

// TestNoWordIsTakenForATypo: words of everyday life are no misspellings of ours.
func TestNoWordIsTakenForATypo(t *testing.T) {
	t.Parallel()
	for _, w := range strings.Fields(`cancer danger chanter charger manger rappel arrive tenir menace enfant demain matin lundi mardi mercredi
		jeudi vendredi samedi dimanche janvier mars avril juin juillet septembre octobre travail bureau maison hopital medecin papiers dossier
		adresse heure minute retard malade bebe croix trous voisin cousin maire mairie argent chance chose march april monday friday doctor
		house phone hours later children`) {
		if got := grammar.Read(grammar.Appointment, w); got.Meaning != grammar.Unknown {
			t.Errorf("%q means %s", w, got.Meaning)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, a := range answers(f) {
		f.Add(a.text, a.question == grammar.Offer)
	}
	for _, s := range []string{"\xff\xfe", "é\u0301", "1 2 3", "<3", "İ", "℡", "ﬁn", "ouiii", "\u202e1", "1\u20e3", "½"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, text string, offer bool) {
		q := grammar.Appointment
		if offer {
			q = grammar.Offer
		}
		got := grammar.Read(q, text)
		if (got.Meaning == grammar.Choice) != (got.Choice > 0) || got.Choice > 9 || got.Meaning == grammar.Choice && !offer || got.Meaning == "" {
			t.Fatalf("%q means %+v", text, got)
		}
		normal := grammar.Normalise(text)
		if again := grammar.Read(q, normal); again != got {
			t.Fatalf("%q means %+v, as %q it means %+v", text, got, normal, again)
		}
		if twice := grammar.Normalise(normal); twice != normal {
			t.Fatalf("%q becomes %q, then %q", text, normal, twice)
		}
		noise := strings.Map(func(r rune) rune { // what is neither letter nor digit around a word changes nothing
			if strings.ContainsRune(" .,;!-_'\"()\n\t\u00a0\u200f", r) {
				return r
			}
			return -1
		}, text)
		for _, stop := range []string{"stop", "STOP", "Arrêt", "désinscription", "unsubscribe", "стоп", "إيقاف"} {
			if got := grammar.Read(q, noise+stop+noise); got.Meaning != grammar.Stop {
				t.Fatalf("%q means %s", noise+stop+noise, got.Meaning)
			}
		}
	})
}
