package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// memory is a Redis inside this process, for the demo. It keeps nothing, and its own
// clock stands still unless moved: keys that expire would never do so.
type memory struct {
	redis *miniredis.Miniredis
	stop  context.CancelFunc
	gone  sync.WaitGroup
}

const memoryTick = 250 * time.Millisecond

func startMemory() (*memory, error) {
	r, err := miniredis.Run()
	if err != nil {
		return nil, fmt.Errorf("the demo's store needs a free port on this machine: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	m := &memory{redis: r, stop: stop}
	m.gone.Go(func() { m.age(ctx) })
	return m, nil
}

// age moves the clock along with the real one until ctx ends.
func (m *memory) age(ctx context.Context) {
	t := time.NewTicker(memoryTick)
	defer t.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-t.C:
			m.redis.SetTime(now)
			m.redis.FastForward(now.Sub(last))
			last = now
		}
	}
}

func (m *memory) close() {
	m.stop()
	m.gone.Wait()
	m.redis.Close()
}
