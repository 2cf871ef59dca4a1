package engine

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Services that draw from the same calendars take each other's slots: what the others have out is kept free
// before a service invites more people (RULES §1: never more than the calendars can take). Those of the others
// who can choose elsewhere are not in the way: of a service with ten agents and another with one of these, the
// second still invites while the other nine have room for the first.

// rival is a service that draws from calendars of another one, or of its rivals.
type rival struct {
	s            *Service
	out, waiting int64 // people who may take slots, and who wait to be asked
}

// neighbours are the services that one shares calendars with, as they were before these were read: who books in between
// counts twice, not not at all. Most services have none.
type neighbours struct {
	out     []rival // with people out, who may take slots of it or of its rivals
	waiting []rival // with people who wait for slots that it could take too
	demands []Cap   // that none of them, out or not, has more people out when somebody counts on it
}

// neighbours reads those of a service.
func (e *Engine) neighbours(ctx context.Context, s *Service) (b neighbours, err error) {
	all, err := e.siblings(ctx, s.Organisation)
	if err != nil {
		return b, err
	}
	for reached, seen := []*Service{s}, map[ServiceID]bool{s.ID: true}; len(reached) > 0; reached = reached[1:] {
		for _, t := range all {
			if seen[t.ID] || !reached[0].shares(t) {
				continue
			}
			seen[t.ID] = true
			name := paceName(t.Organisation, t.ID)
			n, err := e.Lister.Counts(ctx, s.Organisation.Partition(), name)
			if err != nil {
				return b, err
			}
			b.demands = append(b.demands, Cap{Name: name, Field: countOut, Most: n[countOut]})
			r := rival{t, n[countOut], n[countWaiting]}
			if r.waiting > 0 && reached[0] == s {
				b.waiting = append(b.waiting, r)
			}
			if r.out > 0 { // else nobody of it takes anything, here or from others
				b.out, reached = append(b.out, r), append(reached, t)
			}
		}
	}
	return b, nil
}

// queues counts the batches of which people wait for a service, and those of others that wait for slots it could
// take: each of them has its turn.
func (e *Engine) queues(ctx context.Context, s *Service, b neighbours) (own, others int64, err error) {
	if own, err = e.queued(ctx, s); err != nil {
		return 0, 0, err
	}
	for _, r := range b.waiting {
		n, err := e.queued(ctx, r.s)
		if err != nil {
			return 0, 0, err
		}
		others += n
	}
	return own, others, nil
}

// queued counts the batches of which people wait for one. There is hardly ever a second page.
func (e *Engine) queued(ctx context.Context, s *Service) (n int64, err error) {
	for cursor := ""; ; {
		page, next, err := e.Lister.List(ctx, s.Organisation.Partition(), paceName(s.Organisation, s.ID), cursor, 1000)
		if err != nil {
			return 0, err
		}
		if n += int64(len(page)); next == "" {
			return n, nil
		}
		cursor = next
	}
}

// siblings are the services of an organisation; nobody writes to them. Those read a moment ago will do.
func (e *Engine) siblings(ctx context.Context, org OrganisationID) ([]*Service, error) {
	list := listOf("services", org)
	if v, ok := e.cache.fresh(list, 1, e.trustedSince()); ok {
		return v.([]*Service), nil
	}
	now := e.Clock.Now()
	all, err := listAll[Service](ctx, e, org.Partition(), list)
	if err == nil {
		e.cache.put(list, 1, all, now)
	}
	return all, err
}

// shares tells whether two services draw from a common calendar.
func (s *Service) shares(t *Service) bool {
	return slices.ContainsFunc(s.Calendars, func(id CalendarID) bool { return slices.Contains(t.Calendars, id) })
}

// cell is room for n people of the service that it was found for, at one start of one calendar.
type cell struct {
	from, to int64
	n        int
	who      uint64 // the services that can take it, a bit each
}

// manyRivals is how many are told apart; those beyond count as one that can take whatever one of them can.
const manyRivals = 63

