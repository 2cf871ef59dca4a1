package engine

import (
	"context"
	"strings"
	"time"
)

// Claim takes the due steps of messages of one partition. Those to be sent now are claimed
// (queued → sending, one commit; only its winner may call a provider) and returned. Those whose
// reason is gone are skipped; the other steps of a message are done here.
func (e *Engine) Claim(ctx context.Context, p Partition, ids []MessageID) ([]*Outgoing, error) {
	var won []*Outgoing
	todo := texts(ids)
	for try := range tries {
		letters, err := e.letters(ctx, p, todo)
		if err != nil {
			return won, err
		}
		if try > 0 { // a stopped number is rare: it is looked up when the claim says that there may be one
			if err := e.findStopped(ctx, p, letters); err != nil {
				return won, err
			}
		}
		if err := e.findFirst(ctx, p, letters); err != nil {
			return won, err
		}
		changes := make([]Change, 0, len(letters))
		for _, l := range letters {
			changes = append(changes, *l.step())
		}
		if len(changes) == 0 {
			return won, nil
		}
		res, err := e.commit(ctx, p, changes)
		if err != nil {
			return won, err
		}
		todo = todo[:0:0]
		for i, r := range res {
			switch {
			case r != Done:
				todo = append(todo, letters[i].id)
			case letters[i].out != nil:
				letters[i].claimed()
				won = append(won, letters[i].out)
			}
		}
		if len(todo) == 0 {
			return won, nil
		}
	}
	return won, nil // what kept changing comes due again
}

// step does what the message waits for.
func (l *letter) step() *Change {
	if l.m == nil {
		// Which channel's it was is not known any more: it leaves both.
		c := gone(DueSMS, l.id)
		c.Due = append(c.Due, Due{Kind: DueEmail, ID: l.id})
		return c
	}
	next := l.m.Next
	if next == nil || next.At.After(l.now) {
		return early(l.m)
	}
	c := &Change{}
	switch next.Kind {
	case StepSend, StepFindOut:
		l.send(c, next.Kind == StepFindOut)
	case StepNoReceipt:
		l.m.State, l.m.Reason = MessageUndelivered, ReasonNoReceipt
		l.m.Next = l.forget()
		c.emit(l.messageEvent(EventMessageUndelivered))
	case StepForget:
		l.m.Subject, l.m.Body, l.m.Next = "", "", nil
	default:
		l.m.Next = nil
	}
	c.put(l.m)
	return c
}

// send claims the message, or skips it with the reason.
func (l *letter) send(c *Change, findOut bool) {
	if l.inv == nil {
		l.skip(c, ReasonErased)
		return
	}
	if l.stopped != nil {
		l.r.markOptedOut(c, l.m.Channel, l.stopped.At, l.stopped.How, l.now)
		l.cutOff(c)
		l.act(c)
		for _, d := range l.beyond {
			d.cutOff(c)
			d.saveBeside(c)
		}
		c.put(l.r)
		if l.saveInv {
			c.put(l.inv)
		}
	}
	if reason := l.pointless(); reason != "" {
		if findOut {
			l.abandon(c)
		} else {
			l.skip(c, reason)
		}
		switch reason {
		case ReasonCancelled, ReasonMoved, ReasonTooLate:
			l.unmerge(c)
		}
		return
	}
	if l.waits(c, findOut) {
		return
	}
	if findOut && l.m.Attempt >= l.e.Limits.attempts() {
		l.doubtful(c, "")
		return
	}
	if when := l.quietUntil(); when.After(l.now) {
		l.overQuiet(c, findOut, when)
		return
	}
	if l.capped() {
		l.overCap(c, findOut)
		return
	}
	out, err := l.fitting(c, findOut)
	if err != nil {
		l.unsayable(c, ReasonTemplate, err.Error())
		return
	}
	if l.tooLong(out) {
		l.unsayable(c, ReasonTooLong, "the text is longer than the service's max_parts")
		return
	}
	l.claim(c, out, findOut)
}

