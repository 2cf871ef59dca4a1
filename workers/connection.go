package workers

import (
	"context"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// Connection says how to reach Redis: one server, Sentinel (MasterName) or Cluster
// (several Addrs, or IsClusterMode). It is an asynq.RedisConnOpt, for asynq's own options
// leave retries out.
type Connection redis.UniversalOptions

// MakeRedisClient is what asynq calls; the result is a redis.UniversalClient.
func (c Connection) MakeRedisClient() any { return c.Client() }

// Client opens a client with the patience workers need and its own connections: those
// that wait for a task are never those that pipeline.
//
// A command goes on trying for 15–20 s, so that a restart or a failover of Redis is a
// pause and not an error. What is retried is scripts that may run twice. go-redis' own
// MaxRetries stays small: it would also retry the handshake of a connection that died
// young, on that connection, and sit there long after Redis is back.
func (c Connection) Client() redis.UniversalClient {
	o := redis.UniversalOptions(c)
	o.MaxRetries = or(o.MaxRetries, 2)
	o.MinRetryBackoff = or(o.MinRetryBackoff, 20*time.Millisecond)
	o.MaxRetryBackoff = or(o.MaxRetryBackoff, 200*time.Millisecond)
	o.DialerRetries = or(o.DialerRetries, 1) // the command is what retries; both would multiply
	client := redis.NewUniversalClient(&o)
	client.AddHook(patience{total: 17 * time.Second})
	return client
}

// leash is a redis.Hook that ends every command of a client when life ends. Shutting
// asynq down with Redis away would otherwise wait for each command's patience in turn;
// closing the client under a running server makes its subscriber panic.
type leash struct{ life context.Context }

func (l leash) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, release := l.hold(ctx)
		defer release()
		return next(ctx, network, addr)
	}
}

func (l leash) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		ctx, release := l.hold(ctx)
		defer release()
		if err := ctx.Err(); err != nil {
			cmd.SetErr(err)
			return err
		}
		return next(ctx, cmd)
	}
}

func (l leash) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		ctx, release := l.hold(ctx)
		defer release()
		if err := ctx.Err(); err != nil {
			for _, cmd := range cmds {
				cmd.SetErr(err)
			}
			return err
		}
		return next(ctx, cmds)
	}
}

// hold derives a context that also ends with life.
func (l leash) hold(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	if l.life.Err() != nil { // AfterFunc would do it a moment later
		cancel()
	}
	free := context.AfterFunc(l.life, cancel)
	return ctx, func() {
		free()
		cancel()
	}
}
