package engine

import (
	"context"
	"strings"
	"time"
)

// letGoAtOnce is how much of what a pause kept becomes due in one portion; the next follows at once.
const letGoAtOnce = 200

// countPaused counts the people whose step a pause keeps, of a batch and of a service.
const countPaused = "paused"

// keepable is what a pause can keep: an invitation, whose step waits, or a message.
type keepable interface {
	living
	owner() OrganisationID
	keeping() (counted *PauseScope, in kept)
}

// kept is where something stands that a pause can keep.
type kept struct {
	org     OrganisationID
	service ServiceID
	batch   BatchID
	since   time.Time // it was made
}

func (i *Invitation) keeping() (*PauseScope, kept) {
	return &i.PausedBy, kept{i.Organisation, i.Service, i.Batch, i.CreatedAt}
}

func (m *Message) keeping() (*PauseScope, kept) {
	return &m.PausedBy, kept{m.Organisation, m.Service, m.Batch, m.CreatedAt}
}

// list is that of what a pause keeps, in the order it was made; a person's own needs none.
func (k kept) list(s PauseScope) string {
	switch s {
	case PausedBatch:
		return "kept:" + batchPause(k.org, k.service, k.batch).ID
	case PausedService:
		return "kept:" + servicePause(k.org, k.service).ID
	}
	return ""
}

// keep keeps the lists and counters of pauses true in the change that alters what they keep.
func (c *Change) keep(k keepable) {
	is := PauseScope("")
	if _, next := k.due(); next != nil {
		is = next.PausedBy
	}
	c.keepIn(k, is)
}

func (c *Change) keepIn(k keepable, is PauseScope) {
	was, in := k.keeping()
	if *was == is {
		return
	}
	for _, l := range []ListEntry{
		{List: in.list(*was), Member: k.recordID(), Remove: true},
		{List: in.list(is), Score: in.since.UnixMilli(), Member: k.recordID()},
	} {
		if l.List != "" {
			c.Lists = append(c.Lists, l)
		}
	}
	if inv, ok := k.(*Invitation); ok && (*was == "" || is == "") {
		n := int64(1)
		if is == "" {
			n = -1
		}
		c.Counts = append(c.Counts, Count{Name: paceName(inv.Organisation, inv.Service), Field: countPaused, N: n})
		if inv.Batch != "" {
			c.Counts = append(c.Counts, Count{Name: "batch:" + string(inv.Batch), Field: countPaused, N: n})
		}
	}
	*was = is
}

// letGo makes due what a pause of the scope keeps: at when, or at the end of what was told to the person,
// whichever is first. It tells whether the pause kept it.
func (c *Change) letGo(k keepable, by PauseScope, when time.Time) bool {
	_, next := k.due()
	if next == nil || next.PausedBy != by {
		return false
	}
	if next.At.After(when) {
		next.At = when
	}
	next.PausedBy = ""
	c.put(k)
	return true
}

// resumeStep lets go of a portion of what a pause kept, the oldest first, until nothing is left. Nothing
// more can come while it does: whoever keeps something demands that the pause still stands.
func (e *Engine) resumeStep(ctx context.Context, p Partition, id string) error {
	sh, err := e.fetch(ctx, p, id)
	if err != nil {
		return err
	}
	is, err := pick[pause](sh, id)
	if err != nil {
		return err
	}
	if is == nil {
		_, err := e.commit(ctx, p, []Change{*gone(DuePacing, id)})
		return err
	}
	is.ID = id
	now := e.Clock.Now()
	if is.Next == nil || is.Next.At.After(now) {
		_, err := e.commit(ctx, p, []Change{*early(is)})
		return err
	}
	left, err := e.letGoPortion(ctx, is, now)
	if err != nil {
		return err
	}
	c := &Change{}
	if left {
		c.guard(is)
		c.Due = []Due{{Kind: DuePacing, ID: id, At: now}}
	} else {
		is.Next = nil
		c.put(is)
	}
	_, err = e.commit(ctx, p, []Change{*c})
	return err // a conflict: it was paused again, and that has its own say
}

// letGoPortion tells whether there was anything.
func (e *Engine) letGoPortion(ctx context.Context, is *pause, now time.Time) (bool, error) {
	p, list := is.Organisation.Partition(), "kept:"+is.ID
	listed, _, err := e.Lister.List(ctx, p, list, "", letGoAtOnce)
	if err != nil || len(listed) == 0 {
		return false, err
	}
	ids := make([]string, len(listed))
	for n, l := range listed {
		ids[n] = l.Member
	}
	sh, err := e.fetch(ctx, p, append(ids, string(is.Organisation))...)
	if err != nil {
		return true, err
	}
	o, err := settled[Organisation](sh, string(is.Organisation))
	if err != nil || o == nil {
		return false, err
	}
	when := e.quiet(o).next(now)
	changes := make([]Change, 0, len(ids))
	for _, id := range ids {
		k, err := pickKept(sh, id)
		if err != nil {
			return true, err
		}
		c := Change{}
		if k == nil || !c.letGo(k, is.scope(), when) { // it has left already: only the list says otherwise
			c = Change{Checks: []Check{{ID: id, Version: sh.record(id).Version}}, Lists: []ListEntry{{List: list, Member: id, Remove: true}}}
		}
		changes = append(changes, c)
	}
	_, err = e.commit(ctx, p, changes) // what changed meanwhile is still on the list
	return true, err
}

// pickKept reads an invitation or a message by its id; nil when it was erased.
func pickKept(sh shelf, id string) (keepable, error) {
	if strings.HasPrefix(id, "msg_") {
		m, err := pick[Message](sh, id)
		if m == nil {
			return nil, err
		}
		return m, err
	}
	inv, err := pick[Invitation](sh, id)
	if inv == nil {
		return nil, err
	}
	return inv, err
}
