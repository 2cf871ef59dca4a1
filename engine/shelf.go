package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/encoding/json"
)

// shelf is what was read for one decision.
type shelf struct {
	e       *Engine
	records map[string]Record // Version 0: asked for, and not there or not read yet
	near    *surroundings     // of the last invitation asked about
	// trusting shelves take organisations, services and calendars that were read a moment ago as they
	// are: a policy saved by another process holds a second later.
	trusting bool
}

// trust is for how long (real time).
const trust = time.Second

// trustedSince is the moment after which what was read is taken as it is.
func (e *Engine) trustedSince() time.Time { return e.Clock.Now().Add(-e.Clock.Span(trust)) }

func (e *Engine) shelf(n int, trusting bool) shelf {
	return shelf{e: e, records: make(map[string]Record, n), near: &surroundings{}, trusting: trusting}
}

// fetch reads the records in one round trip; empty and repeated ids are fine.
func (e *Engine) fetch(ctx context.Context, p Partition, ids ...string) (shelf, error) {
	s := e.shelf(len(ids), false)
	return s, s.more(ctx, p, ids...)
}

// usedAgain is the most records on a shelf that is used again: a larger one takes longer to clear than to make.
const usedAgain = 32

// trusted is an empty shelf for about n records that takes policies read a moment ago as they are. Whoever is done
// with it says so, and a small one is used again: one was made for every step.
func (e *Engine) trusted(n int) shelf {
	if n > usedAgain {
		return e.shelf(n, true)
	}
	s, ok := e.shelves.Get().(*shelf)
	if !ok {
		empty := e.shelf(0, true)
		s = &empty
	}
	return *s
}

// done gives the shelf to the next who asks for one. What its records are near of is the same for most.
func (s shelf) done() {
	if len(s.records) > usedAgain {
		return
	}
	clear(s.records)
	s.e.shelves.Put(&s)
}

// more reads further records onto the shelf.
func (s shelf) more(ctx context.Context, p Partition, ids ...string) error {
	want := ids[:0:0]
	var old time.Time
	if s.trusting {
		old = s.e.trustedSince()
	}
	for _, id := range ids {
		if _, have := s.records[id]; id == "" || have {
			continue
		}
		if version, ok := s.e.cache.since(id, old); s.trusting && ok {
			s.records[id] = Record{ID: id, Version: version}
			continue
		}
		s.records[id] = Record{}
		want = append(want, id)
	}
	if len(want) == 0 {
		return nil
	}
	recs, err := s.e.Store.Load(ctx, p, want...)
	if err != nil {
		return err
	}
	for i := range recs {
		s.records[want[i]] = recs[i]
	}
	return nil
}

// record is one of those that were read; of what was not, nothing is known to exist.
func (s shelf) record(id string) Record { return s.records[id] }

// surroundings are what decisions about the invitations of one service and batch read besides themselves.
type surroundings struct {
	organisation OrganisationID
	service      ServiceID
	batch        BatchID

	wordingKey, serviceKey string
	pauses                 []*pause // as they are when nobody paused anything; not to be written
	keys                   []string // of all of it

	hours quiet // of these two
	of    *Organisation
	under *Service
}

// quiet is quietOf, which most of a row have in common.
func (n *surroundings) quiet(e *Engine, o *Organisation, s *Service) quiet {
	if n.of != o || n.under != s {
		n.hours, n.of, n.under = e.quietOf(o, s), o, s
	}
	return n.hours
}

// around are the surroundings of an invitation: most of a row have the same.
func (s shelf) around(org OrganisationID, service ServiceID, batch BatchID) *surroundings {
	if n := s.near; n.organisation == org && n.service == service && n.batch == batch && n.keys != nil {
		return n
	}
	out := surroundings{organisation: org, service: service, batch: batch, wordingKey: wordingKey(org), serviceKey: serviceKey(org, service)}
	out.pauses = (&Invitation{Organisation: org, Service: service, Batch: batch}).pauses()
	out.keys = []string{string(org), out.wordingKey, out.serviceKey}
	for _, p := range out.pauses {
		out.keys = append(out.keys, p.ID)
	}
	*s.near = out
	return s.near
}

// pick decodes a record from the shelf; nil when there is none.
func pick[T any, P interface {
	*T
	stored
}](s shelf, id string) (P, error) {
	r := s.record(id)
	if r.Version == 0 {
		return nil, nil
	}
	if kept, ok := r.Value.(cloner); ok {
		v, ok := kept.clone().(P)
		if !ok {
			return nil, &Error{Code: CodeInternal, Op: "read", Message: "a stored record is of another kind: " + id}
		}
		*v.version() = r.Version
		return v, nil
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
	r := s.record(id)
	if v, ok := s.e.cache.get(id, r.Version); ok {
		if r.Body != nil || r.Value != nil { // read again, and still the same
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

// fresh is an entry of this version that was read after a moment.
func (c *cache) fresh(id string, version int64, old time.Time) (any, bool) {
	if is, ok := c.since(id, old); !ok || is != version {
		return nil, false
	}
	return c.get(id, version)
}

// distrust makes everything be read again: something was saved here, or a conflict shows that
// somebody may have saved something elsewhere.
func (c *cache) distrust(now time.Time) { c.doubts.Store(now.UnixNano()) }
