package engine

import (
	"slices"
	"time"
)

// laterTries is how often a message is sent again after receipts that say "later", such as that the phone
// is off (RULES §4).
const laterTries = 3

// laterWait is the back-off before the n-th of them: half an hour, two hours, eight hours, and between
// half and the whole of that by chance. It is the person's time, not the machines'.
func laterWait(n int, chance float64) time.Duration {
	d := 30 * time.Minute
	for range n - 1 {
		d *= 4
	}
	return time.Duration(float64(d) * (0.5 + chance/2))
}

// retry queues a message again that could not arrive now; another provider is asked first, for the record
// still names this one. False when it was tried often enough, or would come too late.
func (l *letter) retry(c *Change, r Receipt) bool {
	if l.m.Retries >= laterTries || l.pointless() != "" {
		return false
	}
	planned := l.now.Add(laterWait(l.m.Retries+1, l.e.chance()))
	when := planned
	if !l.m.Answer {
		when = l.q.next(planned)
	}
	if until := l.useful(); until != nil && !when.Before(*until) {
		return false
	}
	for _, id := range []string{l.m.ProviderID, r.ProviderID} {
		if id != "" && !slices.Contains(l.m.Earlier, id) {
			l.m.Earlier = append(l.m.Earlier, id)
		}
	}
	l.m.ProviderID = ""
	l.uninvited()
	l.m.Retries++
	l.m.Attempt = 0
	l.m.State, l.m.Delayed, l.m.Next = MessageQueued, ReasonLater, step(StepSend, 0, when, planned)
	ev := l.messageEvent(EventMessageRetried)
	ev.Reason = ReasonLater
	c.emit(ev)
	return true
}

// useful is until when the message is worth sending; nil is without end. Answers to a text are worth
// nothing hours later.
func (l *letter) useful() *time.Time {
	switch l.m.Kind {
	case KindInvitation, KindRelance, KindNoShow:
		return l.inv.ExpiresAt
	case KindReminder:
		if l.apt != nil {
			return at(remindUntil(l.apt.Start, l.m.PlannedAt))
		}
	case KindConfirmation, KindConvocation, KindMoved, KindCancelledByRecipient, KindCancelledByOrganisation:
		if l.apt != nil {
			return at(l.apt.Start)
		}
	}
	return at(l.now)
}

// superseded tells whether a receipt says nothing new: it is about a send before the present one, which
// failed; that it arrived after all is news.
func (m *Message) superseded(r Receipt) bool {
	if m.Retries == 0 || r.State == MessageDelivered {
		return false
	}
	return m.State == MessageQueued || slices.Contains(m.Earlier, r.ProviderID)
}
