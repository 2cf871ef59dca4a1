package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"relance/engine"
	"relance/engine/store"
)

// fragile is a store in this process that can break.
type fragile struct {
	*store.Memory
	broken error
}

func (f *fragile) Commit(ctx context.Context, p engine.Partition, changes []engine.Change) ([]engine.Result, error) {
	if f.broken != nil {
		return nil, f.broken
	}
	return f.Memory.Commit(ctx, p, changes)
}

// TestWhatIsDecidedOnAClaimedMessageIsNotStored: a store in this process is handed records, not copies of them; but
// of a message that was claimed it has what was claimed, until the answer is stored.
func TestWhatIsDecidedOnAClaimedMessageIsNotStored(t *testing.T) {
	t.Parallel()
	w, f := newWorld(t), &fragile{Memory: store.NewMemory()}
	w.e.Store, w.e.Lister = f, f
	w.must(w.e.SaveOrganisation(w.ctx, engine.Organisation{ID: w.org, Name: "Département", Phone: "01 02 03 04 05"}))
	w.calendar("desk-1")
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}})
	inv := w.inviteByPhone("awa")
	w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(inv)}))
	stored := func() (*engine.Message, *engine.Invitation) {
		i, err := w.e.Invitation(w.ctx, w.org, inv)
		w.must(i, err)
		m, err := w.e.Message(w.ctx, w.org, i.Messages[0])
		w.must(m, err)
		return m, i
	}
	m, _ := stored()
	outs, err := w.e.Claim(w.ctx, w.org.Partition(), []engine.MessageID{m.ID})
	w.must(outs, err)
	done := []engine.Settled{{Outgoing: outs[0], Answer: engine.Answer{Outcome: engine.OutcomeSent, Provider: "test"}}}
	f.broken = errors.New("no disk")
	if err := w.e.Settle(w.ctx, w.org.Partition(), done); err == nil {
		t.Fatal("a broken store settles")
	}
	if m, i := stored(); m.State != engine.MessageSending || m.SentAt != nil || i.State != engine.InvitationQueued || i.SentAt != nil {
		t.Errorf("without having been stored: a message %s at %v, an invitation %s at %v", m.State, m.SentAt, i.State, i.SentAt)
	}
	f.broken = nil
	w.clock.set(monday.Add(time.Minute))
	w.must(nil, w.e.Settle(w.ctx, w.org.Partition(), done))
	if m, i := stored(); m.State != engine.MessageSent || i.State != engine.InvitationSent || !i.SentAt.Equal(w.clock.Now()) {
		t.Errorf("stored: a message %s, an invitation %s at %v", m.State, i.State, i.SentAt)
	}
}
