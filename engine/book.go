package engine

import (
	"context"
	"strconv"
	"time"
)

// BookRequest asks for an appointment at a start.
type BookRequest struct {
	Organisation OrganisationID
	Invitation   InvitationID
	Start        time.Time
	Calendar     CalendarID // optional, staff only: this one of the pool
	Location     *string    // only there, as Slot.Locations says; nil: wherever a calendar is free
	By           Actor
	Force        Force // optional, staff only
}

// Book takes the slot for the invitation and confirms. Booking again the same start answers
// with the same appointment. CodeTaken carries the three nearest free slots; CodeNotBookable,
// CodePending, CodeLinkDead and CodeNotFound are the other refusals.
func (e *Engine) Book(ctx context.Context, r BookRequest) (*Appointment, error) {
	var booked *Appointment
	err := e.claiming(ctx, "book", r.Organisation.Partition(), func(taken held) (*Change, error) {
		d, err := e.dossier(ctx, r.Organisation, r.Invitation)
		if err != nil {
			return nil, err
		}
		if err := r.Force.by("book", r.By); err != nil {
			return nil, err
		}
		if d.coming() && d.apt.Start.Equal(r.Start) {
			booked = d.apt
			return nil, nil
		}
		if err := d.bookable(r.By); err != nil {
			return nil, err
		}
		c, err := d.book(ctx, r, KindConfirmation, taken)
		booked = d.apt
		return c, err
	})
	if err != nil {
		return nil, err
	}
	return booked, nil
}

// held names the calendars whose time turned out to be somebody else's.
type held map[CalendarID]bool

// claiming runs decide–commit for changes that claim calendar time. It remembers which calendars
// turned out to be taken, so that the best of the others is tried: by name, because those who
// were faster changed the order of the pool. A change claims the time of its calendar first: when a limit
// of that calendar is what is reached, it is that calendar which has no room. What the person holds
// themselves is never the reason: it is freed by the change, or the person's record has changed.
func (e *Engine) claiming(ctx context.Context, op string, p Partition, decide func(taken held) (*Change, error)) error {
	taken := held{}
	return e.deciding(ctx, op, p, tries+64, func() (*Change, error) { return decide(taken) }, func(c *Change) error {
		taken[c.Claims[0].Calendar] = true
		return nil
	})
}

// bookable tells whether the invitation can take an appointment now.
func (d *dossier) bookable(by Actor) error {
	switch {
	case d.coming():
		return refuse("book", CodePending, "there is an appointment already: move it or cancel it")
	case d.apt != nil && d.apt.State == Booked:
		return refuse("book", CodeWrongState, "the appointment is over and nobody has said yet whether the person came: record its outcome first")
	case !d.inv.Alive() && by == ByRecipient, d.expired() && by == ByRecipient:
		return refuse("book", CodeLinkDead, "this link no longer works")
	case d.inv.State == InvitationClosed:
		return refuse("book", CodeWrongState, "this invitation is closed; make a new one")
	}
	return nil
}

func (d *dossier) expired() bool {
	return d.inv.ExpiresAt != nil && !d.inv.ExpiresAt.After(d.now)
}

// book makes the change: appointment, claim, invitation, messages, reminders.
func (d *dossier) book(ctx context.Context, r BookRequest, kind MessageKind, taken held) (*Change, error) {
	start := r.Start.UTC().Truncate(time.Second)
	found, err := d.place(ctx, "book", ask{start: start, only: r.Calendar, at: r.Location, by: r.By, force: r.Force}, taken)
	if err != nil {
		return nil, err
	}
	id := AppointmentID(d.e.Minter.Mint("apt", d.now))
	held := found.heldBy(string(id), time.Time{})
	d.apt = &Appointment{
		ID: id, Organisation: d.o.ID, Service: d.s.ID, Invitation: d.inv.ID, Recipient: d.r.ID,
		Calendar: found.cal.ID, Location: found.Location, Start: start, End: found.end(), State: Booked, Imposed: kind == KindConvocation,
		Origin: d.origin(), Forced: found.forced, Held: held, Reminders: d.s.planReminders(start, d.now, d.r.Absences > 0), CreatedAt: d.now,
	}
	d.apt.Next = d.apt.nextStep(d.q, d.now)
	if !d.inv.Alive() && d.r.Open[d.inv.Service] == "" { // it had expired
		d.r.open(d.inv, d.now)
		d.saveR = true
	}
	d.inv.State, d.inv.Appointment, d.inv.Next = InvitationBooked, id, nil
	d.starts()
	if d.inv.AskedAt == nil { // booked before anything was sent: validity counts from here
		d.inv.AskedAt, d.inv.ExpiresAt = at(d.now), d.s.lastMoment(d.now, d.zone())
	}
	c := &Change{Claims: held}
	if r.By == ByRecipient {
		d.acted = true
		d.opened(c)
	}
	c.guard(found.cal)
	d.used(c, held[0])
	c.Lists = append(c.Lists, ListEntry{List: listOf("appointments", d.o.ID), Score: start.Unix(), Member: string(id)})
	ev := d.appointmentEvent(EventAppointmentBooked)
	ev.Reason = string(r.By)
	c.emit(ev)
	if d.inv.Batch != "" {
		c.Counts = append(c.Counts, Count{Name: "batch:" + string(d.inv.Batch), Field: "booked.rung." + strconv.Itoa(d.inv.Rung), N: 1})
	}
	if len(d.tell(c, kind, nil, d.now)) == 0 && kind == KindConvocation {
		d.unreachable(c) // an imposed appointment that nobody was told of: staff must act
	}
	d.saveInv, d.saveApt = true, true
	return d.save(c), nil
}

