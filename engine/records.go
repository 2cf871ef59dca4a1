package engine

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/encoding/json"
)

// stored is any record: it knows its id in the store and carries its version.
type stored interface {
	recordID() string
	version() *int64
}

// living is a stored thing with a next step, which waits in the due set of its kind.
type living interface {
	stored
	due() (kind string, next *Step)
}

func (o *Organisation) recordID() string { return string(o.ID) }
func (o *Organisation) version() *int64  { return &o.Version }

func serviceKey(org OrganisationID, id ServiceID) string {
	return "srv:" + string(org) + ":" + string(id)
}
func calendarKey(org OrganisationID, id CalendarID) string {
	return "cal:" + string(org) + ":" + string(id)
}

func (s *Service) recordID() string     { return serviceKey(s.Organisation, s.ID) }
func (s *Service) version() *int64      { return &s.Version }
func (c *Calendar) recordID() string    { return calendarKey(c.Organisation, c.ID) }
func (c *Calendar) version() *int64     { return &c.Version }
func (b *Batch) recordID() string       { return string(b.ID) }
func (b *Batch) version() *int64        { return &b.Version }
func (r *Recipient) recordID() string   { return string(r.ID) }
func (r *Recipient) version() *int64    { return &r.Version }
func (i *Invitation) recordID() string  { return string(i.ID) }
func (i *Invitation) version() *int64   { return &i.Version }
func (a *Appointment) recordID() string { return string(a.ID) }
func (a *Appointment) version() *int64  { return &a.Version }
func (m *Message) recordID() string     { return string(m.ID) }
func (m *Message) version() *int64      { return &m.Version }

func (r *Recipient) due() (string, *Step)   { return DueRecipient, r.Next }
func (i *Invitation) due() (string, *Step)  { return DueInvitation, i.Next }
func (a *Appointment) due() (string, *Step) { return DueAppointment, a.Next }
func (m *Message) due() (string, *Step)     { return string(m.Channel), m.Next }

// minted is a record whose id was made for it: while it is new nobody else can have written it.
type minted interface{ minted() }

func (i *Invitation) minted()  {}
func (a *Appointment) minted() {}
func (m *Message) minted()     {}

// put adds the record to the change, expecting the version it was read with. A living
// record's due time goes with it, so that the two can never disagree.
func (c *Change) put(v stored) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("engine: a record that is not JSON: " + err.Error()) // only a defect of ours can do this
	}
	p := Put{ID: v.recordID(), Expect: *v.version(), Body: body}
	if _, ok := v.(minted); ok && p.Expect == 0 {
		p.Expect = Fresh
	}
	c.Puts = append(c.Puts, p)
	if l, ok := v.(living); ok {
		c.schedule(l)
	}
}

func (c *Change) schedule(l living) {
	kind, next := l.due()
	d := Due{Kind: kind, ID: l.recordID()}
	if next != nil {
		d.At = next.At
	} else if *l.version() == 0 {
		return // a new record that waits for nothing was never due
	}
	c.Due = append(c.Due, d)
}

// guard demands that a record did not change since it was read.
func (c *Change) guard(v stored) {
	c.Checks = append(c.Checks, Check{ID: v.recordID(), Version: *v.version()})
}

// emit writes the event and counts it for the organisation and the batch.
func (c *Change) emit(ev Event) {
	c.Events = append(c.Events, ev)
	c.Counts = append(c.Counts, Count{Name: "org:" + string(ev.Organisation), Field: string(ev.Type), N: 1})
	if ev.Batch != "" {
		c.Counts = append(c.Counts, Count{Name: "batch:" + string(ev.Batch), Field: string(ev.Type), N: 1})
	}
}

// shelf is what was read for one decision.
type shelf struct {
	e       *Engine
	records map[string]Record
	// trusting shelves take organisations, services and calendars that were read a moment ago as they
	// are: a policy saved by another process holds a second later.
	trusting bool
}

// trust is for how long (real time).
const trust = time.Second

// fetch reads the records in one round trip; empty and repeated ids are fine.
func (e *Engine) fetch(ctx context.Context, p Partition, ids ...string) (shelf, error) {
	s := shelf{e: e, records: make(map[string]Record, len(ids))}
	return s, s.more(ctx, p, ids...)
}

// trusted is an empty shelf that takes policies read a moment ago as they are.
func (e *Engine) trusted() shelf {
	return shelf{e: e, records: map[string]Record{}, trusting: true}
}

// more reads further records onto the shelf.
func (s shelf) more(ctx context.Context, p Partition, ids ...string) error {
	want := ids[:0:0]
	seen := make(map[string]bool, len(ids))
	var old time.Time
	if s.trusting {
		old = s.e.Clock.Now().Add(-s.e.Clock.Span(trust))
	}
	for _, id := range ids {
		if _, have := s.records[id]; id == "" || have || seen[id] {
			continue
		}
		if version, ok := s.e.cache.since(id, old); s.trusting && ok {
			s.records[id] = Record{ID: id, Version: version}
			continue
		}
		seen[id] = true
		want = append(want, id)
	}
	if len(want) == 0 {
		return nil
	}
	recs, err := s.e.Store.Load(ctx, p, want...)
	if err != nil {
		return err
	}
	for i, r := range recs {
		s.records[want[i]] = r
	}
	return nil
}

