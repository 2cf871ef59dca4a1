package engine_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

// pool makes the service draw from n calendars, the first of them there already.
func (w *world) pool(n int) {
	w.t.Helper()
	ids := []engine.CalendarID{"desk-1"}
	for len(ids) < n {
		ids = append(ids, engine.CalendarID("desk-"+string(rune('1'+len(ids)))))
		w.calendar(ids[len(ids)-1])
	}
	w.service(engine.Service{Calendars: ids})
}

func TestASearchIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pool(5)
	w.must(w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Name: "elsewhere", Calendar: calendars.Calendar{ID: "desk-5", Windows: []calendars.Window{
		{FirstDay: "2026-01-05", Start: "09:00", End: "12:00", RRule: "FREQ=DAILY", Location: "north"}, // two places to tell apart
	}}}))
	w.clock.set(w.clock.Now().Add(time.Minute)) // saving makes what was read before doubtful
	store := &counting{Store: w.store}
	w.e.Store = store
	visit := &engine.Visit{Service: w.saved(), Zone: paris}
	for name, search := range map[string]func() error{
		"slots": func() error {
			_, err := w.e.Slots(w.ctx, w.org, w.svc, monday, monday.AddDate(0, 0, 60), 0)
			return err
		},
		"next":      func() error { _, err := w.e.Next(w.ctx, w.org, w.svc, monday); return err },
		"nearest":   func() error { _, err := w.e.Nearest(w.ctx, w.org, w.svc, monday.AddDate(0, 0, 9), 3); return err },
		"best":      func() error { _, _, err := w.e.Best(w.ctx, w.org, w.svc, monday, 10); return err },
		"shortlist": func() error { _, err := w.e.Shortlist(w.ctx, visit, time.Time{}, 10); return err },
		"choices":   func() error { _, _, err := w.e.Choices(w.ctx, visit, "", 60); return err },
		"explain":   func() error { _, err := w.e.Explain(w.ctx, w.org, w.svc, monday, monday.AddDate(0, 0, 20)); return err },
	} {
		w.must(nil, search()) // policies are read
		before := store.calls.Load()
		w.must(nil, search())
		if n := store.calls.Load() - before; n != 1 {
			t.Errorf("%s: %d round trips, want 1", name, n)
		}
		w.clock.set(w.clock.Now().Add(time.Hour)) // nothing read before is trusted
		before = store.calls.Load()
		w.must(nil, search())
		if n := store.calls.Load() - before; n > 3 {
			t.Errorf("%s: %d round trips with nothing known, want 3 at most", name, n)
		}
	}
}

// saved is the service as it is stored.
func (w *world) saved() *engine.Service {
	w.t.Helper()
	s, err := w.e.Service(w.ctx, w.org, w.svc)
	w.must(s, err)
	return s
}

// dayDesk replaces the first desk by one that is open on a day alone, nine to noon.
func (w *world) dayDesk(days ...calendars.Date) {
	w.t.Helper()
	cal := engine.Calendar{Name: "desk", Calendar: calendars.Calendar{ID: "desk-1", Zone: "Europe/Paris"}}
	for _, d := range days {
		cal.Windows = append(cal.Windows, calendars.Window{FirstDay: d, Start: "09:00", End: "12:00"})
	}
	w.must(w.e.SaveCalendar(w.ctx, w.org, cal))
}

