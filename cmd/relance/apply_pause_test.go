package main

import (
	"strings"
	"testing"

	"relance/config"
)

// A pause is what somebody did, not what a file says: applying the file again, changed or not, ends none.
func TestApplyEndsNoPause(t *testing.T) {
	t.Parallel()
	environ, file := redisEnviron(t), setupFile(t, string(sampleSetup))
	if code, _, errs := runProgram(t, environ, nil, "apply", "-f", file); code != exitOK {
		t.Fatal(errs)
	}
	cfg, err := config.Load("", environ, onlyRecords)
	if err != nil {
		t.Fatal(err)
	}
	e, done, err := openEngine(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if err := e.PauseService(t.Context(), sampleOrganisation, sampleService); err != nil {
		t.Fatal(err)
	}
	other := setupFile(t, strings.ReplaceAll(string(sampleSetup), "duration_min: 30", "duration_min: 45"))
	for _, c := range []struct{ file, want string }{{file, "unchanged service"}, {other, "changed   service"}} {
		if code, out, errs := runProgram(t, environ, nil, "apply", "-f", c.file); code != exitOK || !strings.Contains(out, c.want) {
			t.Fatalf("%d %s %s", code, out, errs)
		}
		since, err := e.ServicePauses(t.Context(), sampleOrganisation, sampleService)
		if err != nil || since[0] == nil {
			t.Errorf("applied again (%s), the service is paused since %v (%v)", c.want, since, err)
		}
	}
}
