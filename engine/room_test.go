package engine_test

import (
	"testing"

	"pgregory.net/rapid"

	"relance/calendars"
	"relance/engine"
)

// TestRoomIsNeverTooGreat counts the room of random calendars, and then has people take the first slot they
// see until nothing is left: as many as were counted find one. Where starts do not overlap it is just as many.
func TestRoomIsNeverTooGreat(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.t = rt
		var pool []engine.CalendarID
		for _, id := range []engine.CalendarID{"one", "two"}[:rapid.IntRange(1, 2).Draw(rt, "calendars")] {
			pool = append(pool, id)
			w.must(w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Name: string(id), Calendar: calendars.Calendar{
				ID: id, Zone: "Europe/Paris", Capacity: rapid.IntRange(1, 2).Draw(rt, "capacity"), MaxPerDay: rapid.SampledFrom([]int{0, 0, 2}).Draw(rt, "a day"),
				Windows: []calendars.Window{{FirstDay: "2026-05-18", RRule: "FREQ=DAILY", Start: "10:00", End: rapid.SampledFrom([]calendars.Clock{"10:45", "11:30"}).Draw(rt, "until")}},
			}}))
		}
		s := engine.Service{
			Calendars: pool, DurationMin: 30, StepMin: rapid.SampledFrom([]int{0, 15, 20}).Draw(rt, "step"), HorizonDays: 2, NoticeHours: hours(0),
			AfterMin: rapid.SampledFrom([]int{0, 0, 10}).Draw(rt, "buffer"), SlotsPerInvitation: new(float64),
		}
		w.service(s)
		room, err := w.e.Room(w.ctx, w.org, w.svc)
		w.must(nil, err)
		found := 0
		for _, inv := range w.crowd(25) { // 24 at most find one
			free := w.slots()
			if len(free) == 0 {
				break
			}
			w.must(w.bookAt(inv, free[0].Start, engine.ByRecipient))
			found++
		}
		if left, err := w.e.Room(w.ctx, w.org, w.svc); err != nil || left != 0 {
			rt.Fatalf("nothing is free any more, and there is room for %d (%v)", left, err)
		}
		if plain := s.StepMin == 0 && s.AfterMin == 0; room > found || plain && room < found {
			rt.Fatalf("room for %d was counted, %d found a slot", room, found)
		}
	})
}
