package store

import (
	"context"
	_ "embed"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"relance/engine"
)

//go:embed swap.lua
var swapSource string

var swapScript = redis.NewScript(swapSource)

// Swap replaces what is kept under key in the organisation's partition by next for ttl,
// if it still is old; empty stands for nothing. It answers with what was kept before, so
// the swap was made when that equals old. It is how Idempotency-Keys are held (RULES §6).
func (s *Store) Swap(ctx context.Context, org engine.OrganisationID, key string, old, next []byte, ttl time.Duration) ([]byte, error) {
	if len(next) > 0 && ttl < time.Millisecond {
		return nil, invalid("swap", "a value must be kept for a millisecond or more")
	}
	keys := []string{s.tag(org.Partition()) + "i:" + key}
	found, err := swapScript.Run(ctx, s.redis, keys, old, next, ttl.Milliseconds()).Text()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, nil
	case err != nil:
		return nil, unavailable("swap", err)
	}
	return []byte(found), nil
}
