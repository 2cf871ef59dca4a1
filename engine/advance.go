package engine

import (
	"context"
	"errors"
)

// The kinds of due entries: each is dispatched to its own work.
const (
	DueInvitation  = "invitation"
	DueAppointment = "appointment"
	DueRecipient   = "recipient"
	DueInbound     = "inbound"
	DueCalendar    = "calendar" // agents' own agendas, to be read
	DuePacing      = "pacing"   // services: whom of those who wait they invite next; freed slots: to whom they are offered; pauses that are over; ladders that are followed
	DueSMS         = "sms"      // messages by SMS
	DueEmail       = "email"    // messages by email
)

// Advance takes the due steps of one partition that are not sends. An entry that is no
// longer due is left alone, so calling twice is harmless. The error joins those of single
// entries; the others were done.
func (e *Engine) Advance(ctx context.Context, p Partition, kind string, ids []string) error {
	switch kind {
	case DueInvitation:
		return e.advanceAll(ctx, p, ids, e.invitationSteps)
	case DueAppointment:
		return e.advanceAll(ctx, p, ids, e.appointmentSteps)
	case DueRecipient:
		return e.each(ctx, p, ids, e.eraseStep)
	case DueInbound:
		return e.each(ctx, p, ids, e.forgetInbound)
	case DuePacing:
		return e.each(ctx, p, ids, e.letOutStep)
	case DueCalendar:
		return e.readAgendas(ctx, p, ids)
	}
	return &Error{Code: CodeInternal, Op: "advance", Message: "no such kind of step: " + kind}
}

// pending is one due entry and the change that does it; nil when others of its chunk come first.
type pending struct {
	id     string
	change *Change
}

// advanceAll decides and commits a chunk, again for those that are left, as long as some get done.
func (e *Engine) advanceAll(ctx context.Context, p Partition, ids []string, decide func(context.Context, Partition, []string) ([]pending, error)) error {
	for lost := 0; lost < tries; {
		todo, err := decide(ctx, p, ids)
		if err != nil {
			return err
		}
		if ids, err = e.commitPending(ctx, p, todo); err != nil || len(ids) == 0 {
			return err
		}
		if len(ids) == len(todo) {
			lost++
		}
	}
	return refuse("advance", CodeConflict, "%d records kept changing; they come due again", len(ids))
}

// commitPending answers which entries are left: those that others of the chunk come before, and those that somebody
// else changed meanwhile.
func (e *Engine) commitPending(ctx context.Context, p Partition, todo []pending) (left []string, err error) {
	changes, asked := make([]Change, 0, len(todo)), make([]string, 0, len(todo))
	for _, t := range todo {
		if t.change == nil {
			left = append(left, t.id)
			continue
		}
		changes, asked = append(changes, *t.change), append(asked, t.id)
	}
	if len(changes) == 0 {
		return left, nil
	}
	res, err := e.commit(ctx, p, changes)
	if err != nil {
		return nil, err
	}
	for i, r := range res {
		if r != Done {
			left = append(left, asked[i])
		}
	}
	return left, nil
}

func (e *Engine) each(ctx context.Context, p Partition, ids []string, do func(context.Context, Partition, string) error) error {
	var errs []error
	for _, id := range ids {
		errs = append(errs, do(ctx, p, id))
	}
	return errors.Join(errs...)
}

// early puts a due entry back where its record wants it: an entry that came twice, or one
// that a failure made due, must not cost the record its own time.
func early(l living) *Change {
	kind, next := l.due()
	d := Due{Kind: kind, ID: l.recordID()}
	if next != nil {
		d.At = next.At
	}
	c := &Change{Due: []Due{d}}
	c.guard(l)
	return c
}

// gone takes the due entry of a record that does not exist any more off the list.
func gone(kind, id string) *Change {
	return &Change{Checks: []Check{{ID: id}}, Due: []Due{{Kind: kind, ID: id}}}
}

