package engine

import (
	"context"
	"strings"
	"time"
)

const (
	// paceEvery is how often a service looks whether slots opened for those who wait: the horizon moves on,
	// calendars change. What ends an open invitation has it look at once.
	paceEvery = 15 * time.Minute
	// dryEvery is how often it looks whether those it invited still have a slot to choose.
	dryEvery = 2 * time.Hour
	// letOutAtOnce is how many people one look lets out; the next look follows at once.
	letOutAtOnce = 200
	// batchesAtOnce is how many batches have their turn in one look; the next look goes on with the next ones.
	batchesAtOnce = 100
)

// pacer is what a service remembers from one look to the next.
type pacer struct {
	ID           string         `json:"-"`
	Version      int64          `json:"-"`
	Organisation OrganisationID `json:"organisation"`
	Service      ServiceID      `json:"service"`
	Last         BatchID        `json:"last,omitempty"`   // whose turn it was last
	DryOn        string         `json:"dry_on,omitempty"` // the last day of a service.dry, in the organisation's zone
	Queued       bool           `json:"queued,omitempty"` // it is on the list of those for which people wait
	// Looked is when the calendars were last read for nobody but those it invited.
	Looked time.Time `json:"looked,omitzero"`
}

func (p *pacer) recordID() string { return p.ID }
func (p *pacer) version() *int64  { return &p.Version }

// pacing is one look of a service at its calendars and at those who wait.
type pacing struct {
	e    *Engine
	p    Partition
	o    *Organisation
	s    *Service
	q    quiet
	was  pacer
	rec  *pacer
	gate *gate
	free int

	paused bool // nobody of the service is asked
	idle   bool // nobody waits, and the calendars were read a while ago: they are not read again
}

// letOutStep is one look of a service, what a pause that is over does, a ladder that is followed, or what
// becomes of a freed slot.
func (e *Engine) letOutStep(ctx context.Context, p Partition, id string) error {
	switch {
	case strings.HasPrefix(id, pausePrefix):
		return e.resumeStep(ctx, p, id)
	case isFollowing(id):
		return e.followStep(ctx, p, id)
	case isFreed(id):
		return e.freedStep(ctx, p, id)
	}
	return e.paceStep(ctx, p, id)
}

// paceStep is the look of one service, named as its counters are.
func (e *Engine) paceStep(ctx context.Context, p Partition, id string) error {
	w, err := e.pacing(ctx, p, id)
	if err != nil {
		return err
	}
	if w == nil {
		_, err := e.commit(ctx, p, []Change{{Due: []Due{{Kind: DuePacing, ID: id}}}})
		return err
	}
	again := paceEvery
	if w.gate.queued > 0 && w.q.allowed(w.gate.now) && !w.paused {
		some, err := w.letOut(ctx)
		if err != nil {
			return err
		}
		if some {
			again = 0
		}
	}
	return w.close(ctx, again)
}

// pacing reads what a look needs; nil when there is no such service any more.
func (e *Engine) pacing(ctx context.Context, p Partition, id string) (*pacing, error) {
	org, svc := ofLook(id)
	key, rec := serviceKey(org, svc), "pac_"+id
	stop := servicePause(org, svc)
	sh, err := e.fetch(ctx, p, string(org), key, rec, stop.ID)
	if err != nil {
		return nil, err
	}
	w := &pacing{e: e, p: p}
	if w.o, err = settled[Organisation](sh, string(org)); err != nil {
		return nil, err
	}
	if w.s, err = settled[Service](sh, key); err != nil || w.o == nil || w.s == nil {
		return nil, err
	}
	if w.rec, err = pick[pacer](sh, rec); err != nil {
		return nil, err
	}
	if stop, err = stop.from(sh); err != nil {
		return nil, err
	}
	w.paused = stop.Since != nil
	if w.rec == nil {
		w.rec = &pacer{Organisation: w.o.ID, Service: w.s.ID}
	}
	w.rec.ID, w.q = rec, e.quietOf(w.o, w.s)
	w.was = *w.rec
	return w, w.count(ctx)
}

