package engine

import (
	"context"
	"slices"
)

// eraseStep erases a person whose retention has passed (RULES §8).
func (e *Engine) eraseStep(ctx context.Context, p Partition, id string) error {
	return e.change(ctx, "erase", p, func() (*Change, error) {
		sh, err := e.fetch(ctx, p, id)
		if err != nil {
			return nil, err
		}
		r, err := pick[Recipient](sh, id)
		switch {
		case err != nil:
			return nil, err
		case r == nil:
			return gone(DueRecipient, id), nil
		case r.Next == nil || r.Next.At.After(e.Clock.Now()):
			return early(r), nil
		case r.Next.Kind == StepRelease:
			return r.release(e.Clock.Now()), nil
		}
		return e.erasure(ctx, p, r)
	})
}

// Erase removes a person on demand: the record, their invitations, appointments, messages and what
// points to them. Coming appointments must be cancelled first: CodePending. Events keep ids only.
func (e *Engine) Erase(ctx context.Context, org OrganisationID, id RecipientID) error {
	return e.change(ctx, "erase", org.Partition(), func() (*Change, error) {
		r, err := e.Recipient(ctx, org, id)
		if err != nil {
			return nil, err
		}
		ds, err := e.dossiers(ctx, org.Partition(), texts(r.Invitations)...)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(ds, func(d *dossier) bool { return d != nil && d.coming() }) {
			return nil, refuse("erase", CodePending, "cancel this person's coming appointment first")
		}
		return e.erasure(ctx, org.Partition(), r)
	})
}

// erasure is the change that leaves nothing of a person but events about ids.
func (e *Engine) erasure(ctx context.Context, p Partition, r *Recipient) (*Change, error) {
	invs, err := loadAll[Invitation](ctx, e, p, texts(r.Invitations))
	if err != nil {
		return nil, err
	}
	c := &Change{}
	c.guard(r)
	c.forget(r)
	r.lapse(c, ReasonErased, e.Clock.Now())
	e.erasePhones(c, r)
	for _, id := range r.Calls {
		c.Deletes = append(c.Deletes, string(id))
		c.Lists = append(c.Lists, ListEntry{List: listCalls(r.Organisation), Member: string(id), Remove: true})
	}
	for _, inv := range invs {
		c.guard(inv)
		c.forget(inv)
		c.Lists = append(c.Lists, ListEntry{List: listEarlier(inv.Organisation, inv.Service), Member: string(inv.ID), Remove: true})
		c.paceTo(inv, "")
		c.keepIn(inv, "")
		c.Lists = append(c.Lists, ListEntry{List: listOf("invitations", r.Organisation), Member: string(inv.ID), Remove: true},
			ListEntry{List: listActions(r.Organisation), Member: string(inv.ID), Remove: true})
		for n := range inv.Linked {
			token := e.Links.Token(p, inv.ID, n)
			c.Index = append(c.Index, IndexEntry{Index: indexLinks, Field: e.Links.hash("token", token)})
		}
		if err := e.erasePapers(ctx, p, c, inv); err != nil {
			return nil, err
		}
	}
	c.emit(Event{At: e.Clock.Now(), Type: EventRecipientErased, Organisation: r.Organisation, Recipient: r.ID, Version: r.Version + 1})
	return c, nil
}

// erasePhones takes the person off the lists of their numbers, earlier ones too.
func (e *Engine) erasePhones(c *Change, r *Recipient) {
	for _, phone := range append(slices.Clone(r.FormerPhones), r.Phone) {
		if phone != "" {
			c.Lists = append(c.Lists, ListEntry{List: e.phoneList(r.Organisation, phone), Member: string(r.ID), Remove: true})
		}
	}
}

// erasePapers adds the messages and replies of an invitation and the appointments they tell of.
func (e *Engine) erasePapers(ctx context.Context, p Partition, c *Change, inv *Invitation) error {
	msgs, err := loadAll[Message](ctx, e, p, texts(inv.Messages))
	if err != nil {
		return err
	}
	replies, err := loadAll[InboundRecord](ctx, e, p, inv.Replies)
	if err != nil {
		return err
	}
	for _, in := range replies {
		c.forget(in)
		c.unlist(in)
	}
	apts := []string{string(inv.Appointment)}
	for _, m := range msgs {
		c.keepIn(m, "")
		c.forget(m)
		if id := string(m.Appointment); !slices.Contains(apts, id) {
			apts = append(apts, id)
		}
	}
	found, err := loadAll[Appointment](ctx, e, p, slices.DeleteFunc(apts, func(s string) bool { return s == "" }))
	for _, a := range found {
		c.forget(a)
		c.Releases = append(c.Releases, a.Held...)
		c.Lists = append(c.Lists, ListEntry{List: listOf("appointments", a.Organisation), Member: string(a.ID), Remove: true})
	}
	return err
}

// forget deletes a living record, its due entry and its dead letters.
func (c *Change) forget(l interface {
	living
	owner() OrganisationID
}) {
	kind, _ := l.due()
	c.Deletes = append(c.Deletes, l.recordID())
	for _, letter := range []string{failureKey(l.recordID()), gaveUpKey(l.recordID())} {
		c.Deletes = append(c.Deletes, letter)
		c.Lists = append(c.Lists, ListEntry{List: listDead, Member: deadID(l.owner().Partition(), letter), Remove: true})
	}
	c.Due = append(c.Due, Due{Kind: kind, ID: l.recordID()})
}

// unlist takes a text off the lists of those that staff look at.
func (c *Change) unlist(in *InboundRecord) {
	for _, list := range []string{listOf("replies", in.Organisation), listUnread(in.Organisation)} {
		c.Lists = append(c.Lists, ListEntry{List: list, Member: in.ID, Remove: true})
	}
}

// forgetInbound erases the text of a reply that was kept long enough; of a number nobody has, all.
func (e *Engine) forgetInbound(ctx context.Context, p Partition, id string) error {
	return e.change(ctx, "forget", p, func() (*Change, error) {
		sh, err := e.fetch(ctx, p, id)
		if err != nil {
			return nil, err
		}
		in, err := pick[InboundRecord](sh, id)
		switch {
		case err != nil:
			return nil, err
		case in == nil:
			return gone(DueInbound, id), nil
		case in.Next == nil || in.Next.At.After(e.Clock.Now()):
			return early(in), nil
		}
		c := &Change{}
		c.unlist(in)
		if in.Recipient == "" {
			c.guard(in)
			c.forget(in)
			return c, nil
		}
		in.Text, in.Unread, in.Next = "", false, nil
		c.put(in)
		return c, nil
	})
}
