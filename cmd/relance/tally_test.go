package main

import (
	"testing"

	"relance/engine"
)

// People who booked and then missed or cancelled expire too, and are counted among those who booked alone.
func TestTheTallyCountsEachPersonOnce(t *testing.T) {
	t.Parallel()
	n := newTally()
	for _, e := range []engine.Event{
		{Type: engine.EventAppointmentBooked, Invitation: "cancelled"}, {Type: engine.EventInvitationExpired, Invitation: "cancelled"},
		{Type: engine.EventInvitationExpired, Invitation: "silent"},
		{Type: engine.EventInvitationUnreachable, Invitation: "stopped"}, {Type: engine.EventInvitationUnreachable, Invitation: "stopped"},
		{Type: engine.EventInvitationExpired, Invitation: "stopped"},
		{Type: engine.EventInvitationUnreachable, Invitation: "back"}, {Type: engine.EventAppointmentBooked, Invitation: "back"},
	} {
		n.add(e)
	}
	if expired, unreachable := n.unbooked(); expired != 1 || unreachable != 1 || len(n.booked) != 2 {
		t.Errorf("%d booked, %d expired, %d unreachable", len(n.booked), expired, unreachable)
	}
}
