package simulation

import (
	"context"
	"sync"
	"time"

	"relance/engine"
)

// Timetable is what is due, and when the next is. *store.Memory is one.
type Timetable interface {
	engine.Timetable
	// Earliest is when the next entry of these kinds is due in a partition; false when none waits.
	Earliest(p engine.Partition, kinds ...string) (time.Time, bool)
}

// Config is what is simulated. Every field is required.
type Config struct {
	Engine       *engine.Engine // its Clock is Clock
	Clock        *Clock
	Timetable    Timetable
	Organisation engine.OrganisationID
	Service      engine.ServiceID
	Behaviour    Behaviour // checked
	Days         int       // whole days, that of the clock's start included
}

// Simulation is one run. Its Hear must be told every event of the store, from before the batch is stored.
type Simulation struct {
	Config
	o         *engine.Organisation
	s         *engine.Service
	zone      *time.Location
	partition engine.Partition
	kinds     []string
	batch     *engine.Batch
	hours     [2]time.Duration // when people act, of the day
	people    map[engine.RecipientID]*person
	bookings  map[engine.AppointmentID]*booking
	agenda    agenda
	invited   map[engine.InvitationID]bool // whose first message left
	looked    time.Time                    // when it was last seen whether there is room
	roomy     bool                         // for everybody, then
	pages     map[int64]*page              // what was last seen of a day, by its midnight

	start time.Time // midnight before the first day
	ends  []int64   // of the days, unix

	mu   sync.Mutex // of what Hear writes
	days []Day
}

// New is a simulation that begins now. CodeNotFound: there is no such organisation or service.
func New(ctx context.Context, c Config) (*Simulation, error) {
	sim := &Simulation{
		Config: c, partition: c.Organisation.Partition(), kinds: kinds(), people: map[engine.RecipientID]*person{},
		bookings: map[engine.AppointmentID]*booking{}, pages: map[int64]*page{}, invited: map[engine.InvitationID]bool{},
	}
	var err error
	if sim.o, err = c.Engine.Organisation(ctx, c.Organisation); err != nil {
		return nil, err
	}
	if sim.s, err = c.Engine.Service(ctx, c.Organisation, c.Service); err != nil {
		return nil, err
	}
	if sim.zone, err = time.LoadLocation(sim.o.Zone); err != nil {
		return nil, err
	}
	sim.hours[0], _ = ofDay(c.Behaviour.Hours.From)
	sim.hours[1], _ = ofDay(c.Behaviour.Hours.Until)
	sim.start = sim.midnight(c.Clock.Now(), 0)
	for n := range c.Days {
		sim.days = append(sim.days, Day{Date: sim.midnight(sim.start, n).Format(time.DateOnly)})
		sim.ends = append(sim.ends, sim.midnight(sim.start, n+1).Unix())
	}
	return sim, nil
}

// midnight is that before t, or that of n days later.
func (sim *Simulation) midnight(t time.Time, n int) time.Time {
	y, m, d := t.In(sim.zone).Date()
	return time.Date(y, m, d+n, 0, 0, 0, 0, sim.zone)
}

// Run lets the days pass for a batch that was stored, and tells what happened.
func (sim *Simulation) Run(ctx context.Context, b *engine.Batch) (*Report, error) {
	sim.batch = b
	r := &Report{
		Organisation: string(sim.Organisation), Service: string(sim.Service), Zone: sim.o.Zone, Batch: b.CreatedAt.In(sim.zone),
		Lines: b.Lines, Accepted: b.Accepted, Refused: b.Refused, SMSPrice: sim.o.SMSPrice, Behaviour: sim.Behaviour,
	}
	for n := range sim.days {
		end := sim.midnight(sim.start, n+1)
		if err := sim.pass(ctx, end); err != nil {
			return nil, err
		}
		if err := sim.close(ctx, n, end); err != nil {
			return nil, err
		}
	}
	r.Days = sim.days
	sim.census(r)
	r.total()
	return r, nil
}

// End is the midnight after the last day.
func (sim *Simulation) End() time.Time { return sim.midnight(sim.start, len(sim.days)) }

// kinds are what a simulation does when it is due: agents' own agendas are not read.
func kinds() []string {
	return []string{
		engine.DueInvitation, engine.DueAppointment, engine.DueRecipient, engine.DueInbound, engine.DuePacing, engine.DueSMS, engine.DueEmail,
	}
}

// pass does all that happens before a moment.
func (sim *Simulation) pass(ctx context.Context, end time.Time) error {
	for {
		next, found := sim.Timetable.Earliest(sim.partition, sim.kinds...)
		if at, ok := sim.agenda.next(); ok && (!found || at.Before(next)) {
			next, found = at, true
		}
		if !found || !next.Before(end) {
			return ctx.Err()
		}
		if next.After(sim.Clock.Now()) {
			sim.Clock.set(next)
		}
		if err := sim.moment(ctx); err != nil {
			return err
		}
	}
}

// portion is how many due entries are taken at once.
const portion = 1024

// moment does what is to be done now: first what people do, then what is due.
func (sim *Simulation) moment(ctx context.Context) error {
	if err := sim.acts(ctx, sim.agenda.due(sim.Clock.Now())); err != nil {
		return err
	}
	for {
		now := sim.Clock.Now()
		due, err := sim.Timetable.Take(ctx, now, sim.End(), portion, sim.kinds, sim.partition)
		if err != nil || len(due) == 0 {
			return err
		}
		byKind := map[string][]string{}
		for _, d := range due {
			byKind[d.Kind] = append(byKind[d.Kind], d.ID)
		}
		for _, kind := range sim.kinds {
			if err := sim.advance(ctx, kind, byKind[kind]); err != nil {
				return err
			}
		}
	}
}

// close looks at a day that is over.
func (sim *Simulation) close(ctx context.Context, n int, end time.Time) error {
	sim.Clock.set(end)
	day := &sim.days[n]
	progress, err := sim.Engine.BatchProgress(ctx, sim.Organisation, sim.batch.ID)
	if err != nil {
		return err
	}
	day.Waiting = int(progress["waiting"])
	day.NoShows = float64(day.chosen)*sim.absent(false) + float64(day.imposed)*sim.absent(true)
	day.Free, err = sim.Engine.Vacancies(ctx, sim.Organisation, sim.Service, sim.midnight(sim.start, n), end)
	return err
}
