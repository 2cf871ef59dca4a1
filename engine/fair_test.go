package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

// TestAMonthIsSharedFairly books a month at random, as people do: each day some choose a slot of the days
// to come. Equal calendars differ by one appointment at most, in each week and in each month.
func TestAMonthIsSharedFairly(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			pool := make([]engine.CalendarID, 5)
			for i := range pool {
				pool[i] = engine.CalendarID(fmt.Sprint("desk-", i))
				// Room for many: when the fairest calendar has no time then, another one must do, and nothing evens that out.
				w.opens(calendars.Calendar{ID: pool[i], Capacity: 9})
			}
			w.service(engine.Service{Calendars: pool, HorizonDays: 12, ValidityDays: hours(0)})
			random := rand.New(rand.NewPCG(seed, 1))
			people := w.crowd(240)
			weeks, months := map[int]map[engine.CalendarID]int{}, map[int]map[engine.CalendarID]int{}
			for n := 0; n < len(people); n++ {
				free := w.slots()
				start := free[random.IntN(len(free))].Start
				a, err := w.bookAt(people[n], start, engine.ByRecipient)
				w.must(a, err)
				_, week := start.In(paris).ISOWeek()
				count(weeks, week, a.Calendar)
				count(months, int(start.In(paris).Month()), a.Calendar)
				w.clock.set(w.clock.Now().Add(time.Duration(random.IntN(6)) * time.Hour))
			}
			for week, loads := range weeks {
				if n := spread(pool, loads); n > 1 {
					t.Errorf("week %d: %v", week, loads)
				}
			}
			for month, loads := range months {
				if n := spread(pool, loads); n > 1 {
					t.Errorf("month %d: %v", month, loads)
				}
			}
		})
	}
}

func count(loads map[int]map[engine.CalendarID]int, when int, id engine.CalendarID) {
	if loads[when] == nil {
		loads[when] = map[engine.CalendarID]int{}
	}
	loads[when][id]++
}

func spread(pool []engine.CalendarID, loads map[engine.CalendarID]int) int {
	low, high := loads[pool[0]], loads[pool[0]]
	for _, id := range pool {
		low, high = min(low, loads[id]), max(high, loads[id])
	}
	return high - low
}
