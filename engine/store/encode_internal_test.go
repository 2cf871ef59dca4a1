package store

import (
	"bytes"
	"fmt"
	"testing"

	"relance/engine"
)

// TestCallsAreBounded: no script holds the server for long, whatever one Commit is given.
func TestCallsAreBounded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ changes, size, calls int }{
		{1, 600, 1}, {256, 600, 1}, {257, 600, 2}, {1000, 600, 4}, {20, 100 << 10, 4}, {1, 2 << 20, 1}, {3, 2 << 20, 3},
	} {
		changes := make([]engine.Change, test.changes)
		for i := range changes {
			changes[i].Puts = []engine.Put{{ID: fmt.Sprint(i), Body: bytes.Repeat([]byte("x"), test.size)}}
		}
		calls, err := New(nil, "").encode(changes)
		if err != nil || len(calls) != test.calls {
			t.Errorf("%d changes of %d bytes are %d calls, %v; want %d", test.changes, test.size, len(calls), err, test.calls)
		}
	}
}
