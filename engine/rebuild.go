package engine

import (
	"context"
	"slices"
	"time"
)

// statsBook is the record that rebuilding the figures leaves: two at once must not both correct.
type statsBook struct {
	ID           string         `json:"-"`
	Version      int64          `json:"-"`
	Organisation OrganisationID `json:"organisation"`
	At           time.Time      `json:"at"`
}

func (b *statsBook) recordID() string      { return b.ID }
func (b *statsBook) version() *int64       { return &b.Version }
func (b *statsBook) owner() OrganisationID { return b.Organisation }

// Rebuilt tells what rebuilding the figures did.
type Rebuilt struct {
	Events    int64 // read
	Sets      int   // of counters compared
	Corrected int   // counters that were wrong
}

// RebuildStats makes the counters of the figures again from all events of the organisation, while it
// works: what differs is corrected by adding, so that nothing counted meanwhile is lost. CodeWrongState
// when events were trimmed, for then the counters know more than the events do; CodeConflict when the
// organisation is rebuilt by somebody else, or never pauses for long enough to compare.
func (e *Engine) RebuildStats(ctx context.Context, org OrganisationID) (Rebuilt, error) {
	o, err := e.organisation(ctx, org)
	if err != nil {
		return Rebuilt{}, err
	}
	b := &rebuilding{e: e, org: org, should: map[string]map[string]int64{}}
	if err := b.begin(ctx); err != nil {
		return Rebuilt{}, err
	}
	if err := b.all(ctx); err != nil {
		return Rebuilt{}, err
	}
	if err := b.known(ctx, o); err != nil {
		return Rebuilt{}, err
	}
	for _, name := range b.names {
		if err := b.correct(ctx, name); err != nil {
			return Rebuilt{}, err
		}
		b.out.Sets++
	}
	return b.out, nil
}

// rebuilding is one run of RebuildStats.
type rebuilding struct {
	e      *Engine
	org    OrganisationID
	book   *statsBook
	cursor string // the last event read
	should map[string]map[string]int64
	names  []string
	out    Rebuilt
}

func (b *rebuilding) begin(ctx context.Context) error {
	id := "stb_" + string(b.org)
	sh, err := b.e.fetch(ctx, b.org.Partition(), id)
	if err != nil {
		return err
	}
	if b.book, err = pick[statsBook](sh, id); err != nil {
		return err
	}
	if b.book == nil {
		b.book = &statsBook{Organisation: b.org}
	}
	b.book.ID = id
	return nil
}

// all reads every event, and refuses when the first ones are gone.
func (b *rebuilding) all(ctx context.Context) error {
	ever, err := b.e.Counts(ctx, b.org) // before reading: what happens meanwhile only adds to what is read
	if err != nil {
		return err
	}
	if _, err := b.more(ctx, ""); err != nil {
		return err
	}
	if b.out.Events < ever[countEvents] {
		return refuse("rebuild stats", CodeWrongState,
			"of the %d events of this organisation %d are kept; older ones were trimmed, so its figures cannot be made again", ever[countEvents], b.out.Events)
	}
	return nil
}

// more reads the events that came since, and tells whether any changed the counters of name.
func (b *rebuilding) more(ctx context.Context, name string) (touched bool, err error) {
	for {
		events, next, err := b.e.Lister.Events(ctx, b.org, b.cursor, 1000)
		if err != nil {
			return touched, err
		}
		for _, ev := range events {
			b.cursor = ev.ID
			b.out.Events++
			for _, n := range counted(&ev, nil) {
				touched = touched || n.Name == name
				if b.should[n.Name] == nil {
					b.should[n.Name] = map[string]int64{}
				}
				b.should[n.Name][n.Field] += n.N
			}
		}
		if next == "" {
			return touched, nil
		}
	}
}

// known names the counters that events speak of, and those that may hold what no event says: every
// service in every period since the organisation began, as far ahead as one can book.
func (b *rebuilding) known(ctx context.Context, o *Organisation) error {
	services, err := b.e.statServices(ctx, StatsRequest{Organisation: b.org})
	if err != nil {
		return err
	}
	zone := b.e.quiet(o).zone
	first, last := o.CreatedAt.In(zone), b.e.Clock.Now().In(zone).AddDate(1, 0, 0)
	months, weeks := periods(time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, time.UTC), time.Date(last.Year(), last.Month(), 1, 0, 0, 0, 0, time.UTC))
	for _, s := range services {
		for _, p := range append(slices.Clone(months), weeks...) {
			b.names = append(b.names, statsName(b.org, s, p))
		}
	}
	for name := range b.should {
		b.names = append(b.names, name)
	}
	slices.Sort(b.names)
	b.names = slices.Compact(b.names)
	return nil
}

// correct compares one set of counters with the events at a moment when both say the same thing: no
// event that changes the set came between the two readings around it.
func (b *rebuilding) correct(ctx context.Context, name string) error {
	for range tries {
		is, err := b.e.Lister.Counts(ctx, b.org.Partition(), name)
		if err != nil {
			return err
		}
		before := b.should[name]
		was := make(map[string]int64, len(before))
		addUp(was, before)
		touched, err := b.more(ctx, name)
		if err != nil {
			return err
		}
		if !touched {
			return b.add(ctx, name, was, is)
		}
	}
	return refuse("rebuild stats", CodeConflict, "too much happens at this moment to compare; try again when it is quieter")
}

// add commits the difference; the book lets only one run do so.
func (b *rebuilding) add(ctx context.Context, name string, should, is map[string]int64) error {
	c := Change{}
	for field := range is {
		if _, ok := should[field]; !ok {
			should[field] = 0
		}
	}
	for field, n := range should {
		if n != is[field] {
			c.Counts = append(c.Counts, Count{Name: name, Field: field, N: n - is[field]})
		}
	}
	if len(c.Counts) == 0 {
		return nil
	}
	b.book.At = b.e.Clock.Now()
	c.put(b.book)
	res, err := b.e.commit(ctx, b.org.Partition(), []Change{c})
	if err != nil {
		return err
	}
	if res[0] != Done {
		return refuse("rebuild stats", CodeConflict, "somebody else is rebuilding these figures")
	}
	b.book.Version++
	b.out.Corrected += len(c.Counts)
	return nil
}
