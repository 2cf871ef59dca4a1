package store

import (
	"strconv"
	"time"

	"github.com/segmentio/encoding/json"

	"relance/engine"
)

// call is the arguments of one run of commit.lua, which says what they mean.
type call struct {
	args  []any
	bytes int
}

// encode turns changes into as few calls as the limits of one script allow.
func (s *Store) encode(changes []engine.Change) ([][]any, error) {
	var calls [][]any
	c := s.newCall(len(changes))
	for i, n := 0, 0; i < len(changes); i, n = i+1, n+1 {
		if n == maxChanges || c.bytes > maxBytes {
			calls = append(calls, c.args)
			c, n = s.newCall(len(changes)-i), 0
		}
		if err := c.change(&changes[i]); err != nil {
			return nil, err
		}
	}
	return append(calls, c.args), nil
}

func (s *Store) newCall(changes int) *call {
	c := &call{args: make([]any, 0, 1+40*min(changes, maxChanges))}
	c.args = append(c.args, s.KeepEvents)
	return c
}

func (c *call) add(op any, fields ...string) {
	c.args = append(c.args, op)
	for _, f := range fields {
		c.args = append(c.args, f)
		c.bytes += len(f)
	}
}

func (c *call) change(ch *engine.Change) error {
	next := len(c.args)
	c.args = append(c.args, nil)
	c.demands(ch)
	c.add("")
	c.records(ch)
	c.entries(ch)
	if err := c.events(ch.Events); err != nil {
		return err
	}
	c.add("")
	c.args[next] = len(c.args) + 1 // Lua counts from one
	return nil
}

// demands are versions first: who decided on an old state is told so, whatever else is wrong.
func (c *call) demands(ch *engine.Change) {
	if sole := soleDemand(ch); sole != nil { // looked for and written in one command
		c.add("n", sole.ID)
		c.value(sole)
		return
	}
	for i := range ch.Puts {
		if p := &ch.Puts[i]; p.Expect != engine.Fresh {
			c.add("v", p.ID, versionPrefix(p.Expect))
			c.value(p)
		}
	}
	for _, k := range ch.Checks {
		c.add("v", k.ID, versionPrefix(k.Version), "")
	}
	for _, x := range ch.Index {
		if x.Unique && x.Value != "" {
			c.add("u", x.Index, x.Field, x.Value)
		}
	}
	for _, r := range ch.Releases {
		c.add("f", string(r.Calendar), member(r))
	}
	for _, k := range ch.Caps {
		c.add("m", k.Name, k.Field, itoa(k.N), itoa(k.Most))
	}
	for _, k := range ch.Claims {
		c.claim(&k)
	}
}

// claim demands room for one more.
func (c *call) claim(k *engine.Claim) {
	op, most := "c", k.Capacity
	switch {
	case k.Seats > 0:
		op, most = "s", k.Seats
	case k.Insist:
		most = 0
	}
	asked := "0"
	if !k.Asked.IsZero() {
		asked = itoa(k.Asked.Unix())
	}
	c.add(op, string(k.Calendar), excluding(k.Start.Add(-maxClaim)), excluding(k.End), member(*k), strconv.Itoa(most), asked)
}

// soleDemand is the record whose absence is all that a change demands, as when somebody is invited
// for the first time; nil when it demands something else or more.
func soleDemand(ch *engine.Change) *engine.Put {
	if len(ch.Checks) > 0 || len(ch.Caps) > 0 || len(ch.Claims) > 0 || len(ch.Deletes) > 0 {
		return nil
	}
	for _, x := range ch.Index {
		if x.Unique {
			return nil
		}
	}
	var sole *engine.Put
	for i := range ch.Puts {
		switch p := &ch.Puts[i]; {
		case p.Expect == engine.Fresh:
		case p.Expect != 0 || sole != nil:
			return nil
		default:
			sole = p
		}
	}
	return sole
}

func (c *call) records(ch *engine.Change) {
	for i := range ch.Puts {
		if p := &ch.Puts[i]; p.Expect == engine.Fresh {
			c.add("P", p.ID)
			c.value(p)
		}
	}
	for _, id := range ch.Deletes {
		c.add("D", id)
	}
}

// value is the record as it is stored: its version, a newline, its body.
func (c *call) value(p *engine.Put) {
	value := make([]byte, 0, len(p.Body)+20)
	value = append(strconv.AppendInt(value, max(p.Expect, 0)+1, 10), '\n') // a fresh one is version 1
	value = append(value, p.Body...)
	c.args = append(c.args, value)
	c.bytes += len(value)
}

func (c *call) entries(ch *engine.Change) {
	for _, x := range ch.Index {
		if x.Value == "" {
			c.add("x", x.Index, x.Field)
		} else {
			c.add("X", x.Index, x.Field, x.Value)
		}
	}
	for _, l := range ch.Lists {
		if l.Remove {
			c.add("l", l.List, l.Member)
		} else {
			c.add("L", l.List, itoa(l.Score), l.Member)
		}
	}
	for _, d := range ch.Due {
		switch {
		case d.At.IsZero():
			c.add("q", d.Kind, d.ID)
		case d.Latest:
			c.add("B", d.Kind, itoa(d.At.UnixMilli()), d.ID)
		default:
			c.add("Q", d.Kind, itoa(d.At.UnixMilli()), d.ID)
		}
	}
	for _, n := range ch.Counts {
		c.add("N", n.Name, n.Field, itoa(n.N))
	}
}

func (c *call) events(events []engine.Event) error {
	for i := range events {
		e := events[i]
		e.ID = "" // the stream gives it
		body, err := json.Marshal(e)
		if err != nil {
			return &engine.Error{Code: engine.CodeInternal, Op: "commit", Message: "an event cannot be written as JSON", Cause: err}
		}
		c.add("E", string(e.Organisation))
		c.args = append(c.args, body)
		c.bytes += len(body)
	}
	return nil
}

// versionPrefix is how the value of a record of this version starts; nothing starts an absent one.
func versionPrefix(version int64) string {
	if version == 0 {
		return ""
	}
	return itoa(version) + "\n"
}

// excluding is a bound of claims' starts that is not one of them itself.
func excluding(t time.Time) string { return "(" + itoa(t.Unix()) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
