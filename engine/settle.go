package engine

import (
	"cmp"
	"context"
	"time"
)

// Settle records the answers to claimed sends; it is safe to call again after an error: an
// answer that was recorded is left alone.
func (e *Engine) Settle(ctx context.Context, p Partition, done []Settled) error {
	todo := done
	for range tries {
		letters, err := e.claimed(ctx, p, todo)
		if err != nil {
			return err
		}
		changes, asked := make([]Change, 0, len(todo)), make([]Settled, 0, len(todo))
		for i, l := range letters {
			if c, err := l.settle(ctx, todo[i].Answer); err != nil {
				return err
			} else if c != nil {
				changes, asked = append(changes, *c), append(asked, todo[i])
			}
		}
		if len(changes) == 0 {
			return nil
		}
		res, err := e.commit(ctx, p, changes)
		if err != nil {
			return err
		}
		var again []Settled
		for i, r := range res {
			if r != Done {
				again = append(again, asked[i])
				continue
			}
			changes[i].tell()
		}
		if todo = again; len(todo) == 0 {
			return nil
		}
	}
	return refuse("settle", CodeConflict, "%d messages kept changing; they are looked into later", len(todo))
}

// claimed are the letters to settle: as they were claimed the first time, read again after that.
func (e *Engine) claimed(ctx context.Context, p Partition, done []Settled) ([]*letter, error) {
	out, ids := make([]*letter, len(done)), make([]string, len(done))
	fresh := true
	for i, s := range done {
		ids[i] = string(s.Message.ID)
		if out[i] = s.letter; out[i] == nil {
			fresh = false
			continue
		}
		out[i].now = e.Clock.Now()
		s.letter = nil // what is decided on it may not be stored
	}
	if fresh {
		return out, nil
	}
	return e.letters(ctx, p, ids)
}

// settle decides what an answer means for the message and its invitation; nil when it was recorded.
func (l *letter) settle(ctx context.Context, a Answer) (*Change, error) {
	if l.m == nil {
		return nil, nil
	}
	if l.m.State != MessageSending {
		return l.late(a), nil
	}
	c := &Change{}
	if a.Provider != "" {
		l.m.Provider = a.Provider
	}
	if a.ProviderID != "" {
		l.m.ProviderID = a.ProviderID
	}
	if a.Doubt {
		l.m.Doubts++
	}
	switch a.Outcome {
	case OutcomeSent:
		l.sent(c, a)
	case OutcomePermanent:
		if err := l.permanent(ctx, c, a.Code, a.BadAddress, a.OptedOut); err != nil {
			return nil, err
		}
	case OutcomeTemporary:
		if err := l.temporary(ctx, c, a); err != nil {
			return nil, err
		}
	case OutcomeConfiguration:
		l.m.Attempt-- // it never left and it is not the message's fault
		l.again(max(a.After, l.e.Limits.wait(4, l.e.chance())))
		l.m.Code = a.Code
	default:
		l.unknown(c, a)
	}
	c.put(l.m)
	if l.inv != nil {
		l.save(c)
	}
	return c, nil
}

// late fills in what an answer knows of a message whose receipt was faster; nil when nothing.
func (l *letter) late(a Answer) *Change {
	if a.Outcome != OutcomeSent || l.m.Provider != "" {
		return nil
	}
	c := &Change{}
	l.m.Provider, l.m.ProviderID = a.Provider, cmp.Or(a.ProviderID, l.m.ProviderID)
	if l.m.SentAt == nil {
		l.left()
		l.counts(c)
	}
	c.put(l.m)
	l.hearing(c, l.m.State == MessageDelivered)
	if l.inv != nil {
		l.save(c)
	}
	return c
}

// receiptWait is how long a receipt is waited for (RULES §4).
const receiptWait = 72 * time.Hour

func (l *letter) sent(c *Change, a Answer) {
	l.m.State, l.m.Code = MessageSent, a.Code
	l.left()
	l.counts(c)
	switch {
	case l.m.Channel == SMS && !a.NoReceipt:
		l.m.Next = &Step{Kind: StepNoReceipt, At: l.now.Add(receiptWait)}
	default:
		l.m.Next = l.forget()
	}
}

