package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"

	"relance/config"
	"relance/engine"
)

// applyCmd makes the records of a set-up file.
type applyCmd struct {
	File   string `short:"f" required:"" placeholder:"FILE" help:"The set-up file."`
	Config string `short:"c" placeholder:"FILE" env:"RELANCE_CONFIG" help:"The configuration; redis and secret are read."`
	DryRun bool   `help:"Tell what would change, and change nothing."`
}

// Help is the long help of the command.
func (applyCmd) Help() string {
	return `The file names organisations, and under each its calendars, services, texts and API keys.
Applying it again changes only what differs. What the file does not name stays as it is.
Nothing is changed unless the whole file is right: every mistake is told at once.
A calendar that changed over booked appointments lists them; nothing is cancelled.
New API keys are printed once and cannot be shown again: keep them.

  relance apply -f setup.yaml --config relance.yaml
  relance apply -f setup.yaml --dry-run

A small file:

  organisations:
    - id: mairie-exemple
      name: Mairie d'Exemple
      phone: 01 99 00 12 34
      keys: [logiciel]
      calendars:
        - id: accueil
          windows:
            - {first_day: "2026-01-05", start: "09:00", end: "12:00", rrule: "FREQ=WEEKLY;BYDAY=MO,TU"}
      services:
        - {id: passeport, name: rendez-vous passeport, calendars: [accueil], duration_min: 20}
      texts:
        - language: fr
          channel: sms
          kind: stop_ack
          body: "{{ organisation }} : vous n'aurez plus de SMS. Tél. {{ phone }}"`
}

// Run reads the file, rehearses it, then applies it.
func (c *applyCmd) Run(ctx context.Context, s *streams) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("the set-up file cannot be read: %w", err)
	}
	plan, err := checkSetup(ctx, c.File, text)
	if err != nil {
		return err
	}
	cfg, err := config.Load(c.Config, s.Environ, onlyRecords)
	if err != nil {
		return err
	}
	e, closeRedis, err := openEngine(ctx, cfg)
	if err != nil {
		return err
	}
	defer closeRedis()
	a := &applier{engine: e, dry: c.DryRun, tell: func(format string, args ...any) { fmt.Fprintf(s.Out, format+"\n", args...) }}
	return a.apply(ctx, plan)
}

// onlyRecords asks of the configuration what records need: a command of an operator
// neither serves nor sends.
func onlyRecords(c *config.Config) {
	c.Roles = []config.Role{config.RoleSteps}
	if c.PublicURL == "" {
		c.PublicURL = "http://localhost"
	}
}

// applier brings the records of an installation in line with a set-up.
type applier struct {
	engine *engine.Engine
	dry    bool
	tell   func(format string, args ...any)
	// keep, optional, is given each new API key.
	keep func(org engine.OrganisationID, name, plain string)
}

func (a *applier) apply(ctx context.Context, s *setup) error {
	for _, o := range s.Organisations {
		if err := a.organisation(ctx, o); err != nil {
			return fmt.Errorf("organisation %s: %w", o.ID, err)
		}
	}
	return nil
}

func (a *applier) organisation(ctx context.Context, o setupOrganisation) error {
	was, err := a.engine.Organisation(ctx, o.ID)
	if err != nil && engine.CodeOf(err) != engine.CodeNotFound {
		return err
	}
	next := o.Organisation.WithDefaults()
	if was != nil {
		next.Version, next.Keys, next.CreatedAt = was.Version, was.Keys, was.CreatedAt
	}
	err = a.record("organisation "+string(o.ID), was, &next, func() error {
		_, err := a.engine.SaveOrganisation(ctx, o.Organisation)
		return err
	})
	for _, c := range o.Calendars {
		err = errors.Join(err, a.calendar(ctx, next, c))
	}
	for _, v := range o.Services {
		err = errors.Join(err, a.service(ctx, next.ID, v))
	}
	if err != nil {
		return err
	}
	if err := a.texts(ctx, next.ID, o.Texts); err != nil {
		return err
	}
	return a.keys(ctx, next, o.Keys)
}

