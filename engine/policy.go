package engine

import "time"

// The defaults of a service (RULES §1 and §2).
const (
	defaultValidityDays = 10
	defaultNoticeHours  = 24
	defaultHorizonDays  = 45
	defaultCutoffHours  = 4
	defaultMaxMoves     = 3
	defaultMaxParts     = 3
	defaultNoShowDays   = 1
	defaultEarlier      = 3
)

// WithDefaults fills what the organisation did not say.
func (s Service) WithDefaults() Service {
	whole := func(p **int, n int) {
		if *p == nil {
			*p = &n
		}
	}
	whole(&s.ValidityDays, defaultValidityDays)
	whole(&s.NoticeHours, defaultNoticeHours)
	whole(&s.CancelCutoffHours, defaultCutoffHours)
	whole(&s.MoveCutoffHours, defaultCutoffHours)
	whole(&s.MaxMoves, defaultMaxMoves)
	whole(&s.AfterNoShowDays, defaultNoShowDays)
	whole(&s.MaxSMS, smsADay)
	whole(&s.MaxEmails, emailsADay)
	whole(&s.EarlierPeople, defaultEarlier)
	if s.SlotsPerInvitation == nil {
		one := 1.0
		s.SlotsPerInvitation = &one
	}
	if s.HorizonDays == 0 {
		s.HorizonDays = defaultHorizonDays
	}
	if s.MaxParts == 0 {
		s.MaxParts = defaultMaxParts
	}
	if s.Ladder == nil {
		s.Ladder = []Rung{{AfterDays: 3}, {AfterDays: 7}}
	}
	if s.Reminders == nil {
		s.Reminders = []Hours{48}
	}
	return s
}

// offersFreed is to how many people a freed slot is offered.
func (s *Service) offersFreed() int {
	if s.EarlierPeople == nil { // saved by an earlier version
		return defaultEarlier
	}
	return *s.EarlierPeople
}

// lastMoment is the midnight that ends the last day of an invitation asked at t; nil: without end.
func (s *Service) lastMoment(t time.Time, zone *time.Location) *time.Time {
	if *s.ValidityDays == 0 {
		return nil
	}
	y, m, d := t.In(zone).Date()
	return at(time.Date(y, m, d+*s.ValidityDays+1, 0, 0, 0, 0, zone))
}

// minBetween keeps two messages of one ladder apart when a late start brings them together.
const minBetween = 24 * time.Hour

// afterSent is the next step of an invitation that was sent and not answered: the next rung of
// the ladder, timed from the moment it was really sent and moved out of quiet hours, or its end.
func (s *Service) afterSent(inv *Invitation, q quiet, now time.Time) *Step {
	expire := inv.expiry()
	if inv.SentAt == nil || inv.Appointment != "" || inv.Rung >= len(s.Ladder) {
		return expire
	}
	planned := inv.SentAt.Add(time.Duration(s.Ladder[inv.Rung].AfterDays) * 24 * time.Hour)
	when := planned
	if inv.AskedAt != nil && when.Before(inv.AskedAt.Add(minBetween)) {
		when = inv.AskedAt.Add(minBetween)
	}
	when = q.next(when)
	if inv.ExpiresAt != nil && inv.ExpiresAt.Sub(when) < minBetween {
		return expire // under 24 h of validity left: no rung (RULES §1)
	}
	return step(StepRelance, inv.Rung, when, planned)
}

// expiry is the step that ends the invitation; nil for one without end.
func (i *Invitation) expiry() *Step {
	if i.ExpiresAt == nil {
		return nil
	}
	return &Step{Kind: StepExpire, At: *i.ExpiresAt}
}

// rungDue is the highest rung whose moment has passed: after an outage the missed ones are
// merged into it, so that nobody gets two at once.
func (s *Service) rungDue(inv *Invitation, now time.Time) int {
	n := inv.Rung
	for n+1 < len(s.Ladder) && !inv.SentAt.Add(time.Duration(s.Ladder[n+1].AfterDays)*24*time.Hour).After(now) {
		n++
	}
	return n
}

