package main

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

var writeSample = flag.Bool("write-sample", false, "write sample/people.csv again")

const goodPeople, brokenPeople = 200, 4

// TestSampleIsReproducible makes the people again and compares.
func TestSampleIsReproducible(t *testing.T) {
	t.Parallel()
	made := makePeople(rand.New(rand.NewPCG(2026, 1)))
	if *writeSample {
		if err := os.WriteFile("sample/people.csv", made, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(made, samplePeople) {
		t.Error("sample/people.csv is not what this test makes; go test ./cmd/relance -run Sample -write-sample writes it")
	}
}

// TestSampleIsInvented: every number is of a range for fiction, every email of example.org.
func TestSampleIsInvented(t *testing.T) {
	t.Parallel()
	r := csv.NewReader(bytes.NewReader(samplePeople))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+goodPeople+brokenPeople {
		t.Fatalf("%d rows", len(rows))
	}
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		if len(row) < 6 {
			continue
		}
		digits := strings.NewReplacer(" ", "", ".", "", "-", "", "+33", "0").Replace(row[3])
		if digits != "" && !strings.HasPrefix(digits, "063998") && !strings.HasPrefix(digits, "019900") {
			t.Errorf("%s: the phone is not of a range for fiction", row[0])
		}
		if row[4] != "" && !strings.HasSuffix(row[4], "example.org") {
			t.Errorf("%s: the email is not of example.org", row[0])
		}
		for _, key := range []string{row[0], digits, row[4]} {
			if key != "" && seen[key] {
				t.Errorf("%s: %s stands twice", row[0], key)
			}
			seen[key] = true
		}
	}
}

// makePeople writes the people: mobiles mostly, some with an email too, some with an email only, a
// few who read English, and lines that cannot be taken scattered among them.
func makePeople(r *rand.Rand) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"external_id", "first_name", "last_name", "phone", "email", "language"})
	broken := map[int][]string{
		23:  {"dossier-9001", "Odile", "Sansligne", "01 99 00 45 67", "", ""}, // a landline takes no SMS
		71:  {"dossier-9002", "Yves", "Sansadresse", "", "", ""},
		118: {"dossier-9003", "Nadia", "Arobase", "", "nadia.arobase.example.org", ""},
		164: {"dossier-9004", "Paul", "Colonne"}, // three columns are missing
	}
	for n := range goodPeople {
		if row := broken[n]; row != nil {
			_ = w.Write(row)
		}
		_ = w.Write(makePerson(r, n))
	}
	w.Flush()
	return b.Bytes()
}

func makePerson(r *rand.Rand, n int) []string {
	firsts := strings.Fields("Awa Camille Mehdi Lucie Théo Inès Karim Élodie Bruno Fatou Hugo Léa Moussa Nora Olivier Pauline Rachid Sonia Thomas Yasmine Zoé Antoine Bintou Claire")
	lasts := strings.Fields("Diallo Martin Benali Lefèvre Petit Traoré Moreau Girard Haddad Roux Faure Nguyen Chevalier Blanc Garnier Konaté Leroy Marchand Perrin Renaud")
	first, last := firsts[r.IntN(len(firsts))], lasts[r.IntN(len(lasts))]
	phone, email, language := writePhone(r, n), "", ""
	if n%20 == 7 {
		language = "en"
	}
	switch n % 10 {
	case 0: // an email only
		phone = ""
		fallthrough
	case 3, 6: // both
		email = fmt.Sprintf("%s.%s.%d@example.org", plain(first), plain(last), n+1)
	}
	return []string{fmt.Sprintf("dossier-%04d", n+1), first, last, phone, email, language}
}

// writePhone writes one of 06 39 98 00 00 to 99 99 the ways people do.
func writePhone(r *rand.Rand, n int) string {
	tail := 1000 + 37*n
	a, b := tail/100, tail%100
	switch r.IntN(4) {
	case 0:
		return fmt.Sprintf("+33 6 39 98 %02d %02d", a, b)
	case 1:
		return fmt.Sprintf("063998%02d%02d", a, b)
	case 2:
		return fmt.Sprintf("06.39.98.%02d.%02d", a, b)
	}
	return fmt.Sprintf("06 39 98 %02d %02d", a, b)
}

func plain(name string) string {
	return strings.NewReplacer("é", "e", "è", "e", "É", "e").Replace(strings.ToLower(name))
}
