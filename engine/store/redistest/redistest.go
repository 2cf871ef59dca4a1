// Package redistest gives tests a Redis of their own: one real server per test process,
// an in-process imitation, or a cluster of three nodes. Tests share a server and each
// gets a prefix or a database nobody else has, so all may run in parallel.
package redistest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"relance/engine/store"
)

var (
	single = sync.OnceValues(func() (*redis.Options, error) {
		n, err := start(false)
		if err != nil {
			return nil, err
		}
		return n.options(), nil
	})
	cluster = sync.OnceValues(startCluster)

	prefixes, taken atomic.Int64
)

// databases is how many tests of one process can have one.
const databases = 4096

// Server is the real server of this test process: Redis with its append-only file and
// without eviction, on a free loopback port, gone with the process. Database 0 is shared.
func Server(t testing.TB) *redis.Options {
	t.Helper()
	opts, err := single()
	if err != nil {
		t.Fatal(err)
	}
	shared := *opts
	return &shared
}

// Database is a numbered database of Server that no other test has: for what cannot be
// given a prefix.
func Database(t testing.TB) *redis.Options {
	t.Helper()
	opts := Server(t)
	opts.DB = int(taken.Add(1))
	if opts.DB >= databases {
		t.Fatalf("more than %d databases asked for", databases-1)
	}
	return opts
}

// Client is connected to a database of its own.
func Client(t testing.TB) *redis.Client {
	t.Helper()
	return client(t, Database(t))
}

// Store is an empty store on Server.
func Store(t testing.TB) *store.Store {
	t.Helper()
	return store.New(client(t, Server(t)), Prefix())
}

// Embedded is an empty store on a Redis imitated in this process.
func Embedded(t testing.TB) *store.Store {
	t.Helper()
	s := store.New(client(t, &redis.Options{Addr: miniredis.RunT(t).Addr()}), Prefix())
	s.Embedded = true
	return s
}

// Cluster is an empty store on a Redis Cluster of three masters, one per test process.
func Cluster(t testing.TB) *store.Store {
	t.Helper()
	return store.New(ClusterClient(t), Prefix())
}

// ClusterClient is connected to the cluster of this test process.
func ClusterClient(t testing.TB) *redis.ClusterClient {
	t.Helper()
	addrs, err := cluster()
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addrs})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Prefix is one that no other test of this process has.
func Prefix() string { return fmt.Sprintf("t%d:", prefixes.Add(1)) }

func client(t testing.TB, opts *redis.Options) *redis.Client {
	c := redis.NewClient(opts)
	t.Cleanup(func() { _ = c.Close() })
	return c
}
