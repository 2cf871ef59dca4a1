package simulation

import (
	"context"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// aChunk is the most that a worker takes at once.
const aChunk = 64

// chunk is how many of n things are done at once: not more than most, and as many on each processor.
func chunk(n, most, procs int) int {
	const few = 2
	rounds := max(1, (n+most*procs-1)/(most*procs))
	return max(few, (n+rounds*procs-1)/(rounds*procs))
}

// together does things that do not depend on each other, several chunks at a time. do is given some of them and
// the number of their chunk, which has not more than most.
func together[T any](ctx context.Context, things []T, most int, do func(ctx context.Context, number int, some []T) error) error {
	procs := runtime.GOMAXPROCS(0)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(procs)
	number := 0
	for some := range slices.Chunk(things, chunk(len(things), most, procs)) {
		n := number
		g.Go(func() error { return do(ctx, n, some) })
		number++
	}
	return g.Wait()
}
