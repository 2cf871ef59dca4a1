package engine

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"relance/calendars/ics"
)

const (
	// agendasAtOnce is how many addresses one task reads at a time: a task has a minute for 64, and
	// an address ten seconds.
	agendasAtOnce = 16
	// agendaAhead is how far an agenda is looked into: past the longest horizon of a service, by more
	// than agendaWhole.
	agendaAhead = 400 * 24 * time.Hour
	// agendaWhole is after how long a file that did not change is fetched again all the same: what was
	// read of it reaches less far every day.
	agendaWhole = 7 * 24 * time.Hour
	// The waits after a failure (real time), doubled each time.
	agendaFirst, agendaLongest = 5 * time.Minute, 6 * time.Hour
)

func (l Limits) readAgendas() time.Duration { return cmp.Or(l.ReadAgendas, 15*time.Minute) }

// readAgendas reads the agendas that are due. What is wrong with one of them is noted in its record;
// an error means that the store or the process is going away, or that one could not be noted.
func (e *Engine) readAgendas(ctx context.Context, p Partition, ids []string) error {
	var g errgroup.Group
	g.SetLimit(agendasAtOnce)
	errs := make([]error, len(ids))
	for i, id := range ids {
		g.Go(func() error {
			errs[i] = e.readAgenda(ctx, p, id)
			return nil
		})
	}
	_ = g.Wait()
	return errors.Join(errs...)
}

// readAgenda reads one agenda and writes what came of it. Whoever changed the record meanwhile, a
// saved calendar or another process, is right: theirs stays.
func (e *Engine) readAgenda(ctx context.Context, p Partition, id string) error {
	sh, err := e.fetch(ctx, p, id)
	if err != nil {
		return err
	}
	a, err := pick[Agenda](sh, id)
	if err != nil {
		return err
	}
	c := gone(DueCalendar, id)
	if a != nil {
		if c, err = e.agendaStep(ctx, a); err != nil {
			return err
		}
	}
	_, err = e.commit(ctx, p, []Change{*c})
	return err
}

// agendaStep does what the agenda waits for, if its time has come.
func (e *Engine) agendaStep(ctx context.Context, a *Agenda) (*Change, error) {
	now := e.Clock.Now()
	if a.Next == nil || a.Next.At.After(now) {
		return early(a), nil
	}
	cal, err := e.Calendar(ctx, a.Organisation, a.Calendar)
	if err != nil && CodeOf(err) != CodeNotFound {
		return nil, err
	}
	c := &Change{}
	if err != nil || cal.BusyURL == "" {
		c.guard(a)
		c.forget(a)
		return c, nil
	}
	if e.Agendas == nil {
		return nil, &Error{Code: CodeInternal, Op: "read agenda", Message: "this process was made without a way to read agendas"}
	}
	outcome, err := e.refresh(ctx, a, cal, now)
	if ctx.Err() != nil {
		return nil, ctx.Err() // not the agenda's fault: it comes due again
	}
	if err != nil {
		outcome = e.failed(c, a, now, err)
	} else {
		e.restored(c, a, now)
	}
	if e.Imported != nil {
		e.Imported(outcome)
	}
	c.put(a)
	return c, nil
}

// refresh fetches the agenda and reads it. The copy there is stays when that fails.
func (e *Engine) refresh(ctx context.Context, a *Agenda, cal *Calendar, now time.Time) (outcome string, err error) {
	known := a.Validators
	if a.ReadAt == nil || now.Sub(*a.ReadAt) > agendaWhole || a.Zone != cal.Zone {
		known = Validators{}
	}
	got, err := e.Agendas.Read(ctx, cal.BusyURL, known)
	if err != nil {
		return "", err
	}
	if got.Unchanged {
		return "unchanged", nil
	}
	zone, err := time.LoadLocation(cal.Zone)
	if err != nil {
		return "", &AgendaError{Reason: "zone", Message: "the calendar's time zone is not known here: save the calendar with another"}
	}
	read, err := ics.Parse(ctx, got.File, ics.Options{Zone: zone, From: now.Add(-24 * time.Hour), To: now.Add(agendaAhead), Own: ourUID})
	if err != nil {
		return "", unreadable(err)
	}
	a.Busy, a.Skipped, a.ReadAt, a.Zone, a.Validators = Spans(read.Busy), read.Skipped, at(now), cal.Zone, got.Validators
	return "changed", nil
}

// unreadable says what is wrong with a file; the sentences are the parser's.
func unreadable(err error) *AgendaError {
	reason := "broken"
	switch {
	case errors.Is(err, ics.ErrNotCalendar):
		reason = "not_a_calendar"
	case errors.Is(err, ics.ErrCut):
		reason = "cut_off"
	case errors.Is(err, ics.ErrTooMuch):
		reason = "too_much"
	}
	return &AgendaError{Reason: reason, Message: err.Error()}
}

// failed notes one more failure; the first of a row is an event.
func (e *Engine) failed(c *Change, a *Agenda, now time.Time, err error) (reason string) {
	var why *AgendaError
	if !errors.As(err, &why) {
		why = &AgendaError{Reason: "unreachable", Message: "the address could not be read"}
	}
	if a.Failure == nil {
		a.Failure = &AgendaFailure{Since: now}
		ev := a.event(EventImportFailed, now)
		ev.Reason = why.Reason
		c.emit(ev)
	}
	f := a.Failure
	f.Reason, f.Message, f.At = why.Reason, why.Message, now
	f.Count++
	pause := max(min(agendaFirst<<min(f.Count-1, 10), agendaLongest), min(why.After, 24*time.Hour))
	a.Next = e.readAgain(now, pause)
	return why.Reason
}

// restored notes that the agenda could be read.
func (e *Engine) restored(c *Change, a *Agenda, now time.Time) {
	if a.Failure != nil {
		a.Failure = nil
		c.emit(a.event(EventImportRestored, now))
	}
	a.CheckedAt = at(now)
	a.Next = e.readAgain(now, e.Limits.readAgendas())
}

// readAgain is due a tenth before or after the pause: addresses saved together spread out.
func (e *Engine) readAgain(now time.Time, pause time.Duration) *Step {
	pause = time.Duration(float64(pause) * (0.9 + 0.2*e.chance()))
	return &Step{Kind: StepRead, At: now.Add(e.Clock.Span(pause))}
}

func (a *Agenda) event(t EventType, now time.Time) Event {
	return Event{At: now, Type: t, Organisation: a.Organisation, Calendar: a.Calendar, Version: a.Version + 1}
}

// uidDomain ends the UID of every entry of ours, in feeds and in emails.
const uidDomain = "@relance"

// ourUID tells whether an entry of an agent's agenda is an appointment of ours that came back.
func ourUID(uid string) bool { return strings.HasSuffix(uid, uidDomain) }
