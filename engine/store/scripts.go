package store

import (
	"context"
	_ "embed"

	"github.com/redis/go-redis/v9"

	"relance/engine"
)

//go:embed commit.lua
var commitSource string

//go:embed take.lua
var takeSource string

//go:embed overdue.lua
var overdueSource string

//go:embed list.lua
var listSource string

var (
	commitScript  = redis.NewScript(commitSource)
	takeScript    = redis.NewScript(takeSource)
	overdueScript = redis.NewScript(overdueSource)
	listScript    = redis.NewScript(listSource)
)

// everywhere runs a script on each partition in one pipeline. Where a node does not know the
// script yet, it is sent again in full: the runs do not depend on each other's order.
func (s *Store) everywhere(ctx context.Context, script *redis.Script, partitions []engine.Partition, args ...any) ([]*redis.Cmd, error) {
	cmds := make([]*redis.Cmd, len(partitions))
	run := func(send func(redis.Pipeliner, []string) *redis.Cmd, unless func(*redis.Cmd) bool) error {
		pipe := s.redis.Pipeline()
		for i, p := range partitions {
			if cmds[i] == nil || !unless(cmds[i]) {
				cmds[i] = send(pipe, []string{s.tag(p)})
			}
		}
		_, err := pipe.Exec(ctx)
		return err
	}
	err := run(func(pipe redis.Pipeliner, keys []string) *redis.Cmd {
		return script.EvalSha(ctx, pipe, keys, args...)
	}, nil)
	for _, cmd := range cmds {
		if redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") {
			err = run(func(pipe redis.Pipeliner, keys []string) *redis.Cmd {
				return script.Eval(ctx, pipe, keys, args...)
			}, func(cmd *redis.Cmd) bool { return !redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") })
			break
		}
	}
	if err != nil {
		return nil, err
	}
	for _, cmd := range cmds {
		if cmd.Err() != nil {
			return nil, cmd.Err()
		}
	}
	return cmds, nil
}
