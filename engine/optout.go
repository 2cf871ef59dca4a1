package engine

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Stop opts the person out of channels, from the page: at once, other channels go on (RULES §4). None
// named is SMS. What was stopped before stays as it was.
func (e *Engine) Stop(ctx context.Context, org OrganisationID, id RecipientID, ways ...Channel) error {
	if len(ways) == 0 {
		ways = []Channel{SMS}
	}
	_, err := e.leave(ctx, "stop", org, id, LeftOnPage, ways...)
	return err
}

// OptOut keeps that the person told the organisation to stop a channel: they need no link for that.
// CodeInvalid for a channel they have no address of, CodeNotFound.
func (e *Engine) OptOut(ctx context.Context, org OrganisationID, id RecipientID, ch Channel) (*Recipient, error) {
	return e.leave(ctx, "opt out", org, id, LeftThroughDesk, ch)
}

// OptIn takes a channel up again. Only the person may: for staff it is CodePersonOnly, always.
// CodeInvalid for a channel they have no address of, CodeNotFound.
func (e *Engine) OptIn(ctx context.Context, org OrganisationID, id RecipientID, ch Channel, by Actor) error {
	if by != ByRecipient {
		return refuse("opt in", CodePersonOnly, "only the person can take this back: by START from their phone, or on the pages behind the links of their messages")
	}
	return e.change(ctx, "opt in", org.Partition(), func() (*Change, error) {
		r, err := e.addressee(ctx, "opt in", org, id, ch)
		if err != nil || r.leftAt(ch) == nil {
			return nil, err
		}
		c := &Change{}
		if err := e.comeBack(ctx, c, r, ch, e.Clock.Now()); err != nil {
			return nil, err
		}
		c.put(r)
		return c, nil
	})
}

// leave ends channels to a person; what was ended before stays as it was.
func (e *Engine) leave(ctx context.Context, op string, org OrganisationID, id RecipientID, how OptOutHow, ways ...Channel) (r *Recipient, err error) {
	err = e.change(ctx, op, org.Partition(), func() (*Change, error) {
		if r, err = e.addressee(ctx, op, org, id, ways...); err != nil {
			return nil, err
		}
		c, now := &Change{}, e.Clock.Now()
		for _, ch := range ways {
			if r.leftAt(ch) == nil {
				e.optOut(c, r, ch, how, now)
			}
		}
		if len(c.Puts) == 0 {
			return nil, nil
		}
		if err := e.cutOff(ctx, c, r, "", now); err != nil {
			return nil, err
		}
		c.put(r)
		return c, nil
	})
	return r, err
}

// addressee reads a person who has an address of each of the channels.
func (e *Engine) addressee(ctx context.Context, op string, org OrganisationID, id RecipientID, ways ...Channel) (*Recipient, error) {
	r, err := e.Recipient(ctx, org, id)
	if err != nil {
		return nil, err
	}
	for _, ch := range ways {
		if !r.addressed(ch) {
			return nil, invalid(op, []Field{{Pointer: "/channel", Code: "no_address", Message: "this person has no address of this channel"}})
		}
	}
	return r, nil
}

// comeBack takes a channel up again, and with it the invitations that had no way left; the caller puts
// the person. but names an invitation that the caller looks after.
func (e *Engine) comeBack(ctx context.Context, c *Change, r *Recipient, ch Channel, now time.Time, but ...InvitationID) error {
	c.Deletes = append(c.Deletes, e.stopKey(r, ch))
	r.setLeft(ch, nil, "")
	c.emit(r.wayEvent(EventRecipientOptedIn, ch, "", now))
	return e.eachOpen(ctx, c, r, now, func(d *dossier) error { return d.revive(ctx, c, false) }, but...)
}

