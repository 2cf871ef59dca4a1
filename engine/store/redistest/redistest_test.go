package redistest_test

import (
	"testing"

	"relance/engine/store"
	"relance/engine/store/redistest"
)

func TestStoresAreWhatProductionDemands(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *store.Store{
		"server": redistest.Store, "cluster": redistest.Cluster, "embedded": redistest.Embedded,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := open(t).Check(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestDatabasesAreNotShared(t *testing.T) {
	t.Parallel()
	a, b := redistest.Client(t), redistest.Client(t)
	if err := a.Set(t.Context(), "key", "a", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := b.Exists(t.Context(), "key").Result(); err != nil || n != 0 {
		t.Fatalf("the second database has %d keys of the first, %v", n, err)
	}
}
