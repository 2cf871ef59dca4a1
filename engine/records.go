package engine

import (
	"context"
	"slices"
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
	if inv, ok := v.(*Invitation); ok {
		c.pace(inv)
	}
	if k, ok := v.(keepable); ok {
		c.keep(k)
	}
	p := Put{ID: v.recordID(), Expect: *v.version(), of: v}
	if _, ok := v.(minted); ok && p.Expect == 0 {
		p.Expect = Fresh
	}
	if c.Puts == nil {
		c.Puts = make([]Put, 0, aFew)
	}
	c.Puts = append(c.Puts, p)
	if l, ok := v.(living); ok {
		c.schedule(l)
	}
}

// aFew is how many records most changes put: room for them is made at once.
const aFew = 3

// encode makes what is stored of the records that were put, written behind what the buffer holds. A record that is
// kept as a value is the store's from now on, and has the version that it will have there.
func (c *Change) encode(buffer []byte, values bool) []byte {
	for n := range c.Puts {
		p := &c.Puts[n]
		if p.of == nil {
			continue // it has its body
		}
		k, ok := p.of.(cloner)
		switch {
		case !ok || !values || k.resting():
			begin := len(buffer)
			var err error
			if buffer, err = json.Append(buffer, p.of, json.EscapeHTML|json.SortMapKeys); err != nil {
				panic("engine: a record that is not JSON: " + err.Error()) // only a defect of ours can do this
			}
			p.Body = buffer[begin:len(buffer):len(buffer)]
		case c.goesOn:
			p.Value = k.clone()
		default:
			p.Value, p.of = k, nil
			*k.version() = max(p.Expect, 0) + 1
		}
	}
	return buffer
}

// written gives the records that are still ours the versions they have now.
func (c *Change) written() {
	for n := range c.Puts {
		if v := c.Puts[n].of; v != nil {
			*v.version() = max(*v.version(), 0) + 1
		}
	}
}

func (c *Change) schedule(l living) {
	kind, next := l.due()
	d := Due{Kind: kind, ID: l.recordID()}
	if next != nil {
		next.At = next.At.Truncate(stepGrain)
		d.At = next.At
	} else if *l.version() == 0 {
		return // a new record that waits for nothing was never due
	}
	if c.Due == nil {
		c.Due = make([]Due, 0, aFew)
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
	if c.Counts == nil {
		c.Counts = make([]Count, 0, 8)
	}
	org := "org:" + string(ev.Organisation)
	c.Counts = append(c.Counts, Count{Name: org, Field: string(ev.Type), N: 1}, Count{Name: org, Field: countEvents, N: 1})
	c.Counts = counted(&c.Events[len(c.Events)-1], c.Counts)
	if ev.Batch != "" {
		c.Counts = append(c.Counts, Count{Name: "batch:" + string(ev.Batch), Field: string(ev.Type), N: 1})
	}
}

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
	return e.deciding(ctx, op, p, tries, decide, func(*Change) error {
		return refuse(op, CodeTaken, "somebody else has just taken it")
	})
}

// deciding runs load–decide–commit at most so many times. lost is told of a change that met what is
// somebody else's: its error ends the trying. What was written has its new version afterwards, and is the store's:
// it is read, not changed.
func (e *Engine) deciding(ctx context.Context, op string, p Partition, times int, decide func() (*Change, error), lost func(*Change) error) error {
	for range times {
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
			c.written()
			c.tell()
			return nil
		case Taken:
			if err := lost(c); err != nil {
				return err
			}
		}
	}
	return refuse(op, CodeConflict, "the record keeps changing under us; try again in a moment")
}

// commit writes changes and wakes the dispatcher for what became due at once.
func (e *Engine) commit(ctx context.Context, p Partition, changes []Change) ([]Result, error) {
	buffer, values := new([]byte), false
	if _, values = e.Store.(Keeper); values { // it copies what is written there
		if b, ok := e.buffers.Get().(*[]byte); ok {
			buffer = b
		}
		defer e.buffers.Put(buffer)
	}
	*buffer = (*buffer)[:0]
	for i := range changes {
		*buffer = changes[i].encode(*buffer, values)
	}
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
