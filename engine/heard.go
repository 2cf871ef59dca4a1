package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"relance/engine/grammar"
)

// heard is where an inbound text belongs.
type heard struct {
	to      *dossier    // whose question it answers; nil: nobody here has the number
	between []*dossier  // of each organisation it may be for, when nobody can tell for which
	twins   bool        // another question was asked at the same time within the organisation
	mates   []time.Time // automatic replies to the others who have the number
	applied bool        // it came before
	quiet   bool        // what is done is told elsewhere

	owner *Organisation // of a number nobody has: the one organisation that writes from where it was sent to
}

// tellApart is how far apart two questions to one phone are, so that people know which they answer.
const tellApart = time.Minute

// hear finds the newest open question behind a number. The number the text was sent to says which
// organisations it can be for; of several that share it, the one that asked last. When none has a
// question open, or two asked in the same minute, it is nobody's: what is not known is not guessed.
func (e *Engine) hear(ctx context.Context, in Inbound) (*heard, error) {
	orgs, err := e.writers(ctx)
	if err != nil {
		return nil, err
	}
	h := &heard{}
	for _, some := range byNumber(orgs, in.To) {
		var all []*dossier
		for _, o := range some {
			ds, applied, err := e.questionsTo(ctx, o, in)
			if err != nil {
				return nil, err
			}
			h.applied = h.applied || applied
			all = append(all, ds...)
		}
		if len(some) == 1 && h.owner == nil {
			h.owner = some[0]
		}
		if len(all) > 0 {
			h.settle(restarting(all, in))
			break
		}
	}
	return h, nil
}

// writers are all organisations, as they were read a moment ago: every text asks for them, and each look is one at
// every partition.
func (e *Engine) writers(ctx context.Context) ([]*Organisation, error) {
	const key, version = "writers", 1
	if v, ok := e.cache.fresh(key, version, e.trustedSince()); ok {
		return v.([]*Organisation), nil
	}
	now := e.Clock.Now()
	orgs, err := e.Organisations(ctx)
	if err == nil {
		e.cache.put(key, version, orgs, now)
	}
	return orgs, err
}

// byNumber says for which organisations a text can be, the likelier first: those that have the number it
// was sent to; those that write from a number that is the provider's; at last all, since a number may
// have been an organisation's before.
func byNumber(orgs []*Organisation, to string) [][]*Organisation {
	plain := func(s string) string { return strings.TrimPrefix(s, "+") }
	var own, others []*Organisation
	for _, o := range orgs {
		switch {
		case to != "" && plain(o.SMS.From) == plain(to):
			own = append(own, o)
		case !digitsPattern.MatchString(o.SMS.From):
			others = append(others, o)
		}
	}
	switch {
	case len(own) > 0:
		return [][]*Organisation{own}
	case to == "" || len(others) == 0:
		return [][]*Organisation{orgs}
	}
	return [][]*Organisation{others, orgs}
}

// restarting are those whom a START can be for: who said STOP. Other texts can be for all.
func restarting(all []*dossier, in Inbound) []*dossier {
	going := func(d *dossier) bool { return d.r.OptedOut == nil }
	if in.read(grammar.Nothing).Meaning != grammar.Start || !slices.ContainsFunc(all, func(d *dossier) bool { return !going(d) }) {
		return all
	}
	return slices.DeleteFunc(all, going)
}

// settle chooses among the questions to a number.
func (h *heard) settle(all []*dossier) {
	slices.SortStableFunc(all, func(a, b *dossier) int {
		if a.answerable() != b.answerable() {
			if a.answerable() {
				return -1
			}
			return 1
		}
		return cmp.Or(b.openQuestion().Compare(a.openQuestion()), compare(a.inv.ID, b.inv.ID))
	})
	h.to = all[0]
	asked, orgs := h.to.openQuestion(), []*dossier{h.to}
	for _, d := range all[1:] {
		same := d.answerable() && h.to.answerable() && asked.Sub(d.openQuestion()) < tellApart
		switch {
		case d.o.ID == h.to.o.ID:
			h.twins = h.twins || same
			if d.r.ID != h.to.r.ID {
				h.mates = append(h.mates, d.r.Replied...)
			}
		case (same || !h.to.answerable()) && !slices.ContainsFunc(orgs, func(o *dossier) bool { return o.o.ID == d.o.ID }):
			orgs = append(orgs, d)
		}
	}
	if len(orgs) > 1 {
		h.between = orgs
	}
}

