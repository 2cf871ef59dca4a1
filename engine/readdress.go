package engine

import "context"

// Readdress takes what the organisation now says of a person: what it leaves out stays. A new phone or
// email is given its chance, whatever became of the old one; an address that was stopped stays stopped.
// Open invitations that had no way left go on, and what never arrived is said again. CodeInvalid,
// CodeNotFound.
func (e *Engine) Readdress(ctx context.Context, org OrganisationID, id RecipientID, p Person) (*Recipient, error) {
	p, mistakes := e.normalise(p)
	if err := invalid("readdress", mistakes); err != nil {
		return nil, err
	}
	var r *Recipient
	err := e.change(ctx, "readdress", org.Partition(), func() (*Change, error) {
		var err error
		if r, err = e.Recipient(ctx, org, id); err != nil {
			return nil, err
		}
		c, now, before := &Change{}, e.Clock.Now(), r.Links
		if r.update(p); r.Links != before {
			ev := r.wayEvent(EventRecipientReaddressed, "", "", now)
			c.emit(ev)
			if err := e.eachOpen(ctx, c, r, now, func(d *dossier) error { return d.revive(ctx, c, true) }); err != nil {
				return nil, err
			}
		}
		c.put(r)
		return c, nil
	})
	return r, err
}

// replaces tells whether inviting the person anew takes the place of an open invitation that had no way
// left: the request brings one.
func (p *invitee) replaces() bool {
	open := p.last
	if open == nil || !open.Unreachable || open.State != InvitationQueued && open.State != InvitationSent {
		return false
	}
	next := *p.was
	next.update(p.req.Person)
	return next.Links != p.was.Links && len(next.Reach()) > 0
}

// replace closes the open invitation that the new one takes the place of.
func (in *inviting) replace(c *Change, p *invitee, r *Recipient) {
	d := &dossier{e: in.e, now: in.now, o: in.o, s: in.services[p.req.Service], r: r, inv: p.last, q: in.e.quiet(in.o)}
	d.finish(InvitationClosed, ReasonReplaced)
	c.emit(d.event(EventInvitationClosed))
	if d.inv.Action != nil {
		d.acting(c, nil) // what is closed waits for nobody
	}
	d.saveParts(c)
	p.acts = without(p.acts, p.last)
}

func without(all []*Invitation, one *Invitation) []*Invitation {
	var out []*Invitation
	for _, inv := range all {
		if inv.ID != one.ID {
			out = append(out, inv)
		}
	}
	return out
}

// noReach says why a person cannot be invited.
func (r *Recipient) noReach() *Error {
	if r.OptedOut != nil || r.EmailOptedOut != nil {
		return refuse("invite", CodeUnreachable, "this person asked for no more messages of the organisation, and no other way to them is known; only they can take that back")
	}
	return refuse("invite", CodeUnreachable, "the phone and email known for this person no longer work; give another one")
}
