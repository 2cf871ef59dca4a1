package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"relance/engine"
	"relance/engine/store"
)

// checkSetup reads a set-up file and rehearses it; file is its name, for the mistakes.
func checkSetup(ctx context.Context, file string, text []byte) (*setup, error) {
	found := &mistakes{file: file}
	s := readSetup(text, found)
	if s != nil {
		if err := rehearse(ctx, s, found); err != nil {
			return nil, err
		}
	}
	return s, found.orNil()
}

// rehearse applies a set-up to an empty store in memory and gathers every mistake: the
// rules are the engine's own, and nothing real is touched.
func rehearse(ctx context.Context, s *setup, found *mistakes) error {
	e, end, err := rehearsal(parts{links: make([]byte, 32), clock: engine.WallClock{}})
	if err != nil {
		return err
	}
	defer end()
	return rehearseOn(ctx, e, s, found)
}

// rehearsal is an engine on an empty store in memory; end gives it up.
func rehearsal(p parts) (e *engine.Engine, end func(), err error) {
	memory, err := miniredis.Run()
	if err != nil {
		return nil, nil, fmt.Errorf("the rehearsal needs a free port on this machine: %w", err)
	}
	client := redis.NewClient(&redis.Options{Addr: memory.Addr()})
	end = func() {
		_ = client.Close() // nothing is under way on it any more
		memory.Close()
	}
	st := store.New(client, "")
	st.Embedded = true
	if e, err = newEngine(st, p); err != nil {
		end()
		return nil, nil, err
	}
	return e, end, nil
}

func rehearseOn(ctx context.Context, e *engine.Engine, s *setup, found *mistakes) error {
	for i, o := range s.Organisations {
		if err := rehearseOne(ctx, e, fmt.Sprintf("organisations[%d]", i), o, found); err != nil {
			return err
		}
	}
	return nil
}

// rehearseOne saves an organisation and what is under it. When the organisation itself is
// wrong, a sound one stands in for it, so that the rest is looked at too.
func rehearseOne(ctx context.Context, e *engine.Engine, place string, o setupOrganisation, found *mistakes) error {
	org := o.Organisation
	if org.ID == "" {
		org.ID = "rehearsal" // its absence is told already
	}
	_, err := e.SaveOrganisation(ctx, org)
	if err != nil {
		stand := engine.Organisation{ID: "rehearsal", Name: "rehearsal", Phone: "0", SMS: engine.Sender{Replies: org.SMS.Replies}}
		if _, also := e.SaveOrganisation(ctx, stand); also != nil {
			return also
		}
		org.ID = stand.ID
	}
	if err := gather(found, place, err); err != nil {
		return err
	}
	for i, name := range o.Keys {
		if name == "" || len(name) > 80 {
			found.add(fmt.Sprintf("%s.keys[%d]", place, i), "must be a name of 1 to 80 bytes")
		}
	}
	for i, c := range o.Calendars {
		_, err := e.SaveCalendar(ctx, org.ID, c)
		if err := gather(found, fmt.Sprintf("%s.calendars[%d]", place, i), err); err != nil {
			return err
		}
		if err != nil { // services may name it all the same: one mistake is told once
			if _, err := e.SaveCalendar(ctx, org.ID, soundCalendar(c)); err != nil && engine.CodeOf(err) != engine.CodeInvalid {
				return err
			}
		}
	}
	for i, v := range o.Services {
		_, err := e.SaveService(ctx, org.ID, v)
		if err := gather(found, fmt.Sprintf("%s.services[%d]", place, i), err); err != nil {
			return err
		}
	}
	for i, t := range o.Texts {
		place := fmt.Sprintf("%s.texts[%d]", place, i)
		_, _, err := e.SaveText(ctx, org.ID, t)
		if engine.CodeOf(err) == engine.CodeNotFound { // the service: what is wrong with it is told above
			if !slices.ContainsFunc(o.Services, func(s engine.Service) bool { return s.ID == t.Service }) {
				found.add(place+".service", "there is no service of this id in the file")
			}
			continue
		}
		if err := gather(found, place, err); err != nil {
			return err
		}
	}
	return nil
}

// soundCalendar has the id and nothing else that could be wrong.
func soundCalendar(c engine.Calendar) engine.Calendar {
	var sound engine.Calendar
	sound.ID, sound.Name, sound.Zone = c.ID, "rehearsal", "Europe/Paris"
	return sound
}

// gather notes the mistakes of a refusal; any other error is returned.
func gather(found *mistakes, place string, err error) error {
	var refused *engine.Error
	if !errors.As(err, &refused) || refused.Code != engine.CodeInvalid {
		return err
	}
	for _, f := range refused.Fields {
		found.add(place+fieldPlace(f.Pointer), "%s", f.Message)
	}
	if len(refused.Fields) == 0 {
		found.add(place, "%s", refused.Message)
	}
	return nil
}
