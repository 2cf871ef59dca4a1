package calendars

import (
	"slices"
	"sort"
	"time"
)

// Nearest gives the n starts closest to wanted, a part of starts; of two as close the
// earlier. starts is sorted, and so is the answer.
func Nearest(starts []int64, wanted int64, n int) []int64 {
	hi := sort.Search(len(starts), func(i int) bool { return starts[i] >= wanted })
	lo := hi
	for hi-lo < n && (lo > 0 || hi < len(starts)) {
		if hi == len(starts) || lo > 0 && wanted-starts[lo-1] <= starts[hi]-wanted {
			lo--
		} else {
			hi++
		}
	}
	return starts[lo:hi:hi]
}

// Spread chooses at most n of the starts for a person to see: the soonest, and others
// over days and halves of days (before noon and after it, by the clock of loc). A day a
// week later counts as much as one more start of the same half of a day, so that a
// calendar open every day shows the halves of one week, and one open on Thursdays shows
// several hours of the first Thursday and fewer of the next. starts is sorted and has
// none twice; so does the answer, and the same question has the same answer.
func Spread(starts []int64, loc *time.Location, n int) []int64 {
	if n <= 0 {
		return nil
	}
	if len(starts) <= n {
		return slices.Clone(starts)
	}
	halves := cutHalves(starts, loc)
	for range n {
		best := -1
		for i, h := range halves {
			if h.picked < len(h.starts) && (best < 0 || h.cost() < halves[best].cost()) {
				best = i
			}
		}
		halves[best].picked++
	}
	out := make([]int64, 0, n)
	for _, h := range halves {
		out = h.pick(out)
	}
	return out
}

// half is the starts of half a wall day.
type half struct {
	starts []int64
	week   int // whole weeks after the day of the first start
	turn   int // the place of its day among those that have starts
	picked int // how many of its starts are shown
}

func (h half) cost() int { return h.week + h.picked }

// pick appends the starts shown, evenly over the half. From day to day they begin a third
// of their distance later: whoever cannot come at nine finds other hours.
func (h half) pick(out []int64) []int64 {
	const turns = 3
	for j := range h.picked {
		out = append(out, h.starts[(turns*j+h.turn%turns)*len(h.starts)/(turns*h.picked)])
	}
	return out
}

// cutHalves groups sorted starts, at least one, by half of a wall day.
func cutHalves(starts []int64, loc *time.Location) []half {
	wall := func(t int64) day { return day(floorDiv(t+offset(loc, t), secondsPerDay)) }
	z := newZone(loc, wall(starts[0]), wall(starts[len(starts)-1])+1)
	first := z.half(starts[0])
	var out []half
	turn, last := 0, first
	for len(starts) > 0 {
		h := z.half(starts[0])
		if h>>1 != last>>1 {
			turn, last = turn+1, h
		}
		end := z.instant(day((h+1)>>1), (h+1)&1*secondsPerDay/2)
		n := max(sort.Search(len(starts), func(i int) bool { return starts[i] >= end }), 1)
		out = append(out, half{starts: starts[:n], week: int(h>>1-first>>1) / 7, turn: turn})
		starts = starts[n:]
	}
	return out
}

// half numbers the halves of wall days: twice the day, and one more from noon on.
func (z zone) half(t int64) int64 {
	d := z.day(t)
	n := 2 * int64(d)
	if t >= z.instant(d, secondsPerDay/2) {
		n++
	}
	return n
}
