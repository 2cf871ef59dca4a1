package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"relance/engine"
	"relance/engine/intake"
	"relance/engine/simulation"
	"relance/engine/store"
)

// simulateCmd lets a month pass before it does.
type simulateCmd struct {
	People       string `arg:"" help:"The people, as for send: .csv, .ndjson or .json; - reads standard input, with --format."`
	Setup        string `short:"f" required:"" placeholder:"FILE" help:"The set-up file, as for apply."`
	Days         int    `default:"30" help:"How many days pass, from 1 to 366."`
	Behaviour    string `placeholder:"FILE" help:"How people answer; without it, the built-in defaults."`
	Service      string `short:"s" help:"The id of the service to invite to; needed when the set-up has several."`
	Organisation string `short:"o" help:"The id of the organisation; needed when the set-up has several."`
	From         string `placeholder:"2026-05-18" help:"The first day: the people are posted on it at 09:00. Default: next Monday."`
	Format       string `enum:"auto,csv,ndjson,json" default:"auto" help:"What the people are: csv, ndjson or json; auto goes by the file's name."`
	PublicURL    string `name:"public-url" default:"https://rdv.example.org" env:"RELANCE_PUBLIC_URL" help:"What links in messages begin with (${env}): its length counts in SMS."`
	SVG          string `name:"svg" placeholder:"FILE" help:"Also draw a chart into this file."`
	JSON         bool   `name:"json" help:"Print everything as JSON instead of the table."`
}

// Help is the long help of the command.
func (simulateCmd) Help() string {
	return `Does on a clock of its own what Relance would do with this set-up and these people: the same
decisions, texts, quiet hours, pacing and relances. Nothing is sent, nothing is kept, no Redis
is needed, and the output names nobody. How people answer comes from the behaviour file, which
says for each channel how much arrives, is opened and leads to a booking, how long people take,
who moves, cancels, answers or stays away; what it leaves out is as in the defaults:
docs/simulation.md tells every field.

The same files and the same first day give the same output to the byte; another seed in the
behaviour file gives another crowd of the same kind.

  relance simulate -f setup.yaml people.csv
  relance simulate -f setup.yaml people.csv --days 60 --behaviour behaviour.yaml --svg month.svg
  relance simulate -f setup.yaml people.csv --from 2026-05-18 --json > month.json

Exit codes: 0 done; 3 done, and some lines of people were refused and are listed; 2 a file or
the command needs a change.`
}

// mostKept is what a simulation of 100,000 people has in use and in garbage, about, in bytes.
const mostKept = 3 << 30

// collectSimulationAt is collectAt for a simulation: of gigabytes in use, garbage costs more in memory touched for
// the first time, on a virtual machine above all, than in being collected sooner.
const collectSimulationAt = 300

// Run simulates and tells what it came to.
func (c *simulateCmd) Run(ctx context.Context, s *streams) error {
	plan, err := c.plan(ctx)
	if err != nil {
		return err
	}
	hugePages(mostKept)
	collect(collectSimulationAt)
	people, err := c.open(s.In)
	if err != nil {
		return err
	}
	defer people.Close()
	report, refused, err := plan.run(ctx, people)
	if err != nil {
		return err
	}
	if err := c.tell(s, plan, report, refused); err != nil {
		return err
	}
	if report.Refused > 0 {
		return &refusedLines{report.Refused, report.Lines}
	}
	return nil
}

