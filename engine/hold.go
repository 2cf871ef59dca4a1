package engine

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// heldFor is how long an offer holds its slots (RULES §4).
const heldFor = 30 * time.Minute

// offeredAtOnce is how many slots an offer holds at most: the answers are 1, 2 and 3.
const offeredAtOnce = 3

// Offer is up to three slots held for one person, to choose from by replying 1, 2 or 3. A person has
// one at a time.
type Offer struct {
	Invitation  InvitationID  `json:"invitation"`
	Appointment AppointmentID `json:"appointment,omitempty"` // the coming one that choosing moves; "": choosing books
	Sequence    int           `json:"sequence,omitempty"`    // of that appointment when this was offered
	Message     MessageID     `json:"message"`               // that asks: before it left nothing can be an answer
	Slots       []Offered     `json:"slots"`
	At          time.Time     `json:"at"`
	Until       time.Time     `json:"until"`          // the slots are held no longer, whether a step ran or not
	Over        string        `json:"over,omitempty"` // why it ended before that or was cleared away
}

// Offered is one slot of an offer.
type Offered struct {
	Slot
	Calendar CalendarID `json:"calendar"`
	Location string     `json:"location,omitempty"`
	Held     Claims     `json:"held"`
}

// Stands tells whether the offer can be answered.
func (o *Offer) Stands(now time.Time) bool { return o.Over == "" && now.Before(o.Until) }

// Offer holds up to three free slots for the person for 30 minutes and asks them by SMS to choose one
// by replying; somebody with a coming appointment is offered earlier ones. While an offer of the
// invitation stands it is the answer again, and nothing more is sent. CodeWrongState: the sender
// takes no replies, or nothing may be sent at this hour; CodeUnreachable: no SMS reaches the person;
// CodeNotBookable: nothing is free; CodeLinkDead and CodeNotFound as for booking.
func (e *Engine) Offer(ctx context.Context, org OrganisationID, id InvitationID) (*Offer, error) {
	var out *Offer
	err := e.yielding(ctx, "offer", org.Partition(), func() (*Change, error) {
		d, err := e.dossier(ctx, org, id)
		if err != nil {
			return nil, err
		}
		if o := d.r.Offer; o != nil && o.Invitation == id && o.Stands(d.now) {
			out = o
			return nil, nil
		}
		if err := d.offerable(); err != nil {
			return nil, err
		}
		c := &Change{}
		if err := d.offer(ctx, c, d.sooner); err != nil {
			return nil, err
		}
		if out = d.r.Offer; !d.offering {
			return nil, refuse("offer", CodeNotBookable, "no slot is free to offer; open more, or wait until some are given back")
		}
		d.asks(c, KindOffer)
		return d.save(c), nil
	})
	return out, err
}

// yielding is change for what takes some free slot or other: when somebody else was faster, it takes
// another one.
func (e *Engine) yielding(ctx context.Context, op string, p Partition, decide func() (*Change, error)) error {
	var err error
	for range tries {
		if err = e.change(ctx, op, p, decide); CodeOf(err) != CodeTaken {
			return err
		}
	}
	return err
}

// offerable tells whether the person can be asked by SMS now.
func (d *dossier) offerable() error {
	switch {
	case !d.inv.Alive(), d.expired() && !d.coming():
		return refuse("offer", CodeLinkDead, "this invitation has ended; make a new one")
	case d.pausedBy() != "":
		return refuse("offer", CodeWrongState, "the %s is paused: nothing is asked until it is resumed", d.pausedBy())
	case !d.o.SMS.Replies:
		return refuse("offer", CodeWrongState, "the organisation's SMS sender takes no replies, so nobody could choose; give it one that does")
	case !slices.Contains(d.r.Reach(), SMS):
		return refuse("offer", CodeUnreachable, "no SMS reaches this person")
	case !d.q.allowed(d.now):
		return refuse("offer", CodeWrongState, "slots are held for 30 minutes, and nothing may be sent before %s", d.q.next(d.now).In(d.zone()).Format("02/01 15:04"))
	}
	return nil
}

// sooner orders the starts of an offer that staff make: the first ones, before the appointment there is.
func (d *dossier) sooner(starts []int64) []int64 {
	if d.coming() {
		n, _ := slices.BinarySearch(starts, d.apt.Start.Unix())
		starts = starts[:n]
	}
	return starts
}

// around orders the starts for somebody who wants another time: the nearest to the one they have.
func (d *dossier) around(starts []int64) []int64 {
	now := d.apt.Start.Unix()
	starts = slices.DeleteFunc(starts, func(t int64) bool { return t == now })
	far := func(t int64) int64 { return max(t-now, now-t) }
	slices.SortStableFunc(starts, func(a, b int64) int { return cmp.Compare(far(a), far(b)) })
	return starts
}

