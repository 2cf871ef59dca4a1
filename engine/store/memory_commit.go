package store

import (
	"context"
	"strconv"

	"relance/engine"
)

// Commit applies each change wholly or not at all, in order, as commit.lua does.
func (m *Memory) Commit(ctx context.Context, p engine.Partition, changes []engine.Change) ([]engine.Result, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	for i := range changes {
		if err := validate(&changes[i]); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, unavailable("commit", err)
	}
	s := &m.partitions[p]
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]engine.Result, len(changes))
	for i := range changes {
		ch := &changes[i]
		if out[i] = s.demands(ch); out[i] == engine.Done {
			s.write(ch)
			m.tell(s, ch.Events)
		}
	}
	return out, nil
}

// demands answers what the first demand that does not hold means: versions first.
func (s *shard) demands(ch *engine.Change) engine.Result {
	for i := range ch.Puts {
		if p := &ch.Puts[i]; p.Expect != engine.Fresh && s.record(p.ID).version != p.Expect {
			return engine.Conflict
		}
	}
	for _, c := range ch.Checks {
		if s.record(c.ID).version != c.Version {
			return engine.Conflict
		}
	}
	for _, x := range ch.Index {
		if is := s.indexes[x.Index][x.Field]; x.Unique && x.Value != "" && is != "" && is != x.Value {
			return engine.Taken
		}
	}
	for _, c := range ch.Caps {
		if s.counts[c.Name][c.Field]+c.N > c.Most {
			return engine.Taken
		}
	}
	for i := range ch.Claims {
		if !s.fits(ch, i) {
			return engine.Taken
		}
	}
	return engine.Done
}

// write does what the demands were for.
func (s *shard) write(ch *engine.Change) {
	for i := range ch.Puts {
		p := &ch.Puts[i]
		s.keep(p.ID, kept{max(p.Expect, 0) + 1, p.Body, p.Value})
	}
	for _, r := range ch.Releases {
		if held := s.claims[r.Calendar]; held != nil {
			held.remove(takenOf(r))
		}
	}
	for _, c := range ch.Claims {
		held := s.claims[c.Calendar]
		if held == nil {
			held = &ledger{sorted: sorted[engine.BusyTime]{compare: compareTaken}}
			s.claims[c.Calendar] = held
		}
		held.take(takenOf(c))
	}
	for _, id := range ch.Deletes {
		s.forget(id)
	}
	s.entries(ch)
}

// entries writes what is found by name: indexes, lists, due times, counters.
func (s *shard) entries(ch *engine.Change) {
	for _, x := range ch.Index {
		if x.Value == "" {
			delete(s.indexes[x.Index], x.Field)
			continue
		}
		of(s.indexes, x.Index)[x.Field] = x.Value
	}
	for _, l := range ch.Lists {
		if l.Remove {
			drop(s.lists, l.List, l.Member)
		} else {
			set(s.lists, l.List, l.Member, l.Score)
		}
	}
	for _, d := range ch.Due {
		when := d.At.UnixMilli()
		switch {
		case d.At.IsZero():
			drop(s.due, d.Kind, d.ID)
		case d.Latest && s.dueBefore(d.Kind, d.ID, when):
		default:
			s.await(d.Kind, d.ID, when)
		}
	}
	for _, n := range ch.Counts {
		if n.N != 0 {
			of(s.counts, n.Name)[n.Field] += n.N
		}
	}
}

func (s *shard) dueBefore(kind, id string, when int64) bool {
	l := s.due[kind]
	if l == nil {
		return false
	}
	score, is := l.score(id)
	return is && score < when
}

// await makes an entry due at a time, in unix milliseconds, unless nobody will come for it then.
func (s *shard) await(kind, id string, when int64) {
	if s.ends != 0 && when >= s.ends {
		drop(s.due, kind, id)
		return
	}
	set(s.due, kind, id, when)
}

// of is the fields of a name.
func of[V any](sets map[string]map[string]V, name string) map[string]V {
	fields := sets[name]
	if fields == nil {
		fields = map[string]V{}
		sets[name] = fields
	}
	return fields
}

func set(lists map[string]*ranked, name, member string, score int64) {
	l := lists[name]
	if l == nil {
		l = newRanked()
		lists[name] = l
	}
	l.set(member, score)
}

func drop(lists map[string]*ranked, name, member string) {
	if l := lists[name]; l != nil {
		l.drop(member)
	}
}

// tell keeps the events, or hands them on.
func (m *Memory) tell(s *shard, events []engine.Event) {
	switch {
	case len(events) == 0:
	case m.Heard != nil:
		m.Heard(events)
	default:
		for _, e := range events {
			e.ID = strconv.Itoa(len(s.events[e.Organisation])+1) + "-0"
			s.events[e.Organisation] = append(s.events[e.Organisation], e)
		}
	}
}
