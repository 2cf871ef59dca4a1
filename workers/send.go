package workers

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"relance/channels"
	"relance/engine"
)

const (
	// settleTime is the part of a task kept for recording the answers.
	settleTime = 30 * time.Second
	// longestSend bounds SendTimeout, so that a chunk's window has room for sends.
	longestSend = 60 * time.Second
	// defaultSend is the longest one provider is waited for.
	defaultSend = 20 * time.Second
	// defaultParallel is how many messages of a chunk are sent at once.
	defaultParallel = 16
)

// Router chooses providers; channels.Router is one.
type Router interface {
	// SendBy has ask send the message through one provider after the other, those in avoid last,
	// until one has a final answer.
	SendBy(ctx context.Context, m channels.Message, ask channels.Asker, avoid ...string) channels.Delivery
	// Provider finds one by name, paused or not.
	Provider(name string) (channels.Provider, bool)
	// States lists all providers.
	States() []channels.LaneState
}

// Rates keeps each provider to the messages a second that it takes, over all processes. Errors
// mean that it is not known how many left.
type Rates interface {
	// Take tells whether one message may leave through a provider now.
	Take(ctx context.Context, provider string) (bool, error)
	// Line gives a message that may not a place in the provider's line: when to come back.
	Line(ctx context.Context, provider string) (time.Duration, error)
}

// Callback makes the URL that receipts of a message come back to; "" asks for none.
type Callback func(provider string, p engine.Partition, id engine.MessageID) string

// sender is the work of RoleSMS and RoleEmail: claim a chunk, call providers, settle.
type sender struct {
	engine   Engine
	router   Router
	rates    Rates // nil: no provider has a rate
	callback Callback
	parallel int
	timeout  time.Duration // of one provider for one message
	drain    <-chan struct{}
	metrics  *Metrics
	log      *slog.Logger
}

// work sends what is due of a chunk. Every claimed message is settled, whatever happens:
// those that no provider was asked about go back to wait.
func (s *sender) work(ctx context.Context, t Task) error {
	var won []*engine.Outgoing
	failed := failing(ctx, s.engine, t, s.log)
	claiming := apart(ctx, t.IDs, func(ids []string) error {
		outs, err := s.engine.Claim(ctx, t.Partition, messageIDs(ids))
		won = append(won, outs...)
		return err
	}, failed)
	settling := s.settleAll(ctx, t, s.send(ctx, won))
	if claiming != nil {
		return claiming
	}
	return settling
}

// send calls providers for all of outs, a few at a time, and gives the answers as they come. No
// attempt begins that might not end inside the chunk's window, so a slow provider holds a chunk for
// a known time.
func (s *sender) send(ctx context.Context, outs []*engine.Outgoing) <-chan engine.Settled {
	ctx, cancel := context.WithDeadline(ctx, windowEnd(ctx))
	answers := make(chan engine.Settled, len(outs))
	var next atomic.Int64
	var g sync.WaitGroup
	for range min(s.parallel, len(outs)) { // a goroutine for many: growing a stack costs more than a send
		g.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(outs); i = next.Add(1) - 1 {
				answers <- engine.Settled{Outgoing: outs[i], Answer: s.one(ctx, outs[i])}
			}
		})
	}
	go func() {
		g.Wait()
		cancel()
		close(answers)
	}()
	return answers
}

// one gets the answer for one message; a panic on the way is an unknown outcome.
func (s *sender) one(ctx context.Context, out *engine.Outgoing) (a engine.Answer) {
	began := time.Now()
	err := safely(func() error {
		a = s.deliver(ctx, out)
		return nil
	})
	if err != nil {
		s.log.Error("sending a message panicked", "id", out.Message.ID, "error", err)
		a = engine.Answer{Outcome: engine.OutcomeUnknown, Code: "panic", Reason: "sending stopped half-way by a defect"}
	}
	s.metrics.sent(out, a, time.Since(began))
	return a
}

// windowEnd is when the last attempt of a chunk must have ended.
func windowEnd(ctx context.Context) time.Time {
	if end, ok := ctx.Deadline(); ok {
		return end.Add(-settleTime)
	}
	return time.Now().Add(sendTime - settleTime)
}

func messageIDs(ids []string) []engine.MessageID {
	out := make([]engine.MessageID, len(ids))
	for i, id := range ids {
		out[i] = engine.MessageID(id)
	}
	return out
}