// counts notes that a message really left: the ladder of its invitation starts from the first.
func (l *letter) counts(c *Change) {
	left := l.messageEvent(EventMessageSent)
	if l.m.Left++; l.m.Left > 1 {
		left.Type = EventMessageResent
	}
	if l.m.Channel == SMS {
		left.Parts = l.m.Parts
	}
	c.emit(left)
	c.Counts = append(c.Counts, Count{Name: "org:" + string(l.m.Organisation), Field: "sent." + string(l.m.Channel), N: 1})
	if l.m.Channel == SMS {
		c.Counts = append(c.Counts, Count{Name: "org:" + string(l.m.Organisation), Field: "sms.parts", N: int64(l.m.Parts)})
	}
	if l.m.Doubts > 0 {
		c.Counts = append(c.Counts, Count{Name: "org:" + string(l.m.Organisation), Field: "sent.in_doubt", N: 1})
	}
	if l.inv == nil || !l.m.invites() {
		return
	}
	l.invited()
	if l.reached(); l.inv.SentAt != nil {
		return
	}
	l.inv.SentAt, l.saveInv = at(l.now), true
	if l.inv.State == InvitationQueued {
		l.inv.State = InvitationSent
		l.inv.Next = l.s.afterSent(l.inv, l.q, l.now)
		l.cutOff(c) // they left every channel while it was on its way
	}
	ev := l.event(EventInvitationSent)
	if first, goesOn := l.r.Asked[l.inv.Service]; goesOn {
		ev.Invited = at(l.local(first))
	}
	c.emit(ev)
}

// delivered ends a message that arrived.
func (l *letter) delivered(c *Change) {
	l.m.State, l.m.DeliveredAt, l.m.Next = MessageDelivered, at(l.now), l.forget()
	c.emit(l.messageEvent(EventMessageDelivered))
	l.reached()
	if l.inv != nil && l.m.invites() && l.m.Retries > 0 {
		l.invited() // it had counted as failed
	}
	if l.inv != nil && l.inv.DeliveredAt == nil {
		l.inv.DeliveredAt, l.saveInv = at(l.now), true
		c.emit(l.event(EventInvitationDelivered))
	}
}

// again queues the message for another attempt after d of real time.
func (l *letter) again(d time.Duration) {
	l.uninvited()
	l.m.State, l.m.Delayed = MessageQueued, ReasonRetried
	l.m.Next = &Step{Kind: StepSend, At: l.now.Add(l.e.Clock.Span(d))}
}

func (l *letter) temporary(ctx context.Context, c *Change, a Answer) error {
	l.m.Code = a.Code
	if a.Provider == "" { // nobody was asked: the message waits, it was not tried
		l.m.Attempt--
		l.again(cmp.Or(a.After, l.e.Limits.wait(1, l.e.chance())))
		l.m.Delayed = ReasonProvider
		return nil
	}
	if l.m.Attempt >= l.e.Limits.attempts() {
		l.fail(c, ReasonGaveUp, a.Code)
		l.dead(c, "no provider took it: "+a.Reason)
		if l.inv == nil {
			return nil
		}
		return l.undelivered(ctx, c, a.Code, false, false)
	}
	l.again(max(a.After, l.e.Limits.wait(l.m.Attempt, l.e.chance())))
	return nil
}

// unknown looks into it later, each time after longer, and not for ever: every look may be one
// more message to the person.
func (l *letter) unknown(c *Change, a Answer) {
	l.m.Code = a.Code
	if l.m.Attempt >= l.e.Limits.attempts() {
		l.doubtful(c, a.Reason)
		return
	}
	l.m.Delayed = ReasonRetried
	wait := max(l.e.Limits.sendTimeout(), a.After, l.e.Limits.wait(l.m.Attempt, l.e.chance()))
	l.m.Next = &Step{Kind: StepFindOut, At: l.now.Add(l.e.Clock.Span(wait))}
}

// permanent ends a message that will never arrive this way, marks the address, and tries the other
// channel when this one was the only one used (RULES §4).
func (l *letter) permanent(ctx context.Context, c *Change, code string, badAddress, optedOut bool) error {
	l.fail(c, ReasonUnreachable, code)
	if l.inv == nil {
		return nil
	}
	return l.undelivered(ctx, c, code, badAddress, optedOut)
}