// pick decodes a record from the shelf; nil when there is none.
func pick[T any, P interface {
	*T
	stored
}](s shelf, id string) (P, error) {
	r := s.records[id]
	if r.Version == 0 {
		return nil, nil
	}
	v := P(new(T))
	if err := json.Unmarshal(r.Body, v); err != nil {
		return nil, &Error{Code: CodeInternal, Op: "read", Message: "a stored record cannot be read: " + id, Cause: err}
	}
	*v.version() = r.Version
	return v, nil
}

// settled is pick for what rarely changes (organisations, services, calendars): decoded
// once per version and shared, so callers must not write to it.
func settled[T any, P interface {
	*T
	stored
}](s shelf, id string) (P, error) {
	r := s.records[id]
	if v, ok := s.e.cache.get(id, r.Version); ok {
		if r.Body != nil { // read again, and still the same
			s.e.cache.put(id, r.Version, v, s.e.Clock.Now())
		}
		return v.(P), nil
	}
	v, err := pick[T, P](s, id)
	if v != nil {
		s.e.cache.put(id, r.Version, v, s.e.Clock.Now())
	}
	return v, err
}

// cache keeps the newest decoded version of records that rarely change, and what is made from them.
type cache struct {
	entries sync.Map
	doubts  atomic.Int64 // unix nanoseconds: what was read before is not trusted
}

type cached struct {
	version int64
	value   any
	read    time.Time
}

func (c *cache) get(id string, version int64) (any, bool) {
	if v, ok := c.entries.Load(id); ok && version != 0 && v.(cached).version == version {
		return v.(cached).value, true
	}
	return nil, false
}

func (c *cache) put(id string, version int64, v any, now time.Time) {
	c.entries.Store(id, cached{version, v, now})
}

// since is the version of an entry that was read after a moment.
func (c *cache) since(id string, old time.Time) (int64, bool) {
	v, ok := c.entries.Load(id)
	if !ok || !v.(cached).read.After(old) || v.(cached).read.UnixNano() <= c.doubts.Load() {
		return 0, false
	}
	return v.(cached).version, true
}

// distrust makes everything be read again: something was saved here, or a conflict shows that
// somebody may have saved something elsewhere.
func (c *cache) distrust(now time.Time) { c.doubts.Store(now.UnixNano()) }

// read loads one record of an organisation; CodeNotFound when there is none or it is another's.
func read[T any, P interface {
	*T
	stored
	owner() OrganisationID
}](ctx context.Context, e *Engine, org OrganisationID, id string) (P, error) {
	s, err := e.fetch(ctx, org.Partition(), id)
	if err != nil {
		return nil, err
	}
	v, err := pick[T, P](s, id)
	if err != nil {
		return nil, err
	}
	if v == nil || v.owner() != org {
		return nil, refuse("read", CodeNotFound, "there is no such record in this organisation")
	}
	return v, nil
}

func (o *Organisation) owner() OrganisationID { return o.ID }
func (s *Service) owner() OrganisationID      { return s.Organisation }
func (c *Calendar) owner() OrganisationID     { return c.Organisation }
func (b *Batch) owner() OrganisationID        { return b.Organisation }
func (i *Invitation) owner() OrganisationID   { return i.Organisation }
func (a *Appointment) owner() OrganisationID  { return a.Organisation }
func (m *Message) owner() OrganisationID      { return m.Organisation }
func (r *Recipient) owner() OrganisationID    { return r.Organisation }

// tries is how often a verb decides again after a conflict before it gives up.
const tries = 24

// change runs load–decide–commit until no one else was faster. decide returns nil when
// there is nothing to do. A Taken answer is CodeTaken.
func (e *Engine) change(ctx context.Context, op string, p Partition, decide func() (*Change, error)) error {
	for range tries {
		c, err := decide()
		if err != nil || c == nil {
			return err
		}
		res, err := e.commit(ctx, p, []Change{*c})
		if err != nil {
			return err
		}
		switch res[0] {
		case Done:
			return nil
		case Taken:
			return refuse(op, CodeTaken, "somebody else has just taken it")
		}
	}
	return refuse(op, CodeConflict, "the record keeps changing under us; try again in a moment")
}

// commit writes changes and wakes the dispatcher for what became due at once.
func (e *Engine) commit(ctx context.Context, p Partition, changes []Change) ([]Result, error) {
	res, err := e.Store.Commit(ctx, p, changes)
	if slices.Contains(res, Conflict) {
		e.cache.distrust(e.Clock.Now())
	}
	if err != nil || e.Wake == nil {
		return res, err
	}
	now, woken := e.Clock.Now(), map[string]bool{}
	for i := range changes {
		for _, d := range changes[i].Due {
			if res[i] == Done && !d.At.IsZero() && !d.At.After(now) && !woken[d.Kind] {
				woken[d.Kind] = true
				e.Wake(d.Kind)
			}
		}
	}
	return res, nil
}

// at is a pointer to a time, for fields that may be absent.
func at(t time.Time) *time.Time { return &t }
