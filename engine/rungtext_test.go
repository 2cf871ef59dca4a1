package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"relance/engine"
)

func relanceText(service engine.ServiceID, kind engine.MessageKind, body string) engine.OwnText {
	return engine.OwnText{TextKey: engine.TextKey{Service: service, Language: "fr", Channel: engine.SMS, Kind: kind}, Body: body}
}

// TestARungHasItsOwnWords: the nearest source wins as for every text, and within one the words of the rung.
func TestARungHasItsOwnWords(t *testing.T) {
	t.Parallel()
	w := newTextWorld(t)
	s := ladders(false, 2, 4, 6)
	for n := range s.Ladder {
		s.Ladder[n].Channels = []engine.Channel{engine.SMS}
	}
	s.Texts = map[string]string{"fr/sms/relance": "policy", "fr/sms/relance_2": "policy, second", "fr/email/relance_2.subject": "Second"}
	w.saveText(relanceText("", "relance_1", "organisation, first"))
	w.saveText(relanceText("", "relance_2", "organisation, second"))
	w.service(s)
	says := func(name string, want ...string) {
		t.Helper()
		inv := w.invite(name)
		w.pass(8 * day)
		all, err := w.e.Messages(w.ctx, w.org, inv)
		w.must(all, err)
		var got []string
		for _, m := range all {
			if m.Kind == engine.KindRelance {
				got = append(got, fmt.Sprintf("%s/%s/%d", m.Body, m.Wording.Source, m.Wording.Rung))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s got %q, want %q", name, got, want)
		}
	}
	says("awa", "policy/policy/0", "policy, second/policy/2", "policy/policy/0")
	w.saveText(relanceText(w.svc, "relance_3", "service, third"))
	says("bo", "policy/policy/0", "policy, second/policy/2", "service, third/service/3")
	w.saveText(relanceText(w.svc, "relance", "service"))
	says("cy", "service/service/0", "service/service/0", "service, third/service/3")
	s.Texts = nil
	w.service(s)
	if err := w.e.DropText(w.ctx, w.org, relanceText(w.svc, "relance", "").TextKey); err != nil {
		t.Fatal(err)
	}
	says("di", "organisation, first/organisation/1", "organisation, second/organisation/2", "service, third/service/3")

	for kind, want := range map[engine.MessageKind]string{
		"relance": "ours", "relance_1": "organisation, first", "relance_3": "service, third", "relance_4": "ours",
	} {
		held, err := w.e.Text(w.ctx, w.org, relanceText(w.svc, kind, "").TextKey)
		if err != nil || held.Body != want {
			t.Errorf("%s holds %+v, %v, want %q", kind, held, err, want)
		}
		p, err := w.e.PreviewText(w.ctx, w.org, engine.PreviewRequest{TextKey: relanceText(w.svc, kind, "").TextKey})
		if err != nil || p.Text == nil || p.Text.Body != want || p.Longest == nil || p.Longest.Body != want {
			t.Errorf("%s is shown as %+v, %v, want %q", kind, p, err, want)
		}
	}
	draft := engine.PreviewRequest{TextKey: relanceText(w.svc, "relance_2", "").TextKey, Body: "a draft"}
	if p, err := w.e.PreviewText(w.ctx, w.org, draft); err != nil || p.Text.Body != "a draft" {
		t.Errorf("a draft is shown as %+v, %v", p, err)
	}
	if versions, _, err := w.e.TextVersions(w.ctx, w.org, relanceText(w.svc, "relance_3", "").TextKey, "", 10); err != nil || len(versions) != 1 || versions[0].Kind != "relance_3" {
		t.Errorf("its versions are %+v, %v", versions, err)
	}
}

// TestWordsForARungAreLookedAt: as those of every text; and a rung that is not there is said.
func TestWordsForARungAreLookedAt(t *testing.T) {
	t.Parallel()
	w := newTextWorld(t)
	_, _, err := w.e.SaveText(w.ctx, w.org, relanceText("", "relance_2", "{{ bad }}"))
	wantCode(t, err, engine.CodeInvalid)
	_, _, err = w.e.SaveText(w.ctx, w.org, relanceText("", "relance_2", strings.Repeat("long ", 200)))
	wantCode(t, err, engine.CodeInvalid)
	s := ladders(false, 2, 4)
	s.ID, s.Name, s.DurationMin = w.svc, "Rendez-vous", 30
	s.Texts = map[string]string{"fr/sms/relance_3": "third"}
	_, err = w.e.SaveService(w.ctx, w.org, s)
	if wantCode(t, err, engine.CodeInvalid); err != nil && !strings.Contains(err.Error(), "relance_3 is for relance 3, and the ladder has 2") {
		t.Errorf("refused with %v", err)
	}
	for kind, rung := range map[engine.MessageKind]int{
		"relance_1": 1, "relance_10": 10, "relance_11": 0, "relance_0": 0, "relance_01": 0, "relance_": 0, "relance": 0, "reminder_1": 0,
	} {
		base, n := kind.OfRung()
		if n != rung || n > 0 != (base == engine.KindRelance && kind != base) {
			t.Errorf("%s is %s of rung %d", kind, base, n)
		}
	}
}
