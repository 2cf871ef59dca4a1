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

// ledger is what one calendar has engine.BusyTime, by start.
type ledger struct {
	sorted[engine.BusyTime]
	longest int64 // seconds that any of them ever took: how far back one may begin that still runs
}

func (l *ledger) take(t engine.BusyTime) {
	l.longest = max(l.longest, t.End-t.Start)
	l.add(t)
}

// at is the block and the index in it of the first that starts at a moment or later.
func (l *ledger) at(start int64) (block, index int) {
	block = sort.Search(len(l.blocks), func(i int) bool { return l.blocks[i][len(l.blocks[i])-1].Start >= start })
	if block < len(l.blocks) {
		b := l.blocks[block]
		index = sort.Search(len(b), func(i int) bool { return b[i].Start >= start })
	}
	return block, index
}

// rows are those that may run in [from, to), by start; what ended by then may be among them.
func (l *ledger) rows(from, to int64) iter.Seq[[]engine.BusyTime] {
	return func(yield func([]engine.BusyTime) bool) {
		block, index := l.at(from - l.longest + 1)
		for ; block < len(l.blocks); block, index = block+1, 0 {
			row := l.blocks[block][index:]
			end := len(row)
			if row[end-1].Start >= to {
				end = sort.Search(end, func(i int) bool { return row[i].Start >= to })
			}
			if end == 0 || !yield(row[:end]) {
				return
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

func takenOf(c engine.Claim) engine.BusyTime {
	t := engine.BusyTime{Start: c.Start.Unix(), End: c.End.Unix(), Seats: c.Seats, Holder: c.Holder}
	if !c.Until.IsZero() {
		t.Until = c.Until.Unix()
	}
	return t
}

// claimOf is what Store would read of it.
func claimOf(calendar engine.CalendarID, t engine.BusyTime) engine.Claim {
	c := engine.Claim{Calendar: calendar, Holder: t.Holder, Start: time.Unix(t.Start, 0).UTC(), End: time.Unix(t.End, 0).UTC(), Seats: t.Seats}
	if t.Until != 0 {
		c.Until = time.Unix(t.Until, 0).UTC()
	}
	return c
}

// compareTaken orders as the members of Store's sets are ordered.
func compareTaken(a, b engine.BusyTime) int {
	switch {
	case a.Start != b.Start:
		return cmp.Compare(a.Start, b.Start)
	case a.End != b.End:
		return cmp.Compare(a.End, b.End)
	case a.Seats == b.Seats && a.Until == b.Until:
		return strings.Compare(a.Holder, b.Holder)
	}
	return strings.Compare(member(claimOf("", a)), member(claimOf("", b)))
}

// fits tells whether there is room for the n-th claim of a change, those before it counted and what
// the change frees not.
func (s *shard) fits(ch *engine.Change, n int) bool {
	c := &ch.Claims[n]
	if c.Insist {
		return true
	}
	want, there, shared := takenOf(*c), false, true
	var with []engine.BusyTime // the others at that time
	see := func(t engine.BusyTime) {
		switch {
		case t == want:
			there = true
		case t.Start >= want.End || t.End <= want.Start:
		default:
			same := t.Start == want.Start && t.End == want.End
			shared = shared && (c.Seats > 0 && same || c.Seats == 0 && t.Seats == 0)
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
func (s *shard) holders(c *engine.Claim, see func(engine.BusyTime), freed []engine.Claim) {
	held := s.claims[c.Calendar]
	if held == nil {
		return
	}
	asked := int64(0)
	if !c.Asked.IsZero() {
		asked = c.Asked.Unix()
	}
	want := takenOf(*c)
	for row := range held.rows(want.Start, want.End) {
		for _, t := range row {
			if t != want && t.Until != 0 && t.Until <= asked {
				continue
			}
			if !slices.ContainsFunc(freed, func(f engine.Claim) bool { return f.Calendar == c.Calendar && takenOf(f) == t }) {
				see(t)
			}
		}
	}
}

// full tells whether so many hold time of the interval at one instant.
func full(want engine.BusyTime, with []engine.BusyTime, capacity int) bool {
	if len(with) < capacity {
		return false
	}
	for _, at := range with { // the most at once is reached where one of them starts
		instant, n := max(at.Start, want.Start), 0
		for _, t := range with {
			if t.Start <= instant && instant < t.End {
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
	out, begin := make([][]engine.Claim, len(calendars)), from.Unix()
	err := m.VisitBusy(ctx, p, calendars, from, to, func(n int, row []engine.BusyTime) {
		for _, t := range row {
			if t.End > begin {
				out[n] = append(out[n], claimOf(calendars[n], t))
			}
		}
	})
	return out, err
}

// VisitBusy shows what Busy reads without making claims of it.
func (m *Memory) VisitBusy(ctx context.Context, p engine.Partition, calendars []engine.CalendarID, from, to time.Time, see func(n int, row []engine.BusyTime)) error {
	s, err := m.in(ctx, "busy", p)
	if err != nil {
		return err
	}
	defer s.mu.Unlock()
	begin, end := from.Unix(), ceilUnix(to)
	for n, calendar := range calendars {
		if held := s.claims[calendar]; held != nil {
			for row := range held.rows(begin, end) {
				see(n, row)
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
	defer s.mu.Unlock()
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
	defer s.mu.Unlock()
	held := s.claims[calendar]
	if held == nil {
		return nil, "", nil
	}
	var page []engine.Claim
	for t := range held.from(func(t engine.BusyTime) bool { return t.Start < last.Score }) {
		c := claimOf(calendar, t)
		if t.Start == last.Score && member(c) <= last.Member {
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
