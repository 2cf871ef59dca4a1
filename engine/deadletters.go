package engine

import (
	"context"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"time"
)

// DeadLetter is work that could not be done: a step that kept failing, or a message that no
// attempt could send. It is a record: nothing forgets it but Retry.
type DeadLetter struct {
	ID       string    `json:"id"`   // partition and key: 17-fail_inv_…
	Kind     string    `json:"kind"` // of the due entry
	Record   string    `json:"record"`
	Reason   string    `json:"reason"`
	Attempts int       `json:"attempts"`
	At       time.Time `json:"at"`   // of the last failure
	Dead     bool      `json:"dead"` // false: it failed, and comes due again by itself
	Version  int64     `json:"-"`
}

const listDead = "dead"

// A step that fails and a message that gives up are kept apart: one thing may be both.
func failureKey(id string) string { return "fail_" + id }
func gaveUpKey(id string) string  { return "dead_" + id }

func (f *DeadLetter) recordID() string { _, key, _ := strings.Cut(f.ID, "-"); return key }
func (f *DeadLetter) version() *int64  { return &f.Version }

func deadID(p Partition, key string) string { return strconv.Itoa(int(p)) + "-" + key }

// chance is a random number from 0 to 1, for jitter.
func (e *Engine) chance() float64 {
	var b [8]byte
	if _, err := io.ReadFull(e.Random, b[:]); err != nil {
		return 0.5
	}
	return float64(binary.BigEndian.Uint64(b[:])>>11) / (1 << 53)
}

// dead keeps a message that failed as a dead letter, in the change that fails it.
func (l *letter) dead(c *Change, reason string) {
	f := &DeadLetter{ID: deadID(l.p, gaveUpKey(string(l.m.ID))), Kind: string(l.m.Channel), Record: string(l.m.ID), Reason: reason, Attempts: l.m.Attempt, At: l.now, Dead: true}
	f.add(c)
}

// add writes the letter, and lists it when it is dead.
func (f *DeadLetter) add(c *Change) {
	c.put(f)
	if f.Dead {
		c.Lists = append(c.Lists, ListEntry{List: listDead, Score: f.At.UnixMilli(), Member: f.ID})
	}
}

// stepAttempts is how often a failing step comes due again before it is a dead letter.
const stepAttempts = 10

// lookAgainAfter is when a service looks again of which a look became a dead letter: those who wait for it
// have no time of their own.
const lookAgainAfter = 24 * time.Hour

// Fail notes that the step of a due entry failed: it comes due again later with back-off, and
// becomes a dead letter after ten failures. The look of a service is tried again a day later all the same.
func (e *Engine) Fail(ctx context.Context, d Due, cause error) error {
	return e.change(ctx, "fail", d.Partition, func() (*Change, error) {
		sh, err := e.fetch(ctx, d.Partition, failureKey(d.ID))
		if err != nil {
			return nil, err
		}
		f, err := pick[DeadLetter](sh, failureKey(d.ID))
		if err != nil {
			return nil, err
		}
		now := e.Clock.Now()
		if f == nil {
			f = &DeadLetter{ID: deadID(d.Partition, failureKey(d.ID)), Kind: d.Kind, Record: d.ID}
		}
		if now.Sub(f.At) > e.Clock.Span(4*time.Hour) {
			f.Attempts = 0 // it worked in between
		}
		f.Attempts++
		f.Reason, f.At = cause.Error(), now
		given := f.Attempts >= stepAttempts
		f.Dead = f.Dead || given // only Retry takes it back
		c := &Change{}
		f.add(c)
		due := Due{Kind: d.Kind, ID: d.ID}
		switch {
		case !given:
			due.At = now.Add(e.Clock.Span(e.Limits.wait(f.Attempts, e.chance())))
		case isLook(d.ID):
			due.At = now.Add(lookAgainAfter)
		}
		c.Due = append(c.Due, due)
		return c, nil
	})
}

// DeadLetters lists them over all partitions, at most limit.
func (e *Engine) DeadLetters(ctx context.Context, limit int) ([]DeadLetter, error) {
	var out []DeadLetter
	for p := range Partition(Partitions) {
		if len(out) >= limit {
			break
		}
		members, _, err := e.Lister.List(ctx, p, listDead, "", limit-len(out))
		if err != nil {
			return nil, err
		}
		keys := make([]string, len(members))
		for i, m := range members {
			_, keys[i], _ = strings.Cut(m.Member, "-")
		}
		some, err := loadAll[DeadLetter](ctx, e, p, keys)
		if err != nil {
			return nil, err
		}
		for _, f := range some {
			out = append(out, *f)
		}
	}
	return out, nil
}

// DeadLetter reads one by its id; CodeNotFound.
func (e *Engine) DeadLetter(ctx context.Context, id string) (*DeadLetter, error) {
	_, f, err := e.deadLetter(ctx, id)
	return f, err
}

func (e *Engine) deadLetter(ctx context.Context, id string) (Partition, *DeadLetter, error) {
	where, key, _ := strings.Cut(id, "-")
	n, err := strconv.ParseUint(where, 10, 8)
	if err != nil || n >= Partitions {
		return 0, nil, refuse("dead letter", CodeNotFound, "there is no such dead letter")
	}
	sh, err := e.fetch(ctx, Partition(n), key)
	if err != nil {
		return 0, nil, err
	}
	f, err := pick[DeadLetter](sh, key)
	if err == nil && (f == nil || !f.Dead) {
		err = refuse("dead letter", CodeNotFound, "there is no such dead letter")
	}
	return Partition(n), f, err
}

// Retry makes a dead letter's step due now and takes it off the list; CodeNotFound.
func (e *Engine) Retry(ctx context.Context, id string) error {
	p, _, err := e.deadLetter(ctx, id)
	if err != nil {
		return err
	}
	return e.change(ctx, "retry", p, func() (*Change, error) {
		_, f, err := e.deadLetter(ctx, id)
		if err != nil {
			return nil, err
		}
		now := e.Clock.Now()
		c := &Change{Deletes: []string{f.recordID()}, Lists: []ListEntry{{List: listDead, Member: f.ID, Remove: true}}}
		c.guard(f)
		if f.Kind != DueSMS && f.Kind != DueEmail {
			c.Due = append(c.Due, Due{Kind: f.Kind, ID: f.Record, At: now})
			return c, nil
		}
		sh, err := e.fetch(ctx, p, f.Record)
		if err != nil {
			return nil, err
		}
		m, err := pick[Message](sh, f.Record)
		if err != nil || m == nil {
			return c, err // erased meanwhile: only the letter goes
		}
		doubtful := m.State == MessageUndelivered && m.Reason == ReasonUnknown
		if m.State == MessageFailed || m.State == MessageQueued || doubtful {
			m.State, m.Reason, m.Attempt = MessageQueued, "", 0
			m.Next = &Step{Kind: StepSend, At: now}
			if doubtful {
				m.Next.Kind = StepFindOut
			}
			c.put(m)
		} else if m.Next != nil {
			c.Due = append(c.Due, Due{Kind: f.Kind, ID: f.Record, At: now})
		}
		return c, nil
	})
}