// tell prints the report and draws the chart.
func (c *simulateCmd) tell(s *streams, plan *simulationPlan, r *simulation.Report, refused []string) error {
	if c.SVG != "" {
		if err := os.WriteFile(c.SVG, chartOf(r), 0o644); err != nil {
			return fmt.Errorf("the chart cannot be written: %w", err)
		}
	}
	lines := s.Out
	if c.JSON {
		lines = s.Err
	}
	for _, l := range refused {
		fmt.Fprintln(lines, l)
	}
	if c.JSON {
		e := json.NewEncoder(s.Out)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	return printSimulation(s.Out, r, plan.notes)
}

// simulationPlan is what the files and the command ask for.
type simulationPlan struct {
	setup     setup // one organisation
	service   engine.ServiceID
	format    intake.Format
	start     time.Time
	days      int
	behaviour simulation.Behaviour
	publicURL string
	notes     []string
}

// plan reads the files; every mistake of one is told at once.
func (c *simulateCmd) plan(ctx context.Context) (*simulationPlan, error) {
	if c.Days < 1 || c.Days > 366 {
		return nil, &mistakes{file: "the command", lines: []string{"--days must be from 1 to 366"}}
	}
	text, err := os.ReadFile(c.Setup)
	if err != nil {
		return nil, fmt.Errorf("the set-up file cannot be read: %w", err)
	}
	all, err := checkSetup(ctx, c.Setup, text)
	if err != nil {
		return nil, err
	}
	p := &simulationPlan{days: c.Days, publicURL: strings.TrimSuffix(c.PublicURL, "/")}
	if p.notes, p.behaviour, err = c.readBehaviour(); err != nil {
		return nil, err
	}
	o, err := c.choose(all)
	if err != nil {
		return nil, err
	}
	p.setup.Organisations = []setupOrganisation{*o}
	if p.service, err = c.chosenService(o); err != nil {
		return nil, err
	}
	for _, cal := range o.Calendars {
		if cal.BusyURL != "" {
			p.notes = append(p.notes, "Agents' own agendas (busy_url) are not read: what is busy there counts as free.")
			break
		}
	}
	kind, err := (&sendCmd{File: c.People, Format: c.Format}).contentType()
	if err != nil {
		return nil, err
	}
	if p.format, err = intake.FormatOf(kind); err != nil {
		return nil, err
	}
	p.start, err = c.start(o.Organisation.WithDefaults().Zone)
	return p, err
}

// choose is the organisation that is meant.
func (c *simulateCmd) choose(s *setup) (*setupOrganisation, error) {
	var names []string
	for i := range s.Organisations {
		o := &s.Organisations[i]
		if string(o.ID) == c.Organisation || c.Organisation == "" && len(s.Organisations) == 1 {
			return o, nil
		}
		names = append(names, string(o.ID))
	}
	return nil, &mistakes{file: "the command", lines: []string{"--organisation must be one of those of the set-up: " + strings.Join(names, ", ")}}
}

func (c *simulateCmd) chosenService(o *setupOrganisation) (engine.ServiceID, error) {
	var names []string
	for _, v := range o.Services {
		if string(v.ID) == c.Service || c.Service == "" && len(o.Services) == 1 {
			return v.ID, nil
		}
		names = append(names, string(v.ID))
	}
	if len(names) == 0 {
		return "", &mistakes{file: c.Setup, lines: []string{"organisation " + string(o.ID) + " has no service to invite to"}}
	}
	return "", &mistakes{file: "the command", lines: []string{"--service must be one of those of the set-up: " + strings.Join(names, ", ")}}
}

// start is 09:00 of the first day, in the organisation's zone.
func (c *simulateCmd) start(name string) (time.Time, error) {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.Time{}, err
	}
	day := time.Now().In(zone)
	for day = day.AddDate(0, 0, 1); day.Weekday() != time.Monday; day = day.AddDate(0, 0, 1) {
	}
	if c.From != "" {
		if day, err = time.ParseInLocation(time.DateOnly, c.From, zone); err != nil {
			return time.Time{}, &mistakes{file: "the command", lines: []string{"--from must be a day such as 2026-05-18"}}
		}
	}
	y, m, d := day.Date()
	return time.Date(y, m, d, 9, 0, 0, 0, zone), nil
}

// open gives the people.
func (c *simulateCmd) open(stdin io.Reader) (io.ReadCloser, error) {
	if c.People == "-" {
		return io.NopCloser(stdin), nil
	}
	f, err := os.Open(c.People)
	if err != nil {
		return nil, fmt.Errorf("the people cannot be read: %w", err)
	}
	return f, nil
}

// run posts the people to an installation in memory, and lets the days pass. refused tells the lines of
// people that were not taken, as send does.
func (p *simulationPlan) run(ctx context.Context, people io.Reader) (r *simulation.Report, refused []string, err error) {
	memory := store.NewMemory()
	return p.runOn(ctx, memory, memory, people)
}

// diary is what a simulation keeps everything in.
type diary interface {
	records
	simulation.Timetable
}

// runOn is run on a diary whose events memory hears.
func (p *simulationPlan) runOn(ctx context.Context, kept diary, memory *store.Memory, people io.Reader) (r *simulation.Report, refused []string, err error) {
	clock := simulation.NewClock(p.start)
	var seed [32]byte
	e, err := newEngine(kept, parts{
		links: make([]byte, 32), clock: clock, fiction: true, publicURL: p.publicURL, random: rand.NewChaCha8(seed),
		limits: engine.Limits{Nearest: -1}, // people look at the page again
	})
	if err != nil {
		return nil, nil, err
	}
	e.Texts = newUnread(e.Texts)
	if err := (&applier{engine: e, tell: func(string, ...any) {}}).apply(ctx, &p.setup); err != nil {
		return nil, nil, err
	}
	org := p.setup.Organisations[0].ID
	sim, err := simulation.New(ctx, simulation.Config{
		Engine: e, Clock: clock, Timetable: kept, Organisation: org, Service: p.service, Behaviour: p.behaviour, Days: p.days,
	})
	if err != nil {
		return nil, nil, err
	}
	memory.Heard = sim.Hear
	memory.EndAt(sim.End())
	b, err := intake.ReceiveInOrder(ctx, e, org, p.service, "", people, p.format)
	if err != nil {
		return nil, nil, fmt.Errorf("the people cannot be taken: %w", err)
	}
	if refused, err = linesRefused(ctx, e, b); err != nil {
		return nil, nil, err
	}
	r, err = sim.Run(ctx, b)
	return r, refused, err
}

// linesRefused are the lines that were not taken, and why.
func linesRefused(ctx context.Context, e *engine.Engine, b *engine.Batch) ([]string, error) {
	var out []string
	for cursor := ""; b.Refused > 0; {
		lines, next, err := e.BatchLines(ctx, b.Organisation, b.ID, cursor, 1000)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			if l.Refused != nil {
				out = append(out, fmt.Sprintf("  line %d: %s", l.Line, refusedReason(l.Refused)))
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	return out, nil
}

func refusedReason(r *engine.RefusedLine) string {
	faults := make([]fault, len(r.Fields))
	for i, f := range r.Fields {
		faults[i] = fault{Pointer: f.Pointer, Detail: f.Message}
	}
	return reasonOf(r.Message, string(r.Code), faults)
}
