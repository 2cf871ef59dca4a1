package engine_test

import (
	"cmp"
	"slices"
	"time"

	"pgregory.net/rapid"

	"relance/calendars"
	"relance/engine"
)

// land is where an organisation is.
type land struct {
	zone   string
	region calendars.Region
}

// lands have daylight saving or none, on both sides of the date line's day.
func lands() []land {
	return []land{
		{"Europe/Paris", calendars.Metropole}, {"Europe/Paris", calendars.Metropole}, {"Indian/Reunion", calendars.Reunion},
		{"America/Cayenne", calendars.Guyane}, {"Pacific/Tahiti", calendars.Polynesie}, {"America/Miquelon", calendars.SaintPierreEtMiquelon},
		{"Asia/Kolkata", ""},
	}
}

// settle puts the history somewhere in the world, at some time of the year, and opens its calendars.
func (h *history) settle() {
	l := rapid.SampledFrom(lands()).Draw(h.rt, "land")
	zone, err := time.LoadLocation(l.zone)
	h.must(nil, err)
	h.zone = zone
	// A quiet spring, the weeks in which clocks change in France, and Christmas.
	day := rapid.SampledFrom([]time.Time{monday, time.Date(2026, 3, 24, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 18, 0, 0, 0, 0, time.UTC)}).Draw(h.rt, "season")
	h.clock.set(time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, zone))
	o, err := h.e.Organisation(h.ctx, h.org)
	h.must(o, err)
	o.Zone, o.Region = l.zone, l.region
	o.Quiet = rapid.SampledFrom([]engine.QuietHours{{}, {}, {From: "09:00", Until: "17:00"}, {Sundays: true}}).Draw(h.rt, "quiet hours")
	saved, err := h.e.SaveOrganisation(h.ctx, *o)
	h.must(nil, err)
	h.quiet = saved
	h.capacity = map[engine.CalendarID]int{}
	for _, id := range []engine.CalendarID{"desk-1", "desk-2"} {
		cal := calendars.Calendar{ID: id, Zone: l.zone, Region: l.region, Capacity: rapid.IntRange(1, 2).Draw(h.rt, "capacity")}
		until := rapid.SampledFrom([]calendars.Clock{"10:00", "12:00", "12:00"}).Draw(h.rt, "until")
		for _, w := range []calendars.Window{{Start: "09:00", End: until}, {Start: "14:00", End: "17:00"}} {
			w.FirstDay, w.RRule = "2026-01-05", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
			cal.Windows = append(cal.Windows, w)
		}
		if until == "10:00" {
			cal.Windows = cal.Windows[:1]
		}
		h.capacity[h.whole(id)] = cal.Capacity
		h.must(h.e.SaveCalendar(h.ctx, h.org, engine.Calendar{Name: string(id), Calendar: cal}))
	}
}

// policy saves a service under a policy that nobody thought about for long.
func (h *history) policy(id engine.ServiceID) {
	pick := func(label string, of ...int) *int { return hours(rapid.SampledFrom(of).Draw(h.rt, label)) }
	s := engine.Service{
		ID: id, Name: "Rendez-vous", Calendars: []engine.CalendarID{"desk-1", "desk-2"}, DurationMin: 60,
		HorizonDays: *pick("horizon", 2, 4, 12), NoticeHours: pick("notice", 0, 24), AfterMin: *pick("buffer", 0, 0, 15),
		ValidityDays: pick("validity", 0, 1, 4, 10, 10, 20), Ladder: h.ladder(),
		Reminders:   rapid.SampledFrom([][]engine.Hours{{}, {48}, {72, 24}, {48, 2, 1}}).Draw(h.rt, "reminders"),
		AfterNoShow: rapid.SampledFrom([]engine.NoShowPolicy{"", engine.NoShowOffer}).Draw(h.rt, "after a no-show"), AfterNoShowDays: pick("days after", 0, 1, 4),
		AbsenceReminders: []engine.Hours{6}, CancelCutoffHours: pick("cancel until", 0, 4, 30), MoveCutoffHours: pick("move until", 0, 4, 30),
		MaxMoves: pick("moves", 0, 1, 3), Follow: rapid.IntRange(0, 4).Draw(h.rt, "follow") == 0,
	}
	s.Quiet = rapid.SampledFrom([]*engine.QuietHours{nil, nil, {From: "10:00", Until: "16:00"}, {Until: "15:30"}}).Draw(h.rt, "hours of the service")
	s.Fallback = rapid.SampledFrom([]engine.FallbackPolicy{"", engine.FallbackNone, engine.FallbackToEmail}).Draw(h.rt, "fallback")
	s.MaxSMS, s.MaxEmails = pick("SMS a day", 4, 4, 2, 1), pick("emails a day", 6, 6, 3, 1)
	per := rapid.SampledFrom([]float64{-1, 0, 0.5, 1, 2, 8}).Draw(h.rt, "slots per invitation")
	if s.SlotsPerInvitation = &per; per < 0 {
		s.SlotsPerInvitation = nil
	}
	saved, err := h.e.SaveService(h.ctx, h.org, s)
	h.must(nil, err)
	if h.versions[id] == nil {
		h.versions[id] = map[int64]engine.Service{}
	}
	h.versions[id][saved.Version], h.newest[id] = saved, saved
	h.followed = h.followed || saved.Follow
}

