package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

// foresees is what inviting people would do.
func (w *world) foresees(reqs ...engine.InviteRequest) []engine.Foreseen {
	w.t.Helper()
	out, err := w.e.Foresee(w.ctx, w.org, reqs)
	w.must(nil, err)
	if len(out) != len(reqs) {
		w.t.Fatalf("%d answers for %d", len(out), len(reqs))
	}
	return out
}

func TestForeseeIsWhatInviteDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa") // has an open one
	w.work()
	w.inviteByPhone("bo")
	w.work()
	w.reply("bo", "STOP")
	w.work()
	w.closes(w.invitationOf("bo"))
	w.until(at(22, 21, 0)) // Friday evening: everybody waits for Saturday morning
	reqs := []engine.InviteRequest{
		{Service: w.svc, Person: person("awa")},
		{Service: w.svc, Person: engine.Person{ExternalID: "nobody", Phone: "01 02 03 04 05"}},
		{Service: w.svc, Person: person("dan")},
		{Service: w.svc, Person: person("eve"), Channels: []engine.Channel{engine.Email}},
		{Service: w.svc, Person: engine.Person{ExternalID: "fay", Phone: phoneOf("bo"), Email: "fay@example.org"}}, // of a number that said STOP
		{Service: "none", Person: person("gus")},
		{Service: w.svc, Person: engine.Person{ExternalID: "bo", Phone: phoneOf("bo")}},
	}
	before := w.everything()
	got := w.foresees(reqs...)
	if after := w.everything(); len(after) != len(before) {
		t.Fatalf("foreseeing stored %d entries", len(after)-len(before))
	}
	sent := len(w.sent)
	res, err := w.e.Invite(w.ctx, w.org, reqs)
	w.must(nil, err)
	w.until(at(24, 9, 0))
	for i, r := range res {
		f := got[i]
		if (r.Err == nil) != (f.Err == nil) || r.Err != nil && (r.Err.Code != f.Err.Code || r.Err.Message != f.Err.Message) {
			t.Errorf("%d: foreseen %v, and it was %v", i, f.Err, r.Err)
			continue
		}
		if r.Err != nil {
			if len(f.Messages) > 0 {
				t.Errorf("%d: a refused person would get %v", i, f.Messages)
			}
			continue
		}
		left := map[engine.Channel]bool{}
		for _, s := range w.sent[sent:] {
			if s.Out.Message.Invitation == r.Invitation {
				left[s.Channel] = true
				if !s.At.Truncate(1e9).Equal(f.At) {
					t.Errorf("%d: left at %s, foreseen at %s", i, s.At, f.At)
				}
			}
		}
		for _, m := range f.Messages {
			if left[m.Channel] != (m.Fails == "") {
				t.Errorf("%d: %s left: %v, foreseen: %q", i, m.Channel, left[m.Channel], m.Fails)
			}
			delete(left, m.Channel)
		}
		if len(left) > 0 {
			t.Errorf("%d: %v left, which nobody foresaw", i, left)
		}
	}
	if f := got[4]; len(f.Messages) != 2 || f.Messages[0].Fails != engine.ReasonOptedOut || f.Messages[1].Fails != "" {
		t.Errorf("of a stopped number %+v", f)
	}
	if f := got[2]; len(f.Messages) != 2 || f.Messages[0].Parts != 1 {
		t.Errorf("foreseen %+v", f)
	}
}

// Whoever reads the answer is told the hour of the organisation, wherever the machine stands.
func TestForeseenTimesHaveTheOffsetOfTheOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, err := w.e.Organisation(w.ctx, w.org)
	w.must(o, err)
	o.Zone = "Indian/Reunion"
	w.must(w.e.SaveOrganisation(w.ctx, *o))
	w.clock.set(monday.UTC())
	got := w.foresees(engine.InviteRequest{Service: w.svc, Person: person("awa")})[0]
	if said := got.At.Format(time.RFC3339); said != "2026-05-18T11:00:00+04:00" {
		t.Errorf("it would leave at %s", said)
	}
}
