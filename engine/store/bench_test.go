package store_test

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"relance/engine"
	"relance/engine/store"
	"relance/engine/store/redistest"
)

// typical is a step of a record's life: 600 bytes, its next due time, an event, a counter.
func typical(id string, now time.Time) engine.Change {
	return engine.Change{
		Puts: []engine.Put{{ID: id, Body: bytes.Repeat([]byte("x"), 600)}},
		Due:  []engine.Due{{Kind: engine.DueInvitation, ID: id, At: now}},
		Events: []engine.Event{{
			At: now, Type: engine.EventInvitationSent, Organisation: "org_1", Service: "srv_1",
			Invitation: engine.InvitationID(id), Version: 1,
		}},
		Counts: []engine.Count{{Name: "batch:bat_1", Field: "sent", N: 1}},
	}
}

// BenchmarkCommit reports typical changes per second.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1, 64} {
		for _, clients := range []int{1, 16} {
			b.Run(fmt.Sprintf("%d_a_call/%d_clients", size, clients), func(b *testing.B) {
				s := redistest.Store(b)
				now := time.Now()
				var next atomic.Int64
				b.SetParallelism(clients)
				perSecond(b, size, func() {
					changes := make([]engine.Change, size)
					for i := range changes {
						changes[i] = typical(fmt.Sprintf("inv_%022d", next.Add(1)), now)
					}
					commit(b, s, changes)
				})
			})
		}
	}
}

// BenchmarkPeerHSET is what a store that checks nothing would cost: 64 pipelined HSETs.
func BenchmarkPeerHSET(b *testing.B) {
	c := redistest.Client(b)
	var next atomic.Int64
	body := bytes.Repeat([]byte("x"), 600)
	b.SetParallelism(16)
	perSecond(b, 64, func() {
		pipe := c.Pipeline()
		for range 64 {
			pipe.HSet(b.Context(), fmt.Sprintf("inv_%022d", next.Add(1)), "version", 1, "body", body)
		}
		if _, err := pipe.Exec(b.Context()); err != nil {
			b.Error(err)
		}
	})
}

// BenchmarkClaim takes free time in one calendar, one claim a call.
func BenchmarkClaim(b *testing.B) {
	s := redistest.Store(b)
	var next atomic.Int64
	b.SetParallelism(32)
	perSecond(b, 1, func() {
		n := next.Add(1)
		start := time.Unix(n*900, 0)
		commit(b, s, []engine.Change{{Claims: []engine.Claim{{
			Calendar: "cal", Holder: "apt", Start: start, End: start.Add(15 * time.Minute), Capacity: 1,
		}}}})
	})
}

// BenchmarkTakeIdle is a dispatcher's look at every partition when nothing is due.
func BenchmarkTakeIdle(b *testing.B) {
	s := redistest.Store(b)
	all := make([]engine.Partition, engine.Partitions)
	now := time.Now()
	for i := range all {
		all[i] = engine.Partition(i)
		if _, err := s.Commit(b.Context(), all[i], []engine.Change{typical("inv_1", now.Add(time.Hour))}); err != nil {
			b.Fatal(err)
		}
	}
	kinds := []string{engine.DueInvitation, engine.DueAppointment, engine.DueRecipient, engine.DueSMS, engine.DueEmail}
	for b.Loop() {
		if due, err := s.Take(b.Context(), now, now.Add(time.Minute), 64, kinds, all...); err != nil || len(due) > 0 {
			b.Fatal(due, err)
		}
	}
}

// BenchmarkLoad reads 64 records of 600 bytes in one call.
func BenchmarkLoad(b *testing.B) {
	s := redistest.Store(b)
	ids := make([]string, 64)
	changes := make([]engine.Change, len(ids))
	for i := range ids {
		ids[i] = fmt.Sprintf("inv_%022d", i)
		changes[i] = typical(ids[i], time.Now())
	}
	commit(b, s, changes)
	b.ResetTimer()
	b.SetParallelism(16)
	perSecond(b, len(ids), func() {
		if _, err := s.Load(b.Context(), 0, ids...); err != nil {
			b.Error(err)
		}
	})
}

func commit(b *testing.B, s *store.Store, changes []engine.Change) {
	got, err := s.Commit(b.Context(), 0, changes)
	if err != nil {
		b.Error(err)
		return
	}
	for _, r := range got {
		if r != engine.Done {
			b.Errorf("answer %d", r)
		}
	}
}

func perSecond(b *testing.B, each int, run func()) {
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			run()
		}
	})
	b.ReportMetric(float64(b.N*each)/b.Elapsed().Seconds(), "records/s")
}
