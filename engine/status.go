package engine

import (
	"context"
	"time"
)

// Status is where an invitation stands, in one word that a caseworker understands. It is made of the
// invitation, its appointment and the time (StatusOf) and kept nowhere.
type Status string

// The statuses.
const (
	StatusWaiting        Status = "waiting"         // nothing has left yet
	StatusInvited        Status = "invited"         // asked once, no appointment yet
	StatusFollowedUp     Status = "followed_up"     // a relance was sent, no appointment yet
	StatusBooked         Status = "booked"          // an appointment is coming
	StatusOutcomeMissing Status = "outcome_missing" // the appointment is over and nobody said whether the person came
	StatusAttended       Status = "attended"        // the person came
	StatusNoShow         Status = "no_show"         // the person did not come, and has not booked again
	StatusCancelled      Status = "cancelled"       // the appointment was cancelled, by either side, and none was booked since
	StatusExpired        Status = "expired"         // the last day passed without an answer
	StatusUnreachable    Status = "unreachable"     // no channel is left to the person
	StatusClosed         Status = "closed"          // refused by the person or closed by staff
)

// StatusOf is the status of an invitation at now; apt is its current or last appointment, nil when it
// never had one. What became of the appointment weighs more than the state of the invitation, except
// that a case closed by somebody is closed.
func StatusOf(inv *Invitation, apt *Appointment, now time.Time) Status {
	if inv.State == InvitationClosed && !inv.closedByAppointment() {
		return StatusClosed
	}
	if apt != nil {
		switch apt.State {
		case Booked:
			if apt.End.After(now) {
				return StatusBooked
			}
			return StatusOutcomeMissing
		case Attended:
			return StatusAttended
		case NoShow:
			return StatusNoShow
		default:
			return StatusCancelled
		}
	}
	switch {
	case inv.State == InvitationClosed:
		return StatusClosed
	case inv.Unreachable:
		return StatusUnreachable
	case inv.State == InvitationExpired:
		return StatusExpired
	case inv.State == InvitationQueued:
		return StatusWaiting
	case inv.Rung > 0:
		return StatusFollowedUp
	}
	return StatusInvited
}

// The reasons of an invitation that its appointment closed.
const (
	reasonPast     = "past"
	reasonAttended = string(Attended)
)

// closedByAppointment tells that nobody closed the invitation: its appointment took place.
func (i *Invitation) closedByAppointment() bool {
	return i.State == InvitationClosed && (i.Reason == reasonPast || i.Reason == reasonAttended)
}

// Statuses are those of invitations of one organisation, in their order, in one read.
func (e *Engine) Statuses(ctx context.Context, org OrganisationID, invs []*Invitation) ([]Status, error) {
	ids := make([]string, len(invs))
	for i, inv := range invs {
		ids[i] = string(inv.Appointment)
	}
	sh, err := e.fetch(ctx, org.Partition(), ids...)
	if err != nil {
		return nil, err
	}
	now, out := e.Clock.Now(), make([]Status, len(invs))
	for i, inv := range invs {
		apt, err := pick[Appointment](sh, ids[i])
		if err != nil {
			return nil, err
		}
		out[i] = StatusOf(inv, apt, now)
	}
	return out, nil
}
