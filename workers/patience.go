package workers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// patience is a redis.Hook that runs a command again while Redis is away, each time on
// whatever connection there is then, until total is over.
type patience struct{ total time.Duration }

// DialHook leaves dialling alone: it is the command that is tried again.
func (p patience) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook tries one command again.
func (p patience) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return p.try(ctx, []redis.Cmder{cmd}, func() error { return next(ctx, cmd) })
	}
}

// ProcessPipelineHook tries a pipeline again as a whole.
func (p patience) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return p.try(ctx, cmds, func() error { return next(ctx, cmds) })
	}
}

func (p patience) try(ctx context.Context, cmds []redis.Cmder, run func() error) error {
	end := time.Now().Add(p.total)
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		err := run()
		if !transient(err) || time.Now().Add(pause).After(end) || slices.ContainsFunc(cmds, handshake) || !wait(ctx, pause) {
			return err
		}
		for _, cmd := range cmds {
			cmd.SetErr(nil)
		}
	}
}

// handshake tells whether a command sets up a connection: trying it again belongs to
// whoever opens another.
func handshake(cmd redis.Cmder) bool {
	return slices.Contains([]string{"hello", "auth", "select", "client", "readonly"}, strings.ToLower(cmd.Name()))
}

// transient tells whether Redis was not reached, or said that it is on its way. What is
// neither a reply nor one of ours is a connection, a pool, Sentinel or a cluster that
// cannot be reached: go-redis has no common type for these.
func transient(err error) bool {
	var reply redis.Error
	switch {
	case err == nil, errors.Is(err, redis.ErrClosed), errors.Is(err, context.Canceled):
		return false
	case !errors.As(err, &reply):
		return true
	}
	return redis.IsLoadingError(err) || redis.IsReadOnlyError(err) || redis.IsMasterDownError(err) ||
		redis.IsClusterDownError(err) || redis.IsTryAgainError(err) || redis.IsMaxClientsError(err)
}
