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

// everywhere runs a script on each partition in one pipeline and answers for each. Where a node
// does not know the script yet it is sent again in full: the runs do not depend on each other.
func (s *Store) everywhere(ctx context.Context, script *redis.Script, partitions []engine.Partition, args ...any) []*redis.Cmd {
	cmds := make([]*redis.Cmd, len(partitions))
	pipe := s.redis.Pipeline()
	for i, p := range partitions {
		cmds[i] = script.EvalSha(ctx, pipe, []string{s.tag(p)}, args...)
	}
	_, _ = pipe.Exec(ctx) // every command carries its own error
	again := s.redis.Pipeline()
	for i, p := range partitions {
		if redis.HasErrorPrefix(cmds[i].Err(), "NOSCRIPT") {
			cmds[i] = script.Eval(ctx, again, []string{s.tag(p)}, args...)
		}
	}
	if again.Len() > 0 {
		_, _ = again.Exec(ctx)
	}
	return cmds
}
