package engine

import "time"

// Nobody is invited twice within a day for the same service by the same channel (RULES §1). What counts is
// the moment a first message really left, not when its invitation was made: it may have waited for the
// morning, for a slot, for the end of a pause. The claim notes it, for it writes the person anyway.

// invites tells whether the person is asked or summoned by the message, and not about it again.
func (m *Message) invites() bool { return m.Kind == KindInvitation || m.Kind == KindConvocation }

// claimHolds is for how long after the claim of a message its moment is good enough.
const claimHolds = time.Minute

// invited notes that a first message left, when its claim did not just now: it was tried before.
func (l *letter) invited() {
	if l.now.Sub(l.r.Invited[l.m.Service][l.m.Channel]) > l.e.Clock.Span(claimHolds) {
		l.r.invited(l.m.Service, l.m.Channel, l.now)
		l.saveR = true
	}
}

// uninvited takes back what a first message that did not arrive noted of itself; what an invitation before
// or after it noted stays.
func (l *letter) uninvited() {
	if l.r == nil || !l.m.invites() || l.m.Since == nil {
		return
	}
	by := l.r.Invited[l.m.Service]
	when, noted := by[l.m.Channel]
	if !noted || when.Before(*l.m.Since) || l.m.SentAt != nil && when.After(*l.m.SentAt) {
		return
	}
	l.r.Invited = with(l.r.Invited, l.m.Service, less(by, l.m.Channel))
	l.saveR = true
}
