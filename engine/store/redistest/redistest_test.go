package redistest_test

import (
	"os"
	"os/exec"
	"testing"
	"time"

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

// A process that used a server leaves nothing on the disk, although nobody stops the server.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	scratch := t.TempDir()
	user := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDatabasesAreNotShared$")
	user.Env = append(os.Environ(), "TMPDIR="+scratch)
	if out, err := user.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var left []os.DirEntry
	for range 300 { // the server ends after the process that used it
		var err error
		if left, err = os.ReadDir(scratch); err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 {
			return
		}
		<-time.After(100 * time.Millisecond)
	}
	t.Errorf("%d directories are left", len(left))
}
