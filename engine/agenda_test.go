package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"relance/calendars"
	"relance/engine"
)

// published is a server of one agenda.
type published struct {
	mu      sync.Mutex
	file    string
	etag    string
	err     error
	asked   []engine.Validators
	at      []string
	reading func() // while a request is under way
}

func (s *published) Read(_ context.Context, address string, known engine.Validators) (engine.Published, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked, s.at = append(s.asked, known), append(s.at, address)
	if s.reading != nil {
		s.reading()
	}
	switch {
	case s.err != nil:
		return engine.Published{}, s.err
	case known.ETag != "" && known.ETag == s.etag:
		return engine.Published{Unchanged: true}, nil
	}
	return engine.Published{File: []byte(s.file), Validators: engine.Validators{ETag: s.etag}}, nil
}

// agendaFile is a file of entries such as "20260519T090000/PT3H", in the clock of Paris.
func agendaFile(entries ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\n")
	for i, e := range entries {
		start, length, _ := strings.Cut(e, "/")
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%d\r\nDTSTART;TZID=Europe/Paris:%s\r\nDURATION:%s\r\nSUMMARY:Rendez-vous chez le médecin\r\nEND:VEVENT\r\n", i, start, length)
	}
	return b.String() + "END:VCALENDAR\r\n"
}

const agendaAddress = "https://agenda.example.org/private-3f9c2d/basic.ics"

// agenda gives desk-1 an agenda, and its server.
func (w *world) agenda(entries ...string) *published {
	w.t.Helper()
	s := &published{file: agendaFile(entries...), etag: `"1"`}
	w.e.Agendas = s
	w.busyURL(agendaAddress)
	return s
}

func (w *world) busyURL(address string) {
	w.t.Helper()
	cal, err := w.e.Calendar(w.ctx, w.org, "desk-1")
	w.must(nil, err)
	cal.BusyURL = address
	w.must(w.e.SaveCalendar(w.ctx, w.org, *cal))
}

// free lists the free starts of a day of May 2026.
func (w *world) free(day int) []string {
	w.t.Helper()
	from := time.Date(2026, 5, day, 0, 0, 0, 0, paris)
	slots, err := w.e.Slots(w.ctx, w.org, w.svc, from, from.Add(24*time.Hour-time.Second), 0)
	w.must(nil, err)
	out := []string{}
	for _, s := range slots {
		out = append(out, s.Start.In(paris).Format("15:04"))
	}
	return out
}

func (w *world) wantFree(day int, want ...string) {
	w.t.Helper()
	if got := w.free(day); !slices.Equal(got, append([]string{}, want...)) {
		w.t.Errorf("free on the %dth: %v, want %v", day, got, want)
	}
}

// told are the events of calendars, with their reasons.
func (w *world) told() []string {
	w.t.Helper()
	events, _, err := w.e.Events(w.ctx, w.org, "", 1000)
	w.must(nil, err)
	var out []string
	for _, ev := range events {
		if ev.Calendar != "" {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", ev.Type, ev.Calendar, ev.Reason)))
		}
	}
	return out
}

func (w *world) known() *engine.Agenda {
	w.t.Helper()
	a, err := w.e.Agenda(w.ctx, w.org, "desk-1")
	w.must(nil, err)
	return a
}

func TestAnAgendaShutsItsCalendar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.agenda("20260520T090000/PT3H", "20260520T143000/PT2H")
	w.wantFree(20, "09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "14:00", "14:30", "15:00", "15:30", "16:00", "16:30")
	w.work()
	w.wantFree(20, "14:00", "16:30")
	inv := w.invite("ana")
	w.work()
	_, err := w.bookAt(inv, time.Date(2026, 5, 20, 10, 0, 0, 0, paris), engine.ByRecipient)
	wantCode(t, err, engine.CodeNotBookable)
	var e *engine.Error
	if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Code != string(calendars.BusyElsewhere) || len(e.Nearest) != 3 {
		t.Errorf("refused with %+v", err)
	}
	w.must(w.bookAt(inv, time.Date(2026, 5, 20, 14, 0, 0, 0, paris), engine.ByRecipient))
	w.wantFree(20, "16:30")
}

