package engine

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// dossier is everything a decision about one invitation reads, and may write.
type dossier struct {
	e   *Engine
	now time.Time
	o   *Organisation // shared: not to be written
	s   *Service      // shared: not to be written
	w   *Wording      // shared; nil when the organisation wrote no text itself
	r   *Recipient
	inv *Invitation
	apt *Appointment // the current or last one; nil when there was none
	q   quiet
	// gate lets a first message out, or not; nil lets it.
	gate  *gate
	later bool // it waits until people of another service were let out or not
	// pauses are of the invitation's service and batch, paused or not; see pausedBy.
	pauses  []*pause
	link    link
	delayed string // why what is told comes later than planned

	saveInv, saveR, saveApt bool           // what the decision changed
	fallback                bool           // what is told replaces a message that failed: it is the last try
	others                  []*Appointment // the person's others of the day, which the reminder lists too
	acted                   bool           // the person did this: what we say is the answer
	offering                bool           // the decision makes the person's offer
	answered                []*Invitation  // others of the person that no longer wait for staff

	text  *InboundRecord // that is being applied
	did   Deed           // about it
	mates []time.Time    // automatic replies to the others who have the number
	mute  bool           // what is done is told elsewhere, or the provider told it
}

// save adds what the decision changed to the change; called once, last.
func (d *dossier) save(c *Change) *Change {
	d.act(c)
	d.offerEnds(c)
	switch {
	case d.saveR:
		c.put(d.r)
	case len(c.Claims) > 0: // what the person held was read from it
		c.guard(d.r)
	}
	d.saveParts(c)
	return c
}

// saveParts adds what changed but the person.
func (d *dossier) saveParts(c *Change) {
	if d.saveInv {
		was := d.inv.Pace
		c.put(d.inv)
		d.repaced(c, was)
	}
	if d.saveApt {
		c.put(d.apt)
		d.queues(c)
	}
}

// dossiers reads those of the invitations, in two round trips; nil where there is no such invitation.
func (e *Engine) dossiers(ctx context.Context, p Partition, ids ...string) ([]*dossier, error) {
	sh := e.trusted(3 * len(ids))
	defer sh.done()
	if err := sh.more(ctx, p, ids...); err != nil {
		return nil, err
	}
	out, more := make([]*dossier, len(ids)), make([]string, 0, 2*len(ids)+5)
	for n, id := range ids {
		inv, err := pick[Invitation](sh, id)
		if err != nil {
			return nil, err
		}
		if inv != nil {
			out[n] = &dossier{e: e, inv: inv}
			more = append(more, string(inv.Recipient), string(inv.Appointment))
			more = append(more, sh.around(inv.Organisation, inv.Service, inv.Batch).keys...)
		}
	}
	if err := sh.more(ctx, p, more...); err != nil {
		return nil, err
	}
	now := e.Clock.Now()
	for n, d := range out {
		if d == nil {
			continue
		}
		if err := d.fill(ctx, sh, now); err != nil {
			return nil, err
		}
		if d.r == nil || d.o == nil || d.s == nil {
			out[n] = nil // erased meanwhile
		}
	}
	return out, nil
}

func (d *dossier) fill(ctx context.Context, sh shelf, now time.Time) (err error) {
	d.now = now
	near := sh.around(d.inv.Organisation, d.inv.Service, d.inv.Batch)
	if d.o, err = settled[Organisation](sh, string(near.organisation)); err != nil {
		return err
	}
	if d.s, err = settled[Service](sh, near.serviceKey); err != nil {
		return err
	}
	if d.w, err = settled[Wording](sh, near.wordingKey); err != nil {
		return err
	}
	if d.s, err = d.inv.under(ctx, sh, d.s); err != nil {
		return err
	}
	if d.r, err = pick[Recipient](sh, string(d.inv.Recipient)); err != nil {
		return err
	}
	if d.apt, err = pick[Appointment](sh, string(d.inv.Appointment)); err != nil {
		return err
	}
	if d.o != nil {
		d.q = near.quiet(d.e, d.o, d.s)
	}
	return d.fillPauses(sh, near.pauses)
}

// dossier reads one invitation's, if it is the organisation's; CodeNotFound otherwise.
func (e *Engine) dossier(ctx context.Context, org OrganisationID, id InvitationID) (*dossier, error) {
	ds, err := e.dossiers(ctx, org.Partition(), string(id))
	if err != nil {
		return nil, err
	}
	if ds[0] == nil || ds[0].inv.Organisation != org {
		return nil, refuse("read", CodeNotFound, "there is no such invitation in this organisation")
	}
	return ds[0], nil
}

