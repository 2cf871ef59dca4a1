package calendars

import (
	"math"
	"math/bits"
	"slices"
)

// Union merges sorted lists of starts into one that has none twice. The lists are left as
// they are; the answer may be one of them.
func Union(lists [][]int64) []int64 {
	lists = slices.DeleteFunc(slices.Clone(lists), func(l []int64) bool { return len(l) == 0 })
	switch len(lists) {
	case 0:
		return nil
	case 1:
		return lists[0]
	}
	if out, ok := unionByMinute(lists); ok {
		return out
	}
	for len(lists) > 1 {
		merged := lists[:0]
		for i := 0; i < len(lists); i += 2 {
			if i+1 == len(lists) {
				merged = append(merged, lists[i])
			} else {
				merged = append(merged, mergeStarts(lists[i], lists[i+1]))
			}
		}
		lists = merged
	}
	return lists[0]
}

// unionByMinute marks whole minutes in a bitmap. Not ok when a start lies between two, or
// when the lists are too thin for the bitmap to be worth its size.
func unionByMinute(lists [][]int64) (out []int64, ok bool) {
	const minute = 60
	lo, hi, total := int64(math.MaxInt64), int64(math.MinInt64), 0
	for _, l := range lists {
		lo, hi, total = min(lo, l[0]), max(hi, l[len(l)-1]), total+len(l)
	}
	words := (hi-lo)/minute/64 + 1
	if words > int64(total)+1024 {
		return nil, false
	}
	marks := make([]uint64, words)
	for _, l := range lists {
		for _, t := range l {
			m := (t - lo) / minute
			if m*minute != t-lo {
				return nil, false
			}
			marks[m/64] |= 1 << (m % 64)
		}
	}
	n := 0
	for _, w := range marks {
		n += bits.OnesCount64(w)
	}
	out = make([]int64, 0, n)
	for i, w := range marks {
		for ; w != 0; w &= w - 1 {
			out = append(out, lo+(int64(i)*64+int64(bits.TrailingZeros64(w)))*minute)
		}
	}
	return out, true
}

// mergeStarts merges two sorted lists.
func mergeStarts(a, b []int64) []int64 {
	out := make([]int64, 0, len(a)+len(b))
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		x, y := a[i], b[j]
		out = append(out, min(x, y))
		if x <= y {
			i++
		}
		if y <= x {
			j++
		}
	}
	return append(append(out, a[i:]...), b[j:]...)
}
