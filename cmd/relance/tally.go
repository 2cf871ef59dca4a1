package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"relance/engine"
)

// tally counts people through the funnel of RULES §7 from the events alone, as an
// integrator can. It is not safe for concurrent use.
type tally struct {
	sent, delivered, refused map[engine.InvitationID]bool
	expired, unreachable     map[engine.InvitationID]bool
	relances                 map[engine.InvitationID]int
	booked                   map[engine.InvitationID]int // rung it was booked at, from 0
	outcomes                 map[engine.AppointmentID]string
	ended                    map[engine.EventType]int
	messages                 map[engine.Channel]int
	reminders                int
}

func newTally() *tally {
	return &tally{
		sent: map[engine.InvitationID]bool{}, delivered: map[engine.InvitationID]bool{}, refused: map[engine.InvitationID]bool{},
		expired: map[engine.InvitationID]bool{}, unreachable: map[engine.InvitationID]bool{},
		relances: map[engine.InvitationID]int{}, booked: map[engine.InvitationID]int{}, outcomes: map[engine.AppointmentID]string{},
		ended: map[engine.EventType]int{}, messages: map[engine.Channel]int{},
	}
}

// add counts one event.
func (t *tally) add(e engine.Event) {
	switch e.Type {
	case engine.EventInvitationSent:
		t.sent[e.Invitation] = true
	case engine.EventInvitationDelivered:
		t.delivered[e.Invitation] = true
	case engine.EventInvitationClosed:
		if e.Reason != "" { // without one, it was for the best: the person came
			t.refused[e.Invitation] = true
		}
	case engine.EventInvitationExpired:
		t.expired[e.Invitation] = true
	case engine.EventInvitationUnreachable:
		t.unreachable[e.Invitation] = true
	case engine.EventInvitationRelanced:
		t.relances[e.Invitation]++
	case engine.EventAppointmentBooked:
		if _, again := t.booked[e.Invitation]; !again {
			t.booked[e.Invitation] = t.relances[e.Invitation]
		}
	case engine.EventAppointmentOutcome:
		t.outcomes[e.Appointment] = e.State // the last one counts
	case engine.EventMessageSent:
		t.messages[e.Channel]++
		if e.Kind == engine.KindReminder {
			t.reminders++
		}
	default:
		t.ended[e.Type]++
	}
}

// print writes the funnel.
func (t *tally) print(w io.Writer, b batchAnswer, from, to time.Time) {
	line := func(name string, n int, note string) {
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %-28s %4d  %s", name, n, note), " "))
	}
	fmt.Fprintf(w, "\nFrom %s to %s:\n", from.Format("Monday 2 January"), to.In(from.Location()).Format("Monday 2 January"))
	line("invited", b.Accepted, fmt.Sprintf("of %s, %d refused", lines(b.Lines), b.Refused))
	line("sent", len(t.sent), "")
	line("delivered", len(t.delivered), "by SMS; an email sends no receipt")
	line("booked", len(t.booked), t.share(len(t.booked), b.Accepted))
	rungs := map[int]int{}
	last := 0
	for _, r := range t.booked {
		rungs[r]++
		last = max(last, r)
	}
	for r := range last + 1 {
		name := fmt.Sprintf("  after relance %d", r)
		if r == 0 {
			name = "  after the invitation"
		}
		line(name, rungs[r], "")
	}
	line("moved", t.ended[engine.EventAppointmentMoved], "times")
	line("cancelled", t.ended[engine.EventAppointmentCancelled], "")
	line("reminders sent", t.reminders, "")
	line("said they come", t.ended[engine.EventAppointmentConfirmed], "")
	came, absent := t.seen()
	line("attended", came, "")
	line("no-show", absent, t.share(absent, came+absent)+" of those expected")
	line("declined or closed", len(t.refused), "")
	line("stopped the SMS", t.ended[engine.EventRecipientOptedOut], "")
	never, lost := t.unbooked()
	line("expired, never booked", never, "action required")
	line("could not be reached", lost, "action required")
	fmt.Fprintf(w, "  messages: %d SMS, %d emails, %d failed\n", t.messages[engine.SMS], t.messages[engine.Email], t.ended[engine.EventMessageFailed])
}

// unbooked are the invitations that nothing was ever booked for: those that expired, and apart those that
// could not be carried. Many whose appointment was missed or cancelled expire as well: they did answer.
func (t *tally) unbooked() (expired, unreachable int) {
	for id := range t.unreachable {
		if _, answered := t.booked[id]; !answered {
			unreachable++
		}
	}
	for id := range t.expired {
		if _, answered := t.booked[id]; !answered && !t.unreachable[id] {
			expired++
		}
	}
	return expired, unreachable
}

func (t *tally) seen() (came, absent int) {
	for _, state := range t.outcomes {
		switch engine.AppointmentState(state) {
		case engine.Attended:
			came++
		case engine.NoShow:
			absent++
		}
	}
	return came, absent
}

func (t *tally) share(part, whole int) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}
