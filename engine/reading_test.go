package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

// What tests read and do beyond the harness of world_test.go.

func (w *world) invitation(id engine.InvitationID) *engine.Invitation {
	w.t.Helper()
	inv, err := w.e.Invitation(w.ctx, w.org, id)
	w.must(inv, err)
	return inv
}

func (w *world) appointment(id engine.AppointmentID) *engine.Appointment {
	w.t.Helper()
	a, err := w.e.Appointment(w.ctx, w.org, id)
	w.must(a, err)
	return a
}

func (w *world) recipient(name string) *engine.Recipient {
	w.t.Helper()
	r, err := w.e.Recipient(w.ctx, w.org, engine.RecipientOf(w.org, name))
	w.must(r, err)
	return r
}

// messages are those of an invitation, as "kind/channel state reason".
func (w *world) messages(id engine.InvitationID) []string {
	w.t.Helper()
	all, err := w.e.Messages(w.ctx, w.org, id)
	w.must(all, err)
	var out []string
	for _, m := range all {
		s := fmt.Sprintf("%s/%s %s", m.Kind, m.Channel, m.State)
		if m.Reason != "" {
			s += " " + m.Reason
		}
		out = append(out, s)
	}
	return out
}

// wantsMessages compares them with what they should be.
func (w *world) wantsMessages(id engine.InvitationID, want ...string) {
	w.t.Helper()
	if got := w.messages(id); !slices.Equal(got, want) {
		w.t.Errorf("messages\n\t%q\nwant\n\t%q", got, want)
	}
}

// message is the n-th of an invitation.
func (w *world) message(id engine.InvitationID, n int) *engine.Message {
	w.t.Helper()
	all, err := w.e.Messages(w.ctx, w.org, id)
	w.must(all, err)
	if n >= len(all) {
		w.t.Fatalf("there are %d messages, not %d", len(all), n+1)
	}
	return all[n]
}

// events counts those of a type.
func (w *world) events(kind engine.EventType) int {
	w.t.Helper()
	n := 0
	for cursor := ""; ; {
		some, next, err := w.e.Events(w.ctx, w.org, cursor, 200)
		w.must(nil, err)
		for _, ev := range some {
			if ev.Type == kind {
				n++
			}
		}
		if cursor = next; cursor == "" || len(some) == 0 {
			return n
		}
	}
}

// slots are the free ones from now on.
func (w *world) slots() []engine.Slot {
	w.t.Helper()
	out, err := w.e.Slots(w.ctx, w.org, w.svc, w.clock.Now(), w.clock.Now().AddDate(1, 0, 0), 0)
	w.must(nil, err)
	return out
}

// bookAt books for an invitation; nothing is checked.
func (w *world) bookAt(inv engine.InvitationID, start time.Time, by engine.Actor) (*engine.Appointment, error) {
	return w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: inv, Start: start, By: by})
}

func (w *world) moveTo(a *engine.Appointment, start time.Time, by engine.Actor) (*engine.Appointment, error) {
	return w.e.Reschedule(w.ctx, engine.MoveRequest{Organisation: w.org, Appointment: a.ID, Start: start, By: by})
}

// crowd invites n people by email and lets the messages go.
func (w *world) crowd(n int) []engine.InvitationID {
	w.t.Helper()
	reqs := make([]engine.InviteRequest, n)
	for i := range reqs {
		name := fmt.Sprintf("crowd-%d", i)
		reqs[i] = engine.InviteRequest{Service: w.svc, Person: engine.Person{ExternalID: name, Email: name + "@example.org"}}
	}
	res, err := w.e.Invite(w.ctx, w.org, reqs)
	w.must(nil, err)
	out := make([]engine.InvitationID, n)
	for i, r := range res {
		if r.Err != nil {
			w.t.Fatal(r.Err)
		}
		out[i] = r.Invitation
	}
	w.work()
	return out
}

// opens saves a calendar as the test describes it, open on weekdays from 9 to 12.
func (w *world) opens(c calendars.Calendar) {
	w.t.Helper()
	c.Zone, c.Region = "Europe/Paris", calendars.Metropole
	c.Windows = append(c.Windows, calendars.Window{FirstDay: "2026-01-05", Start: "09:00", End: "12:00", RRule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"})
	w.must(w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Name: string(c.ID), Calendar: c}))
}

// wantCode compares the code of an error.
func wantCode(t testing.TB, err error, want engine.Code) {
	t.Helper()
	if got := engine.CodeOf(err); got != want {
		t.Errorf("answered %q (%v), want %q", got, err, want)
	}
}

// fails answers every send of a channel ("" all) with the outcome.
func fails(ch engine.Channel, a engine.Answer) func(*engine.Outgoing) engine.Answer {
	return func(o *engine.Outgoing) engine.Answer {
		if ch != "" && o.Message.Channel != ch {
			return engine.Answer{Outcome: engine.OutcomeSent, Provider: "test", ProviderID: "p-" + string(o.Message.ID)}
		}
		a.Provider = "test"
		return a
	}
}

func hours(n int) *int { return &n }

const day = 24 * time.Hour

// at is a moment of May 2026 in Paris.
func at(dayOfMay, hour, minute int) time.Time {
	return time.Date(2026, 5, dayOfMay, hour, minute, 0, 0, paris)
}