// roomBeside is what room is, and how much of it is left when each rival's people have found a slot, if they can.
func (e *Engine) roomBeside(ctx context.Context, s *Service, rivals []rival) (free, left int, err error) {
	cells := map[CalendarID][]cell{}
	need := make([]int, 1, 1+len(rivals)) // in slots of s
	widest := s.takes()
	if free, err = e.cells(ctx, s, 0, 1, widest, cells); err != nil {
		return 0, 0, err
	}
	for n, r := range rivals {
		bit := min(n+1, manyRivals)
		if bit == len(need) {
			need = append(need, 0)
		}
		each := max(1, int((r.s.takes()+s.takes()-1)/s.takes())) // it may lie across that many slots of s
		need[bit] += each * int(math.Ceil(float64(r.out)*r.s.claims()-1e-9))
		if _, err = e.cells(ctx, r.s, bit, each, widest, cells); err != nil {
			return 0, 0, err
		}
		widest = max(widest, r.s.takes())
	}
	seats := map[uint64]int{}
	for _, list := range cells {
		for _, c := range list {
			seats[c.who] += c.n
		}
	}
	t := newTable(seats, len(need))
	for who, n := range need[1:] {
		t.seat(who+1, n)
	}
	return free, t.seat(0, free), nil
}

// claims is how many slots are kept for each open invitation. Where pacing is off it is one all the same: they
// are asked, and may take one each.
func (s *Service) claims() float64 {
	if per := s.perInvitation(); per > 0 {
		return per
	}
	return 1
}

// takes is how many seconds of a calendar an appointment takes.
func (s *Service) takes() int64 { return int64(s.BeforeMin+s.DurationMin+s.AfterMin) * 60 }

// cells adds those of a service: what lies across cells that were found for others, widest seconds long at most,
// can be taken by it too; what does not is cells of its own, worth so many slots each. It tells for how many
// people there is room.
func (e *Engine) cells(ctx context.Context, s *Service, bit, worth int, widest int64, cells map[CalendarID][]cell) (int, error) {
	now, total, own := e.Clock.Now(), 0, map[CalendarID][]cell{}
	err := e.eachPlace(ctx, s, s.query(now, now, now.Add(s.horizon())), func(id CalendarID, start int64, n int) {
		total += n
		mine := cell{from: start - int64(s.BeforeMin)*60, n: n * worth, who: 1 << bit}
		mine.to = mine.from + s.takes()
		alone, others := true, cells[id]
		i, _ := slices.BinarySearchFunc(others, mine.from-widest, func(c cell, t int64) int { return cmp.Compare(c.from, t) })
		for ; i < len(others) && others[i].from < mine.to; i++ {
			if mine.from < others[i].to {
				others[i].who |= mine.who
				alone = false
			}
		}
		if alone {
			own[id] = append(own[id], mine)
		}
	})
	for id, list := range own {
		cells[id] = append(cells[id], list...)
		slices.SortFunc(cells[id], func(a, b cell) int { return cmp.Compare(a.from, b.from) })
	}
	return total, err
}

// table seats people of several services, each on cells of some of the kinds there are.
type table struct {
	kinds []uint64 // who can sit there, a bit each
	left  []int    // of each kind
	taken [][]int  // by each service, of each kind
}

func newTable(seats map[uint64]int, services int) *table {
	t := &table{taken: make([][]int, services)}
	for who := range seats {
		t.kinds = append(t.kinds, who)
	}
	slices.Sort(t.kinds)
	for _, who := range t.kinds {
		t.left = append(t.left, seats[who])
	}
	for i := range t.taken {
		t.taken[i] = make([]int, len(t.kinds))
	}
	return t
}

// seat seats up to n more of a service, others moving over where they can, and tells how many: as many as can
// be without leaving any of the others without one.
func (t *table) seat(who, n int) int {
	sat := 0
	for sat < n {
		k := t.squeeze(who, n-sat, make([]bool, len(t.taken)))
		if k == 0 {
			break
		}
		sat += k
	}
	return sat
}

// squeeze seats some of a service, on what is left or where others make room by squeezing in elsewhere.
func (t *table) squeeze(who, n int, asked []bool) int {
	asked[who] = true
	for k, kind := range t.kinds {
		if kind>>who&1 == 1 && t.left[k] > 0 {
			n = min(n, t.left[k])
			t.left[k] -= n
			t.taken[who][k] += n
			return n
		}
	}
	for k, kind := range t.kinds {
		for other := range t.taken {
			if kind>>who&1 == 0 || asked[other] || t.taken[other][k] == 0 {
				continue
			}
			if moved := t.squeeze(other, min(n, t.taken[other][k]), asked); moved > 0 {
				t.taken[other][k] -= moved
				t.taken[who][k] += moved
				return moved
			}
		}
	}
	return 0
}