// invitationSteps decides the due steps of invitations.
func (e *Engine) invitationSteps(ctx context.Context, p Partition, ids []string) ([]pending, error) {
	ds, err := e.dossiers(ctx, p, ids...)
	if err != nil {
		return nil, err
	}
	if err := e.gates(ctx, p, ds); err != nil {
		return nil, err
	}
	out := make([]pending, 0, len(ids))
	for i, d := range ds {
		if d == nil {
			out = append(out, pending{ids[i], gone(DueInvitation, ids[i])})
			continue
		}
		if d.later {
			out = append(out, pending{id: ids[i]})
			continue
		}
		out = append(out, pending{ids[i], d.step()})
	}
	return out, nil
}

// step does what the invitation waits for, if its time has come.
func (d *dossier) step() *Change {
	next := d.inv.Next
	if !next.ripe(d.now) {
		return early(d.inv)
	}
	c := &Change{}
	d.saveInv, d.delayed = true, next.Reason
	switch next.Kind {
	case StepInvite:
		d.invite(c)
	case StepPace: // stored by an earlier version, which had each of them come due every day
		d.park(c)
	case StepRelance:
		d.relance(c)
	case StepFollowUp:
		d.followUp(c)
	case StepExpire:
		d.expire(c)
	default:
		d.inv.Next = nil
	}
	d.inv.Next.lateAs(next)
	return d.save(c)
}

// invite queues the first messages; the ladder starts when one has really left.
func (d *dossier) invite(c *Change) {
	if d.inv.State != InvitationQueued {
		d.inv.Next = d.s.afterSent(d.inv, d.q, d.now)
		return
	}
	if d.rests(c) {
		return
	}
	if !d.q.allowed(d.now) {
		d.inv.Next = step(StepInvite, 0, d.q.next(d.now), d.inv.Next.planned())
		return
	}
	if !d.gate.admit(c) {
		d.park(c)
		return
	}
	d.starts()
	d.inv.ExpiresAt = d.s.lastMoment(d.now, d.zone())
	planned := d.inv.Next.planned()
	d.inv.Next = d.inv.expiry()
	if len(d.tell(c, KindInvitation, d.inv.Channels, planned)) == 0 && len(d.tell(c, KindInvitation, nil, planned)) == 0 {
		d.unreachable(c)
	}
	d.inv.AskedAt = at(d.now)
}

// relance climbs one rung, or several merged into one when their moments passed while the
// system was stopped.
func (d *dossier) relance(c *Change) {
	if d.inv.State != InvitationSent || d.inv.Appointment != "" {
		d.inv.Next = d.inv.expiry()
		return
	}
	if d.rests(c) {
		return
	}
	if !d.q.allowed(d.now) {
		d.inv.Next = step(StepRelance, d.inv.Next.N, d.q.next(d.now), d.inv.Next.planned())
		return
	}
	if d.inv.ExpiresAt != nil && d.inv.ExpiresAt.Sub(d.now) < minBetween {
		d.inv.Next = d.inv.expiry()
		return
	}
	if wanted := d.s.afterSent(d.inv, d.q, d.now); wanted == nil || wanted.Kind != StepRelance || wanted.At.After(d.now) {
		d.inv.Next = wanted // its service has it follow another ladder now
		return
	}
	n, planned := d.s.rungDue(d.inv, d.now), d.inv.Next.planned()
	var channels []Channel
	if n < len(d.s.Ladder) {
		channels = d.s.Ladder[n].Channels
	}
	d.inv.Rung = n + 1
	told := len(d.tell(c, KindRelance, channels, planned)) > 0 || len(d.tell(c, KindRelance, nil, planned)) > 0
	d.inv.AskedAt = at(d.now)
	d.inv.Next = d.s.afterSent(d.inv, d.q, d.now)
	if told {
		c.emit(d.event(EventInvitationRelanced))
	} else {
		d.cutOff(c)
	}
}

// unreachable notes that no channel is left: staff must act.
func (d *dossier) unreachable(c *Change) {
	if !d.inv.Unreachable {
		ev := d.event(EventInvitationUnreachable)
		ev.Again = d.inv.Unreached
		d.inv.Unreachable, d.inv.Unreached = true, true
		c.emit(ev)
	}
	d.saveInv = true
}

// expire ends an invitation that nobody answered.
func (d *dossier) expire(c *Change) {
	if d.inv.State != InvitationQueued && d.inv.State != InvitationSent {
		d.inv.Next = nil
		return
	}
	d.finish(InvitationExpired, "")
	c.emit(d.event(EventInvitationExpired))
}
