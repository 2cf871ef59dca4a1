package calendars_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"relance/calendars"
)

// TestDrawings keeps the drawings worth comparing: a fifth have starts, and some have
// sessions with a seat left. Its seeds are fixed, so that chance never decides.
func TestDrawings(t *testing.T) {
	t.Parallel()
	type worth struct{ compiles, starts, sessions bool }
	drawn := rapid.Custom(func(t *rapid.T) worth {
		d := newDrawing(t)
		c, q := d.calendar(), d.query()
		busy := d.busy(c)
		compiled, err := calendars.Compile(c.Calendar)
		if err != nil {
			return worth{}
		}
		open := func(s calendars.Session) bool { return s.Left > 0 }
		return worth{true, len(compiled.Starts(q, busy)) > 0, slices.ContainsFunc(compiled.Sessions(q, busy), open)}
	})
	all, some, sessions := 0, 0, 0
	for seed := range 300 {
		w := drawn.Example(seed)
		if w.compiles {
			all++
		}
		if w.starts {
			some++
		}
		if w.sessions {
			sessions++
		}
	}
	if some*5 < all || sessions*100 < all {
		t.Errorf("of %d drawings only %d have starts, %d sessions to join", all, some, sessions)
	}
	t.Logf("of %d drawings %d have starts, %d sessions to join", all, some, sessions)
}

// compile passes over rules that never give a day, which cannot be told while drawing; other mistakes fail.
func compile(t *rapid.T, c refCalendar) *calendars.Compiled {
	compiled, err := calendars.Compile(c.Calendar)
	if err != nil {
		if strings.Contains(err.Error(), "never gives a day") {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	return compiled
}

func TestStartsAreThoseOfTheSlowWay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDrawing(t)
		c, q := d.calendar(), d.query()
		busy := d.busy(c)
		compiled := compile(t, c)
		before := slices.Clone(busy)
		got, want := compiled.Starts(q, busy), c.starts(q, busy)
		if !slices.Equal(got, want) {
			t.Fatalf("got  %v\nwant %v\n%+v", format(got), format(want), c.Calendar)
		}
		if !slices.Equal(busy, before) {
			t.Fatal("Starts changed its busy list")
		}
		explainAgrees(t, compiled, q, busy, got)
		if first, ok := compiled.First(q, busy); ok != (len(want) > 0) || ok && first != want[0] {
			t.Fatalf("first is %v, %v of %v", time.Unix(first, 0).UTC(), ok, format(want))
		}
		if got, want := compiled.Sessions(q, busy), c.sessions(q, busy); !slices.Equal(got, want) {
			t.Fatalf("sessions\ngot  %v\nwant %v", got, want)
		}
		for _, s := range got {
			if err := compiled.Fits(q, time.Unix(s, 0), busy); err != nil {
				t.Fatalf("%v is shown but does not fit: %v", time.Unix(s, 0).UTC(), err)
			}
		}
	})
}

// explainAgrees checks that Explain counts the starts and never lists one as missing.
func explainAgrees(t *rapid.T, c *calendars.Compiled, q calendars.Query, busy []calendars.Interval, starts []int64) {
	n := 0
	for _, e := range c.Explain(q, busy) {
		n += e.Starts
		for _, m := range e.Missing {
			if slices.Contains(starts, m.Start) {
				t.Fatalf("%v is there and said to be missing: %s", time.Unix(m.Start, 0).UTC(), m.Reason)
			}
			fits := c.Fits(q, time.Unix(m.Start, 0), busy) == nil
			if fits != (m.Reason == calendars.Moved) {
				t.Fatalf("%v: reason %s, fits %v", time.Unix(m.Start, 0).UTC(), m.Reason, fits)
			}
		}
	}
	if n != len(starts) {
		t.Fatalf("Explain counts %d starts of %d", n, len(starts))
	}
}

// A list that is used again keeps what stands before, and is not asked to be empty.
func TestAppendStartsKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDrawing(t)
		c, q := d.calendar(), d.query()
		busy := d.busy(c)
		compiled := compile(t, c)
		before := []int64{1 << 40, 7, 7}
		list := append(make([]int64, 0, rapid.IntRange(3, 100).Draw(t, "room")), before...)
		list = compiled.AppendStarts(list, q, busy)
		if want := append(before, compiled.Starts(q, busy)...); !slices.Equal(list, want) {
			t.Fatalf("got  %v\nwant %v", list, want)
		}
	})
}

func TestFitsIsThatOfTheSlowWay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDrawing(t)
		c, q := d.calendar(), d.query()
		busy := d.busy(c)
		q.Now, q.Notice, q.Horizon = d.moment.AddDate(-1, 0, 0), 0, 0
		compiled := compile(t, c)
		start := d.moment.Unix() + int64(rapid.IntRange(-36*60, 36*60).Draw(t, "start"))*minute
		if all := compiled.Sessions(q, busy); len(all) > 0 && rapid.Bool().Draw(t, "join") {
			start = rapid.SampledFrom(all).Draw(t, "session").Start
		}
		got := compiled.Fits(q, time.Unix(start, 0), busy)
		if want := c.fits(q, start, busy); (got == nil) != want {
			t.Fatalf("%v: got %v, want fits=%v\n%+v", time.Unix(start, 0).UTC(), got, want, c.Calendar)
		}
	})
}

func TestBusyOutsideItsSpanChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDrawing(t)
		c, q := d.calendar(), d.query()
		busy := d.busy(c)
		compiled := compile(t, c)
		span := compiled.BusySpan(q)
		inside := slices.DeleteFunc(slices.Clone(busy), func(b calendars.Interval) bool {
			return b.End <= span.Start || b.Start >= span.End
		})
		if got, want := compiled.Starts(q, inside), c.starts(q, busy); !slices.Equal(got, want) {
			t.Fatalf("span %v\ngot  %v\nwant %v", span, format(got), format(want))
		}
	})
}
