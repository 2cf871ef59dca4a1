package engine

import (
	"context"
	"time"
)

// What the quiet hours of an organisation say, for the tables of tests.

func NextAllowed(o Organisation, t time.Time) time.Time {
	o = o.WithDefaults()
	return quietOf(&o).next(t)
}
func PreviousAllowed(o Organisation, t time.Time) time.Time {
	o = o.WithDefaults()
	return quietOf(&o).previous(t)
}
func ReminderMoment(o Organisation, planned, start, now time.Time) time.Time {
	o = o.WithDefaults()
	return quietOf(&o).reminder(planned, start, now)
}

// PartitionOf reads the first letters of a token.
func PartitionOf(token string) (Partition, bool) { return partitionOf(token, tokenLength) }

// Counted is what an event adds to the figures.
func Counted(ev Event, counts []Count) []Count { return counted(&ev, counts) }

// Unfolded are counters as they are read.
func Unfolded(stored map[string]int64) map[string]int64 { return unfolded(stored) }

// Cloned is a copy of a record, as stores in memory keep and give them.
func Cloned(v any) any { return v.(cloner).clone() }

// Cloners are empty records of each kind that can be copied.
func Cloners() []any { return []any{&Recipient{}, &Invitation{}, &Appointment{}, &Message{}} }

// Seated seats so many people of each service, in order, on cells of the kinds there are.
func Seated(seats map[uint64]int, need ...int) []int {
	t, out := newTable(seats, len(need)), make([]int, len(need))
	for who, n := range need {
		out[who] = t.seat(who, n)
	}
	return out
}

// Room is for how many people a service has time now, beside those whom other services invited.
func (e *Engine) Room(ctx context.Context, org OrganisationID, id ServiceID) (int, error) {
	s, err := e.Service(ctx, org, id)
	if err != nil {
		return 0, err
	}
	g := &gate{s: s}
	err = e.measure(ctx, g)
	return g.room, err
}
