package store

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sort"
	"strings"
	"time"

	"relance/engine"
)

// taken is a claim as it is held, in unix seconds; until is 0 for good.
type taken struct {
	start, end, until int64
	seats             int
	holder            string
}

// ledger is what one calendar has taken, by start.
type ledger struct {
	sorted[taken]
	longest int64 // seconds that any of them ever took: how far back one may begin that still runs
}

func (l *ledger) take(t taken) {
	l.longest = max(l.longest, t.end-t.start)
	l.add(t)
}

// at is the block and the index in it of the first that starts at a moment or later.
func (l *ledger) at(start int64) (block, index int) {
	block = sort.Search(len(l.blocks), func(i int) bool { return l.blocks[i][len(l.blocks[i])-1].start >= start })
	if block < len(l.blocks) {
		b := l.blocks[block]
		index = sort.Search(len(b), func(i int) bool { return b[i].start >= start })
	}
	return block, index
}

// since goes through what may still run after a moment, by start; what ended by then may be among it.
func (l *ledger) since(moment int64) iter.Seq[taken] {
	return func(yield func(taken) bool) {
		for n, at := l.at(moment - l.longest + 1); n < len(l.blocks); n, at = n+1, 0 {
			for _, t := range l.blocks[n][at:] {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// starting counts those that start in [from, to).
func (l *ledger) starting(from, to int64) int {
	block, index := l.at(from)
	last, end := l.at(to)
	n := end - index
	for ; block < last; block++ {
		n += len(l.blocks[block])
	}
	return n
}

func takenOf(c engine.Claim) taken {
	t := taken{start: c.Start.Unix(), end: c.End.Unix(), seats: c.Seats, holder: c.Holder}
	if !c.Until.IsZero() {
		t.until = c.Until.Unix()
	}
	return t
}

// claim is what Store would read of it.
func (t taken) claim(calendar engine.CalendarID) engine.Claim {
	c := engine.Claim{Calendar: calendar, Holder: t.holder, Start: time.Unix(t.start, 0).UTC(), End: time.Unix(t.end, 0).UTC(), Seats: t.seats}
	if t.until != 0 {
		c.Until = time.Unix(t.until, 0).UTC()
	}
	return c
}

// compareTaken orders as the members of Store's sets are ordered.
func compareTaken(a, b taken) int {
	switch {
	case a.start != b.start:
		return cmp.Compare(a.start, b.start)
	case a.end != b.end:
		return cmp.Compare(a.end, b.end)
	case a.seats == b.seats && a.until == b.until:
		return strings.Compare(a.holder, b.holder)
	}
	return strings.Compare(member(a.claim("")), member(b.claim("")))
}

// fits tells whether there is room for the n-th claim of a change, those before it counted and what
// the change frees not.
func (s *shard) fits(ch *engine.Change, n int) bool {
	c := &ch.Claims[n]
	if c.Insist {
		return true
	}
	want, there, shared := takenOf(*c), false, true
	var with []taken // the others at that time
	see := func(t taken) {
		switch {
		case t == want:
			there = true
		case t.start >= want.end || t.end <= want.start:
		default:
			same := t.start == want.start && t.end == want.end
			shared = shared && (c.Seats > 0 && same || c.Seats == 0 && t.seats == 0)
			with = append(with, t)
		}
	}
	s.holders(c, see, ch.Releases)
	for _, other := range ch.Claims[:n] {
		if other.Calendar == c.Calendar {
			see(takenOf(other))
		}
	}
	switch {
	case there:
		return true
	case c.Seats > 0:
		return shared && len(with) < c.Seats
	}
	return shared && !full(want, with, c.Capacity)
}

// holders shows what is in the way of a claim, or is the claim.
func (s *shard) holders(c *engine.Claim, see func(taken), freed []engine.Claim) {
	held := s.claims[c.Calendar]
	if held == nil {
		return
	}
	asked := int64(0)
	if !c.Asked.IsZero() {
		asked = c.Asked.Unix()
	}
	want := takenOf(*c)
	for t := range held.since(want.start) {
		if t.start >= want.end {
			return
		}
		if t != want && t.until != 0 && t.until <= asked {
			continue
		}
		if !slices.ContainsFunc(freed, func(f engine.Claim) bool { return f.Calendar == c.Calendar && takenOf(f) == t }) {
			see(t)
		}
	}
}

// full tells whether so many hold time of the interval at one instant.
func full(want taken, with []taken, capacity int) bool {
	if len(with) < capacity {
		return false
	}
	for _, at := range with { // the most at once is reached where one of them starts
		instant, n := max(at.start, want.start), 0
		for _, t := range with {
			if t.start <= instant && instant < t.end {
				n++
			}
		}
		if n >= capacity {
			return true
		}
	}
	return false
}

// Busy reads the claimed intervals of each calendar that overlap [from, to), by start.
func (m *Memory) Busy(ctx context.Context, p engine.Partition, calendars []engine.CalendarID, from, to time.Time) ([][]engine.Claim, error) {
	if len(calendars) == 0 {
		return nil, nil
	}
	out := make([][]engine.Claim, len(calendars))
	err := m.busy(ctx, p, calendars, from, to, func(n int, t taken) { out[n] = append(out[n], t.claim(calendars[n])) })
	return out, err
}

// VisitBusy shows what Busy reads without making claims of it.
func (m *Memory) VisitBusy(ctx context.Context, p engine.Partition, calendars []engine.CalendarID, from, to time.Time, see func(n int, start, end, until int64, holder string)) error {
	return m.busy(ctx, p, calendars, from, to, func(n int, t taken) { see(n, t.start, t.end, t.until, t.holder) })
}

func (m *Memory) busy(ctx context.Context, p engine.Partition, calendars []engine.CalendarID, from, to time.Time, see func(n int, t taken)) error {
	s, err := m.in(ctx, "busy", p)
	if err != nil {
		return err
	}
	defer s.mu.RUnlock()
	begin, end := from.Unix(), ceilUnix(to)
	for n, calendar := range calendars {
		held := s.claims[calendar]
		if held == nil {
			continue
		}
		for t := range held.since(begin) {
			if t.start >= end {
				break
			}
			if t.end > begin {
				see(n, t)
			}
		}
	}
	return nil
}

// Starting counts the claims of each calendar that start in [from, to), as Store.Starting does.
func (m *Memory) Starting(ctx context.Context, p engine.Partition, calendars []engine.CalendarID, from, to time.Time) ([]int, error) {
	s, err := m.in(ctx, "starting", p)
	if err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	out, begin, end := make([]int, len(calendars)), ceilUnix(from), ceilUnix(to)
	for n, calendar := range calendars {
		if held := s.claims[calendar]; held != nil && begin < end {
			out[n] = held.starting(begin, end)
		}
	}
	return out, nil
}

// Agenda reads up to limit claims of a calendar by start, as Store.Agenda does.
func (m *Memory) Agenda(ctx context.Context, p engine.Partition, calendar engine.CalendarID, from time.Time, cursor string, limit int) ([]engine.Claim, string, error) {
	if limit < 1 {
		return nil, "", invalid("list", "a page holds at least one entry")
	}
	if cursor == "" {
		cursor = m.From(from.Add(-maxClaim).Unix())
	}
	last, err := parseCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	s, err := m.in(ctx, "agenda", p)
	if err != nil {
		return nil, "", err
	}
	defer s.mu.RUnlock()
	held := s.claims[calendar]
	if held == nil {
		return nil, "", nil
	}
	var page []engine.Claim
	for t := range held.from(func(t taken) bool { return t.start < last.Score }) {
		c := t.claim(calendar)
		if t.start == last.Score && member(c) <= last.Member {
			continue
		}
		if len(page) == limit {
			end := page[limit-1]
			return page, formatCursor(engine.Listed{Score: end.Start.Unix(), Member: member(end)}), nil
		}
		page = append(page, c)
	}
	return page, "", nil
}