// unsayable ends a message that cannot be written; what it would have offered is given back.
func (l *letter) unsayable(c *Change, reason, why string) {
	l.fail(c, reason, "")
	l.dead(c, why)
	if l.unask(c); l.saveR {
		c.put(l.r)
	}
}

func (l *letter) claim(c *Change, out *Outgoing, findOut bool) {
	l.m.State = MessageSending
	// A copy of the store opens nothing: the text is kept without its link (RULES §5).
	l.m.Body = strings.ReplaceAll(out.Text.Body, l.token(), "…")
	l.m.Subject, l.m.Parts = out.Text.Subject, out.Text.Parts
	l.m.Attempt++
	l.m.Way = l.e.stopKey(l.r, l.m.Channel)
	if l.m.Retries > 0 && !findOut {
		l.m.SentAt = nil // of the send before
	}
	if !findOut {
		// Stored, a provider's name means that it may have this attempt; who tried before is only told
		// to the sender, which asks another one first.
		l.m.Since, l.tried, l.m.Provider = at(l.now), l.m.Provider, ""
	}
	out.Since = *l.m.Since
	l.m.Next = &Step{Kind: StepFindOut, At: l.now.Add(l.e.Clock.Span(l.e.Limits.sendTimeout()))}
	l.out, out.letter, c.goesOn = out, l, true
	// The reason was read from these: if one changes before the claim, decide again.
	if l.index(c); l.saveInv { // the address changed since the message was queued: a new link
		c.put(l.inv)
	} else {
		c.guard(l.inv)
	}
	if l.saveR = l.spend() || l.saveR; l.saveR {
		c.put(l.r)
	} else {
		c.guard(l.r)
	}
	l.unstopped(c)
	if l.apt != nil {
		c.guard(l.apt)
	}
	for _, a := range l.others {
		c.guard(a)
	}
}

// quietUntil is when a message may go that does not answer something the person just did (RULES §4): what
// staff or their tools do at night is told in the morning.
func (l *letter) quietUntil() time.Time {
	if l.m.Answer {
		return l.now
	}
	return l.q.next(l.now)
}

// overQuiet says what becomes of a message whose moment is outside the hours at which we may write.
func (l *letter) overQuiet(c *Change, findOut bool, when time.Time) {
	if findOut { // it may have left already: only looking into it waits, which may be to send it again
		l.m.Next = &Step{Kind: StepFindOut, At: when}
		return
	}
	switch l.m.Kind {
	case KindConfirmation, KindConvocation, KindMoved, KindReminder:
		if !when.Before(l.apt.Start) {
			l.skip(c, ReasonTooLate)
			return
		}
	}
	l.m.Delayed, l.m.Next = ReasonQuiet, &Step{Kind: StepSend, At: when}
}

// doubtful gives up a message of which nobody could say whether it arrived: people must look.
func (l *letter) doubtful(c *Change, reason string) {
	l.abandon(c)
	l.dead(c, strings.TrimSuffix("it is not known whether it arrived: "+reason, ": "))
}

// claimed brings the letter to what the store now holds.
func (l *letter) claimed() {
	l.m.Version++
	if l.m.Provider == "" {
		l.m.Provider = l.tried
	}
	if l.saveInv {
		l.inv.Version, l.saveInv = l.inv.Version+1, false
	}
	if l.saveR {
		l.r.Version, l.saveR = l.r.Version+1, false
	}
}

// forget erases the text in time; nil when there is none.
func (l *letter) forget() *Step {
	if l.m.Body == "" {
		return nil
	}
	return &Step{Kind: StepForget, At: l.now.AddDate(0, bodyMonths, 0)}
}

func (l *letter) messageEvent(t EventType) Event {
	m := l.m
	return Event{
		At: l.local(l.now), Type: t, Organisation: m.Organisation, Service: m.Service, Batch: m.Batch, Recipient: m.Recipient,
		Invitation: m.Invitation, Appointment: m.Appointment, Message: m.ID, Kind: m.Kind, Channel: m.Channel,
		State: string(m.State), Reason: m.Reason, Rung: m.Rung, Version: m.Version + 1,
	}
}
