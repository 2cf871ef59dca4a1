package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"relance/engine"
)

// staff reads the events as an integrator's program does and records who came, as the
// organisation's agents do.
type staff struct {
	api    *client
	seed   uint64
	tally  *tally
	cursor string
}

const staffLooks = 200 * time.Millisecond

// work goes on until ctx ends.
func (s *staff) work(ctx context.Context) error {
	t := time.NewTicker(staffLooks)
	defer t.Stop()
	for {
		// A request that has begun ends: a broken one would be an error in the log.
		if err := s.look(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
}

// look reads every event that is new and acts on those that ask for it.
func (s *staff) look(ctx context.Context) error {
	const most = 200
	for {
		var page struct {
			Items []engine.Event `json:"items"`
			Next  string         `json:"next"`
		}
		if err := s.api.call(ctx, "GET", "/v1/events?limit=200&cursor="+url.QueryEscape(s.cursor), nil, &page); err != nil {
			return err
		}
		for _, e := range page.Items {
			s.tally.add(e)
			if e.Type == engine.EventOutcomeMissing {
				if err := s.record(ctx, e); err != nil {
					return err
				}
			}
		}
		if s.cursor = page.Next; len(page.Items) < most {
			return nil
		}
	}
}

// stopped prefers to say that the end was asked for.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// record says whether the person came.
func (s *staff) record(ctx context.Context, e engine.Event) error {
	outcome := engine.NoShow
	if planOf(s.seed, string(e.Recipient)).comes {
		outcome = engine.Attended
	}
	err := s.api.call(ctx, "POST", "/v1/appointments/"+url.PathEscape(string(e.Appointment))+"/outcome",
		map[string]any{"outcome": outcome}, nil)
	var p *problem
	if errors.As(err, &p) && p.Status == http.StatusConflict {
		return nil // moved or cancelled meanwhile
	}
	return err
}
