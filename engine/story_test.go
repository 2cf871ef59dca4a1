package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.pass(12 * 24 * time.Hour)
	w.wants("awa",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email",
		"Thu 21 09:00 relance/sms", "Thu 21 09:00 relance/email",
		"Tue 26 08:00 relance/sms", "Tue 26 08:00 relance/email", // Monday 25 is a holiday
	)
	got, err := w.e.Invitation(w.ctx, w.org, inv)
	w.must(got, err)
	if got.State != engine.InvitationExpired || got.Next != nil {
		t.Errorf("the invitation is %s and waits for %s, want expired and nothing", got.State, got.Next)
	}
	if _, err := w.e.Open(w.ctx, w.token("awa")); engine.CodeOf(err) != engine.CodeLinkDead {
		t.Errorf("the link of an expired invitation answers %v", err)
	}
}

func TestBooksOnTheSecondMessageThenMovesThenCancels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("bo")
	w.until(monday.Add(3*24*time.Hour + time.Hour))
	apt := w.book("bo", 30) // after a good week
	w.pass(time.Minute)
	moved, err := w.e.Reschedule(w.ctx, engine.MoveRequest{Organisation: w.org, Appointment: apt.ID, Start: apt.Start.Add(24 * time.Hour), By: engine.ByRecipient})
	w.must(moved, err)
	if moved.ID != apt.ID || moved.Sequence != 1 || moved.Moves != 1 {
		t.Errorf("after a move: id %s sequence %d moves %d", moved.ID, moved.Sequence, moved.Moves)
	}
	w.until(moved.Start.Add(-47 * time.Hour))
	_, err = w.e.Cancel(w.ctx, w.org, apt.ID, engine.ByRecipient)
	w.must(nil, err)
	w.pass(10 * 24 * time.Hour)
	reminder := moved.Start.Add(-48 * time.Hour).In(paris).Format("Mon 2 15:04")
	w.wants("bo",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email",
		"Thu 21 09:00 relance/sms", "Thu 21 09:00 relance/email",
		"Thu 21 10:00 confirmation/sms", "Thu 21 10:00 confirmation/email",
		"Thu 21 10:01 moved/sms", "Thu 21 10:01 moved/email",
		reminder+" reminder/sms", reminder+" reminder/email",
		moved.Start.Add(-47*time.Hour).In(paris).Format("Mon 2 15:04")+" cancelled_by_recipient/sms",
		moved.Start.Add(-47*time.Hour).In(paris).Format("Mon 2 15:04")+" cancelled_by_recipient/email",
	)
}
