package simulation

import (
	"context"
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

// page is what somebody sees of a day: for as long as a page stays open others see the same.
type page struct {
	starts []time.Time
	seen   time.Time
}

// pageStays is how long a page is looked at before it is asked for again. Who then chooses what is gone looks
// once more.
const pageStays = 15 * time.Minute

// on is one of the free starts of a day. A day that had none is not looked at again until a slot of it is
// given back, or more of it comes into the horizon.
func (sim *Simulation) on(ctx context.Context, p *person, day time.Time, has time.Time) (time.Time, error) {
	now, end := sim.Clock.Now(), sim.midnight(day, 1)
	shown, open := sim.pages[day.Unix()]
	whole := !end.After(shown.seen.Add(sim.horizon()))
	if !open || now.Sub(shown.seen) >= pageStays && (len(shown.starts) > 0 || !whole) {
		slots, err := sim.Engine.Slots(ctx, sim.Organisation, sim.Service, day, end.Add(-time.Second), 0)
		if err != nil {
			return time.Time{}, err
		}
		shown = page{make([]time.Time, len(slots)), now}
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

// turn has the day of a start looked at again.
func (sim *Simulation) turn(start time.Time) { delete(sim.pages, sim.midnight(start, 0).Unix()) }

func (sim *Simulation) horizon() time.Duration { return time.Duration(sim.s.HorizonDays) * aDay }
