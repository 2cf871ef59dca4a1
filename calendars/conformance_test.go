package calendars_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"relance/calendars"
)

// scenarios reads the copied conformance cases.
func scenarios(t testing.TB) []calendars.Scenario {
	t.Helper()
	f, err := os.Open("testdata/slots.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []calendars.Scenario
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestConformance(t *testing.T) {
	t.Parallel()
	all := scenarios(t)
	if len(all) != 552 {
		t.Fatalf("%d scenarios, want 552", len(all))
	}
	for _, s := range all {
		got, err := s.Answer()
		if err != nil {
			t.Errorf("%s: %v", s.ID, err)
			continue
		}
		if g := format(got); !slices.Equal(g, s.Expected) {
			t.Errorf("%s (%s)\n got %v\nwant %v", s.ID, s.Source, g, s.Expected)
		}
	}
}

// format writes instants as the cases do.
func format(starts []int64) []string {
	var out []string
	for _, s := range starts {
		out = append(out, time.Unix(s, 0).UTC().Format(time.RFC3339))
	}
	return out
}
