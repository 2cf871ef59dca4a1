package calendars

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// merge sorts intervals in place and joins those that overlap or touch; empty and
// reversed ones are dropped.
func merge(in []Interval) []Interval {
	in = slices.DeleteFunc(in, func(i Interval) bool { return i.End <= i.Start })
	slices.SortFunc(in, byStart)
	out := in[:0]
	for _, i := range in {
		if n := len(out); n > 0 && i.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, i.End)
			continue
		}
		out = append(out, i)
	}
	return out
}

func byStart(a, b Interval) int { return cmp.Compare(a.Start, b.Start) }
func byEnd(a, b Interval) int   { return cmp.Compare(a.End, b.End) }

// subtract removes away from from; both sorted and disjoint (from may touch).
func subtract(from, away []Interval) []Interval {
	out := make([]Interval, 0, len(from))
	j := 0
	for _, f := range from {
		for j < len(away) && away[j].End <= f.Start {
			j++
		}
		s := f.Start
		for k := j; k < len(away) && away[k].Start < f.End; k++ {
			if away[k].Start > s {
				out = append(out, Interval{s, away[k].Start})
			}
			s = max(s, away[k].End)
		}
		if s < f.End {
			out = append(out, Interval{s, f.End})
		}
	}
	return out
}

// after gives the index of the first interval that ends after t.
func after(sorted []Interval, t int64) int {
	return sort.Search(len(sorted), func(i int) bool { return sorted[i].End > t })
}

// overlaps reports whether the interval shares time with one of the sorted list.
func overlaps(sorted []Interval, i Interval) bool {
	k := after(sorted, i.Start)
	return k < len(sorted) && sorted[k].Start < i.End
}

// contains reports whether one interval of the sorted list holds i whole.
func contains(sorted []Interval, i Interval) bool {
	k := after(sorted, i.Start)
	return k < len(sorted) && sorted[k].Start <= i.Start && i.End <= sorted[k].End
}

// full gives the time inside span in which at least capacity busy intervals overlap,
// sorted and disjoint. busy is in any order and left as it is; when it is already what
// is asked for, as a store's answer often is, it is handed back without a copy.
func full(busy []Interval, capacity int, span Interval) []Interval {
	if capacity <= 1 && disjoint(busy) {
		from := after(busy, span.Start)
		to := from + sort.Search(len(busy)-from, func(i int) bool { return busy[from+i].Start >= span.End })
		return busy[from:to]
	}
	inside := within(busy, span)
	if capacity <= 1 {
		return merge(slices.Clone(inside))
	}
	return crowded(inside, capacity)
}

// within gives the intervals that are not empty and share time with the span, sorted by start; of a list
// that is so already it gives that.
func within(busy []Interval, span Interval) []Interval {
	outside := func(b Interval) bool { return b.Start >= b.End || b.Start >= span.End || b.End <= span.Start }
	if slices.ContainsFunc(busy, outside) {
		busy = slices.DeleteFunc(slices.Clone(busy), outside)
	}
	if !slices.IsSortedFunc(busy, byStart) {
		busy = slices.SortedFunc(slices.Values(busy), byStart)
	}
	return busy
}

// disjoint reports whether intervals are sorted, not empty, and share no time.
func disjoint(in []Interval) bool {
	last := int64(math.MinInt64)
	for _, i := range in {
		if i.Start < last || i.End <= i.Start {
			return false
		}
		last = i.End
	}
	return true
}

// crowded sweeps over starts and ends, counting what is open; busy is sorted by start. At one moment ends
// come before starts: intervals are half-open.
func crowded(busy []Interval, capacity int) []Interval {
	if len(busy) < capacity {
		return nil
	}
	ends := busy
	if !slices.IsSortedFunc(ends, byEnd) { // they are where all take as long
		ends = slices.SortedFunc(slices.Values(ends), byEnd)
	}
	var out []Interval
	var from int64
	inside := false
	for i, j := 0, 0; j < len(ends); {
		if i < len(busy) && busy[i].Start < ends[j].End {
			i++
			if !inside && i-j >= capacity {
				inside, from = true, busy[i-1].Start
			}
			continue
		}
		j++
		if inside && i-j < capacity {
			inside = false
			if n := len(out); n > 0 && out[n-1].End == from {
				out[n-1].End = ends[j-1].End
			} else {
				out = append(out, Interval{from, ends[j-1].End})
			}
		}
	}
	return out
}
