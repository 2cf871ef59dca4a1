package store

import (
	"context"

	"github.com/redis/go-redis/v9"

	"relance/engine"
)

// One script call holds the server for as long as it runs: larger calls are cut here.
const (
	maxChanges = 256
	maxBytes   = 512 << 10
)

// Commit applies each change wholly or not at all, in order; later changes see what earlier
// ones did. Calls of more than 256 changes or 512 KiB are several scripts in one pipeline, so
// after an error some of the changes may have been applied, as after any answer that was lost:
// trying again then answers Conflict for them, and loading shows that they are done.
func (s *Store) Commit(ctx context.Context, p engine.Partition, changes []engine.Change) ([]engine.Result, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	for i := range changes {
		if err := validate(&changes[i]); err != nil {
			return nil, err
		}
	}
	return s.commits.do(ctx, p, changes)
}

// commit is Commit of changes that are valid.
func (s *Store) commit(ctx context.Context, p engine.Partition, changes []engine.Change) ([]engine.Result, error) {
	calls, err := s.encode(changes)
	if err != nil {
		return nil, err
	}
	cmds, err := s.send(ctx, []string{s.tag(p)}, calls)
	if err != nil {
		return nil, unavailable("commit", err)
	}
	return results(cmds, len(changes))
}

// send runs the calls in order. A single call travels as a digest; of several each carries the
// script, so that none can be refused as unknown while a later one is applied.
func (s *Store) send(ctx context.Context, keys []string, calls [][]any) ([]*redis.Cmd, error) {
	if len(calls) == 1 {
		cmd := commitScript.Run(ctx, s.redis, keys, calls[0]...)
		return []*redis.Cmd{cmd}, cmd.Err()
	}
	pipe := s.redis.Pipeline()
	cmds := make([]*redis.Cmd, len(calls))
	for i, args := range calls {
		cmds[i] = commitScript.Eval(ctx, pipe, keys, args...)
	}
	_, err := pipe.Exec(ctx)
	return cmds, err
}

func results(cmds []*redis.Cmd, n int) ([]engine.Result, error) {
	answers := make([]engine.Result, 0, n)
	for _, cmd := range cmds {
		numbers, err := cmd.Int64Slice()
		if err != nil {
			return nil, unreadable("commit", "an answer", err)
		}
		for _, number := range numbers {
			answers = append(answers, engine.Result(number))
		}
	}
	if len(answers) != n {
		return nil, unreadable("commit", "an answer of another length", nil)
	}
	return answers, nil
}
