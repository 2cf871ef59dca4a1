package bounce_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"relance/channels/bounce"
)

// listening is a listener and a client of it.
func listening(t *testing.T, b *book, change ...func(*bounce.ListenerConfig)) (*bounce.Listener, *gosmtp.Client) {
	t.Helper()
	cfg := bounce.ListenerConfig{Address: "127.0.0.1:0", Desk: &bounce.Desk{Addresses: addresses(t), Receiver: b}}
	for _, c := range change {
		c(&cfg)
	}
	l, err := bounce.Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l.Start()
	t.Cleanup(func() { _ = l.Stop(context.Background()) })
	raw, err := net.Dial("tcp", l.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	if cfg.LMTP {
		return l, gosmtp.NewClientLMTP(raw)
	}
	return l, gosmtp.NewClient(raw)
}

func TestListenerTakesReports(t *testing.T) {
	t.Parallel()
	b := &book{}
	_, c := listening(t, b)
	to := addresses(t).Return(message)
	for range 2 { // doubled: the receiver is told twice and changes once
		if err := c.SendMail("", []string{to}, bytes.NewReader(report(t, "postfix-unknown", "x@example.org"))); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.receipts(); len(got) != 2 || got[0].MessageID != message.ID || !got[0].BadAddress || got[0] != got[1] {
		t.Errorf("receipts %+v", got)
	}
}

func TestListenerTakesOurAddressesOnly(t *testing.T) {
	t.Parallel()
	b := &book{}
	_, c := listening(t, b)
	for _, to := range []string{
		"personne1@example.org", "bounce@agence.example", "postmaster@agence.example",
		"bounce+17-msg_1-aaaaaaaaaaaaaaaa@agence.example", "bounce+complaints@example.org",
	} {
		var refused *gosmtp.SMTPError
		if err := c.Mail("", nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Rcpt(to, nil); !errors.As(err, &refused) || refused.Code != 550 || strings.Contains(refused.Message, "@") {
			t.Errorf("%s: %v, want 550", to, err)
		}
		if err := c.Reset(); err != nil {
			t.Fatal(err)
		}
	}
	if ok, _ := c.Extension("AUTH"); ok {
		t.Error("it offers a login")
	}
	if err := c.SendMail("", []string{"bounce+complaints@agence.example"}, bytes.NewReader(report(t, "complaint", addresses(t).Return(message)))); err != nil {
		t.Fatal(err)
	}
	if len(b.spam) != 1 || b.spam[0] != message.ID || len(b.receipts()) != 0 {
		t.Errorf("complaints %v and receipts %+v, want the complaint", b.spam, b.receipts())
	}
}

func TestListenerRefusesWhatIsTooLong(t *testing.T) {
	t.Parallel()
	b := &book{}
	_, c := listening(t, b, func(cfg *bounce.ListenerConfig) { cfg.MaxSize = 1000 })
	var refused *gosmtp.SMTPError
	err := c.SendMail("", []string{addresses(t).Return(message)}, strings.NewReader("Subject: x\r\n\r\n"+strings.Repeat("long\r\n", 1000)))
	if !errors.As(err, &refused) || refused.Code != 552 || len(b.receipts()) != 0 {
		t.Errorf("error %v, receipts %v", err, b.receipts())
	}
}

func TestListenerAsksForAnotherTry(t *testing.T) {
	t.Parallel()
	b := &book{down: true}
	_, c := listening(t, b)
	var refused *gosmtp.SMTPError
	to, raw := addresses(t).Return(message), report(t, "full", "")
	if err := c.SendMail("", []string{to}, bytes.NewReader(raw)); !errors.As(err, &refused) || refused.Code != 451 {
		t.Fatalf("error %v, want 451", err)
	}
	b.set(false)
	if err := c.SendMail("", []string{to}, bytes.NewReader(raw)); err != nil || len(b.receipts()) != 1 {
		t.Errorf("error %v, receipts %+v", err, b.receipts())
	}
}

// TestStopEndsWhatIsUnderWay: the report being applied is applied, an idle client keeps
// nobody waiting, and nothing new is taken.
func TestStopEndsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	b := &book{in: make(chan struct{}), hold: make(chan struct{})}
	l, c := listening(t, b)
	sent := make(chan error, 1)
	go func() {
		sent <- c.SendMail("", []string{addresses(t).Return(message)}, bytes.NewReader(report(t, "full", "")))
	}()
	<-b.in
	stopped := make(chan error, 1)
	go func() { stopped <- l.Stop(t.Context()) }()
	select {
	case err := <-stopped:
		t.Fatalf("stopped while a report was being applied: %v", err)
	case b.hold <- struct{}{}:
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	<-sent // its answer may have been cut short
	if len(b.receipts()) != 1 {
		t.Error("the report was lost")
	}
	if _, err := gosmtp.Dial(l.Address()); err == nil {
		t.Error("it still answers")
	}
}

// TestStopDoesNotWaitForEver: a store that hangs keeps the process no longer than it has.
func TestStopDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	b := &book{in: make(chan struct{}), hold: make(chan struct{})}
	l, c := listening(t, b)
	sent := make(chan error, 1)
	go func() {
		sent <- c.SendMail("", []string{addresses(t).Return(message)}, bytes.NewReader(report(t, "full", "")))
	}()
	<-b.in
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Stop(ctx); err != nil {
		t.Error(err)
	}
	if err := <-sent; err == nil || len(b.receipts()) != 0 {
		t.Errorf("answered %v with %d receipts: it must come again", err, len(b.receipts()))
	}
}

func TestStopBeforeStart(t *testing.T) {
	t.Parallel()
	l, err := bounce.Listen(bounce.ListenerConfig{Address: "127.0.0.1:0", Desk: &bounce.Desk{Addresses: addresses(t), Receiver: &book{}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := bounce.Listen(bounce.ListenerConfig{Address: l.Address(), Patience: time.Second}); err != nil {
		t.Errorf("the address is still taken: %v", err)
	}
}

func TestLMTP(t *testing.T) {
	t.Parallel()
	b := &book{}
	_, c := listening(t, b, func(cfg *bounce.ListenerConfig) { cfg.LMTP = true })
	if err := c.Mail("", nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Rcpt(addresses(t).Return(message), nil); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(report(t, "no-domain", "")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := b.receipts(); len(got) != 1 || got[0].Code != "5.1.2" {
		t.Errorf("receipts %+v", got)
	}
}
