package main

import (
	"hash/fnv"
	"io"
	"math/rand/v2"
	"time"
)

// plan is what one person will do, drawn once from the seed and who they are.
type plan struct {
	answers int           // which ask they answer: 0 the invitation, 1 and 2 the relances, 3 none
	after   time.Duration // how long they take to answer
	pick    int           // which of the shown slots
	change  string        // "move", "cancel" or "": what they do later
	reply   string        // to the reminder: "1", "3" or ""
	comes   bool
	dead    bool // they gave up their phone
}

// planOf draws a plan: about three in four answer, one in ten of those expected stays away.
func planOf(seed uint64, person string) plan {
	h := fnv.New64a()
	_, _ = io.WriteString(h, person)
	r := rand.New(rand.NewPCG(seed, h.Sum64()))
	p := plan{
		answers: weighted(r, 46, 20, 10, 24),
		after:   time.Duration(1+r.IntN(40)) * time.Hour,
		pick:    r.IntN(40),
		change:  []string{"", "move", "cancel"}[weighted(r, 84, 9, 7)],
		reply:   []string{"1", "3", ""}[weighted(r, 60, 3, 37)],
	}
	p.comes, p.dead = r.IntN(100) < 90, r.IntN(50) == 0
	return p
}

func weighted(r *rand.Rand, weights ...int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	n := r.IntN(total)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	return len(weights) - 1
}
