package engine

import (
	"context"
	"time"
)

// A pause stops asking: invitations, relances and offers after a no-show wait until it ends; slots, held
// for half an hour, are not offered.
// What protects an appointment goes on: confirmations, convocations, reminders, moves, cancellations,
// answers. The last day the person was told stays the last day.

// PauseScope is what a pause is of.
type PauseScope string

// The scopes. A person's pause is kept with the person, the others in records of their own: saving a
// service again does not end its pause.
const (
	PausedRecipient PauseScope = "recipient"
	PausedBatch     PauseScope = "batch"
	PausedService   PauseScope = "service"
)

// ReasonPaused is what a pause leaves behind: it waits, or waited, for its end.
const ReasonPaused = "paused"

// pause is that of a batch or of a service; the first one makes the record, and it stays.
type pause struct {
	ID           string         `json:"-"`
	Version      int64          `json:"-"`
	Organisation OrganisationID `json:"organisation"`
	Service      ServiceID      `json:"service"`
	Batch        BatchID        `json:"batch,omitempty"` // "": of the whole service
	Since        *time.Time     `json:"since,omitempty"` // nil: not paused, or not any more
	Next         *Step          `json:"next,omitempty"`  // resume: let go of what it kept
}

func (p *pause) recordID() string     { return p.ID }
func (p *pause) version() *int64      { return &p.Version }
func (p *pause) due() (string, *Step) { return DuePacing, p.Next }

// pausePrefix begins the ids of pauses, which are also their due entries.
const pausePrefix = "pau_"

func servicePause(org OrganisationID, id ServiceID) *pause {
	return &pause{ID: pausePrefix + serviceKey(org, id), Organisation: org, Service: id}
}

func batchPause(org OrganisationID, service ServiceID, id BatchID) *pause {
	return &pause{ID: pausePrefix + string(org) + ":" + string(id), Organisation: org, Service: service, Batch: id}
}

// from is the pause as stored; itself when it never was.
func (p *pause) from(sh shelf) (*pause, error) {
	stored, err := pick[pause](sh, p.ID)
	if err != nil || stored == nil {
		return p, err
	}
	stored.ID = p.ID
	return stored, nil
}

// scope is what it is a pause of.
func (p *pause) scope() PauseScope {
	if p.Batch != "" {
		return PausedBatch
	}
	return PausedService
}

// PauseService stops asking anybody for the service until ResumeService. Again it changes nothing.
// CodeNotFound.
func (e *Engine) PauseService(ctx context.Context, org OrganisationID, id ServiceID) error {
	return e.turnService(ctx, org, id, true)
}

// ResumeService ends the pause: what waited becomes due, a portion at a time, and what stands behind
// quiet hours or in the queue of the calendars waits there. Again it changes nothing. CodeNotFound.
func (e *Engine) ResumeService(ctx context.Context, org OrganisationID, id ServiceID) error {
	return e.turnService(ctx, org, id, false)
}

func (e *Engine) turnService(ctx context.Context, org OrganisationID, id ServiceID, on bool) error {
	if _, err := e.Service(ctx, org, id); err != nil {
		return err
	}
	return e.turn(ctx, servicePause(org, id), on)
}

// PauseBatch stops asking the people of a batch until ResumeBatch. Again it changes nothing. CodeNotFound.
func (e *Engine) PauseBatch(ctx context.Context, org OrganisationID, id BatchID) error {
	return e.turnBatch(ctx, org, id, true)
}

// ResumeBatch ends the pause as ResumeService does. CodeNotFound.
func (e *Engine) ResumeBatch(ctx context.Context, org OrganisationID, id BatchID) error {
	return e.turnBatch(ctx, org, id, false)
}

func (e *Engine) turnBatch(ctx context.Context, org OrganisationID, id BatchID, on bool) error {
	b, err := e.Batch(ctx, org, id)
	if err != nil {
		return err
	}
	return e.turn(ctx, batchPause(org, b.Service, id), on)
}

