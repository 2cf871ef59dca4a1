package simulation

import (
	"context"
	"slices"
	"time"
)

const aDay = 24 * time.Hour

// choose is the start that a person takes: on the day they wish for, the next that has one, or the last
// before; never the one they have. Zero when there is none.
func (sim *Simulation) choose(ctx context.Context, p *person, has time.Time) (time.Time, error) {
	now := sim.Clock.Now()
	first := now.Add(time.Duration(*sim.s.NoticeHours) * time.Hour)
	last := now.Add(sim.horizon())
	p.choices++
	wish := int(p.chance.draw(drawWish, p.choices) * float64(sim.Behaviour.PicksWithinDays+1))
	span := int(sim.midnight(last, 0).Sub(sim.midnight(first, 0))/aDay) + 1
	wish = min(wish, span)
	for n := range span + 1 {
		day := wish + n
		if day > span {
			day = span - n // those before, the last first
		}
		slot, err := sim.on(ctx, p, sim.midnight(first, day), has)
		if err != nil || !slot.IsZero() {
			return slot, err
		}
	}
	return time.Time{}, nil
}

// page is what people see of a day, by start: what one sees others see for as long as a page stays open, but for
// what is given up and what they found gone.
type page struct {
	starts []time.Time
	seen   time.Time
	chosen int // of the day since
}

// A page is looked at for so long, or until so many chose of its day, before it is asked for again. Who then
// chooses what is gone looks once more.
const (
	pageStays  = 15 * time.Minute
	pageChosen = 10
)

// old tells whether somebody who looks at a moment asks for the page again; end is that of its day, horizon how
// far ahead starts can be seen. A day that had none has some again when one is given back, or more of it comes
// into the horizon.
func (p *page) old(now, end time.Time, horizon time.Duration) bool {
	switch {
	case p == nil:
		return true
	case len(p.starts) == 0 && !end.After(p.seen.Add(horizon)):
		return false
	}
	return now.Sub(p.seen) >= pageStays || p.chosen >= pageChosen
}

// on is one of the free starts of a day.
func (sim *Simulation) on(ctx context.Context, p *person, day time.Time, has time.Time) (time.Time, error) {
	now, end := sim.Clock.Now(), sim.midnight(day, 1)
	shown := sim.pages[day.Unix()]
	if shown.old(now, end, sim.horizon()) {
		slots, err := sim.Engine.Slots(ctx, sim.Organisation, sim.Service, day, end.Add(-time.Second), 0)
		if err != nil {
			return time.Time{}, err
		}
		shown = &page{starts: make([]time.Time, len(slots)), seen: now}
		for i, s := range slots {
			shown.starts[i] = s.Start
		}
		sim.pages[day.Unix()] = shown
	}
	n := int(p.chance.draw(drawSlot, p.choices) * float64(len(shown.starts)))
	for i := range shown.starts {
		if t := shown.starts[(n+i)%len(shown.starts)]; !t.Equal(has) {
			return t, nil
		}
	}
	return time.Time{}, nil
}

// chosen notes that somebody has a start now.
func (sim *Simulation) chosen(start time.Time) {
	if p := sim.pages[sim.midnight(start, 0).Unix()]; p != nil {
		p.chosen++
	}
}

// gone takes a start off the page of its day: somebody was faster.
func (sim *Simulation) gone(start time.Time) {
	p := sim.pages[sim.midnight(start, 0).Unix()]
	if p == nil {
		return
	}
	if at, found := slices.BinarySearchFunc(p.starts, start, time.Time.Compare); found {
		p.starts = slices.Delete(p.starts, at, at+1)
	}
}

// freed puts a start back onto the page of its day: somebody gave it up.
func (sim *Simulation) freed(start time.Time) {
	p := sim.pages[sim.midnight(start, 0).Unix()]
	if p == nil {
		return
	}
	if at, found := slices.BinarySearchFunc(p.starts, start, time.Time.Compare); !found {
		p.starts = slices.Insert(p.starts, at, start)
	}
}

func (sim *Simulation) horizon() time.Duration { return time.Duration(sim.s.HorizonDays) * aDay }
