package bench_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"relance/engine"
)

// BenchmarkBook books with 64 clients over 50 calendars, and compares with the bare script that claims.
// p50 and p99 are how long one booking takes, seen by its client.
func BenchmarkBook(b *testing.B) {
	const calendars, bookings = 50, 20_000
	for range b.N {
		in := install(b)
		in.services(calendars, 1)
		invs := in.invite(bookings, calendars)
		in.ask(invs) // who books was written to
		first := time.Now().UTC().AddDate(0, 0, 2).Truncate(24 * time.Hour)
		start := func(i int) time.Time { // 24 half-hours a day on each calendar
			n := i / calendars
			return first.AddDate(0, 0, n/24).Add(8*time.Hour + time.Duration(n%24)*30*time.Minute)
		}
		// In turns: a shared machine is faster one second than the next.
		const turns = 10
		var bare, booked time.Duration
		took := make([]time.Duration, bookings)
		for turn := range turns {
			from, to := turn*bookings/turns, (turn+1)*bookings/turns
			bare += clients(b, from, to, func(ctx context.Context, i int) error {
				from := start(i).Unix()
				won, err := bareClaim.Run(ctx, in.redis, []string{fmt.Sprintf("{p}:bare:%d", i%calendars)}, from, from+1800, i).Int()
				if err == nil && won != 1 {
					err = fmt.Errorf("claim %d is taken", i)
				}
				return err
			})
			booked += clients(b, from, to, func(ctx context.Context, i int) error {
				begin := time.Now()
				_, err := in.e.Book(ctx, engine.BookRequest{Organisation: org, Invitation: invs[i], Start: start(i), By: engine.ByRecipient})
				took[i] = time.Since(begin)
				return err
			})
		}
		b.ReportMetric(bookings/bare.Seconds(), "claims/s")
		b.ReportMetric(bookings/booked.Seconds(), "bookings/s")
		b.ReportMetric(bare.Seconds()/booked.Seconds(), "ratio")
		slices.Sort(took)
		b.ReportMetric(float64(took[bookings/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(took[bookings*99/100].Microseconds())/1000, "p99-ms")
	}
	b.ReportMetric(0, "ns/op")
}

// bareClaim looks for an overlap and holds the time: a booking that is nothing but its claim.
var bareClaim = redis.NewScript(`
for _, held in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1] - 86400, '(' .. ARGV[2])) do
  if tonumber(string.match(held, '^%d+:(%d+)')) > tonumber(ARGV[1]) then return 0 end
end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[1] .. ':' .. ARGV[2] .. ':' .. ARGV[3])
return 1`)

// clients runs do for every i of [from, to) from 64 goroutines and returns how long that took.
func clients(b *testing.B, from, to int, do func(context.Context, int) error) time.Duration {
	b.Helper()
	var next atomic.Int64
	next.Store(int64(from))
	var wg sync.WaitGroup
	start := time.Now()
	for range 64 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < to; i = int(next.Add(1)) - 1 {
				if err := do(b.Context(), i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}
