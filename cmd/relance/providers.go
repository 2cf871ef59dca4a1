package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"relance/api"
	"relance/channels"
	"relance/channels/gateway"
	"relance/channels/outbox"
	"relance/channels/twilio"
	"relance/config"
	"relance/engine"
	"relance/workers/board"
)

// carriers are the providers of a configuration, and what they can do beside sending.
type carriers struct {
	router  *channels.Router
	all     []channels.Provider
	outbox  *outbox.Outbox                                       // shown to operators; nil without one
	reply   func(ctx context.Context, in channels.Inbound) error // to a message of the outbox
	closers []io.Closer
}

// newCarriers makes the providers. Nothing is connected yet: see check.
func newCarriers(c config.Config, s surroundings) (*carriers, error) {
	out := &carriers{}
	var lanes []channels.Lane
	var faults config.Error
	for i, p := range c.Providers {
		made, err := out.provider(c, p, s)
		if err != nil {
			faults.Mistakes = append(faults.Mistakes, mistakesOf(err, i, p)...)
			continue
		}
		out.all = append(out.all, made)
		lanes = append(lanes, laneOf(c, p, made))
		if closer, ok := made.(io.Closer); ok {
			out.closers = append(out.closers, closer)
		}
	}
	if len(faults.Mistakes) > 0 {
		return nil, errors.Join(&faults, out.close())
	}
	var err error
	out.router, err = channels.NewRouter(channels.RouterConfig{Now: s.clock.Now, OnPause: func(l channels.LaneState) {
		s.log.Error("a provider is paused; mend it, then resume it on the ops listener: POST /providers/NAME/resume",
			"provider", l.Name, "why", l.Why)
	}}, lanes...)
	return out, err
}

// laneOf is a provider among the others of its channel: with another beside it, it has half of
// those who send at most.
func laneOf(c config.Config, p config.Provider, made channels.Provider) channels.Lane {
	tasks := c.Workers.SMS
	if made.Channel() == channels.Email {
		tasks = c.Workers.Email
	}
	lane := channels.Lane{Provider: made, Weight: p.Share(), AtOnce: max(1, tasks*c.Workers.Sends/2)}
	if _, calls := made.(channels.Hooks); calls {
		lane.Receipts = p.ReceiptsWithin()
	}
	return lane
}

// ratesOf are the limits that a configuration sets.
func ratesOf(c config.Config) map[string]board.Rate {
	out := map[string]board.Rate{}
	for _, p := range c.Providers {
		if p.Rate > 0 {
			out[p.Name] = board.Rate{PerSecond: p.Rate, Burst: p.Burst}
		}
	}
	return out
}

func (c *carriers) provider(cfg config.Config, p config.Provider, s surroundings) (channels.Provider, error) {
	switch p.Type {
	case config.Twilio:
		return twilio.New(twilio.Settings{
			Name: p.Name, AccountSID: p.AccountSID, AuthToken: string(p.AuthToken), APIKey: p.APIKey, APISecret: string(p.APISecret),
			BaseURL: p.BaseURL, Region: p.Region, Edge: p.Edge, Sender: cmp.Or(p.Sender, cfg.SMS.Sender),
			PublicURL: cfg.PublicURL, ValidFor: p.ValidFor, Timeout: p.Timeout, Senders: p.Connections,
		})
	case config.Gateway:
		return newGateway(cfg, p)
	case config.SMTP:
		return newSMTP(cfg, p)
	}
	if c.outbox == nil {
		c.outbox = outbox.New(outbox.Config{Limit: outboxKeeps, Now: s.clock.Now, OnReply: func(ctx context.Context, in channels.Inbound) error {
			return c.reply(ctx, in)
		}})
	}
	return named{c.outbox.Provider(channels.Channel(p.Channel)), p.Name, s.unknown}, nil
}

