package store

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"relance/engine"
)

// Check refuses a Redis that could lose what it was given: the records are nowhere else. It
// asks every master of a cluster. The answer says which line of redis.conf to change; it is
// CodeUnavailable when Redis cannot be asked, CodeInvalid when it must be set up differently.
func (s *Store) Check(ctx context.Context) error {
	if s.Embedded {
		return nil
	}
	cluster, ok := s.redis.(*redis.ClusterClient)
	if !ok {
		return checkNode(ctx, s.redis)
	}
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		return checkNode(ctx, node)
	})
	var known *engine.Error
	if err != nil && !errors.As(err, &known) {
		return unavailable("check", err)
	}
	return err
}

func checkNode(ctx context.Context, node redis.Cmdable) error {
	text, err := node.Info(ctx).Result()
	if err != nil {
		return unavailable("check", err)
	}
	if wrong := faults(parseInfo(text)); len(wrong) > 0 {
		return invalid("check", "this Redis cannot keep the records: "+strings.Join(wrong, "; "))
	}
	return nil
}

// faults is what must change before a Redis that tells this of itself can be used.
func faults(info map[string]string) []string {
	var wrong []string
	if v := info["redis_version"]; !atLeast(v, 6, 2) {
		wrong = append(wrong, "its version ("+v+") is not 6.2 or later: upgrade it")
	}
	if info["aof_enabled"] != "1" {
		wrong = append(wrong, "its append-only file is off, so a crash would lose invitations and appointments: set `appendonly yes` in redis.conf")
	}
	if policy := info["maxmemory_policy"]; policy != "noeviction" {
		wrong = append(wrong, "its eviction policy ("+policy+") drops records when memory is short: set `maxmemory-policy noeviction` in redis.conf")
	}
	return wrong
}

// parseInfo reads the lines "name:value" of INFO.
func parseInfo(text string) map[string]string {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info
}

// atLeast compares the first two numbers of a version such as "7.0.15".
func atLeast(version string, major, minor int) bool {
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	a, errA := strconv.Atoi(first)
	b, errB := strconv.Atoi(second)
	if errA != nil || errB != nil {
		return false
	}
	return a > major || a == major && b >= minor
}
