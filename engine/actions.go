package engine

import (
	"context"
	"slices"
	"time"
)

// ActionReason is why staff should look at an invitation (RULES §1, "action required").
type ActionReason string

// The reasons.
const (
	ActionExpired        ActionReason = "expired" // without answer
	ActionNoShow         ActionReason = "no_show"
	ActionCancelled      ActionReason = "cancelled"
	ActionOutcomeMissing ActionReason = "outcome_missing"
	ActionUnreachable    ActionReason = "unreachable"
	// ActionCall is no Action's: the person waits for a call (Invitation.Call), whatever else there is.
	ActionCall ActionReason = "call"
)

// Action is what staff should look at. It begins and ends in the commit that makes it true or not:
// booking, closing and recording end it. Inviting the person again for the service, or MarkDone, sets
// DoneAt: it is then off the list, and stays off until something new happens.
type Action struct {
	Reason      ActionReason  `json:"reason"`
	Since       time.Time     `json:"since"`
	Appointment AppointmentID `json:"appointment,omitempty"` // the one it is about
	DoneAt      *time.Time    `json:"done_at,omitempty"`
}

// open tells whether it waits for staff.
func (a *Action) open() bool { return a != nil && a.DoneAt == nil }

// ActionOf is why staff should look at the invitation at now, "" when they need not; apt is its current
// or last appointment, nil when it never had one.
func ActionOf(inv *Invitation, apt *Appointment, now time.Time) ActionReason {
	switch StatusOf(inv, apt, now) {
	case StatusExpired:
		return ActionExpired
	case StatusNoShow:
		return ActionNoShow
	case StatusCancelled:
		return ActionCancelled
	case StatusOutcomeMissing:
		return ActionOutcomeMissing
	case StatusUnreachable:
		return ActionUnreachable
	case StatusBooked:
		if apt.Imposed && inv.Unreachable {
			return ActionUnreachable // booked in, and not told of it
		}
	}
	return ""
}

func listActions(org OrganisationID) string { return listOf("actions", org) }

// act brings the invitation's action to what the change makes of it. Where its own appointment is not
// at hand the change is about another one, or about a message, and decides nothing of this.
func (d *dossier) act(c *Change) {
	c.answer(d.answered)
	apt := d.apt
	if d.inv.Appointment == "" {
		apt = nil
	} else if apt == nil || apt.ID != d.inv.Appointment {
		return
	}
	reason, a := ActionOf(d.inv, apt, d.now), d.inv.Action
	switch {
	case reason == "" && a != nil:
		d.acting(c, nil)
	case reason != "" && (a == nil || a.Reason != reason || a.Appointment != d.inv.Appointment):
		d.acting(c, &Action{Reason: reason, Since: d.now, Appointment: d.inv.Appointment})
	}
}

// acting replaces the action, and with it the list and what the person knows of it.
func (d *dossier) acting(c *Change, next *Action) { d.waits(c, func() { d.inv.Action = next }) }

// waits makes a change to what the invitation waits for of staff, and keeps the list and the person so.
func (d *dossier) waits(c *Change, change func()) {
	before := d.inv.waits()
	change()
	d.saveInv = true
	entry := ListEntry{List: listActions(d.inv.Organisation), Member: string(d.inv.ID)}
	switch {
	case d.inv.waits():
		entry.Score = d.inv.waitsSince().UnixMilli()
	case before:
		entry.Remove = true
	default:
		return
	}
	c.Lists = append(c.Lists, entry)
	if before != d.inv.waits() {
		d.r.act(d.inv.ID, d.inv.waits())
		d.saveR = true
	}
}

// waits tells whether staff should look at it: an action is open, or the person waits for a call.
func (i *Invitation) waits() bool { return i.Action.open() || i.Call != nil }

// waitsSince is when the first of these began.
func (i *Invitation) waitsSince() time.Time {
	if i.Call != nil && (!i.Action.open() || i.Call.Since.Before(i.Action.Since)) {
		return i.Call.Since
	}
	return i.Action.Since
}

// act notes whether an invitation waits for staff.
func (r *Recipient) act(id InvitationID, waits bool) {
	r.Acting = slices.DeleteFunc(r.Acting, func(i InvitationID) bool { return i == id })
	if waits {
		r.Acting = append(r.Acting, id)
	}
}

// settled marks the action done as part of another change.
func (d *dossier) settled(c *Change) {
	if a := d.inv.Action; a.open() {
		done := *a
		done.DoneAt = at(d.now)
		d.acting(c, &done)
	}
}