// planReminders lays out the reminders of an appointment booked or moved at now; absent is for people who
// missed one before.
func (s *Service) planReminders(start, now time.Time, absent bool) []Reminder {
	wanted := s.Reminders
	if absent {
		wanted = s.withAbsence()
	}
	out := make([]Reminder, 0, len(wanted))
	for _, before := range wanted {
		r := Reminder{Before: before, At: start.Add(-before.Duration()), State: ReminderPlanned}
		if !r.At.After(now) {
			r.State, r.Reason = ReminderSkipped, ReasonTooLate
		}
		out = append(out, r)
	}
	return out
}

// lateReminder is how long before the start a reminder that comes late is no use any more. One that
// the policy itself wants so late may take half of its time.
const lateReminder = 2 * time.Hour

// remindUntil is the last moment for a reminder that was planned for a start.
func remindUntil(start, planned time.Time) time.Time {
	before := start.Sub(planned)
	if before > lateReminder {
		return start.Add(-lateReminder)
	}
	return start.Add(-before / 2)
}

// nextStep is what an appointment waits for: its earliest planned reminder, or its outcome.
func (a *Appointment) nextStep(q quiet, now time.Time) *Step {
	var best *Step
	for n, r := range a.Reminders {
		if r.State != ReminderPlanned {
			continue
		}
		at := q.reminder(r.At, a.Start, now)
		if at.After(a.End) {
			at = a.End // too late for it by then, and not for the outcome
		}
		if s := step(StepRemind, n, at, r.At); best == nil || s.At.Before(best.At) {
			best = s
		}
	}
	if best == nil {
		best = &Step{Kind: StepOutcome, At: a.End}
	}
	return best
}

// linkLife is how long a link outlives the end of its appointment (RULES §5).
const linkLife = 24 * time.Hour

// retention is how long personal data outlives the last activity (RULES §8).
func (o *Organisation) eraseAt(last time.Time) time.Time {
	return last.AddDate(0, o.RetentionMonths, 0)
}

// bodyMonths is how long the text of a message is kept (RULES §8).
const bodyMonths = 6

// The states of a reminder, and the reasons recorded when something is not done.
const (
	ReminderPlanned = "planned"
	ReminderQueued  = "sent"
	ReminderSkipped = "skipped"
	ReminderMerged  = "merged" // another appointment's reminder of the day says it

	ReasonTooLate     = "too_late"
	ReasonBooked      = "booked"
	ReasonCancelled   = "cancelled"
	ReasonMoved       = "moved"
	ReasonExpired     = "expired"
	ReasonClosed      = "closed"
	ReasonOptedOut    = "opted_out"
	ReasonBadAddress  = "bad_address"
	ReasonNoAddress   = "no_address"
	ReasonErased      = "erased"
	ReasonNoReceipt   = "no_receipt"
	ReasonUnknown     = "outcome_unknown"
	ReasonGaveUp      = "gave_up"
	ReasonTemplate    = "template"
	ReasonTooLong     = "too_long"
	ReasonUnreachable = "unreachable"
	ReasonReplaced    = "replaced"
	ReasonDeclined    = "declined"
	ReasonTaken       = "taken"     // the slot it offers is somebody else's now
	ReasonWithdrawn   = "withdrawn" // the person no longer asks for it
	ReasonMerged      = "merged"    // a later rung was queued for the same channel: nobody needs both

	// The reasons for which a message leaves at another moment than planned.
	ReasonCap          = "cap"           // the person had their share of the day (RULES §1)
	ReasonQuiet        = "quiet"         // outside the hours at which we may write (RULES §4); also sooner than planned
	ReasonPacing       = WaitForRoom     // the calendars had no room yet (RULES §1)
	ReasonSpacing      = "spacing"       // a day must pass between two messages of a ladder
	ReasonLater        = "later"         // the phone is off or out of reach: tried again (RULES §4)
	ReasonRetried      = "retried"       // a provider refused it before, or it was not known whether it had left
	ReasonProvider     = "provider"      // every provider is at its rate, resting or paused
	ReasonOtherChannel = "other_channel" // it replaces one that the other channel could not carry
	ReasonBehind       = "behind"        // the system was stopped, or busy, when its moment came
)
