package engine_test

import (
	"testing"

	"relance/engine"
)

func TestAServiceNarrowsTheHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Quiet: &engine.QuietHours{From: "10:00", Until: "12:00"}, Ladder: []engine.Rung{{AfterDays: 1}}})
	w.invite("awa") // at nine
	w.until(at(20, 9, 0))
	w.clock.set(at(20, 15, 0)) // nobody worked since nine
	w.other()                  // whose hours are the organisation's
	w.invite("bo")
	w.until(at(21, 9, 0))
	w.wants("awa",
		"Mon 18 10:00 invitation/sms", "Mon 18 10:00 invitation/email",
		"Tue 19 10:00 relance/sms", "Tue 19 10:00 relance/email",
	)
	w.wants("bo", "Wed 20 15:00 invitation/sms", "Wed 20 15:00 invitation/email")
}

func TestHoursOfWhichNothingIsLeftAreTheOrganisations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Quiet: &engine.QuietHours{From: "18:00"}})
	o, err := w.e.Organisation(w.ctx, w.org)
	w.must(o, err)
	o.Quiet.Until = "17:00"
	w.must(w.e.SaveOrganisation(w.ctx, *o))
	w.invite("awa")
	w.work()
	w.wants("awa", "Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email")
}

func TestAServiceWantsFewerMessagesADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, MaxSMS: hours(1), MaxEmails: hours(2)})
	inv := w.invite("awa")
	w.work()
	a, err := w.bookAt(inv, at(28, 9, 0), engine.ByStaff)
	w.must(a, err)
	w.work()
	w.moves(a, 1)
	if sms, emails := w.count(engine.KindMoved, engine.SMS)+w.count(engine.KindConfirmation, engine.SMS), w.count(engine.KindMoved, engine.Email)+w.count(engine.KindConfirmation, engine.Email); sms != 0 || emails != 1 {
		t.Errorf("after the invitation %d SMS and %d emails went out, want none and one", sms, emails)
	}
}

func TestAServiceCannotWidenTheHoursOrTheCaps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		change func(*engine.Service)
		want   string
	}{
		"earlier":        {func(s *engine.Service) { s.Quiet = &engine.QuietHours{From: "07:30"} }, "/quiet_hours"},
		"later":          {func(s *engine.Service) { s.Quiet = &engine.QuietHours{Until: "21:00"} }, "/quiet_hours"},
		"a few minutes":  {func(s *engine.Service) { s.Quiet = &engine.QuietHours{From: "09:00", Until: "09:05"} }, "/quiet_hours"},
		"no hour":        {func(s *engine.Service) { s.Quiet = &engine.QuietHours{From: "ten"} }, "/quiet_hours"},
		"Sundays":        {func(s *engine.Service) { s.Quiet = &engine.QuietHours{Sundays: true} }, "/quiet_hours/sundays"},
		"five SMS a day": {func(s *engine.Service) { s.MaxSMS = hours(5) }, "/max_sms_a_day"},
		"no email a day": {func(s *engine.Service) { s.MaxEmails = hours(0) }, "/max_emails_a_day"},
	} {
		s := engine.Service{ID: "s", Name: "x", DurationMin: 30, Calendars: []engine.CalendarID{"desk-1"}}
		c.change(&s)
		_, err := w.e.SaveService(w.ctx, w.org, s)
		wantPointers(t, name, err, c.want)
	}
}
