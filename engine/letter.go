package engine

import (
	"context"
	"time"
)

// letter is a due message with the dossier it belongs to.
type letter struct {
	*dossier
	id  string
	p   Partition
	m   *Message
	out *Outgoing // set when the step is a send

	free bool // of an offer of a freed slot: somebody could have it still

	theirs []*Service // of the other appointments that a reminder lists
	brief  int        // how little it says of them, to fit
	terse  int        // what it leaves out of its own, to fit

	tried   string     // the provider of the attempt before
	stopped *stopped   // that the address was, if the person is not known to have done so
	beyond  []*dossier // then: the person's other open invitations
	first   []*Message // the other first messages, when a pause keeps this one
	anew    bool       // and none of them may have left
}

// letters reads messages and their dossiers, in two round trips.
func (e *Engine) letters(ctx context.Context, p Partition, ids []string) ([]*letter, error) {
	sh := e.trusted(3 * len(ids))
	defer sh.done()
	err := sh.more(ctx, p, ids...)
	if err != nil {
		return nil, err
	}
	out, around := make([]*letter, len(ids)), make([]string, 0, 8*len(ids))
	for i, id := range ids {
		out[i] = &letter{id: id, p: p}
		if out[i].m, err = pick[Message](sh, id); err != nil {
			return nil, err
		}
		if m := out[i].m; m != nil {
			around = append(around, string(m.Recipient), string(m.Invitation), string(m.Appointment))
			around = append(around, sh.around(m.Organisation, m.Service, m.Batch).keys...)
		}
	}
	if err := sh.more(ctx, p, around...); err != nil {
		return nil, err
	}
	if err := e.beside(ctx, sh, p, out); err != nil {
		return nil, err
	}
	now := e.Clock.Now()
	for _, l := range out {
		if err := l.open(ctx, sh, e, now); err != nil {
			return nil, err
		}
		if err := l.look(ctx); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// open finds the dossier of the message; inv stays nil when its person was erased.
func (l *letter) open(ctx context.Context, sh shelf, e *Engine, now time.Time) (err error) {
	l.dossier = &dossier{e: e, now: now}
	if l.m == nil {
		return nil
	}
	d := &dossier{e: e}
	if d.inv, err = pick[Invitation](sh, string(l.m.Invitation)); err != nil || d.inv == nil {
		return err
	}
	if err := d.fill(ctx, sh, now); err != nil {
		return err
	}
	if d.apt, err = pick[Appointment](sh, string(l.m.Appointment)); err != nil {
		return err
	}
	if d.r != nil && d.o != nil && d.s != nil {
		l.dossier = d
		return l.listed(sh)
	}
	return nil
}