// done is the change that marks the action done, and a call asked for with it; nil when nothing waits.
func (d *dossier) done(ctx context.Context, by Actor) (*Change, error) {
	if !d.inv.waits() {
		return nil, nil
	}
	c := &Change{}
	if err := d.called(ctx, c); err != nil {
		return nil, err
	}
	d.settled(c)
	ev := d.event(EventActionDone)
	ev.Reason = string(by)
	c.emit(ev)
	return d.save(c), nil
}

// MarkDone takes an invitation off the list of those that wait for staff: they dealt with it in a way
// that nothing here can see. Where nothing waits, nothing changes.
func (e *Engine) MarkDone(ctx context.Context, org OrganisationID, id InvitationID) (*Invitation, error) {
	var out *Invitation
	err := e.change(ctx, "mark done", org.Partition(), func() (*Change, error) {
		d, err := e.dossier(ctx, org, id)
		if err != nil {
			return nil, err
		}
		out = d.inv
		return d.done(ctx, ByStaff)
	})
	return out, err
}

// ActionQuery says which of the invitations that wait for staff are asked for.
type ActionQuery struct {
	Reason  ActionReason // "" any
	Service ServiceID    // "" any
}

func (q ActionQuery) fits(i *Invitation) bool {
	switch {
	case q.Service != "" && i.Service != q.Service:
		return false
	case q.Reason == "":
		return true
	case q.Reason == ActionCall:
		return i.Call != nil
	}
	return i.Action.open() && i.Action.Reason == q.Reason
}

// One page of a query looks at so many invitations at most, so many at a time.
const (
	mostActions   = 5000
	actionsAtOnce = 200
)

// ActionsRequired pages through the invitations that wait for staff, those that wait longest first. A page
// may hold less than limit, or nothing, and have a next one: where few of very many are asked for.
// CodeNotFound when there is no such service.
func (e *Engine) ActionsRequired(ctx context.Context, org OrganisationID, q ActionQuery, cursor string, limit int) ([]*Invitation, string, error) {
	if q == (ActionQuery{}) {
		return page[Invitation](ctx, e, org.Partition(), listActions(org), cursor, limit)
	}
	if q.Service != "" {
		if _, err := e.Service(ctx, org, q.Service); err != nil {
			return nil, "", err
		}
	}
	var out []*Invitation
	for looked, most := 0, actionsAtOnce; looked < mostActions; {
		some, next, err := page[Invitation](ctx, e, org.Partition(), listActions(org), cursor, most)
		if err != nil {
			return nil, "", err
		}
		fit, last := out, 0 // last: how many of some the page has room for
		for n, inv := range some {
			if q.fits(inv) && len(fit) < limit {
				fit, last = append(fit, inv), n+1
			}
		}
		if len(fit) == limit && last < len(some) {
			most = last // read again, so that the next page begins after the last one shown
			continue
		}
		if out, cursor = fit, next; next == "" || len(out) == limit {
			return out, next, nil
		}
		looked, most = looked+len(some), actionsAtOnce
	}
	return out, cursor, nil
}

// waiting are a person's invitations that wait for staff, from the shelf.
func waiting(sh shelf, r *Recipient) ([]*Invitation, error) {
	if r == nil {
		return nil, nil
	}
	var out []*Invitation
	for _, id := range r.Acting {
		inv, err := pick[Invitation](sh, string(id))
		if err != nil {
			return nil, err
		}
		if inv != nil {
			out = append(out, inv)
		}
	}
	return out, nil
}

// answers marks done what the new invitation answers: all that waits for the same service, but for an
// outcome that is missing, which is still unknown.
func (r *Recipient) answers(acts []*Invitation, by *Invitation, now time.Time) []*Invitation {
	var out []*Invitation
	for _, inv := range acts {
		if inv.ID == by.ID || inv.Service != by.Service || !inv.Action.open() || inv.Action.Reason == ActionOutcomeMissing {
			continue
		}
		done := *inv.Action
		done.DoneAt = at(now)
		inv.Action = &done
		r.act(inv.ID, inv.waits())
		out = append(out, inv)
	}
	return out
}

// answer keeps invitations that no longer wait for staff.
func (c *Change) answer(invs []*Invitation) {
	for _, inv := range invs {
		c.put(inv)
		entry := ListEntry{List: listActions(inv.Organisation), Member: string(inv.ID), Remove: true}
		if inv.waits() { // for the call that was asked for, which may be later
			entry.Remove, entry.Score = false, inv.waitsSince().UnixMilli()
		}
		c.Lists = append(c.Lists, entry)
	}
}