func TestNextAvailability(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	next := func(from time.Time) *engine.Availability {
		t.Helper()
		a, err := w.e.Next(w.ctx, w.org, w.svc, from)
		w.must(nil, err)
		return a
	}
	if a := next(monday); a == nil || !a.Start.Equal(monday.AddDate(0, 0, 1)) || !a.BookableFrom.IsZero() || a.End.Sub(a.Start) != 30*time.Minute {
		t.Errorf("a day's notice from Monday at nine: %+v", a)
	}

	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, HorizonDays: 100})
	w.dayDesk("2026-08-06")              // eighty days away
	w.clock.set(monday.Add(time.Minute)) // saving makes what was read before doubtful
	store := &counting{Store: w.store}
	w.e.Store = store
	next(monday)
	before := store.calls.Load()
	if a := next(monday); a == nil || a.Start.In(paris).Format("2006-01-02 15:04") != "2026-08-06 09:00" || !a.BookableFrom.IsZero() {
		t.Errorf("eighty days away: %+v", a)
	}
	if n := store.calls.Load() - before; n != 1 {
		t.Errorf("%d round trips to look eighty days ahead", n)
	}
	if a := next(monday.AddDate(0, 0, 90)); a != nil {
		t.Errorf("after the only day: %+v", a)
	}

	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, HorizonDays: 30})
	a := next(monday)
	if a == nil || !a.BookableFrom.Equal(a.Start.AddDate(0, 0, -30)) || !a.BookableFrom.After(monday) {
		t.Errorf("beyond the horizon: %+v", a)
	}
	w.clock.set(a.BookableFrom)
	if a = next(a.BookableFrom); a == nil || !a.BookableFrom.IsZero() {
		t.Errorf("the horizon has come, and the start cannot be booked: %+v", a)
	}

	w.dayDesk()
	if a := next(monday); a != nil {
		t.Errorf("a calendar that never opens: %+v", a)
	}
	_, err := w.e.Next(w.ctx, w.org, "none", monday)
	wantCode(t, err, engine.CodeNotFound)
}

func TestNextIsTheSoonestOfThePool(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calendar("desk-2")
	w.dayDesk("2026-06-10")
	for _, pool := range [][]engine.CalendarID{{"desk-1", "desk-2"}, {"desk-2", "desk-1"}} {
		w.service(engine.Service{Calendars: pool})
		a, err := w.e.Next(w.ctx, w.org, w.svc, monday)
		w.must(nil, err)
		if a == nil || !a.Start.Equal(monday.AddDate(0, 0, 1)) {
			t.Errorf("of %v: %+v", pool, a)
		}
	}
}

func TestNearestSlots(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pool(2)
	all, err := w.e.Slots(w.ctx, w.org, w.svc, monday, monday.AddDate(1, 0, 0), 0)
	w.must(nil, err)
	for _, wanted := range []time.Time{
		monday.AddDate(-1, 0, 0), monday, monday.AddDate(0, 0, 5), monday.AddDate(0, 0, 9).Add(7 * time.Minute),
		monday.AddDate(0, 0, 44), monday.AddDate(0, 0, 51), monday.AddDate(0, 0, 300),
	} {
		for _, n := range []int{1, 3, 50, 10_000} {
			got, err := w.e.Nearest(w.ctx, w.org, w.svc, wanted, n)
			w.must(nil, err)
			slow := slices.Clone(all)
			slices.SortStableFunc(slow, func(a, b engine.Slot) int {
				return cmp.Compare(a.Start.Sub(wanted).Abs(), b.Start.Sub(wanted).Abs())
			})
			slow = slow[:min(n, len(slow))]
			slices.SortFunc(slow, func(a, b engine.Slot) int { return a.Start.Compare(b.Start) })
			if !slices.EqualFunc(got, slow, func(a, b engine.Slot) bool { return a.Start.Equal(b.Start) && a.End.Equal(b.End) }) {
				t.Errorf("%d near %v: %v, want %v", n, wanted, got, slow)
			}
		}
	}
	_, err = w.e.Nearest(w.ctx, w.org, "none", monday, 3)
	wantCode(t, err, engine.CodeNotFound)
}

// TestBestGoesOnToTheEnd follows "more" from page to page: sorted, none twice, and an end.
func TestBestGoesOnToTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pool(2)
	after, pages, more := time.Time{}, 0, true
	for ; more; pages++ {
		var best []engine.Slot
		var err error
		best, more, err = w.e.Best(w.ctx, w.org, w.svc, after, 10)
		w.must(nil, err)
		if len(best) == 0 || len(best) < 10 && more {
			t.Fatalf("page %d has %d starts, more: %v", pages, len(best), more)
		}
		for _, s := range best {
			if !s.Start.After(after) {
				t.Fatalf("page %d shows %v after %v", pages, s.Start, after)
			}
			after = s.Start
		}
		days := map[string]bool{}
		for _, s := range best {
			days[s.Start.In(paris).Format("2006-01-02 PM")] = true
		}
		if pages == 0 && len(days) != 8 { // Tuesday to Friday; Whit Monday is a holiday
			t.Errorf("the best ten are in %d halves of days", len(days))
		}
	}
	if pages < 5 || pages > 40 {
		t.Errorf("%d pages for 45 days", pages)
	}
	if last, _, err := w.e.Best(w.ctx, w.org, w.svc, after, 10); err != nil || len(last) != 0 {
		t.Errorf("after the end: %v %v", last, err)
	}
	_, _, err := w.e.Best(w.ctx, w.org, "none", monday, 3)
	wantCode(t, err, engine.CodeNotFound)
}

func TestShortlistTellsWhereTheOthersAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	visit := func() *engine.Visit { return &engine.Visit{Service: w.saved(), Zone: paris} }
	list, err := w.e.Shortlist(w.ctx, visit(), time.Time{}, 10)
	w.must(nil, err)
	all, err := w.e.Slots(w.ctx, w.org, w.svc, monday, monday.AddDate(1, 0, 0), 0)
	w.must(nil, err)
	days, weeks := map[string]int{}, map[string]bool{}
	for _, s := range all {
		local := s.Start.In(paris)
		days[local.Format(time.DateOnly)]++
		weeks[local.AddDate(0, 0, -(int(local.Weekday())+6)%7).Format(time.DateOnly)] = true
	}
	if len(list.Slots) != 10 || !list.More || !list.Slots[0].Start.Equal(all[0].Start) || list.Next != nil {
		t.Fatalf("the best: %+v", list)
	}
	for _, s := range list.Slots {
		if day := s.Start.In(paris).Format(time.DateOnly); list.Free[day] != days[day] || days[day] == 0 {
			t.Errorf("%s has %d starts, not %d", day, days[day], list.Free[day])
		}
	}
	for _, monday := range list.Weeks {
		if !weeks[monday] {
			t.Errorf("nothing is free in the week of %s", monday)
		}
	}
	if len(list.Weeks) != len(weeks) || !slices.IsSorted(list.Weeks) {
		t.Errorf("weeks %v of %d", list.Weeks, len(weeks))
	}

	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, HorizonDays: 20})
	w.dayDesk("2026-08-06")
	list, err = w.e.Shortlist(w.ctx, visit(), time.Time{}, 10)
	w.must(nil, err)
	if len(list.Slots) != 0 || list.More || list.Next == nil || list.Next.BookableFrom.IsZero() {
		t.Errorf("nothing free: %+v", list)
	}
}

func TestExplainNamesEveryReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calendar("desk-2")
	w.must(w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Name: "never", Calendar: calendars.Calendar{ID: "never"}}))
	w.must(w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Name: "others", Calendar: calendars.Calendar{ID: "others", Windows: []calendars.Window{
		{FirstDay: "2026-05-19", Start: "09:00", End: "12:00", Services: []string{"housing"}},
	}}}))
	w.must(w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Name: "away", Calendar: calendars.Calendar{ID: "away", Windows: []calendars.Window{
		{FirstDay: "2026-05-19", Start: "09:00", End: "12:00", Location: "north"},
	}}}))
	pool := []engine.CalendarID{"desk-1", "never", "others", "away"}
	w.service(engine.Service{Calendars: pool})
	inv := w.invite("awa")
	w.must(w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: inv, Start: monday.AddDate(0, 0, 1), By: engine.ByStaff}))

	x, err := w.e.Explain(w.ctx, w.org, w.svc, monday, monday.AddDate(0, 0, 6))
	w.must(x, err)
	if len(x.Reasons) != 1 || x.Reasons[0].Code != "notice" || x.Next != nil {
		t.Errorf("above the calendars: %+v, next %v", x.Reasons, x.Next)
	}
	codes := func(c engine.ExplainedCalendar) string {
		if len(c.Reasons) == 0 {
			return ""
		}
		return c.Reasons[0].Code
	}
	for i, want := range []string{"", "no_windows", "other_services", ""} {
		if c := x.Calendars[i]; codes(c) != want || c.Calendar != pool[i] || len(c.Days) != 7 {
			t.Errorf("%s: %q, %d days; want %q", c.Calendar, codes(c), len(c.Days), want)
		}
	}
	tuesday := x.Calendars[0].Days[1]
	if whys := tuesday.Whys(); tuesday.Starts != 11 || len(whys) != 1 || whys[0].Reason != calendars.Taken || len(whys[0].Starts) != 1 {
		t.Errorf("Tuesday: %+v", tuesday)
	}
	if sunday := x.Calendars[0].Days[6]; sunday.Reason != calendars.NoWindow {
		t.Errorf("Sunday: %+v", sunday)
	}
	if x.Starts != 12*4 { // Tuesday to Friday; what is taken here is free at "away"
		t.Errorf("%d starts", x.Starts)
	}

	w.service(engine.Service{Calendars: pool, Location: "south"})
	if x, err = w.e.Explain(w.ctx, w.org, w.svc, monday, monday.AddDate(0, 0, 6)); err != nil || codes(x.Calendars[3]) != "other_places" || x.Starts != 0 || x.Next != nil {
		t.Errorf("elsewhere: %+v %v", x, err)
	}
	w.service(engine.Service{Calendars: pool})
	for name, c := range map[string]struct {
		from, to time.Time
		want     []string
	}{
		"past":    {monday.AddDate(0, 0, -9), monday.AddDate(0, 0, -2), []string{"past"}},
		"horizon": {monday.AddDate(0, 0, 46), monday.AddDate(0, 0, 50), []string{"horizon"}},
		"notice":  {monday, monday.Add(5 * time.Hour), []string{"notice"}},
		"both":    {monday.AddDate(0, 0, 20), monday.AddDate(0, 0, 50), []string{"horizon"}},
		"well":    {monday.AddDate(0, 0, 2), monday.AddDate(0, 0, 4), nil},
	} {
		x, err := w.e.Explain(w.ctx, w.org, w.svc, c.from, c.to)
		w.must(x, err)
		var got []string
		for _, r := range x.Reasons {
			got = append(got, r.Code)
			if r.Message == "" {
				t.Errorf("%s: %s has no words", name, r.Code)
			}
		}
		if !slices.Equal(got, c.want) || (x.Starts == 0) != (x.Next != nil) {
			t.Errorf("%s: %v, want %v; %d starts, next %v", name, got, c.want, x.Starts, x.Next)
		}
	}
	_, err = w.e.Explain(w.ctx, w.org, w.svc, monday, monday.AddDate(0, 0, 32))
	wantCode(t, err, engine.CodeInvalid)
	_, err = w.e.Explain(w.ctx, w.org, w.svc, monday, monday.Add(-time.Second))
	wantCode(t, err, engine.CodeInvalid)
	_, err = w.e.Explain(w.ctx, w.org, "none", monday, monday)
	wantCode(t, err, engine.CodeNotFound)
}

// A service that was saved before its calendars were erased, or that never had one.
func TestExplainServicesWithoutCalendars(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pool(2)
	for id, body := range map[string]string{
		"srv:org_test:rsa":  `{"id":"rsa","organisation":"org_test","name":"x","calendars":["gone","desk-2","lost"],"duration_min":30,"notice_hours":24,"horizon_days":45}`,
		"srv:org_test:bare": `{"id":"bare","organisation":"org_test","name":"x","calendars":[],"duration_min":30,"notice_hours":24,"horizon_days":45}`,
	} {
		recs, err := w.store.Load(w.ctx, w.org.Partition(), id)
		w.must(nil, err)
		_, err = w.store.Commit(w.ctx, w.org.Partition(), []engine.Change{{Puts: []engine.Put{{ID: id, Expect: recs[0].Version, Body: []byte(body)}}}})
		w.must(nil, err)
	}
	w.clock.set(monday.Add(time.Minute))
	x, err := w.e.Explain(w.ctx, w.org, "rsa", monday, monday.AddDate(0, 0, 6))
	w.must(x, err)
	var got []string
	for _, c := range x.Calendars {
		code := "fine"
		if len(c.Reasons) > 0 {
			code = c.Reasons[0].Code
		}
		got = append(got, string(c.Calendar)+" "+code)
	}
	if want := []string{"gone unknown_calendar", "desk-2 fine", "lost unknown_calendar"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	x, err = w.e.Explain(w.ctx, w.org, "bare", monday.AddDate(0, 0, 2), monday.AddDate(0, 0, 6))
	w.must(x, err)
	if len(x.Calendars) != 0 || len(x.Reasons) != 1 || x.Reasons[0].Code != "no_calendars" {
		t.Errorf("no calendars: %+v", x)
	}
}
