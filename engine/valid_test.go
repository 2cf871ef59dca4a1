package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

// TestValidityByKind: carriers try no longer than a message is of use.
func TestValidityByKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Reminders: []engine.Hours{3}})
	valid := map[engine.MessageKind]time.Duration{}
	w.answer = func(o *engine.Outgoing) engine.Answer {
		if o.Message.Channel == engine.SMS {
			valid[o.Message.Kind] = o.ValidFor
		}
		return engine.Answer{Outcome: engine.OutcomeSent, Provider: "test", ProviderID: "p-" + string(o.Message.ID)}
	}
	w.invite("awa")
	w.work()
	apt := w.book("awa", 8) // in the afternoon: its reminder is no matter of quiet hours
	w.work()
	w.until(apt.Start.Add(-2*time.Hour - 59*time.Minute))
	w.invite("bakary")
	w.work()
	w.must(nil, w.e.Reply(w.ctx, engine.Inbound{Provider: "test", ProviderID: "in-1", From: phoneOf("bakary"), To: "+33937000000", Text: "STOP"}))
	w.work()
	for _, text := range []string{"START", "AIDE"} {
		w.must(nil, w.e.Reply(w.ctx, engine.Inbound{Provider: "test", ProviderID: "again-" + text, From: phoneOf("bakary"), To: "+33937000000", Text: text}))
		w.work()
	}
	for kind, want := range map[engine.MessageKind]time.Duration{
		engine.KindInvitation:   24 * time.Hour, // a day, though its link works for ten
		engine.KindConfirmation: 24 * time.Hour,
		engine.KindReminder:     time.Hour, // three hours before the start, of use until two before
		engine.KindStopAck:      4 * time.Hour,
		engine.KindStartAck:     4 * time.Hour,
		engine.KindReplyInfo:    4 * time.Hour,
	} {
		if got := valid[kind]; got > want || got < want-2*time.Minute {
			t.Errorf("%s is valid for %v, want %v", kind, got, want)
		}
	}
}
