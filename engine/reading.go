package engine

import "context"

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
