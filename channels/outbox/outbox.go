// Package outbox is the provider that carries nothing: it keeps messages in memory and
// shows them as a phone and a mailbox would. It is for development, demonstrations and
// tests. Its page shows what people receive, links included: never serve it in production.
package outbox

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"

	"relance/channels"
)

const defaultLimit = 1000

// Config is how an outbox behaves. The zero value works.
type Config struct {
	// Limit is how many messages are kept; the oldest go first. 0 is 1,000.
	Limit int
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// OnReply receives what a person answers on the page. Nil refuses replies.
	OnReply func(ctx context.Context, in channels.Inbound) error
}

// Direction tells who wrote a message.
type Direction string

// The directions: Out is ours, In the person's.
const (
	Out Direction = "out"
	In  Direction = "in"
)

// Message is a message kept.
type Message struct {
	// Number counts from 1 and is never used twice, so a gap shows what was dropped.
	Number     int              `json:"number"`
	ProviderID string           `json:"provider_id"`
	Direction  Direction        `json:"direction"`
	Channel    channels.Channel `json:"channel"`
	// ID is ours; empty when the person wrote it.
	ID       string `json:"id,omitempty"`
	From     string `json:"from"`
	FromName string `json:"from_name,omitempty"`
	To       string `json:"to"`
	Subject  string `json:"subject,omitempty"`
	Text     string `json:"text"`
	HTML     string `json:"html,omitempty"`
	// Calendar is the iCalendar object as it is.
	Calendar       string    `json:"calendar,omitempty"`
	CalendarMethod string    `json:"calendar_method,omitempty"`
	References     string    `json:"references,omitempty"`
	Callback       string    `json:"callback,omitempty"`
	At             time.Time `json:"at"`
}

// Person is the address of the person in the conversation.
func (m Message) Person() string {
	if m.Direction == In {
		return m.From
	}
	return m.To
}

// Outbox keeps messages. It is safe for concurrent use.
type Outbox struct {
	cfg Config

	mu      sync.Mutex
	kept    []Message
	total   int           // messages ever kept
	sent    int           // of them, ours
	arrived chan struct{} // closed and replaced at each message
}

// New makes an empty outbox.
func New(cfg Config) *Outbox {
	cfg.Limit = cmp.Or(max(cfg.Limit, 0), defaultLimit)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Outbox{cfg: cfg, arrived: make(chan struct{})}
}

// Provider is the outbox as the provider of one channel, named "outbox-sms" or
// "outbox-email". It also implements channels.Finder.
func (o *Outbox) Provider(c channels.Channel) *Provider {
	return &Provider{o: o, channel: c}
}

// keep stores a message, numbers it and wakes those who wait.
func (o *Outbox) keep(m Message) Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.total++
	if m.Direction == Out {
		o.sent++
	}
	m.Number, m.At = o.total, o.cfg.Now()
	m.ProviderID = fmt.Sprintf("outbox_%s_%08d", m.Direction, m.Number)
	if len(o.kept) == o.cfg.Limit {
		o.kept[0] = Message{} // its memory goes with it
		o.kept = o.kept[1:]
	}
	o.kept = append(o.kept, m)
	close(o.arrived)
	o.arrived = make(chan struct{})
	return m
}

// Messages are those kept, oldest first.
func (o *Outbox) Messages() []Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]Message(nil), o.kept...)
}

// Dropped is how many messages were dropped to stay within the limit.
func (o *Outbox) Dropped() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.total - len(o.kept)
}

// Limit is how many messages are kept at most.
func (o *Outbox) Limit() int { return o.cfg.Limit }

// Wait returns the kept messages once n of ours were taken since the start, or ctx's error.
func (o *Outbox) Wait(ctx context.Context, n int) ([]Message, error) {
	err := o.until(ctx, func() bool { return o.sent >= n })
	return o.Messages(), err
}

// WaitFor returns the first kept message that match accepts, as soon as there is one, or
// ctx's error.
func (o *Outbox) WaitFor(ctx context.Context, match func(Message) bool) (Message, error) {
	var found Message
	next := 1 // the first number not looked at
	err := o.until(ctx, func() bool {
		for _, m := range o.kept {
			if m.Number >= next && match(m) {
				found = m
				return true
			}
		}
		next = o.total + 1
		return false
	})
	return found, err
}

// until waits for reached, which runs under the lock.
func (o *Outbox) until(ctx context.Context, reached func() bool) error {
	for {
		o.mu.Lock()
		ok, arrived := reached(), o.arrived
		o.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Provider is one channel of an outbox.
type Provider struct {
	o       *Outbox
	channel channels.Channel
}

// Name implements channels.Provider.
func (p *Provider) Name() string { return "outbox-" + string(p.channel) }

// Channel implements channels.Provider.
func (p *Provider) Channel() channels.Channel { return p.channel }

// Send implements channels.Provider: it keeps the message.
func (p *Provider) Send(ctx context.Context, m channels.Message) channels.Answer {
	if ctx.Err() != nil {
		return channels.Answer{Outcome: channels.Temporary, Code: channels.CodeCancelled, Reason: "sending was stopped before the message left"}
	}
	if m.To == "" || m.Body == "" || strings.IndexFunc(m.To, unicode.IsControl) >= 0 {
		return channels.Answer{Outcome: channels.Permanent, Code: "message", Reason: "the message has no recipient that can be one, or no text"}
	}
	kept := p.o.keep(Message{
		Direction: Out, Channel: p.channel, ID: m.ID, From: m.From, FromName: m.FromName, To: m.To,
		Subject: m.Subject, Text: m.Body, HTML: m.HTML,
		Calendar: string(m.Calendar), CalendarMethod: m.CalendarMethod,
		References: m.References, Callback: m.Callback,
	})
	return channels.Answer{Outcome: channels.Sent, ProviderID: kept.ProviderID}
}

// Find implements channels.Finder, among the messages still kept.
func (p *Provider) Find(_ context.Context, m channels.Message, since time.Time) (channels.Answer, error) {
	for _, kept := range p.o.Messages() {
		if kept.Direction == Out && kept.Channel == p.channel && kept.ID == m.ID && !kept.At.Before(since) {
			return channels.Answer{Outcome: channels.Sent, ProviderID: kept.ProviderID}, nil
		}
	}
	return channels.Answer{}, fmt.Errorf("outbox: %w", channels.ErrNotFound)
}
