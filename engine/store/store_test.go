package store_test

import (
	"testing"

	"relance/engine/store/redistest"
	"relance/engine/store/storetest"
)

func TestRedis(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) storetest.Store { return redistest.Store(t) })
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) storetest.Store { return redistest.Embedded(t) })
}

func TestCluster(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) storetest.Store { return redistest.Cluster(t) })
}
