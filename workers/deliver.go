package workers

import (
	"context"
	"time"

	"relance/channels"
	"relance/engine"
)

// grace is how long a provider may take to answer once its time is up, before it is
// left behind.
const grace = 2 * time.Second

// deliver gets an answer for a claimed message: from the provider that may have it
// already, else by sending it.
func (s *sender) deliver(ctx context.Context, out *engine.Outgoing) engine.Answer {
	a := s.findOrSend(ctx, out, message(out))
	a.NoReceipt = a.Outcome == engine.OutcomeSent && out.Message.Channel == engine.SMS && s.givesNoReceipts(a.Provider)
	return a
}

// givesNoReceipts tells whether nobody will ever say what became of a message. An SMS
// handed to such a provider is as delivered as it will be known to be; waiting three
// days for a receipt would call it lost.
func (s *sender) givesNoReceipts(provider string) bool {
	p, ok := s.router.Provider(provider)
	_, hooks := p.(channels.Hooks)
	return ok && !hooks
}

func (s *sender) findOrSend(ctx context.Context, out *engine.Outgoing, m channels.Message) engine.Answer {
	if !out.FindOut {
		return answer(s.route(ctx, out, m))
	}
	found, doubt := s.findOut(ctx, out, m)
	if found != nil {
		return answer(*found)
	}
	a := answer(s.route(ctx, out, m))
	if doubt && a.Provider == "" {
		// Nothing was sent this time, so it is still unknown whether it was before.
		a.Outcome = engine.OutcomeUnknown
	}
	a.Doubt = doubt && a.Provider != ""
	return a
}

// route sends m, unless there is no time left to begin. The provider that failed the previous
// attempt comes last.
func (s *sender) route(ctx context.Context, out *engine.Outgoing, m channels.Message) channels.Delivery {
	var failed []string
	if name := out.Message.Provider; name != "" && !out.FindOut {
		failed = []string{name}
	}
	line := &line{rates: s.rates}
	d := s.router.SendBy(ctx, m, func(ctx context.Context, p channels.Provider, m channels.Message) (channels.Answer, channels.Asking) {
		if s.late(ctx) {
			return channels.Answer{}, channels.Stopped
		}
		if a, full := line.full(ctx, p.Name()); full {
			return a, channels.Full
		}
		return s.ask(ctx, out, p, m), channels.Asked
	}, failed...)
	return line.place(ctx, d)
}

// ask calls one provider within the time of one send. A provider that panics, gives no
// answer or ignores the end of its context may have sent the message: unknown.
func (s *sender) ask(ctx context.Context, out *engine.Outgoing, p channels.Provider, m channels.Message) channels.Answer {
	if s.callback != nil {
		m.Callback = s.callback(p.Name(), out.Partition, out.Message.ID)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	got := make(chan channels.Answer, 1)
	go func() {
		a := channels.Answer{Outcome: channels.Unknown, Code: "panic", Reason: "the provider stopped half-way by a defect"}
		err := safely(func() error { a = p.Send(ctx, m); return nil })
		if err != nil {
			s.log.Error("a provider panicked", "provider", p.Name(), "id", m.ID, "error", err)
		}
		got <- a
	}()
	a, ok := receive(ctx, got)
	if !ok {
		s.log.Error("a provider did not answer in time and was left behind", "provider", p.Name(), "id", m.ID)
		return channels.Answer{Outcome: channels.Unknown, Code: "timeout", Reason: "the provider did not answer in time"}
	}
	if a.Outcome == "" {
		return channels.Answer{Outcome: channels.Unknown, Code: "no_answer", Reason: "the provider said nothing"}
	}
	return a
}

// receive waits for an answer until ctx ends, and a little longer.
func receive(ctx context.Context, got <-chan channels.Answer) (channels.Answer, bool) {
	select {
	case a := <-got:
		return a, true
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case a := <-got:
		return a, true
	case <-timer.C:
		return channels.Answer{}, false
	}
}

// late tells whether an attempt begun now could be cut short: by the end of the chunk's
// window, or because the process is stopping.
func (s *sender) late(ctx context.Context) bool {
	select {
	case <-s.drain:
		return true
	default:
	}
	end, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && time.Until(end) < s.timeout
}
