package bounce_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"relance/channels"
	"relance/channels/bounce"
)

// book is a Receiver that keeps what it gets, and fails while down.
type book struct {
	mu   sync.Mutex
	down bool
	got  []channels.Receipt
	spam []string      // messages complained of
	in   chan struct{} // optional: told when a receipt comes
	hold chan struct{} // optional: waited for then
}

func (b *book) Receive(ctx context.Context, ticket string, r channels.Receipt) error {
	if b.in != nil {
		b.in <- struct{}{}
		select {
		case <-b.hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return errors.New("the store is away")
	}
	if ticket != message.Ticket {
		return errors.New("another ticket")
	}
	b.got = append(b.got, r)
	return nil
}

func (b *book) Complain(_ context.Context, ticket, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down || ticket != message.Ticket {
		return errors.New("the store is away, or another ticket")
	}
	b.spam = append(b.spam, id)
	return nil
}

func (b *book) receipts() []channels.Receipt {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]channels.Receipt(nil), b.got...)
}

func (b *book) set(down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = down
}

func TestDeskLogsNothingPersonal(t *testing.T) {
	t.Parallel()
	a := addresses(t)
	var log bytes.Buffer
	var seen []bounce.Report
	d := &bounce.Desk{
		Addresses: a, Receiver: &book{}, OnReport: func(r bounce.Report) { seen = append(seen, r) },
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	for _, name := range []string{"policy", "postfix-unknown", "complaint", "holiday", "qmail"} {
		for _, about := range []string{a.Return(message), "bounce+1-forged-aaaaaaaaaaaaaaaa@agence.example"} {
			if _, err := d.Take(t.Context(), report(t, name, about)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d reports counted, want 10", len(seen))
	}
	if text := log.String(); strings.Contains(text, "@") || strings.Contains(text, "bounce+") || !strings.Contains(text, message.ID) {
		t.Errorf("the log must name the message that was refused for a policy, and nobody:\n%s", text)
	}
}

func TestDeskAsksForAnotherTry(t *testing.T) {
	t.Parallel()
	a := addresses(t)
	b := &book{down: true}
	counted := 0
	d := &bounce.Desk{Addresses: a, Receiver: b, OnReport: func(bounce.Report) { counted++ }}
	raw := report(t, "postfix-unknown", a.Return(message))
	if _, err := d.Take(t.Context(), raw); err == nil || counted != 0 {
		t.Fatalf("error %v, counted %d: a report that was not applied must come again", err, counted)
	}
	b.set(false)
	if understood, err := d.Take(t.Context(), raw); err != nil || !understood || counted != 1 || len(b.receipts()) != 1 {
		t.Errorf("understood %v, error %v, counted %d, receipts %d", understood, err, counted, len(b.receipts()))
	}
}

// A complaint is told as one, and is no receipt: the email arrived.
func TestDeskTellsOfComplaints(t *testing.T) {
	t.Parallel()
	a := addresses(t)
	b := &book{down: true}
	d := &bounce.Desk{Addresses: a, Receiver: b}
	raw := report(t, "complaint", a.Return(message))
	if _, err := d.Take(t.Context(), raw); err == nil {
		t.Error("a complaint that was not applied must come again")
	}
	b.set(false)
	if understood, err := d.Take(t.Context(), raw); err != nil || !understood || len(b.spam) != 1 || b.spam[0] != message.ID || len(b.receipts()) != 0 {
		t.Errorf("understood %v, error %v, complaints %v, receipts %v", understood, err, b.spam, b.receipts())
	}
	forged := report(t, "complaint", "bounce+17-msg_1-aaaaaaaaaaaaaaaa@agence.example")
	if _, err := d.Take(t.Context(), forged); err != nil || len(b.spam) != 1 {
		t.Errorf("a forged token complains: %v, %v", b.spam, err)
	}
}