// With room for two, an agenda still shuts the whole calendar.
func TestAnAgendaShutsAllOfACapacity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.agenda("20260520T090000/PT8H")
	cal, err := w.e.Calendar(w.ctx, w.org, "desk-1")
	w.must(nil, err)
	cal.Capacity = 2
	w.must(w.e.SaveCalendar(w.ctx, w.org, *cal))
	w.work()
	w.wantFree(20)
}

func TestOurOwnAppointmentsDoNotShutUs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.agenda("20260520T090000/PT8H")
	s.file = strings.Replace(s.file, "UID:0", "UID:apt_01jexample@relance", 1)
	w.work()
	if len(w.free(20)) != 12 {
		t.Errorf("free: %v", w.free(20))
	}
}

func TestAnAgendaIsReadAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.agenda("20260520T090000/PT3H")
	w.work()
	first := w.known()
	if wait := first.Next.At.Sub(w.clock.Now()); wait < 13*time.Minute || wait > 17*time.Minute {
		t.Errorf("read again after %v", wait)
	}
	w.pass(time.Hour)
	if n := len(s.asked); n < 4 || n > 6 {
		t.Errorf("read %d times in an hour", n)
	}
	a := w.known()
	if !a.ReadAt.Equal(*first.ReadAt) || !a.CheckedAt.After(*a.ReadAt) || s.asked[0].ETag != "" || s.asked[1].ETag != `"1"` {
		t.Errorf("read at %v, checked at %v, asked with %v", a.ReadAt, a.CheckedAt, s.asked)
	}
	s.file, s.etag = agendaFile("20260521T090000/PT8H"), `"2"`
	w.pass(20 * time.Minute)
	w.wantFree(21)
	if len(w.free(20)) != 12 {
		t.Errorf("what the agenda dropped is still busy: %v", w.free(20))
	}
	// What was read reaches less far every day: after a week it is read whole.
	asked := len(s.asked)
	w.pass(8 * 24 * time.Hour)
	whole := 0
	for _, v := range s.asked[asked:] {
		if v.ETag == "" {
			whole++
		}
	}
	if whole != 1 {
		t.Errorf("read whole %d times in eight days", whole)
	}
}

// The last good copy holds while the address fails; the first failure of a row is told, and the end.
func TestAnAgendaThatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var outcomes []string
	w.e.Imported = func(o string) { outcomes = append(outcomes, o) }
	s := w.agenda("20260528T090000/PT8H")
	w.work()
	s.err = &engine.AgendaError{Reason: "not_found", Message: "there is nothing at this address any more"}
	w.pass(24 * time.Hour)
	w.wantFree(28)
	f := w.known().Failure
	if f == nil || f.Reason != "not_found" || f.Message == "" || !f.At.After(f.Since) || f.Count < 8 || f.Count > 12 {
		t.Errorf("the failure is told as %+v", f)
	}
	s.err, s.file, s.etag = nil, "<!doctype html>", `"2"` // the login page of whoever held it
	w.pass(7 * time.Hour)
	w.wantFree(28)
	if r := w.known().Failure.Reason; r != "not_a_calendar" {
		t.Errorf("a page is told as %s", r)
	}
	s.file, s.etag = agendaFile(), `"3"`
	w.pass(7 * time.Hour)
	if a := w.known(); a.Failure != nil || len(w.free(28)) == 0 {
		t.Errorf("still failing: %+v", a.Failure)
	}
	if got, want := w.told(), []string{"calendar.import_failed desk-1 not_found", "calendar.import_restored desk-1"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	slices.Sort(outcomes)
	if got := slices.Compact(outcomes); !slices.Equal(got, []string{"changed", "not_a_calendar", "not_found", "unchanged"}) {
		t.Errorf("counted as %q", got)
	}
	for _, e := range w.everything() {
		if strings.Contains(e.text, "private-3f9c2d") && !strings.Contains(e.key, "r:cal:") {
			t.Errorf("%s holds the address", e.key)
		}
		if strings.Contains(e.text, "médecin") {
			t.Errorf("%s holds what the agenda says", e.key)
		}
	}
}

func TestAnAgendaIsLeftAloneAsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.agenda()
	s.err = &engine.AgendaError{Reason: "busy", Message: "too many requests", After: 5 * time.Hour}
	w.work()
	if wait := w.known().Next.At.Sub(w.clock.Now()); wait < 4*time.Hour+30*time.Minute || wait > 5*time.Hour+30*time.Minute {
		t.Errorf("asked again after %v", wait)
	}
}

func TestAnotherAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.agenda("20260520T090000/PT8H")
	w.work()
	before := w.known().Next.At
	w.busyURL(agendaAddress)
	if !w.known().Next.At.Equal(before) || len(w.free(20)) != 0 {
		t.Error("saving the same address again does something")
	}
	s.file = agendaFile("20260521T090000/PT8H")
	w.busyURL("webcal://agenda.example.org/other.ics")
	if len(w.free(20)) != 12 {
		t.Error("the agenda of another address still shuts the calendar")
	}
	w.work()
	w.wantFree(21)
	if s.at[len(s.at)-1] != "webcal://agenda.example.org/other.ics" || s.asked[len(s.asked)-1].ETag != "" {
		t.Errorf("asked at %v with %v", s.at, s.asked)
	}
	w.busyURL("")
	_, err := w.e.Agenda(w.ctx, w.org, "desk-1")
	wantCode(t, err, engine.CodeNotFound)
	reads := len(s.at)
	w.pass(2 * time.Hour)
	if n := w.redis.ZCard(w.ctx, w.key("d:"+engine.DueCalendar)).Val(); n != 0 || len(s.at) != reads || len(w.free(21)) != 12 {
		t.Errorf("%d entries still due, %d more reads", n, len(s.at)-reads)
	}
}

// An address saved while the one before it is being read wins.
func TestAnAddressSavedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.agenda("20260520T090000/PT8H")
	s.reading = func() {
		s.reading = nil
		w.busyURL("https://agenda.example.org/other.ics")
		s.file = agendaFile("20260521T090000/PT8H")
	}
	w.pass(10 * time.Minute)
	if len(s.at) != 2 || s.at[1] != "https://agenda.example.org/other.ics" {
		t.Fatalf("read at %v", s.at)
	}
	w.wantFree(21)
}

// A process that stops says nothing against the agenda.
func TestAProcessThatStopsWhileReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.agenda()
	ctx, cancel := context.WithCancel(w.ctx)
	s.reading, s.err = cancel, context.Canceled
	id := w.known().ID
	if err := w.e.Advance(ctx, w.org.Partition(), engine.DueCalendar, []string{id}); !errors.Is(err, context.Canceled) {
		t.Errorf("answered %v", err)
	}
	if f := w.known().Failure; f != nil {
		t.Errorf("noted %+v", f)
	}
}

func TestAddressesOfAgendas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for address, good := range map[string]bool{
		"https://a.example/x.ics": true, "http://a.example:8080/x?token=1": true, "webcal://a.example/x": true, "webcals://a.example/x": true,
		"a.example/x.ics": false, "ftp://a.example/x": false, "file:///etc/passwd": false, "https://": false, "https://me:word@a.example/x": false,
		"https://a.example/x#y": false, "https://a.example/" + strings.Repeat("x", 2000): false, "://": false,
	} {
		_, err := w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{BusyURL: address, Calendar: calendars.Calendar{ID: "desk-9"}})
		if good != (err == nil) || !good && !slices.Equal(pointers(err), []string{"/busy_url"}) {
			t.Errorf("%.40s: %v", address, err)
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var spans engine.Spans
		end := rapid.Int64Range(-1<<33, 1<<33).Draw(rt, "first")
		for _, n := range rapid.SliceOf(rapid.Int64Range(1, 1<<30)).Draw(rt, "lengths") {
			start := end + n%97 + 1
			end = start + n
			spans = append(spans, calendars.Interval{Start: start, End: end})
		}
		text, err := json.Marshal(spans)
		if err != nil {
			rt.Fatal(err)
		}
		var back engine.Spans
		if err := json.Unmarshal(text, &back); err != nil || !slices.Equal(spans, back) {
			rt.Fatalf("%v comes back as %v, %v", spans, back, err)
		}
	})
	var s engine.Spans
	for _, bad := range []string{`{}`, `["a"]`, `[1`} {
		if json.Unmarshal([]byte(bad), &s) == nil {
			t.Errorf("%s is read", bad)
		}
	}
}