// cutOff ends the ladders of all open invitations of a person to whom no way is left, but one that the
// caller looks after; the caller puts the person.
func (e *Engine) cutOff(ctx context.Context, c *Change, r *Recipient, but InvitationID, now time.Time) error {
	if len(r.Reach()) > 0 {
		return nil
	}
	return e.eachOpen(ctx, c, r, now, func(d *dossier) error { d.cutOff(c); return nil }, but)
}

// eachOpen changes the open invitations of a person as part of a change that puts the person.
func (e *Engine) eachOpen(ctx context.Context, c *Change, r *Recipient, now time.Time, do func(*dossier) error, but ...InvitationID) error {
	ds, err := e.openOf(ctx, r, now, but...)
	for _, d := range ds {
		if err := do(d); err != nil {
			return err
		}
		d.saveBeside(c)
	}
	return err
}

// openOf reads the open invitations of a person, who is shared by all of them.
func (e *Engine) openOf(ctx context.Context, r *Recipient, now time.Time, but ...InvitationID) ([]*dossier, error) {
	ids := slices.DeleteFunc(slices.Sorted(maps.Values(r.Open)), func(id InvitationID) bool { return slices.Contains(but, id) })
	if len(ids) == 0 {
		return nil, nil
	}
	ds, err := e.dossiers(ctx, r.Organisation.Partition(), texts(ids)...)
	ds = slices.DeleteFunc(ds, func(d *dossier) bool { return d == nil })
	for _, d := range ds {
		d.r, d.now = r, now
	}
	return ds, err
}

// saveBeside adds what a decision about another invitation of the person changed, but for the person.
func (d *dossier) saveBeside(c *Change) {
	d.act(c)
	d.saveParts(c)
}

// cutOff ends the ladder at once when no way to the person is left (RULES §1).
func (d *dossier) cutOff(c *Change) {
	if len(d.r.Reach()) > 0 || d.inv.State != InvitationQueued && d.inv.State != InvitationSent {
		return
	}
	d.unreachable(c)
	if d.inv.AskedAt == nil && d.inv.ExpiresAt == nil { // it would have begun later: it ends like others
		d.starts()
		d.inv.ExpiresAt = d.s.lastMoment(d.now, d.zone())
	}
	d.inv.Next = d.inv.expiry()
}

// revive takes an invitation up again that had no way left, now that there is one: what has not begun
// begins, a ladder goes on. anew says again what never arrived: the way is a new address.
func (d *dossier) revive(ctx context.Context, c *Change, anew bool) error {
	if !d.inv.Unreachable || !d.inv.Alive() || len(d.r.Reach()) == 0 || d.expired() {
		return nil
	}
	if d.inv.State == InvitationQueued && d.inv.AskedAt == nil {
		d.inv.Unreachable, d.saveInv = false, true
		d.inv.Next = step(StepInvite, 0, d.q.next(d.now), d.now)
		return nil
	}
	waits, err := d.messageWaits(ctx)
	if err != nil {
		return err
	}
	d.inv.Unreachable, d.saveInv = false, true
	if d.inv.State == InvitationSent && anew {
		d.inv.AskedAt = at(d.now)
	}
	switch {
	case waits: // it goes out by the way there is now
	case d.inv.State == InvitationQueued, d.inv.State == InvitationSent && anew:
		d.tell(c, KindInvitation, nil, d.now)
	case anew && d.coming() && d.apt.Imposed:
		d.tell(c, KindConvocation, nil, d.now)
	}
	if d.inv.State == InvitationSent {
		d.inv.Next = d.s.afterSent(d.inv, d.q, d.now)
	}
	return nil
}

// messageWaits tells whether one of the messages that invite, or tell of the appointment, may still leave.
func (d *dossier) messageWaits(ctx context.Context) (bool, error) {
	all, err := loadAll[Message](ctx, d.e, d.o.ID.Partition(), texts(d.inv.Messages))
	for _, m := range all {
		switch m.Kind {
		case KindInvitation, KindConvocation, KindMoved:
			if !m.State.Final() && m.State != MessageSent {
				return true, err
			}
		}
	}
	return false, err
}