// questionsTo are those of an organisation to everybody who has the number: families share a phone. Of
// each person those still open, else the last.
func (e *Engine) questionsTo(ctx context.Context, o *Organisation, in Inbound) (out []*dossier, applied bool, err error) {
	p := o.ID.Partition()
	people, _, err := e.Lister.List(ctx, p, e.phoneList(o.ID, in.From), "", mostSharing)
	if err != nil {
		return nil, false, err
	}
	id := e.inboundID(o.ID, in)
	ids := []string{id}
	for _, m := range people {
		ids = append(ids, m.Member)
	}
	sh, err := e.fetch(ctx, p, ids...)
	if err != nil {
		return nil, false, err
	}
	var asked []string
	for _, m := range people {
		r, err := pick[Recipient](sh, m.Member)
		if err != nil {
			return nil, false, err
		}
		if r != nil && r.Phone == in.From {
			asked = append(asked, r.asked()...)
		}
	}
	ds, err := e.dossiers(ctx, p, asked...)
	return slices.DeleteFunc(ds, func(d *dossier) bool { return d == nil }), sh.record(id).Version != 0, err
}

// asked are the person's open invitations, else the last that ended.
func (r *Recipient) asked() []string {
	var ids []string
	for _, inv := range r.Open {
		ids = append(ids, string(inv))
	}
	slices.Sort(ids)
	if len(ids) == 0 && len(r.Invitations) > 0 {
		ids = []string{string(r.Invitations[len(r.Invitations)-1])}
	}
	return ids
}

// unclear keeps that a text came which may be for one of several organisations: each one's staff see
// that its person wrote, and what kind of answer it is; the words may be another's and are not kept. It
// changes nothing and gets no answer. A STOP is for all who write from that number.
func (e *Engine) unclear(ctx context.Context, in Inbound, h *heard) error {
	said := in.read(grammar.Nothing)
	for n, to := range h.between {
		one := &heard{to: to}
		decide := func() (*Change, error) { return e.noticed(ctx, to, in, said.Meaning) }
		if said.Meaning == grammar.Stop {
			decide = func() (*Change, error) {
				one.quiet = n > 0 // it is acknowledged once
				return e.replied(ctx, one, in, false)
			}
		}
		if err := e.change(ctx, "reply", to.o.ID.Partition(), decide); err != nil {
			return err
		}
	}
	return nil
}

// wantsReading tells whether staff should look at a text that nothing was done about.
func wantsReading(m Meaning) bool {
	return m != grammar.Thanks && m != grammar.Automatic && m != grammar.Stop
}

// noticed is the change that keeps a text without its words for staff to look into.
func (e *Engine) noticed(ctx context.Context, to *dossier, in Inbound, m Meaning) (*Change, error) {
	d, err := e.dossier(ctx, to.o.ID, to.inv.ID)
	if err != nil {
		return nil, err
	}
	rec, err := e.received(ctx, d.o.ID.Partition(), d.o.ID, in)
	if err != nil || rec == nil {
		return nil, err
	}
	rec.Recipient, rec.Invitation, rec.Meaning, rec.Did = d.r.ID, d.inv.ID, m, DidNotGuess
	rec.Text, rec.Next, rec.Unread = "", nil, wantsReading(m)
	d.inv.Replies, d.saveInv = append(d.inv.Replies, rec.ID), true
	c := &Change{}
	ev := d.event(EventReplyNotUnderstood)
	ev.Reason = string(DidNotGuess)
	c.emit(ev)
	d.save(c)
	c.file(rec)
	return c, nil
}

// stranger keeps a text from a number nobody has, for the staff of the organisation it was sent to, or
// for whoever runs the installation when it may be any of several. There is no answer: we never wrote to
// them. A STOP holds for the number, should it be given to us later, until a START.
func (e *Engine) stranger(ctx context.Context, in Inbound, h *heard) error {
	org, p := OrganisationID(""), strays
	if h.owner != nil {
		org, p = h.owner.ID, h.owner.ID.Partition()
	}
	return e.change(ctx, "reply", p, func() (*Change, error) {
		rec, err := e.received(ctx, p, org, in)
		if err != nil || rec == nil {
			return nil, err
		}
		rec.Meaning, rec.Did, rec.From = in.read(grammar.Nothing).Meaning, DidNotKnow, in.From
		rec.Unread = wantsReading(rec.Meaning)
		c := &Change{}
		if org != "" {
			c.emit(Event{At: rec.At, Type: EventReplyUnknownNumber, Organisation: org, Channel: SMS, Reason: string(rec.Meaning), Version: 1})
			key := e.stopKey(&Recipient{Organisation: org, Phone: in.From}, SMS)
			switch rec.Meaning {
			case grammar.Stop:
				e.stop(c, key, org, in.left(), rec.At)
			case grammar.Start:
				c.Deletes = append(c.Deletes, key)
			}
		}
		c.file(rec)
		return c, nil
	})
}

// strays is where texts are kept that are of no organisation.
const strays Partition = 0