// turn begins or ends a pause; one commit, however many people it concerns.
func (e *Engine) turn(ctx context.Context, which *pause, on bool) error {
	o, err := e.organisation(ctx, which.Organisation)
	if err != nil {
		return err
	}
	p := o.ID.Partition()
	return e.change(ctx, "pause", p, func() (*Change, error) {
		sh, err := e.fetch(ctx, p, which.ID)
		if err != nil {
			return nil, err
		}
		is, err := which.from(sh)
		if err != nil || (is.Since != nil) == on {
			return nil, err
		}
		now, c := e.Clock.Now(), &Change{}
		is.Since, is.Next = nil, step(StepResume, 0, now, now)
		if on {
			is.Since, is.Next = at(now), nil
		}
		is.takesTurns(c, !on, now)
		c.put(is)
		c.emit(is.event(on, now.In(e.quiet(o).zone)))
		return c, nil
	})
}

// takesTurns takes a batch off the list of those that wait for calendars and take turns, or puts it
// back: its people keep their places, and hold up nobody meanwhile.
func (p *pause) takesTurns(c *Change, on bool, now time.Time) {
	if p.Batch != "" {
		c.Lists = append(c.Lists, ListEntry{List: paceName(p.Organisation, p.Service), Member: string(p.Batch), Remove: !on})
	}
	if on {
		c.Due = append(c.Due, Due{Kind: DuePacing, ID: paceName(p.Organisation, p.Service), At: now})
	}
}

func (p *pause) event(on bool, now time.Time) Event {
	types := map[PauseScope][2]EventType{
		PausedBatch: {EventBatchResumed, EventBatchPaused}, PausedService: {EventServiceResumed, EventServicePaused},
	}[p.scope()]
	ev := Event{At: now, Type: types[0], Organisation: p.Organisation, Service: p.Service, Batch: p.Batch, Version: p.Version + 1}
	if on {
		ev.Type = types[1]
	}
	return ev
}

// PauseRecipient stops asking a person, whatever the service, until ResumeRecipient. Again it changes
// nothing. CodeNotFound.
func (e *Engine) PauseRecipient(ctx context.Context, org OrganisationID, id RecipientID) (*Recipient, error) {
	var out *Recipient
	err := e.change(ctx, "pause", org.Partition(), func() (*Change, error) {
		r, err := e.Recipient(ctx, org, id)
		if out = r; err != nil || r.PausedAt != nil {
			return nil, err
		}
		now, c := e.Clock.Now(), &Change{}
		r.PausedAt = at(now)
		c.put(r)
		c.emit(r.pauseEvent(EventRecipientPaused, now))
		return c, nil
	})
	return out, err
}

// ResumeRecipient ends a person's pause: what waited for it is due again. Again it changes nothing.
// CodeNotFound.
func (e *Engine) ResumeRecipient(ctx context.Context, org OrganisationID, id RecipientID) (*Recipient, error) {
	var out *Recipient
	err := e.change(ctx, "resume", org.Partition(), func() (*Change, error) {
		r, err := e.Recipient(ctx, org, id)
		if out = r; err != nil || r.PausedAt == nil {
			return nil, err
		}
		o, err := e.organisation(ctx, org)
		if err != nil {
			return nil, err
		}
		now, c := e.Clock.Now(), &Change{}
		r.PausedAt = nil
		c.put(r)
		c.emit(r.pauseEvent(EventRecipientResumed, now))
		return c, e.letGoOf(ctx, c, r, e.quiet(o).next(now))
	})
	return out, err
}

func (r *Recipient) pauseEvent(t EventType, now time.Time) Event {
	return Event{At: now, Type: t, Organisation: r.Organisation, Recipient: r.ID, Version: r.Version + 1}
}

// letGoOf makes due what a person's own pause kept: a handful, since each service has one invitation
// open at most.
func (e *Engine) letGoOf(ctx context.Context, c *Change, r *Recipient, when time.Time) error {
	p := r.Organisation.Partition()
	var open []string
	for _, id := range r.Open {
		open = append(open, string(id))
	}
	invs, err := loadAll[Invitation](ctx, e, p, open)
	if err != nil {
		return err
	}
	for _, inv := range invs {
		msgs, err := loadAll[Message](ctx, e, p, texts(inv.Messages))
		if err != nil {
			return err
		}
		for _, m := range msgs {
			c.letGo(m, PausedRecipient, when)
		}
		c.letGo(inv, PausedRecipient, when)
	}
	return nil
}
