package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"

	"relance/config"
	"relance/engine"
)

// demoCmd runs everything in one process on invented data.
type demoCmd struct {
	Speed   float64 `default:"3600" help:"How much faster than real the demo's time goes: at 3600 an hour takes a second, at 1 nothing is hurried."`
	Days    int     `default:"12" help:"How many days the invented people are watched for."`
	Seed    uint64  `default:"1" help:"Who does what: the same seed, the same people."`
	Addr    string  `default:"127.0.0.1:8080" help:"Where the pages and the API listen; another port when it is taken, any with port 0."`
	OpsAddr string  `default:"127.0.0.1:8081" help:"Where the outbox and the ops pages listen."`
	Quit    bool    `help:"End when the days are over instead of going on; the default when nobody watches."`
	Stay    bool    `help:"Go on when the days are over, even when nobody watches."`
}

// Help is the long help of the command.
func (demoCmd) Help() string {
	return `Needs nothing but this program: the store is in memory and forgets everything, and
messages go to an outbox that shows them as a phone and a mailbox would. An invented
département invites 200 invented people; most answer, move, cancel or come, as people do.
Open one of their pages and choose for them: they act only if you do not.

  relance demo
  relance demo --speed 600 --days 5
  relance demo --speed 1              in real time: take your time on the pages
  relance demo --speed 86400 --quit   twelve days in twelve seconds, and the figures`
}

// Run starts, invites, watches, and tells the figures.
func (c *demoCmd) Run(ctx context.Context, s *streams) error {
	if c.Speed < 1 || c.Speed > 86400 || c.Days < 1 || c.Days > 365 {
		return &mistakes{file: "the command", lines: []string{"--speed must be from 1 to 86400, --days from 1 to 365"}}
	}
	m, err := startMemory()
	if err != nil {
		return err
	}
	defer m.close()
	cfg, err := c.config(m.redis.Addr())
	if err != nil {
		return err
	}
	clock, base := c.clock(time.Now())
	d := &demo{cmd: c, cfg: cfg, clock: clock, base: base, end: base.AddDate(0, 0, c.Days), out: s.Out}
	if d.people, err = newCrowd(d); err != nil {
		return err
	}
	quiet := newLogger(s.Err, config.Log{Level: "warn", Format: "text"})
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var story error
	over := make(chan struct{})
	close(over)
	err = run(ctx, cfg, surroundings{clock: clock, log: quiet, embedded: true, fast: true, fiction: true, unknown: d.people.unknown, listening: func(p *process) {
		over = make(chan struct{})
		go func() {
			defer close(over)
			if story = d.tell(ctx, p); story != nil || c.Quit || !c.Stay && !isTerminal(s.Out) {
				stop()
			}
		}()
	}})
	stop()
	<-over
	if errors.Is(story, context.Canceled) {
		story = nil // somebody stopped it
	}
	return errors.Join(story, err)
}

// clock runs from next Monday 09:00 in Paris, at any speed: a demo tried at night or on a Sunday
// must not wait for the hour when people may be written to.
func (c *demoCmd) clock(now time.Time) (engine.Clock, time.Time) {
	base := mondayNine(now)
	return engine.FastClock{Base: base, Start: now, Speed: c.Speed}, base
}

// mondayNine is the first Monday 09:00 in Paris after now.
func mondayNine(now time.Time) time.Time {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		paris = time.UTC // a machine without time zones
	}
	y, m, d := now.In(paris).Date()
	for {
		at := time.Date(y, m, d, 9, 0, 0, 0, paris)
		if at.Weekday() == time.Monday && at.After(now) {
			return at
		}
		d++
	}
}

// config is that of a process which does everything, on the store in memory.
func (c *demoCmd) config(redis string) (config.Config, error) {
	cfg := config.Default()
	addr, err := freeAddress(c.Addr)
	if err != nil {
		return cfg, err
	}
	ops, err := freeAddress(c.OpsAddr)
	if err != nil {
		return cfg, err
	}
	cfg.HTTP.Address, cfg.Ops.Address, cfg.PublicURL = addr, ops, "http://"+addr
	if set := readSetup(sampleSetup, &mistakes{}); set != nil && len(set.Organisations) > 0 {
		cfg.Pages.DeadLinkPhone = set.Organisations[0].Phone
	}
	cfg.Redis.Addresses = []string{redis}
	cfg.Secret, cfg.AdminKey = secretWord(), secretWord()
	cfg.Limits.Requests = 60_000 // the simulated staff ask often: their days are short
	cfg.ShutdownTimeout = 10 * time.Second
	for _, channel := range []string{"sms", "email"} {
		cfg.Providers = append(cfg.Providers, config.Provider{Name: "outbox-" + channel, Type: config.Outbox, Channel: channel})
	}
	return cfg, cfg.Validate()
}