// offer holds the first of the starts, in the order given, for the person: from different days as far
// as there are. An offer that stood before ends. Without a free start it does nothing.
func (d *dossier) offer(ctx context.Context, c *Change, order func(starts []int64) []int64) error {
	open, err := d.e.openings(ctx, d.s, d.now, d.now.AddDate(1, 0, 0), d.own(true)...)
	if err != nil {
		return err
	}
	defer open.done()
	until := d.now.Add(heldFor).UTC().Truncate(time.Second)
	o := &Offer{Invitation: d.inv.ID, At: d.now, Until: until}
	if d.coming() {
		o.Appointment, o.Sequence = d.apt.ID, d.apt.Sequence
	}
	for _, t := range byDays(order(open.starts), d.zone()) {
		slot := open.slots([]int64{t})[0]
		found, err := d.place(ctx, "offer", ask{start: slot.Start, by: ByRecipient, hold: true}, nil)
		if CodeOf(err) == CodeTaken || CodeOf(err) == CodeNotBookable {
			continue
		}
		if err != nil {
			return err
		}
		slot.End = found.end()
		one := Offered{slot, found.cal.ID, found.Location, found.heldBy(string(d.r.ID), until)}
		if o.holds(one.Held[0]) {
			continue
		}
		if o.Slots = append(o.Slots, one); len(o.Slots) == offeredAtOnce {
			break
		}
	}
	if len(o.Slots) == 0 {
		return nil
	}
	d.r.lapse(c, ReasonReplaced, d.now)
	slices.SortFunc(o.Slots, func(a, b Offered) int { return a.Start.Compare(b.Start) })
	for _, s := range o.Slots {
		c.Claims = append(c.Claims, s.Held...)
	}
	d.r.Offer, d.r.Next, d.saveR, d.offering = o, &Step{Kind: StepRelease, At: until}, true, true
	c.emit(d.r.offerEvent(EventRecipientOffered, "", d.now))
	return nil
}

// holds tells whether the offer has some of that time already.
func (o *Offer) holds(c Claim) bool {
	return slices.ContainsFunc(o.Slots, func(s Offered) bool { return s.Held[0].Overlaps(c) })
}

// byDays keeps the order, but puts the first start of each day before all others.
func byDays(starts []int64, zone *time.Location) []int64 {
	first, rest := make([]int64, 0, offeredAtOnce), make([]int64, 0, len(starts))
	days := map[int]bool{}
	for _, t := range starts {
		y, m, day := time.Unix(t, 0).In(zone).Date()
		if key := y*10000 + int(m)*100 + day; len(first) < offeredAtOnce && !days[key] {
			days[key] = true
			first = append(first, t)
		} else {
			rest = append(rest, t)
		}
	}
	return append(first, rest...)
}

// asks queues the SMS that asks the person to choose.
func (d *dossier) asks(c *Change, kind MessageKind) {
	m := d.message(kind, SMS, d.now)
	c.put(m)
	d.inv.Messages, d.saveInv = append(d.inv.Messages, m.ID), true
	d.index(c)
	if d.offering {
		d.r.Offer.Message = m.ID
	}
}

// lapse ends the person's offer, if one was not cleared away, and frees its slots; the caller puts the
// record.
func (r *Recipient) lapse(c *Change, reason string, now time.Time) {
	if r.Offer == nil || r.Offer.Over != "" {
		return
	}
	over := *r.Offer
	over.Over, r.Offer = reason, &over
	for _, s := range over.Slots {
		c.Releases = append(c.Releases, s.Held...)
	}
	if r.Next != nil && r.Next.Kind == StepRelease {
		r.Next = nil
	}
	c.emit(r.offerEvent(EventRecipientOfferEnded, reason, now))
}

func (r *Recipient) offerEvent(t EventType, reason string, now time.Time) Event {
	return Event{
		At: now, Type: t, Organisation: r.Organisation, Recipient: r.ID, Invitation: r.Offer.Invitation,
		Channel: SMS, Reason: reason, Version: r.Version + 1,
	}
}

// release is the step that clears away an offer nobody answered.
func (r *Recipient) release(now time.Time) *Change {
	c := &Change{}
	r.lapse(c, ReasonExpired, now)
	c.put(r)
	return c
}

// offerEnds frees what the person was offered when the reason for it is gone: something was booked,
// moved, cancelled, closed or refused; or when the person now claims that very time.
func (d *dossier) offerEnds(c *Change) {
	o := d.r.Offer
	if o == nil || o.Over != "" || d.offering {
		return
	}
	reason := ""
	switch {
	case slices.ContainsFunc(c.Claims, o.holds):
		reason = ReasonBooked
	case o.Invitation != d.inv.ID:
	case !d.inv.Alive():
		reason = string(d.inv.State)
	case d.coming() && (d.apt.ID != o.Appointment || d.apt.Sequence != o.Sequence):
		reason = ReasonBooked
	case !d.coming() && o.Appointment != "":
		reason = ReasonCancelled
	}
	if reason != "" {
		d.r.lapse(c, reason, d.now)
		d.saveR = true
	}
}