// newGateway makes a provider of its description.
func newGateway(cfg config.Config, p config.Provider) (channels.Provider, error) {
	description, err := p.ReadDescription()
	if err != nil {
		return nil, err
	}
	secrets := make(map[string]string, len(p.Secrets))
	for name, value := range p.Secrets {
		secrets[name] = string(value)
	}
	return gateway.New(gateway.Settings{
		Name: p.Name, Description: description, Secrets: secrets, BaseURL: p.BaseURL, Sender: cmp.Or(p.Sender, cfg.SMS.Sender),
		ValidFor: p.ValidFor, Timeout: p.Timeout, Connections: p.Connections,
	})
}

// mistakesOf says where in the configuration a provider's fault is: at a setting of its own,
// or in the file that describes a gateway.
func mistakesOf(err error, i int, p config.Provider) []config.Mistake {
	at := fmt.Sprintf("providers[%d]", i)
	var found gateway.Mistakes
	if !errors.As(err, &found) {
		return []config.Mistake{{Key: at, Advice: err.Error()}}
	}
	var out []config.Mistake
	for _, m := range found {
		key := at + ".description, " + p.Description + ": " + m.Path
		if strings.HasPrefix(m.Path, "secrets.") || m.Path == "base_url" {
			key = at + "." + m.Path
		}
		out = append(out, config.Mistake{Key: key, Advice: m.Advice})
	}
	return out
}

// outboxKeeps is how many messages the outbox shows before it drops the oldest.
const outboxKeeps = 5000

// named is an outbox under the name of the configuration.
type named struct {
	*outbox.Provider
	name    string
	unknown func(to string) bool
}

// Name implements channels.Provider.
func (n named) Name() string { return n.name }

// Send implements channels.Provider: nobody has the addresses that are unknown.
func (n named) Send(ctx context.Context, m channels.Message) channels.Answer {
	if n.unknown != nil && n.unknown(m.To) {
		return channels.Answer{Outcome: channels.Permanent, Code: "unknown", Reason: "nobody has this address any more", BadAddress: true}
	}
	return n.Provider.Send(ctx, m)
}

// check tries every provider that can be tried, each for a while at most.
func (c *carriers) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var errs []error
	for _, p := range c.all {
		if t, ok := p.(channels.Checker); ok {
			if err := t.Check(ctx); err != nil {
				errs = append(errs, fmt.Errorf("provider %s: %w", p.Name(), err))
			}
		}
	}
	return errors.Join(errs...)
}

// close ends what providers hold, where no workers do it.
func (c *carriers) close() error {
	var errs []error
	for _, p := range c.closers {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// hooks are the providers that call back, by name.
func (c *carriers) hooks() map[string]channels.Hooks {
	out := map[string]channels.Hooks{}
	for _, p := range c.all {
		if h, ok := p.(channels.Hooks); ok {
			out[p.Name()] = h
		}
	}
	return out
}

// lanes shows the providers to operators; it is api.Providers over the board.
type lanes struct{ *board.Board }

var _ api.Providers = lanes{}

// Providers implements api.Providers.
func (l lanes) Providers() []api.ProviderState {
	var out []api.ProviderState
	for _, s := range l.Router.States() {
		out = append(out, api.ProviderState{
			Name: s.Name, Channel: string(s.Channel), Weight: s.Weight,
			Health: s.Share, Cause: string(s.Cause), Moved: moment(s.Moved),
			Failed: s.Lately.Answers.Failed(), Unheard: s.Lately.Receipts.Failed(),
			Paused: s.Paused, Why: s.Why, Since: moment(s.Since), RestUntil: moment(s.RestUntil),
			Busy: s.Busy, Rate: l.Rates[s.Name].PerSecond,
		})
	}
	return out
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// replier is the engine's side of an inbound message.
type replier interface {
	Reply(ctx context.Context, in engine.Inbound) error
}

// shown is the outbox for the ops listener, whose replies go to e; nil without one.
func (c *carriers) shown(e replier) http.Handler {
	if c.outbox == nil {
		return nil
	}
	c.reply = func(ctx context.Context, in channels.Inbound) error {
		return e.Reply(ctx, engine.Inbound{Provider: "outbox", ProviderID: in.ProviderID, From: in.From, To: in.To, Text: in.Text})
	}
	return c.outbox.Handler()
}