// event is one about this dossier's invitation.
func (d *dossier) event(t EventType) Event { return eventOf(d.inv, t, d.local(d.now)) }

// appointmentEvent is one about its appointment.
func (d *dossier) appointmentEvent(t EventType) Event {
	ev := d.event(t)
	ev.Appointment, ev.State, ev.Version = d.apt.ID, string(d.apt.State), d.apt.Version+1
	d.facts(&ev)
	return ev
}

// coming tells whether the appointment is booked and not over.
func (d *dossier) coming() bool {
	return d.apt != nil && d.apt.State == Booked && d.apt.End.After(d.now)
}

// zone is the organisation's.
func (d *dossier) zone() *time.Location { return d.q.zone }

// tell queues one message of the kind on each of the channels that reach the person (nil: all).
func (d *dossier) tell(c *Change, kind MessageKind, channels []Channel, planned time.Time) []*Message {
	var out []*Message
	for _, ch := range d.r.Reach() {
		if len(channels) == 0 || slices.Contains(channels, ch) {
			out = append(out, d.message(kind, ch, planned))
		}
	}
	for _, m := range out {
		m.Only = len(out) == 1 && !d.fallback
		d.climbed(m)
		c.put(m)
		d.inv.Messages = append(d.inv.Messages, m.ID)
	}
	if len(out) > 0 {
		d.inv.carried(kind, out)
		d.saveInv = true
		d.index(c)
	}
	return out
}

func (d *dossier) message(kind MessageKind, ch Channel, planned time.Time) *Message {
	m := &Message{
		ID: MessageID(d.e.Minter.Mint("msg", d.now)), Organisation: d.o.ID, Recipient: d.r.ID, Service: d.s.ID,
		Invitation: d.inv.ID, Batch: d.inv.Batch, Kind: kind, Channel: ch, Rung: d.inv.Rung,
		Answer: d.acted, State: MessageQueued, PlannedAt: planned, Delayed: cmp.Or(d.delayed, d.aside(kind, planned)), CreatedAt: d.now, Next: &Step{Kind: StepSend, At: d.now},
	}
	if d.apt != nil {
		m.Appointment, m.Sequence = d.apt.ID, d.apt.Sequence
	}
	if kind == KindReminder {
		for _, a := range d.others {
			m.Also = append(m.Also, a.ID)
		}
	}
	return m
}

// index makes the person's link and phone findable, before anybody can use them.
func (d *dossier) index(c *Change) {
	if d.inv.Linked == d.r.Links+1 {
		return
	}
	d.inv.Linked, d.saveInv = d.r.Links+1, true
	c.Index = append(c.Index, IndexEntry{Index: indexLinks, Field: d.e.Links.hash("token", d.token()), Value: string(d.inv.ID)})
	if d.r.Phone != "" {
		c.Lists = append(c.Lists, ListEntry{List: d.e.phoneList(d.o.ID, d.r.Phone), Score: d.now.UnixMilli(), Member: string(d.r.ID)})
	}
}

// token is that of the person's link; a decision asks for it several times.
func (d *dossier) token() string {
	if d.link.token == "" || d.link.invitation != d.inv.ID || d.link.generation != d.r.Links {
		d.link = link{d.inv.ID, d.r.Links, d.e.Links.Token(d.o.ID.Partition(), d.inv.ID, d.r.Links)}
	}
	return d.link.token
}

// link is a token as it was derived.
type link struct {
	invitation InvitationID
	generation int
	token      string
}

// finish ends the invitation and, with it, its claim on the person.
func (d *dossier) finish(state InvitationState, reason string) {
	d.inv.State, d.inv.Reason, d.inv.Next = state, reason, nil
	d.r.end(d.inv, d.o, d.now)
	d.r.goesOn(d.inv, d.unanswered())
	d.saveInv, d.saveR = true, true
}

// reopen puts an invitation without appointment back to choosing, while it is valid (RULES §1).
func (d *dossier) reopen(c *Change) {
	d.saveInv = true
	if d.inv.ExpiresAt != nil && !d.inv.ExpiresAt.After(d.now) {
		d.finish(InvitationExpired, "")
		c.emit(d.event(EventInvitationExpired))
		return
	}
	d.inv.State, d.inv.Next = InvitationSent, d.inv.expiry()
}