func (a *applier) calendar(ctx context.Context, o engine.Organisation, c engine.Calendar) error {
	was, err := a.engine.Calendar(ctx, o.ID, c.ID)
	if err != nil && engine.CodeOf(err) != engine.CodeNotFound {
		return err
	}
	c.Organisation = o.ID
	next := c
	if was != nil {
		next.FeedGeneration = was.FeedGeneration
	}
	if next.Zone == "" {
		next.Zone = o.Zone
	}
	if next.Region == "" {
		next.Region = o.Region
	}
	err = a.record("calendar "+string(c.ID), was, &next, func() error {
		_, err := a.engine.SaveCalendar(ctx, o.ID, c)
		return err
	})
	if err != nil || was == nil || sameJSON(was, &next) {
		return err
	}
	return a.conflicts(ctx, next)
}

// conflictsTold is how many appointments in conflict are told one by one.
const conflictsTold = 50

// conflicts tells which appointments a changed calendar does not allow any more; in a dry run, would
// not. Nobody is told anything, and nothing is cancelled: that is for staff to decide.
func (a *applier) conflicts(ctx context.Context, c engine.Calendar) error {
	all, next, err := a.engine.WouldConflict(ctx, c.Organisation, c, "", conflictsTold)
	if err != nil {
		return fmt.Errorf("calendar %s: its appointments in conflict cannot be listed: %w", c.ID, err)
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return err
	}
	for _, one := range all {
		a.tell("%-9s %s %s %s: %s", "conflict", one.Start.In(zone).Format("2006-01-02 15:04"), one.Appointment, one.Service, one.Why)
	}
	if len(all) > 0 {
		more := ""
		if next != "" {
			more = "there are more; "
		}
		a.tell("          %snothing was cancelled: see GET /v1/calendars/%s/conflicts, and /conflicts/resolve", more, c.ID)
	}
	return nil
}

func (a *applier) service(ctx context.Context, org engine.OrganisationID, v engine.Service) error {
	was, err := a.engine.Service(ctx, org, v.ID)
	if err != nil && engine.CodeOf(err) != engine.CodeNotFound {
		return err
	}
	v.Organisation = org
	next := v.WithDefaults()
	if was != nil {
		next.CreatedAt = was.CreatedAt
	}
	return a.record("service "+string(v.ID), was, &next, func() error {
		_, err := a.engine.SaveService(ctx, org, v)
		return err
	})
}

// record saves what differs from what is stored, and tells. Both are compared as they are stored.
func (a *applier) record(name string, was, next any, save func() error) error {
	word := "changed"
	switch {
	case reflect.ValueOf(was).IsNil():
		word = "created"
	case sameJSON(was, next):
		a.tell("%-9s %s", "unchanged", name)
		return nil
	}
	if a.dry {
		a.tell("would be %s %s", word, name)
		return nil
	}
	if err := save(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	a.tell("%-9s %s", word, name)
	return nil
}

func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// keys issues a key for every name that has no working one.
func (a *applier) keys(ctx context.Context, o engine.Organisation, names []string) error {
	working := map[string]bool{}
	for _, k := range o.Keys {
		working[k.Name] = working[k.Name] || k.RevokedAt == nil
	}
	for _, name := range names {
		if working[name] {
			a.tell("%-9s key %s", "unchanged", name)
			continue
		}
		working[name] = true
		if a.dry {
			a.tell("would be created key %s", name)
			continue
		}
		plain, _, err := a.engine.IssueKey(ctx, o.ID, name)
		if err != nil {
			return fmt.Errorf("key %s: %w", name, err)
		}
		a.tell("%-9s key %s: %s  (shown once)", "created", name, plain)
		if a.keep != nil {
			a.keep(o.ID, name, plain)
		}
	}
	return nil
}
