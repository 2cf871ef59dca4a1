package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

// BenchmarkCounted is what the figures cost a commit in Go: the events of one message that leaves first.
func BenchmarkCounted(b *testing.B) {
	now := time.Now()
	events := []engine.Event{
		{At: now, Type: engine.EventMessageSent, Organisation: "org_1", Service: "rsa", Channel: engine.SMS, Facts: engine.Facts{Parts: 2}},
		{At: now, Type: engine.EventInvitationSent, Organisation: "org_1", Service: "rsa", Facts: engine.Facts{Via: "sms_email"}},
	}
	b.ReportAllocs()
	var counts []engine.Count
	for b.Loop() {
		counts = counts[:0]
		for _, ev := range events {
			counts = engine.Counted(ev, counts)
		}
	}
	if len(counts) != 4 {
		b.Fatalf("%d counts", len(counts))
	}
}
