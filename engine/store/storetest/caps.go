package storetest

import (
	"testing"

	"relance/engine"
)

// caps look at what was counted before, in the same call too, and count nothing themselves.
func caps(t *testing.T, s Store) {
	within := func(n, most int64) engine.Change {
		return engine.Change{
			Caps:   []engine.Cap{{Name: "n", Field: "f", N: n, Most: most}},
			Counts: []engine.Count{{Name: "n", Field: "f", N: n}},
		}
	}
	commit(t, s, one(within(0, 0)))
	commit(t, s, one(within(0, -1)), engine.Taken)
	commit(t, s, []engine.Change{within(1, 2), within(1, 2), within(1, 2)}, engine.Done, engine.Done, engine.Taken)
	commit(t, s, one(within(1, 2)), engine.Taken)
	refused := put("a", 0, "never")
	refused.Caps = []engine.Cap{{Name: "n", Field: "f", Most: 1}}
	commit(t, s, one(refused), engine.Taken)
	held(t, s, "a@0")
	commit(t, s, []engine.Change{within(-1, 9), within(1, 2)}, engine.Done, engine.Done)
}
