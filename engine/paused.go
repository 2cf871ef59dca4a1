package engine

import (
	"context"
	"slices"
	"time"
)

// keptAtMost is how long something that a pause keeps waits before it is looked at again, should nothing
// let go of it.
const keptAtMost = 7 * 24 * time.Hour

// asks tells whether messages of the kind ask something of somebody who did nothing: pauses keep these.
func (k MessageKind) asks() bool {
	switch k {
	case KindInvitation, KindRelance, KindNoShow, KindOffer, KindEarlier:
		return true
	}
	return false
}

// pauses are those that can concern an invitation, as stored.
func (i *Invitation) pauses() []*pause {
	out := []*pause{servicePause(i.Organisation, i.Service)}
	if i.Batch != "" {
		out = append(out, batchPause(i.Organisation, i.Service, i.Batch))
	}
	return out
}

// fillPauses reads the pauses of the dossier's invitation from the shelf; unset are they as nobody set them.
func (d *dossier) fillPauses(sh shelf, unset []*pause) error {
	d.pauses = unset
	for n, p := range unset {
		is, err := p.from(sh)
		if err != nil {
			return err
		}
		if is != p {
			d.pauses = slices.Clone(d.pauses)
			d.pauses[n] = is
		}
	}
	return nil
}

// pausedBy is the pause that keeps us from asking the person for this service; "" when there is none.
// Whoever offers something unasked asks it first.
func (d *dossier) pausedBy() PauseScope {
	by, _ := d.pause()
	return by
}

// pause is what pausedBy tells, and since when.
func (d *dossier) pause() (PauseScope, *time.Time) {
	if d.r.PausedAt != nil {
		return PausedRecipient, d.r.PausedAt
	}
	for _, p := range d.pauses {
		if p.Since != nil {
			return p.scope(), p.Since
		}
	}
	return "", nil
}

// asPaused demands that no pause began or ended since the dossier was read.
func (d *dossier) asPaused(c *Change) {
	for _, p := range d.pauses {
		c.guard(p)
	}
	if d.r.PausedAt != nil {
		c.guard(d.r)
	}
}

// rests keeps the invitation's step for after a pause, and tells whether it did. The last day the person
// was told ends it, pause or not.
func (d *dossier) rests(c *Change) bool {
	d.asPaused(c)
	by, next := d.pausedBy(), d.inv.Next
	switch {
	case d.expired() && (by != "" || next.Reason == ReasonPaused):
		d.expire(c)
		return true
	case by == "":
		return false
	}
	d.inv.Next = d.kept(next.Kind, by, next.planned())
	d.inv.Next.N = next.N
	return true
}

// kept is a step that a pause keeps.
func (d *dossier) kept(kind StepKind, by PauseScope, planned time.Time) *Step {
	when := d.now.Add(keptAtMost)
	if end := d.inv.ExpiresAt; end != nil && end.Before(when) {
		when = *end
	}
	return &Step{Kind: kind, At: when, Planned: at(planned), PausedBy: by, Reason: ReasonPaused}
}

// waits keeps a message that asks, queued before the pause, for after it; and tells whether the message
// was dealt with. One that waited and that the next rung overtook is merged into that.
func (l *letter) waits(c *Change, findOut bool) bool {
	if !l.m.Kind.asks() || l.m.Answer {
		return false
	}
	l.asPaused(c)
	by := l.pausedBy()
	switch {
	case by == "" && (findOut || l.m.Next.Reason != ReasonPaused):
		return false
	case by == "" && l.overtaken():
		c.guard(l.inv)
		l.skip(c, ReasonMerged)
	case by == "":
		l.respace()
		return false
	case l.m.Kind == KindOffer, l.m.Kind == KindEarlier:
		l.withdraw(c, findOut)
	case l.anew && !findOut:
		l.rewind(c, by)
	default:
		kind := StepSend
		if findOut {
			kind = StepFindOut
		}
		l.m.Delayed, l.m.Next = ReasonPaused, l.kept(kind, by, l.m.PlannedAt)
	}
	return true
}

// overtaken tells whether the next rung was queued, or is due, since a pause kept this message: nobody
// gets two at once.
func (l *letter) overtaken() bool {
	if l.m.Kind != KindInvitation && l.m.Kind != KindRelance {
		return false
	}
	next := l.inv.Next
	return l.inv.Rung > l.m.Rung || next != nil && next.Kind == StepRelance && (next.PausedBy != "" || !next.At.After(l.now))
}

// respace keeps the next rung at its distance from a message that a pause made late.
func (l *letter) respace() {
	if next := l.inv.Next; next == nil || next.Kind != StepRelance {
		return
	}
	l.inv.AskedAt, l.saveInv = at(l.now), true
	if l.inv.Next = l.s.afterSent(l.inv, l.q, l.now); l.inv.Next != nil && l.inv.Next.Kind == StepRelance {
		l.inv.Next.Reason = ReasonPaused
	}
}

// withdraw ends an offer of slots: they are held for half an hour, or for the first to answer, and no pause
// is that short.
func (l *letter) withdraw(c *Change, findOut bool) {
	if findOut {
		l.abandon(c)
	} else {
		l.skip(c, ReasonPaused)
	}
	if o := l.r.Offer; o != nil && o.Message == l.m.ID {
		l.r.lapse(c, ReasonPaused, l.now)
		c.put(l.r)
	}
}

// rewind takes an invitation of which nothing has left back to its beginning: its last day counts from
// the day it will be asked, and the calendars' free slots are for others meanwhile. Its first messages
// are queued anew after the pause.
func (l *letter) rewind(c *Change, by PauseScope) {
	for _, m := range l.first {
		if m.State == MessageQueued {
			(&letter{dossier: l.dossier, m: m}).skip(c, ReasonPaused)
			c.put(m)
		}
	}
	l.skip(c, ReasonPaused)
	was := l.inv.Pace
	l.inv.ExpiresAt, l.inv.AskedAt, l.inv.Policy, l.inv.Via = nil, nil, 0, ""
	l.inv.Next = l.kept(StepInvite, by, l.m.PlannedAt)
	c.put(l.inv)
	l.repaced(c, was)
}

// findFirst reads, for first messages that a pause keeps, whether another one of their invitation left or
// may have; where none did, they can begin anew.
func (e *Engine) findFirst(ctx context.Context, p Partition, letters []*letter) error {
	var asked []*letter
	var ids []string
	for _, l := range letters {
		if l.inv != nil && l.m.Kind == KindInvitation && l.inv.State == InvitationQueued && l.inv.SentAt == nil && l.pausedBy() != "" {
			asked, ids = append(asked, l), append(ids, texts(l.inv.Messages)...)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	sh, err := e.fetch(ctx, p, ids...)
	if err != nil {
		return err
	}
	for _, l := range asked {
		for _, id := range l.inv.Messages {
			m, err := pick[Message](sh, string(id))
			if err != nil {
				return err
			}
			if m == nil || m.ID == l.m.ID {
				continue
			}
			l.first = append(l.first, m)
		}
		l.anew = !slices.ContainsFunc(l.first, (*Message).mayHaveLeft)
	}
	return nil
}

// mayHaveLeft tells whether the person may have the message.
func (m *Message) mayHaveLeft() bool {
	return m.State != MessageQueued && m.State != MessageFailed && m.State != MessageSkipped
}
