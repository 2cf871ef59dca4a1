package engine

import "time"

// The hard caps of messages to one person in one day of the organisation, all services and kinds
// together, answers to what the person did excepted (RULES §1). A service may want less.
const (
	smsADay    = 4
	emailsADay = 6
)

// Written is what went to a person in one day of the organisation, answers to themselves excepted.
type Written struct {
	Day   int `json:"day"` // 20260518, in the organisation's zone
	SMS   int `json:"sms,omitempty"`
	Email int `json:"email,omitempty"`
}

// dayOf is the local day of a moment as one number.
func dayOf(t time.Time, zone *time.Location) int {
	y, m, d := t.In(zone).Date()
	return y*10000 + int(m)*100 + d
}

// count is what was written by a channel.
func (w *Written) count(ch Channel) *int {
	if ch == SMS {
		return &w.SMS
	}
	return &w.Email
}

// today is the person's share so far. A clock that is behind counts for the day it was ahead of.
func (r *Recipient) today(day int) Written {
	if r.Written == nil || r.Written.Day < day {
		return Written{Day: day}
	}
	return *r.Written
}

// full tells whether nothing more may be written by the channel today that the person did not ask for.
func (d *dossier) full(ch Channel) bool {
	share := d.r.today(dayOf(d.now, d.zone()))
	return *share.count(ch) >= d.s.aDay(ch)
}

// capped tells whether the message would be one too many today. An attempt after the first of a day
// is the same message.
func (l *letter) capped() bool {
	return !l.m.Answer && l.m.Counted < dayOf(l.now, l.zone()) && l.full(l.m.Channel)
}

// spend takes the message from the person's share of the day, and tells whether that changed it. That the
// person is invited by it is noted in the same write.
func (l *letter) spend() bool {
	day := dayOf(l.now, l.zone())
	if l.m.Answer || l.m.Counted >= day {
		return false
	}
	share := l.r.today(day)
	*share.count(l.m.Channel)++
	l.r.Written, l.m.Counted = &share, share.Day
	if l.m.invites() {
		l.r.invited(l.m.Service, l.m.Channel, l.now)
	}
	return true
}

// overCap says what becomes of a message that would be one too many: a relance is merged into the next
// rung, a reminder or an offer is not worth anything tomorrow, the rest waits for the next day.
func (l *letter) overCap(c *Change, findOut bool) {
	if findOut { // it may have left already: only looking into it waits
		l.m.Next = &Step{Kind: StepFindOut, At: l.tomorrow()}
		return
	}
	when := l.q.next(l.tomorrow())
	switch {
	case l.m.Kind == KindReminder, l.m.Kind == KindEarlier,
		l.m.Kind == KindRelance && l.inv.Rung < len(l.s.Ladder),
		l.apt != nil && l.apt.Start.After(l.now) && !when.Before(l.apt.Start),
		l.apt == nil && l.inv.ExpiresAt != nil && !when.Before(*l.inv.ExpiresAt):
		l.skip(c, ReasonCap)
	case l.m.Kind == KindOffer:
		l.skip(c, ReasonCap)
		if o := l.r.Offer; o != nil && o.Message == l.m.ID { // nobody was told: the slots are free
			l.r.lapse(c, ReasonCap, l.now)
			c.put(l.r)
		}
	default:
		l.m.Delayed, l.m.Next = ReasonCap, &Step{Kind: StepSend, At: when}
	}
}

// tomorrow is the next midnight of the organisation.
func (l *letter) tomorrow() time.Time {
	y, m, d := l.now.In(l.zone()).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, l.zone())
}
