package engine

import (
	"cmp"
	"time"
)

// within are the hours a service leaves of its organisation's: the later beginning, the earlier end. When
// the organisation changed its own since and nothing is left, the organisation's hold.
func (q quiet) within(s *Service) quiet {
	if s == nil || s.Quiet == nil {
		return q
	}
	out := q
	if d, ok := ofDay(s.Quiet.From); ok {
		out.from = max(q.from, d)
	}
	if d, ok := ofDay(s.Quiet.Until); ok {
		out.until = min(q.until, d)
	}
	if out.from >= out.until {
		return q
	}
	return out
}

// quietOf is when people may be written to about a service.
func (e *Engine) quietOf(o *Organisation, s *Service) quiet { return e.quiet(o).within(s) }

// aDay is how many messages by a channel a person gets at most in a day when this service has one to send.
func (s *Service) aDay(ch Channel) int {
	wanted, hard := s.MaxEmails, emailsADay
	if ch == SMS {
		wanted, hard = s.MaxSMS, smsADay
	}
	if wanted == nil { // saved by an earlier version
		return hard
	}
	return min(*wanted, hard)
}

// validateBounds refuses what goes beyond the organisation's hours or the hard caps.
func (s *Service) validateBounds(f *fields, o *Organisation) {
	f.between("/max_sms_a_day", *s.MaxSMS, 1, smsADay)
	f.between("/max_emails_a_day", *s.MaxEmails, 1, emailsADay)
	if s.Quiet == nil {
		return
	}
	all := o.WithDefaults().Quiet
	from, okFrom := ofDay(cmp.Or(s.Quiet.From, all.From))
	until, okUntil := ofDay(cmp.Or(s.Quiet.Until, all.Until))
	first, _ := ofDay(all.From)
	last, _ := ofDay(all.Until)
	switch {
	case !okFrom || !okUntil || from >= until || until-from < time.Hour:
		f.add("/quiet_hours", "invalid", "from and until must be hours such as 09:00 and 18:00, at least an hour apart")
	case from < first || until > last:
		f.add("/quiet_hours", "wider", "must lie within the organisation's, %s to %s", all.From, all.Until)
	}
	if s.Quiet.Sundays {
		f.add("/quiet_hours/sundays", "wider", "is the organisation's to say: its services follow it")
	}
}