func (h *history) ladder() []engine.Rung {
	out, last := []engine.Rung{}, 0
	for range rapid.IntRange(0, 3).Draw(h.rt, "rungs") {
		last += rapid.IntRange(1, 4).Draw(h.rt, "days more")
		out = append(out, engine.Rung{AfterDays: last, Channels: rapid.SampledFrom([][]engine.Channel{nil, nil, {engine.SMS}, {engine.Email}}).Draw(h.rt, "channels")})
	}
	return out
}

// under is the policy that binds an invitation: the one it started under, unless its service has all follow.
func (h *history) under(inv *engine.Invitation) engine.Service {
	newest := h.newest[inv.Service]
	if old, ok := h.versions[inv.Service][inv.Policy]; ok && !newest.Follow {
		return old
	}
	return newest
}

// whole is the calendar's name beyond its organisation.
func (h *history) whole(id engine.CalendarID) engine.CalendarID {
	return engine.CalendarID(string(h.org) + "/" + string(id))
}

// follow brings an invitation under the newest policy, if it began and is not over.
func (h *history) follow(inv *engine.Invitation) {
	now, err := h.e.Follow(h.ctx, h.org, inv.ID)
	switch {
	case inv.Alive() != (err == nil):
		h.t.Fatalf("told to follow, an invitation that is %s answers %v", inv.State, err)
	case err == nil && inv.Policy != 0:
		if now.Policy != h.newest[inv.Service].Version {
			h.t.Fatalf("it follows version %d, the newest is %d", now.Policy, h.newest[inv.Service].Version)
		}
		h.began[inv.ID], h.followed = now.Policy, true
	}
}

// moves by anybody: the person is bound by the cut-off and the number of moves, staff never are.
func (h *history) move(a *engine.Appointment, r engine.MoveRequest) {
	inv, now := h.invitation(a.Invitation), h.clock.Now()
	s := h.under(inv)
	_, err := h.e.Reschedule(h.ctx, r)
	code := engine.CodeOf(err)
	switch late := a.Start.Sub(now) < time.Duration(*s.MoveCutoffHours)*time.Hour; {
	case r.By == engine.ByStaff && (code == engine.CodeTooLate || code == engine.CodeTooManyMoves):
		h.t.Fatalf("staff are told %s", code)
	case r.By == engine.ByRecipient && err == nil && !a.Start.Equal(r.Start) && (late || a.Moves >= *s.MaxMoves):
		h.t.Fatalf("moved %d times before, %v before the start, and moved again", a.Moves, a.Start.Sub(now))
	}
}

func (h *history) cancel(a *engine.Appointment, by engine.Actor) {
	s := h.under(h.invitation(a.Invitation))
	_, err := h.e.Cancel(h.ctx, h.org, a.ID, by)
	late := a.Start.Sub(h.clock.Now()) < time.Duration(*s.CancelCutoffHours)*time.Hour
	switch {
	case by == engine.ByStaff && engine.CodeOf(err) == engine.CodeTooLate:
		h.t.Fatal("staff are told that it is too late")
	case by == engine.ByRecipient && err == nil && a.State == engine.Booked && late:
		h.t.Fatalf("cancelled %v before the start", a.Start.Sub(h.clock.Now()))
	}
}

// allowed tells whether people who did nothing may be written to about a service.
func (h *history) allowed(t time.Time, s engine.Service) bool {
	o := h.quiet
	if s.Quiet != nil {
		o.Quiet.From, o.Quiet.Until = max(o.Quiet.From, s.Quiet.From), min(o.Quiet.Until, cmp.Or(s.Quiet.Until, o.Quiet.Until))
	}
	return engine.NextAllowed(o, t).Equal(t)
}

// everQuiet tells whether a moment was outside the allowed hours of a service under any of its policies.
func (h *history) everQuiet(t time.Time, id engine.ServiceID) bool {
	for _, s := range h.versions[id] {
		if !h.allowed(t, s) {
			return true
		}
	}
	return false
}

// policyKept: whoever began under a version stays under it; a pause that came before anything left has them
// begin anew.
func (h *history) policyKept() {
	h.t.Helper()
	for _, inv := range h.invitations() {
		if was := h.began[inv.ID]; was != 0 && inv.Policy != was && inv.AskedAt != nil {
			h.t.Fatalf("invitation %s began under version %d and is under %d", inv.ID, was, inv.Policy)
		}
		if h.began[inv.ID] = inv.Policy; inv.AskedAt != nil && inv.Policy == 0 {
			h.t.Fatalf("invitation %s was sent under no policy", inv.ID)
		}
	}
}

// overlaps: no calendar holds more at a time than it takes.
func (h *history) overlaps(held map[engine.CalendarID][]engine.Claim) {
	h.t.Helper()
	now := h.clock.Now()
	for cal, claims := range held {
		claims = slices.DeleteFunc(slices.Clone(claims), func(c engine.Claim) bool { return c.Ended(now) })
		for _, c := range claims {
			n := 0
			for _, other := range claims {
				if !other.Start.After(c.Start) && other.End.After(c.Start) {
					n++
				}
			}
			if most := cmp.Or(h.capacity[cal], 1); n > most {
				h.t.Fatalf("%d appointments at once on %s, which takes %d", n, cal, most)
			}
		}
	}
}