// freeAddress is address, or another port of its host when it is taken.
func freeAddress(address string) (string, error) {
	on, err := net.Listen("tcp", address)
	if err != nil {
		host, _, bad := net.SplitHostPort(address)
		if bad != nil {
			return "", &mistakes{file: "the command", lines: []string{address + " must be host:port, such as 127.0.0.1:8080"}}
		}
		if on, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
			return "", fmt.Errorf("nothing can listen at %s: %w", address, err)
		}
	}
	defer on.Close()
	return on.Addr().String(), nil
}

func secretWord() config.Secret {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return config.Secret(hex.EncodeToString(b[:]))
}

// demo is one run: its people, its staff and what is told of them.
type demo struct {
	cmd       *demoCmd
	cfg       config.Config
	clock     engine.Clock
	base, end time.Time
	out       io.Writer
	people    *crowd
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

// tell sets the stage, invites, and watches until the days are over.
func (d *demo) tell(ctx context.Context, p *process) error {
	d.say("A demo: it keeps nothing, and no message leaves this machine.")
	api, err := d.stage(ctx, p)
	if err != nil {
		return err
	}
	people := d.people
	people.arrived = func(ctx context.Context, id string) error {
		return p.engine.Receive(ctx, engine.OrganisationID(sampleOrganisation).Partition(), engine.MessageID(id), engine.Receipt{State: engine.MessageDelivered})
	}
	staff := &staff{api: api, seed: d.cmd.Seed, tally: newTally()}
	life := make(chan error, 2)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { life <- people.live(ctx) }()
	go func() { life <- staff.work(ctx) }()
	batch, err := d.invite(ctx, api)
	if err == nil {
		d.addresses(people.someone(ctx))
		err = d.wait(ctx)
	}
	stop()
	err = errors.Join(err, ended(<-life), ended(<-life))
	if err != nil {
		return err
	}
	if err := staff.look(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	staff.tally.print(d.out, batch, d.base, d.clock.Now())
	if len(staff.tally.booked) == 0 {
		return errors.New("nobody booked: something is wrong; the log above may say what")
	}
	return nil
}

// ended makes nothing of an end that was asked for.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// stage applies the sample and answers with an integrator's client.
func (d *demo) stage(ctx context.Context, p *process) (*client, error) {
	plan, err := checkSetup(ctx, "sample/setup.yaml", sampleSetup)
	if err != nil {
		return nil, err
	}
	key := ""
	a := &applier{engine: p.engine, tell: func(string, ...any) {}, keep: func(_ engine.OrganisationID, _, plain string) { key = plain }}
	if err := a.apply(ctx, plan); err != nil {
		return nil, err
	}
	return newClient(d.cfg.PublicURL, key)
}

// invite posts the sample people as an integrator would.
func (d *demo) invite(ctx context.Context, api *client) (batchAnswer, error) {
	var b batchAnswer
	in, size := sampleBody()
	err := api.call(ctx, "POST", "/v1/batches?service="+url.QueryEscape(sampleService),
		&upload{body: in, size: size, contentType: "text/csv", key: "demo"}, &b)
	if err != nil {
		return b, fmt.Errorf("the sample batch was not taken: %w", err)
	}
	var refused *refusedLines
	if err := summary(ctx, api, b, d.out); err != nil && !errors.As(err, &refused) {
		return b, err
	}
	d.say("\nTo look as an integrator does:\n  export RELANCE_KEY=%s\n  curl -H \"Authorization: Bearer $RELANCE_KEY\" %s/v1/batches/%s\n", api.key, d.cfg.PublicURL, b.ID)
	return b, nil
}

// addresses says what to open; page is somebody's, who leaves it to you.
func (d *demo) addresses(page string) {
	d.say("To open:")
	if page != "" {
		d.say("  %-44s a person's page (this one waits for you)", page)
	}
	d.say("  %-44s the messages, as a phone and a mailbox", "http://"+d.cfg.Ops.Address+"/outbox")
	d.say("  %-44s the API's documentation", d.cfg.PublicURL+"/v1/docs")
	d.say("  %-44s for ops: health, metrics, providers\n", "http://"+d.cfg.Ops.Address+"/")
	if d.cmd.Speed > 1 {
		d.say("It is %s here, and %s pass in a second. Ctrl-C ends it.",
			d.clock.Now().Format("Monday 2 January 15:04"), (time.Duration(d.cmd.Speed) * time.Second).Round(time.Second))
	}
}

// wait passes the days, telling each once.
func (d *demo) wait(ctx context.Context) error {
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	for day := 1; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
		now := d.clock.Now()
		if !now.Before(d.end) {
			return nil
		}
		if n := int(now.Sub(d.base) / (24 * time.Hour)); n >= day {
			day = n + 1
			d.say("  day %d of %d: %s", n, d.cmd.Days, now.Format("Monday 2 January"))
		}
	}
}
