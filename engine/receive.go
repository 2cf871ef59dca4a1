package engine

import (
	"context"
	"slices"
)

// rank orders the states of a message: a receipt only ever moves it forward, and never out of a
// final state (RULES §4).
func (s MessageState) rank() int {
	switch s {
	case MessageQueued, MessageSending:
		return 0
	case MessageSent:
		return 1
	}
	return 2
}

// Final tells whether nothing more is expected of the message.
func (s MessageState) Final() bool { return s.rank() == 2 }

// supposed tells whether the message's end is only what we supposed: the provider knows better.
func (m *Message) supposed() bool {
	return m.State == MessageUndelivered && (m.Reason == ReasonNoReceipt || m.Reason == ReasonUnknown)
}

// untried tells whether no provider was given the message yet: a receipt of it is nobody's.
func (m *Message) untried() bool {
	return m.State == MessageQueued && m.Way == "" && m.Attempt == 0 && m.Left == 0
}

// Receive applies a receipt; doubled and late ones change nothing, and one for a message that is
// not known any more is not an error. CodeInvalid for a receipt of another message.
func (e *Engine) Receive(ctx context.Context, p Partition, id MessageID, r Receipt) error {
	return e.change(ctx, "receive", p, func() (*Change, error) {
		letters, err := e.letters(ctx, p, []string{string(id)})
		if err != nil {
			return nil, err
		}
		l := letters[0]
		if l.m == nil || l.inv == nil {
			return nil, nil
		}
		if l.m.untried() || l.m.superseded(r) {
			return nil, nil
		}
		if l.m.ProviderID != "" && r.ProviderID != "" && l.m.ProviderID != r.ProviderID && !slices.Contains(l.m.Earlier, r.ProviderID) {
			return nil, refuse("receive", CodeInvalid, "this receipt is about another send of the message")
		}
		final := l.m.State.Final() && !l.m.supposed()
		if final || r.State.rank() <= l.m.State.rank() && r.State.rank() < 2 {
			return nil, nil
		}
		return l.receipt(ctx, r)
	})
}

func (l *letter) receipt(ctx context.Context, r Receipt) (*Change, error) {
	c := &Change{}
	if l.m.SentAt == nil && r.State != MessageFailed {
		l.left()
		l.m.ProviderID = r.ProviderID
		l.counts(c)
	}
	l.m.Code = r.Code
	if r.Later && l.retry(c, r) {
		c.put(l.m)
		l.hearing(c, !r.Fault)
		return l.save(c), nil
	}
	switch r.State {
	case MessageSent:
		l.m.State = MessageSent
		if l.m.Next == nil || l.m.Next.Kind != StepNoReceipt {
			l.m.Next = &Step{Kind: StepNoReceipt, At: l.now.Add(receiptWait)}
		}
	case MessageDelivered:
		l.m.Reason = ""
		l.delivered(c)
	case MessageFailed:
		if err := l.permanent(ctx, c, r.Code, r.BadAddress, r.OptedOut); err != nil {
			return nil, err
		}
	default:
		l.m.State, l.m.Reason, l.m.Next = MessageUndelivered, r.Reason, l.forget()
		c.emit(l.messageEvent(EventMessageUndelivered))
		if err := l.undelivered(ctx, c, r.Code, r.BadAddress, r.OptedOut); err != nil {
			return nil, err
		}
	}
	c.put(l.m)
	l.hearing(c, !r.Fault)
	return l.save(c), nil
}

// hearing has the engine's Heard told of the last word on a message, once it is stored.
func (l *letter) hearing(c *Change, well bool) {
	last := l.m.State.Final() || l.m.State == MessageQueued && l.m.Delayed == ReasonLater // of this send, at least
	if l.e.Heard == nil || !last || l.m.Provider == "" || l.m.SentAt == nil {
		return
	}
	provider, sent := l.m.Provider, *l.m.SentAt
	c.heard = func() { l.e.Heard(provider, sent, well) }
}

// tell calls heard, if there is one.
func (c *Change) tell() {
	if c.heard != nil {
		c.heard()
	}
}
