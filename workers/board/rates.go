package board

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/go-redis/redis_rate/v10"
)

// Rate is how many messages a provider takes.
type Rate struct {
	PerSecond float64 // such as 10, or 0.5
	Burst     int     // at once, after a pause; 0 is one second's worth, 1 at least
}

const (
	// headroom is the part of a rate that those who stand in line leave to those who just acted:
	// a confirmation must not wait behind ten thousand invitations.
	headroom = 0.1
	// longestLine is the last place in line; who comes later gets it too, and another one then.
	longestLine = time.Hour
	nearest     = 100 * time.Millisecond // about the dispatcher's own interval
)

func (r Rate) check() error {
	if r.PerSecond < 0.001 || r.PerSecond > 100_000 || r.Burst < 0 {
		return errors.New("must be between one message in a thousand seconds and 100,000 a second, with a burst of 0 or more")
	}
	return nil
}

func (r Rate) interval() time.Duration { return time.Duration(float64(time.Second) / r.PerSecond) }

// bucket is the limit on what leaves.
func (r Rate) bucket() redis_rate.Limit {
	burst := r.Burst
	if burst == 0 {
		burst = max(1, int(math.Ceil(r.PerSecond)))
	}
	return redis_rate.Limit{Rate: 1, Period: r.interval(), Burst: burst}
}

// line is a limit that is only written on, never obeyed: how full it is, is where its end is.
func (r Rate) line() redis_rate.Limit {
	period := time.Duration(float64(r.interval()) / (1 - headroom))
	return redis_rate.Limit{Rate: 1, Period: period, Burst: max(1, int(longestLine/period))}
}

// Take tells whether one message may leave through the provider now; a yes is counted, for all
// processes. An error means that Redis did not answer.
func (b *Board) Take(ctx context.Context, provider string) (bool, error) {
	rate, limited := b.Rates[provider]
	if !limited {
		return true, nil
	}
	got, err := b.limiter.Allow(ctx, b.key(provider, "rate"), rate.bucket())
	if err != nil {
		return false, fmt.Errorf("board: the rate of %s: %w", provider, err)
	}
	return got.Allowed > 0, nil
}

// Line gives a message that may not leave now a place in the provider's line. Places follow each
// other a little more slowly than messages may leave, so that those who come back mostly can, and
// a few others too.
func (b *Board) Line(ctx context.Context, provider string) (time.Duration, error) {
	rate := b.Rates[provider]
	if rate.PerSecond == 0 {
		return nearest, nil
	}
	got, err := b.limiter.Allow(ctx, b.key(provider, "line"), rate.line())
	if err != nil {
		return 0, fmt.Errorf("board: the line of %s: %w", provider, err)
	}
	if got.Allowed == 0 {
		return longestLine, nil
	}
	return max(nearest, got.ResetAfter), nil
}
