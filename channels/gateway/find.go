package gateway

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"relance/channels"
)

// search is a Find, compiled.
type search struct {
	Find
	request *request
	match   map[string]*template
	states  map[string]standing
	codes   table
}

// finder implements channels.Finder.
type finder struct{ p *Provider }

// Find asks the gateway for a message of ours, by what the description says.
func (f finder) Find(ctx context.Context, m channels.Message, since time.Time) (channels.Answer, error) {
	p, s := f.p, f.p.plan.find
	ctx, cancel := context.WithTimeout(ctx, p.set.Timeout)
	defer cancel()
	if wait := s.Wait - p.set.Now().Sub(since); wait > 0 {
		return channels.Answer{}, fmt.Errorf("gateway: it is too early to ask; the gateway lists messages %s after they were sent", s.Wait)
	}
	callback, err := p.callback(m)
	if err != nil {
		return channels.Answer{}, fmt.Errorf("gateway: %w", err)
	}
	vars := withSecrets(variables(m, cmp.Or(m.From, p.set.Sender), callback, cmp.Or(m.ValidFor, p.set.ValidFor)), p.secrets)
	maps.Copy(vars, sinceVariables(since))
	req, err := s.request.build(ctx, vars, p.base, p.set.Now())
	if err != nil {
		return channels.Answer{}, fmt.Errorf("gateway: %w", err)
	}
	got := p.do(ctx, req)
	if slices.Contains(s.NotFound, strconv.Itoa(got.status)) {
		return channels.Answer{}, fmt.Errorf("gateway: %w", channels.ErrNotFound)
	}
	if got.err != nil || got.status < 200 || got.status > 299 {
		return channels.Answer{}, fmt.Errorf("gateway: could not look the message up (HTTP %d)", got.status)
	}
	return s.pick(got.body, vars)
}

// pick finds the message in what the gateway lists.
func (s *search) pick(body []byte, vars map[string]any) (channels.Answer, error) {
	doc, err := parseJSON(body)
	if err != nil {
		return channels.Answer{}, fmt.Errorf("gateway: the answer to a look-up cannot be read: %w", err)
	}
	items := []document{doc}
	if s.List != "" {
		var ok bool
		if items, ok = doc.list(s.List); !ok {
			return channels.Answer{}, fmt.Errorf("gateway: the answer to a look-up has no list at %q", s.List)
		}
	}
	for _, item := range items {
		same, err := s.matches(item, vars)
		if err != nil {
			return channels.Answer{}, err
		}
		if same {
			return s.answer(item), nil
		}
	}
	if s.Most > 0 && len(items) >= s.Most {
		return channels.Answer{}, fmt.Errorf("gateway: looked at %d messages, all that it lists, without an answer", len(items))
	}
	return channels.Answer{}, fmt.Errorf("gateway: %w", channels.ErrNotFound)
}

func (s *search) matches(item document, vars map[string]any) (bool, error) {
	for path, want := range s.match {
		v, err := want.render(vars)
		if err != nil {
			return false, fmt.Errorf("gateway: %w", err)
		}
		if item.text(path) != v {
			return false, nil
		}
	}
	return true, nil
}

// answer is what a message that was found means: it was taken, and may have failed since.
func (s *search) answer(item document) channels.Answer {
	id, word := s.ID.first(item), s.State.first(item)
	at, known := s.states[word]
	if !known || !lost(at.state) {
		return channels.Answer{Outcome: channels.Sent, ProviderID: id}
	}
	code := s.Code.first(item)
	if c, ok := s.codes.find(code); ok {
		at.class = c
	}
	a := coded(at.class, cmp.Or(code, word))
	a.ProviderID = id
	return a
}
