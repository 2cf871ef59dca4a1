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
	last := now.Add(time.Duration(sim.s.HorizonDays) * aDay)
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

// on is one of the free starts of a day. A day that had none is not looked at again until a slot of it is
// given back, or more of it comes into the horizon.
func (sim *Simulation) on(ctx context.Context, p *person, day time.Time, has time.Time) (time.Time, error) {
	if sim.full[day.Unix()] {
		return time.Time{}, nil
	}
	end := sim.midnight(day, 1)
	slots, err := sim.Engine.Slots(ctx, sim.Organisation, sim.Service, day, end.Add(-time.Second), 0)
	if err != nil {
		return time.Time{}, err
	}
	if len(slots) == 0 {
		sim.full[day.Unix()] = end.Before(sim.Clock.Now().Add(time.Duration(sim.s.HorizonDays) * aDay))
		return time.Time{}, nil
	}
	n := int(p.chance.draw(drawSlot, p.choices) * float64(len(slots)))
	for i := range slots {
		if t := slots[(n+i)%len(slots)].Start; !t.Equal(has) {
			return t, nil
		}
	}
	return time.Time{}, nil
}