// opened notes the first thing the person did with the invitation. Looking at the page is not one:
// scanners look at every link (RULES §5).
func (d *dossier) opened(c *Change) {
	if d.inv.OpenedAt == nil {
		d.inv.OpenedAt, d.saveInv = at(d.now), true
		c.emit(d.event(EventInvitationOpened))
	}
}

// used notes when the calendar was last booked, for pools that have another to choose.
func (d *dossier) used(c *Change, claim Claim) {
	if len(d.s.Calendars) < 2 {
		return
	}
	c.Index = append(c.Index, IndexEntry{Index: indexUsed, Field: string(claim.Calendar), Value: strconv.FormatInt(d.now.UnixMilli(), 10)})
}

// ConveneRequest asks for an imposed appointment (convocation).
type ConveneRequest struct {
	Organisation OrganisationID
	Service      ServiceID
	Person       Person
	Start        time.Time
	Calendar     CalendarID // optional
	Location     *string    // as in BookRequest
	Force        Force      // optional
}

// Convene books a person in and tells them (RULES §2): an open invitation of theirs is used,
// otherwise one is made in the same change. CodeInvalid, CodePending, CodeTaken, CodeNotBookable.
func (e *Engine) Convene(ctx context.Context, r ConveneRequest) (*Appointment, error) {
	var booked *Appointment
	err := e.claiming(ctx, "convene", r.Organisation.Partition(), func(taken held) (*Change, error) {
		if err := r.Force.by("convene", ByStaff); err != nil {
			return nil, err
		}
		d, fresh, err := e.convened(ctx, r)
		if err != nil {
			return nil, err
		}
		if d.coming() {
			if d.apt.Start.Equal(r.Start) {
				booked = d.apt
				return nil, nil
			}
			return nil, refuse("convene", CodePending, "this person has an appointment for this service: move it or cancel it")
		}
		br := BookRequest{Organisation: r.Organisation, Start: r.Start, Calendar: r.Calendar, Location: r.Location, By: ByStaff, Force: r.Force}
		d.saveR = true
		c, err := d.book(ctx, br, KindConvocation, taken)
		if err == nil && fresh {
			c.list(d.inv, d.now)
			c.emit(d.event(EventInvitationCreated))
		}
		booked = d.apt
		return c, err
	})
	if err != nil {
		return nil, err
	}
	return booked, nil
}

// convened is the dossier of a person to be booked in; fresh when its invitation is new.
func (e *Engine) convened(ctx context.Context, r ConveneRequest) (d *dossier, fresh bool, err error) {
	in := &inviting{e: e, org: r.Organisation, now: e.Clock.Now(), results: make([]InviteResult, 1)}
	req := InviteRequest{Service: r.Service, Person: r.Person}
	if err := in.policies(ctx, []InviteRequest{req}); err != nil {
		return nil, false, err
	}
	p := in.check(0, req)
	if p == nil {
		return nil, false, in.results[0].Err
	}
	if err := in.load(ctx, []*invitee{p}); err != nil {
		return nil, false, err
	}
	if p.last != nil && p.last.Alive() {
		d, err := e.dossier(ctx, r.Organisation, p.last.ID)
		if err != nil {
			return nil, false, err
		}
		d.r.update(p.req.Person)
		d.answered = d.r.answers(p.acts, d.inv, d.now)
		return d, false, nil
	}
	if p.was == nil {
		p.was = &Recipient{ID: p.id, Organisation: in.org, ExternalID: p.req.Person.ExternalID, CreatedAt: in.now}
	}
	p.was.update(p.req.Person)
	d = &dossier{e: e, now: in.now, o: in.o, w: in.w, s: in.services[r.Service], r: p.was, q: e.quietOf(in.o, in.services[r.Service])}
	d.inv = &Invitation{
		ID: InvitationID(e.Minter.Mint("inv", in.now)), Organisation: in.org, Service: r.Service, Recipient: p.id,
		State: InvitationQueued, Imposed: true, CreatedAt: in.now,
	}
	d.r.open(d.inv, in.now)
	d.answered = d.r.answers(p.acts, d.inv, in.now)
	return d, true, nil
}
