package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"relance/engine"
)

// Take leases what is due, as Store.Take does.
func (m *Memory) Take(ctx context.Context, now, until time.Time, limit int, kinds []string, partitions ...engine.Partition) ([]engine.Due, error) {
	switch {
	case len(partitions) == 0 || limit == 0:
		return nil, nil
	case limit < 0:
		return nil, invalid("take", "the limit is negative")
	case !until.After(now):
		return nil, invalid("take", "a lease must end after it begins")
	}
	var out []engine.Due
	for _, p := range partitions {
		if err := ctx.Err(); err != nil {
			return out, unavailable("take", err)
		}
		out = append(out, m.partitions[p].take(p, now.UnixMilli(), until.UnixMilli(), limit, kinds)...)
	}
	slices.SortStableFunc(out, func(a, b engine.Due) int { return a.At.Compare(b.At) })
	return out, nil
}

func (s *shard) take(p engine.Partition, now, until int64, limit int, kinds []string) []engine.Due {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(kinds) == 0 {
		kinds = slices.Sorted(maps.Keys(s.due))
	}
	var out []engine.Due
	for _, kind := range kinds {
		if s.due[kind] == nil {
			continue
		}
		n := 0
		for e := range s.due[kind].order.from(func(engine.Listed) bool { return false }) {
			if n++; n > limit || e.Score > now {
				break
			}
			out = append(out, engine.Due{Partition: p, Kind: kind, ID: e.Member, At: time.UnixMilli(e.Score).UTC()})
		}
	}
	slices.SortStableFunc(out, func(a, b engine.Due) int { return a.At.Compare(b.At) })
	out = out[:min(limit, len(out))]
	for _, d := range out {
		s.await(d.Kind, d.ID, until)
	}
	return out
}

// Overdue counts the entries due at now by kind over all partitions, as Store.Overdue does.
func (m *Memory) Overdue(ctx context.Context, now time.Time) (map[string]engine.Backlog, error) {
	out := map[string]engine.Backlog{}
	for p := range engine.Partition(engine.Partitions) {
		s, err := m.in(ctx, "overdue", p)
		if err != nil {
			return nil, err
		}
		for kind, due := range s.due {
			b := out[kind]
			for e := range due.order.from(func(engine.Listed) bool { return false }) {
				if e.Score > now.UnixMilli() {
					break
				}
				b.Entries++
				if at := time.UnixMilli(e.Score).UTC(); b.Oldest.IsZero() || at.Before(b.Oldest) {
					b.Oldest = at
				}
			}
			out[kind] = b
		}
		s.mu.Unlock()
	}
	return out, nil
}

// Earliest is when the next entry of these kinds is due in a partition; false when none waits.
func (m *Memory) Earliest(p engine.Partition, kinds ...string) (at time.Time, found bool) {
	s := &m.partitions[p]
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kind := range kinds {
		if s.due[kind] == nil {
			continue
		}
		if e, ok := s.due[kind].order.first(); ok {
			if t := time.UnixMilli(e.Score).UTC(); !found || t.Before(at) {
				at, found = t, true
			}
		}
	}
	return at, found
}
