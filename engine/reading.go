package engine

import (
	"context"
	"time"
)

// Invitation reads one; CodeNotFound.
func (e *Engine) Invitation(ctx context.Context, org OrganisationID, id InvitationID) (*Invitation, error) {
	return read[Invitation](ctx, e, org, string(id))
}

// Appointment reads one; CodeNotFound.
func (e *Engine) Appointment(ctx context.Context, org OrganisationID, id AppointmentID) (*Appointment, error) {
	return read[Appointment](ctx, e, org, string(id))
}

// Appointments pages through the organisation's, by start.
func (e *Engine) Appointments(ctx context.Context, org OrganisationID, cursor string, limit int) ([]*Appointment, string, error) {
	return page[Appointment](ctx, e, org.Partition(), listOf("appointments", org), cursor, limit)
}

// Between chooses appointments: those that hold time of a calendar, "" any appointment, and start
// from From to To, both included; a zero time is no bound.
type Between struct {
	Calendar CalendarID
	From, To time.Time
}

func (b Between) holds(start time.Time) bool {
	return !start.Before(b.From) && (b.To.IsZero() || !start.After(b.To))
}

// AppointmentsBetween pages through the organisation's appointments of some days, by start. Those of a
// calendar are the ones that hold its time: the cancelled are of no calendar any more, those moved are
// of their new one. CodeNotFound for a calendar that is not the organisation's.
func (e *Engine) AppointmentsBetween(ctx context.Context, org OrganisationID, b Between, cursor string, limit int) ([]*Appointment, string, error) {
	if b.Calendar == "" {
		return e.appointmentsFrom(ctx, org, b, cursor, limit)
	}
	if _, err := e.Calendar(ctx, org, b.Calendar); err != nil {
		return nil, "", err
	}
	var out []*Appointment
	for {
		some, next, err := e.agenda(ctx, org, b.Calendar, b.From, cursor, limit)
		if err != nil {
			return nil, "", err
		}
		past := false
		for _, a := range some {
			from, _ := a.kept()
			past = past || !b.To.IsZero() && from.After(b.To)
			if b.holds(a.Start) {
				out = append(out, a)
			}
		}
		if past {
			next = ""
		}
		if len(out) > 0 || next == "" {
			return out, next, nil
		}
		cursor = next
	}
}

// appointmentsFrom pages through the organisation's list, whose score is the start.
func (e *Engine) appointmentsFrom(ctx context.Context, org OrganisationID, b Between, cursor string, limit int) ([]*Appointment, string, error) {
	if cursor == "" && !b.From.IsZero() {
		cursor = e.Lister.From(ceilSecond(b.From))
	}
	members, next, err := e.Lister.List(ctx, org.Partition(), listOf("appointments", org), cursor, limit)
	if err != nil {
		return nil, "", err
	}
	ids := make([]string, 0, len(members))
	for _, m := range members {
		if !b.To.IsZero() && m.Score > b.To.Unix() {
			next = ""
			break
		}
		ids = append(ids, m.Member)
	}
	out, err := loadAll[Appointment](ctx, e, org.Partition(), ids)
	return out, next, err
}

// ceilSecond is t in whole seconds, rounded up.
func ceilSecond(t time.Time) int64 { return t.Add(time.Second - time.Nanosecond).Unix() }

// Recipient reads one, personal data included; CodeNotFound.
func (e *Engine) Recipient(ctx context.Context, org OrganisationID, id RecipientID) (*Recipient, error) {
	return read[Recipient](ctx, e, org, string(id))
}

// Message reads one; CodeNotFound.
func (e *Engine) Message(ctx context.Context, org OrganisationID, id MessageID) (*Message, error) {
	return read[Message](ctx, e, org, string(id))
}

// Messages are those of an invitation and its appointments, oldest first; a person gets few, so
// they come whole.
func (e *Engine) Messages(ctx context.Context, org OrganisationID, id InvitationID) ([]*Message, error) {
	inv, err := e.Invitation(ctx, org, id)
	if err != nil {
		return nil, err
	}
	return loadAll[Message](ctx, e, org.Partition(), texts(inv.Messages))
}

func texts[T ~string](ids []T) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// Events pages through what happened in an organisation, oldest first; the cursor is the id of the
// last event seen.
func (e *Engine) Events(ctx context.Context, org OrganisationID, cursor string, limit int) ([]Event, string, error) {
	return e.Lister.Events(ctx, org, cursor, limit)
}
