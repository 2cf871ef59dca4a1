package twilio_test

import (
	"errors"
	"testing"
	"time"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/channels/twilio"
	"relance/channels/twilio/twiliotest"
)

func TestFind(t *testing.T) {
	t.Parallel()
	lost := func(m twiliotest.Message) *twiliotest.Fault {
		if m.Body == "lost" {
			return &twiliotest.Fault{Accept: true, Drop: true}
		}
		return nil
	}
	p, server := start(t, twiliotest.Config{Fault: lost})
	m := channeltest.Message(channels.SMS, 1)
	m.Body = "lost"
	since := time.Now()
	if _, err := p.Find(t.Context(), m, since); !errors.Is(err, channels.ErrNotFound) {
		t.Fatalf("before it left: %v, want ErrNotFound", err)
	}
	if a := p.Send(t.Context(), m); a.Outcome != channels.Unknown {
		t.Fatalf("answer %+v", a)
	}
	for i := range 120 { // pages of others to the same person come before it
		other := channeltest.Message(channels.SMS, i+2)
		other.To = m.To
		p.Send(t.Context(), other)
	}
	a, err := p.Find(t.Context(), m, since)
	if err != nil || a.Outcome != channels.Sent || a.ProviderID != server.Messages()[0].SID {
		t.Errorf("answer %+v, %v", a, err)
	}
	if _, err := p.Find(t.Context(), m, since.Add(time.Hour)); !errors.Is(err, channels.ErrNotFound) {
		t.Errorf("an older message of the same text was taken for it: %v", err)
	}
	m.Body = "another text"
	if _, err := p.Find(t.Context(), m, since); !errors.Is(err, channels.ErrNotFound) {
		t.Errorf("another text: %v", err)
	}
}

func TestFindTellsAFailure(t *testing.T) {
	t.Parallel()
	p, server := start(t, twiliotest.Config{})
	m := channeltest.Message(channels.SMS, 1)
	sid := p.Send(t.Context(), m).ProviderID
	_, _ = server.Receipt(t.Context(), sid, "undelivered", 30005) // nobody listens; the log changes
	a, err := p.Find(t.Context(), m, time.Now())
	if err != nil || a.Outcome != channels.Permanent || !a.BadAddress || a.ProviderID != sid {
		t.Errorf("answer %+v, %v", a, err)
	}
	_, _ = server.Receipt(t.Context(), sid, "failed", 0)
	if a, err = p.Find(t.Context(), m, time.Now()); err != nil || a.Outcome != channels.Permanent {
		t.Errorf("failed without a code: answer %+v, %v", a, err)
	}
}

func TestFindSaysWhenItCannotTell(t *testing.T) {
	t.Parallel()
	p, _ := start(t, twiliotest.Config{}, func(s *twilio.Settings) { s.AuthToken = "changed" })
	_, err := p.Find(t.Context(), channeltest.Message(channels.SMS, 1), time.Now())
	if err == nil || errors.Is(err, channels.ErrNotFound) {
		t.Errorf("error %v: a refusal is not an answer", err)
	}
}
