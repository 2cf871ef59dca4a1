package store

import (
	"strconv"

	"github.com/redis/go-redis/v9"

	"relance/engine"
)

var (
	_ engine.Store     = (*Store)(nil)
	_ engine.Lister    = (*Store)(nil)
	_ engine.Timetable = (*Store)(nil)
)

// Store keeps records in one Redis, Sentinel group or Cluster. It holds no state of its
// own but the callers it serves together, and is safe for concurrent use; set the exported fields before the first call.
type Store struct {
	// Embedded says that Redis is an in-process imitation (a demo, a test): nothing
	// outlives the process, so Check has nothing to demand of it.
	Embedded bool
	// KeepEvents is about how many events are kept per organisation; 0 keeps all.
	KeepEvents int64

	redis  redis.UniversalClient
	prefix string

	commits joint[engine.Change, engine.Result]
	loads   joint[string, engine.Record]
}

// New is a store over c. Production uses the prefix ""; tests that share a Redis use one
// each. A prefix must not contain braces: they would become the cluster's hash tag.
func New(c redis.UniversalClient, prefix string) *Store {
	s := &Store{redis: c, prefix: prefix}
	s.commits.run, s.loads.run = s.commit, s.load
	return s
}

// tag is what every key of the partition starts with.
func (s *Store) tag(p engine.Partition) string {
	return s.prefix + "{p" + strconv.Itoa(int(p)) + "}:"
}

// unavailable wraps what Redis or the network answered. Redis errors quote no values, so the
// cause may be logged.
func unavailable(op string, cause error) error {
	return &engine.Error{
		Code:    engine.CodeUnavailable,
		Op:      op,
		Message: "the store did not answer, try again",
		Cause:   cause,
	}
}

// unreadable is the answer to a stored value that is not what this program writes.
func unreadable(op, what string, cause error) error {
	return &engine.Error{
		Code:    engine.CodeInternal,
		Op:      op,
		Message: "the store holds " + what + " that cannot be read",
		Cause:   cause,
	}
}

func invalid(op, message string) error {
	return &engine.Error{Code: engine.CodeInvalid, Op: op, Message: message}
}
