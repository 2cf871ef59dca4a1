package store

import (
	"context"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"relance/engine"
)

var (
	_ engine.Store     = (*Memory)(nil)
	_ engine.Lister    = (*Memory)(nil)
	_ engine.Timetable = (*Memory)(nil)
	_ engine.Visitor   = (*Memory)(nil)
	_ engine.Keeper    = (*Memory)(nil)
)

// Memory keeps records in this process and forgets them with it: for simulations. It answers as Store
// does, to the letter of engine/store/storetest, without a round trip. It is safe for concurrent use.
// The values of records are kept as they were given, and they and the bodies given as they are kept: nobody may
// write to them.
type Memory struct {
	// Heard, optional, is given the events of every commit instead of their being kept; they have no id.
	// It is called while the partition is locked, by one caller at a time for each partition.
	Heard func([]engine.Event)

	partitions [engine.Partitions]shard
}

// NewMemory is an empty store.
func NewMemory() *Memory {
	m := &Memory{}
	for i := range m.partitions {
		m.partitions[i] = shard{
			values: map[string]kept{}, bodies: newArchive(), indexes: map[string]map[string]string{}, counts: map[string]map[string]int64{},
			lists: map[string]*ranked{}, due: map[string]*ranked{},
			claims: map[engine.CalendarID]*ledger{}, events: map[engine.OrganisationID][]engine.Event{},
		}
	}
	return m
}

// EndAt says when nobody comes for what is due any more: what is due then or later is not kept, and a lease as
// long as that forgets what was taken. It is told before anything is stored.
func (m *Memory) EndAt(t time.Time) {
	for i := range m.partitions {
		m.partitions[i].ends = t.UnixMilli()
	}
}

// KeepsValues says that records may be given as values.
func (m *Memory) KeepsValues() {}

// shard is what one partition holds.
type shard struct {
	mu      sync.Mutex      // held for microseconds: a lock of readers and writers would put those who wait to sleep
	values  map[string]kept // records that were given as values
	bodies  *archive        // and those that were given as JSON
	indexes map[string]map[string]string
	counts  map[string]map[string]int64
	lists   map[string]*ranked
	due     map[string]*ranked // by kind, scored in unix milliseconds
	ends    int64              // of the time at which something is due, in unix milliseconds; 0: never
	claims  map[engine.CalendarID]*ledger
	events  map[engine.OrganisationID][]engine.Event
}

// kept is a record without its id.
type kept struct {
	version int64
	body    []byte
	value   any
}

// record is what is kept of one; of one that is not, version 0.
func (s *shard) record(id string) kept {
	r, ok := s.values[id]
	if !ok {
		r, _ = s.bodies.get(id)
	}
	return r
}

// keep replaces a record.
func (s *shard) keep(id string, r kept) {
	if r.value == nil {
		delete(s.values, id)
		s.bodies.put(id, r.version, r.body)
		return
	}
	s.values[id] = r
	s.bodies.drop(id)
}

func (s *shard) forget(id string) {
	delete(s.values, id)
	s.bodies.drop(id)
}

// in is the partition, locked; the caller unlocks it. An error is that of ctx.
func (m *Memory) in(ctx context.Context, op string, p engine.Partition) (*shard, error) {
	if err := ctx.Err(); err != nil {
		return nil, unavailable(op, err)
	}
	s := &m.partitions[p]
	s.mu.Lock()
	return s, nil
}

// Load reads records in the order asked; a missing one has Version 0.
func (m *Memory) Load(ctx context.Context, p engine.Partition, ids ...string) ([]engine.Record, error) {
	s, err := m.in(ctx, "load", p)
	if err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := make([]engine.Record, len(ids))
	for i, id := range ids {
		r := s.record(id)
		out[i] = engine.Record{ID: id, Version: r.version, Body: r.body, Value: r.value}
	}
	return out, nil
}

// Find reads one field of each named index; "" where there is none.
func (m *Memory) Find(ctx context.Context, p engine.Partition, index string, fields ...string) ([]string, error) {
	s, err := m.in(ctx, "find", p)
	if err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out, values := make([]string, len(fields)), s.indexes[index]
	for i, f := range fields {
		out[i] = values[f]
	}
	return out, nil
}

// Counts reads a set of counters whole.
func (m *Memory) Counts(ctx context.Context, p engine.Partition, name string) (map[string]int64, error) {
	s, err := m.in(ctx, "counts", p)
	if err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := make(map[string]int64, len(s.counts[name]))
	for field, n := range s.counts[name] {
		out[field] = n
	}
	return out, nil
}

// Events reads up to limit events of an organisation after the cursor, as Store.Events does.
func (m *Memory) Events(ctx context.Context, org engine.OrganisationID, cursor string, limit int) ([]engine.Event, string, error) {
	after := uint64(0)
	switch {
	case limit < 1:
		return nil, "", invalid("events", "a page holds at least one event")
	case cursor != "":
		number, _, _ := strings.Cut(cursor, "-")
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil || !eventID.MatchString(cursor) {
			return nil, "", invalid("events", "this cursor is not the id of an event; start without one")
		}
		after = n
	}
	s, err := m.in(ctx, "events", org.Partition())
	if err != nil {
		return nil, "", err
	}
	defer s.mu.Unlock()
	all := s.events[org]
	all = all[min(after, uint64(len(all))):]
	if len(all) <= limit {
		return append([]engine.Event(nil), all...), "", nil
	}
	return append([]engine.Event(nil), all[:limit]...), all[limit-1].ID, nil
}

// List reads up to limit members of a list after the cursor, as Store.List does.
func (m *Memory) List(ctx context.Context, p engine.Partition, list, cursor string, limit int) ([]engine.Listed, string, error) {
	if limit < 1 {
		return nil, "", invalid("list", "a page holds at least one entry")
	}
	last, begin := engine.Listed{Score: math.MinInt64}, cursor == ""
	if !begin {
		var err error
		if last, err = parseCursor(cursor); err != nil {
			return nil, "", err
		}
	}
	s, err := m.in(ctx, "list", p)
	if err != nil {
		return nil, "", err
	}
	defer s.mu.Unlock()
	var page []engine.Listed
	if l := s.lists[list]; l != nil {
		for e := range l.order.from(func(e engine.Listed) bool { return !begin && compareListed(e, last) <= 0 }) {
			if len(page) == limit {
				return page, formatCursor(page[limit-1]), nil
			}
			page = append(page, e)
		}
	}
	return page, "", nil
}

// From is the cursor of the place in a list before every member of a score.
func (m *Memory) From(score int64) string { return formatCursor(engine.Listed{Score: score}) }

// After is the cursor of the place in a list after a member.
func (m *Memory) After(last engine.Listed) string { return formatCursor(last) }
