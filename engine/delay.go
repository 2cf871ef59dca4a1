package engine

import "time"

// punctual is how far from its planned moment a message may leave without a reason, in real time.
const punctual = time.Minute

// aside is why a message that is queued now leaves at another moment than planned; "" when it does not.
func (d *dossier) aside(kind MessageKind, planned time.Time) string {
	slack := d.e.Clock.Span(punctual)
	now := func(t time.Time) bool { return d.now.Sub(t).Abs() <= slack }
	switch asked := d.inv.AskedAt; {
	case now(planned):
		return ""
	case d.fallback:
		return ReasonOtherChannel
	case d.inv.Pace == PaceWaiting:
		return ReasonPacing
	case d.now.Before(planned), now(d.q.next(planned)):
		return ReasonQuiet
	case kind == KindRelance && asked != nil && planned.Before(asked.Add(minBetween)) && now(d.q.next(asked.Add(minBetween))):
		return ReasonSpacing
	}
	return ReasonBehind
}

// left notes when the message really left, and settles why that was not when it was planned.
func (l *letter) left() {
	l.m.SentAt = at(l.now)
	switch late := l.now.Sub(l.m.PlannedAt).Abs(); {
	case late <= l.e.Clock.Span(punctual):
		l.m.Delayed = ""
	case l.m.Delayed == "" && l.m.Attempt > 1:
		l.m.Delayed = ReasonRetried
	case l.m.Delayed == "":
		l.m.Delayed = ReasonBehind
	}
}

// climbed notes how far a channel has come on the ladder.
func (d *dossier) climbed(m *Message) {
	if m.Kind != KindRelance {
		return
	}
	d.inv.Rungs = with(d.inv.Rungs, m.Channel, m.Rung)
}

// merged tells whether a later rung goes the same way: after a long failure of a provider, nobody gets two
// at once (RULES §1).
func (l *letter) merged() bool {
	return (l.m.Kind == KindInvitation || l.m.Kind == KindRelance) && l.inv.Rungs[l.m.Channel] > l.m.Rung
}