// count finds who is out and who waits, and the room there is for them.
func (w *pacing) count(ctx context.Context) (err error) {
	if w.gate, err = w.e.counted(ctx, w.p, w.s); err != nil {
		return err
	}
	if w.gate.queued == 0 {
		if w.idle = w.gate.now.Before(w.rec.Looked.Add(dryEvery)); w.idle {
			return nil
		}
		w.rec.Looked = w.gate.now
	}
	if w.s.perInvitation() == 0 {
		w.free, err = w.e.room(ctx, w.s)
		return err
	}
	err = w.e.measure(ctx, w.gate)
	w.free = w.gate.free
	return err
}

// letOut invites those whose turn it is, as far as there is room, and tells whether there were any: also when
// somebody was faster, which has to be measured anew.
func (w *pacing) letOut(ctx context.Context) (bool, error) {
	share, err := w.share(ctx)
	if share < 1 || err != nil {
		return false, err
	}
	ids, err := w.turns(ctx, int(min(share, letOutAtOnce)))
	if err != nil || len(ids) == 0 {
		return false, err
	}
	ds, err := w.e.dossiers(ctx, w.p, ids...)
	if err != nil {
		return false, err
	}
	changes := make([]Change, 0, len(ds))
	for _, d := range ds {
		if d == nil || d.inv.Pace != PaceWaiting {
			continue
		}
		c := &Change{}
		d.gate, d.saveInv, d.delayed = w.gate, true, d.inv.Next.Reason
		d.inv.Next.Kind = StepInvite
		d.invite(c)
		changes = append(changes, *d.save(c))
	}
	_, err = w.e.commit(ctx, w.p, changes)
	return len(changes) > 0, err
}

// close tells of a service that runs dry, and says when to look again: not at all once nobody is
// invited and nobody waits.
func (w *pacing) close(ctx context.Context, again time.Duration) error {
	c := Change{}
	if day := w.gate.now.In(w.q.zone).Format(time.DateOnly); !w.idle && w.free == 0 && w.gate.out+w.gate.queued > 0 && w.rec.DryOn != day {
		w.rec.DryOn = day
		c.emit(Event{
			At: w.gate.now.In(w.q.zone), Type: EventServiceDry, Organisation: w.o.ID, Service: w.s.ID,
			Reason: WaitNoSlots, Version: w.rec.Version + 1,
		})
	}
	name := paceName(w.o.ID, w.s.ID)
	if w.rec.Queued = w.gate.queued > 0; w.rec.Queued != w.was.Queued {
		c.Lists = append(c.Lists, ListEntry{List: listQueues, Member: name, Remove: !w.rec.Queued})
	}
	if *w.rec != w.was {
		c.put(w.rec)
	}
	if w.gate.queued == 0 { // who came meanwhile has made a look due, which is not to be put off
		c.Caps = []Cap{{Name: name, Field: countWaiting, Most: 0}}
	}
	if w.gate.out+w.gate.queued == 0 {
		over := c
		over.Caps = append(over.Caps, Cap{Name: name, Field: countOut, Most: 0})
		over.Due = []Due{{Kind: DuePacing, ID: name}}
		res, err := w.e.commit(ctx, w.p, []Change{over})
		if err != nil || res[0] == Done {
			return err
		}
	}
	w.s.look(&c, w.next(again))
	if again == 0 { // some had their turn: the others' comes next
		for _, r := range w.gate.neighbours.waiting {
			r.s.lookBy(&c, w.gate.now)
		}
	}
	_, err := w.e.commit(ctx, w.p, []Change{c})
	return err // a conflict is another look at the same time: it says when the next one is
}

// next is when the service looks again.
func (w *pacing) next(again time.Duration) time.Time {
	switch when := w.gate.now.Add(again); {
	case w.gate.queued == 0:
		return w.rec.Looked.Add(dryEvery)
	default:
		return w.q.next(when)
	}
}
