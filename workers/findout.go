package workers

import (
	"context"
	"errors"

	"relance/channels"
	"relance/engine"
)

// findOut asks what became of an earlier attempt. It returns the answer that settles the
// message, or nil when it must be sent again, and whether that is in doubt: true when
// somebody who might have the message cannot be asked.
func (s *sender) findOut(ctx context.Context, out *engine.Outgoing, m channels.Message) (*channels.Delivery, bool) {
	doubt, silent := false, false
	for _, p := range s.suspects(out, m) {
		finder, ok := p.(channels.Finder)
		if !ok {
			doubt = true
			continue
		}
		a, err := s.find(ctx, finder, m, out)
		if err == nil {
			return &channels.Delivery{Answer: a, Provider: p.Name()}, false
		}
		if !errors.Is(err, channels.ErrNotFound) {
			silent = true
			s.log.Warn("a provider could not say whether it has a message",
				"provider", p.Name(), "id", out.Message.ID, "error", err)
		}
	}
	if silent {
		return stillUnknown(out), false
	}
	return nil, doubt
}

// suspects are the providers that may have the message: the one the record names, or all
// of the channel when the process died before it could name one. The one named may be
// gone from the configuration: then nobody can be asked, which is nil and a doubt.
func (s *sender) suspects(out *engine.Outgoing, m channels.Message) []channels.Provider {
	if name := out.Message.Provider; name != "" {
		p, _ := s.router.Provider(name)
		return []channels.Provider{p}
	}
	var all []channels.Provider
	for _, lane := range s.router.States() {
		if p, ok := s.router.Provider(lane.Name); ok && lane.Channel == m.Channel {
			all = append(all, p)
		}
	}
	return all
}

// find asks within the time of one send; a panic is an error.
func (s *sender) find(ctx context.Context, f channels.Finder, m channels.Message, out *engine.Outgoing) (a channels.Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	panicked := safely(func() error {
		a, err = f.Find(ctx, m, out.Since)
		return nil
	})
	return a, errors.Join(err, panicked)
}

// stillUnknown keeps the message as it is, suspects included: it is asked about again.
func stillUnknown(out *engine.Outgoing) *channels.Delivery {
	return &channels.Delivery{Provider: out.Message.Provider, Answer: channels.Answer{
		Outcome: channels.Unknown, Code: "find_failed", Reason: "the provider could not be asked what became of it",
	}}
}
