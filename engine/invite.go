package engine

import (
	"context"
	"slices"
	"time"
)

// InviteRequest asks for one invitation.
type InviteRequest struct {
	Service  ServiceID
	Batch    BatchID // optional
	Line     int     // of the batch
	Person   Person
	Channels []Channel // optional
}

// InviteResult answers for one request: an invitation, or why not.
type InviteResult struct {
	Invitation InvitationID
	Recipient  RecipientID
	Err        *Error
}

// Invite makes invitations, each answered on its own; the error means that nothing is known
// of any. Several hundred a call is the cheap way: people not known yet cost no reading.
func (e *Engine) Invite(ctx context.Context, org OrganisationID, reqs []InviteRequest) ([]InviteResult, error) {
	// Milliseconds are as much as lists keep, and short in each of a record's many times.
	in := &inviting{e: e, org: org, now: e.Clock.Now().Truncate(time.Millisecond), results: make([]InviteResult, len(reqs))}
	if err := in.policies(ctx, reqs); err != nil {
		return nil, err
	}
	todo := make([]*invitee, 0, len(reqs))
	for i, r := range reqs {
		if p := in.check(i, r); p != nil {
			todo = append(todo, p)
		}
	}
	for range tries {
		var err error
		if todo, err = in.round(ctx, todo); err != nil || len(todo) == 0 {
			return in.results, err
		}
		if err := in.load(ctx, todo); err != nil {
			return nil, err
		}
	}
	for _, p := range todo {
		in.results[p.n].Err = refuse("invite", CodeConflict, "the record keeps changing under us; try again in a moment")
	}
	return in.results, nil
}

// inviting is one call of Invite.
type inviting struct {
	e        *Engine
	org      OrganisationID
	o        *Organisation
	w        *Wording
	services map[ServiceID]*Service
	now      time.Time
	first    map[ServiceID]time.Time // first allowed moment to write about each
	results  []InviteResult
}

// invitee is one request on its way.
type invitee struct {
	n    int // in the call
	req  InviteRequest
	id   RecipientID
	was  *Recipient    // as stored; nil until read: most people are new
	last *Invitation   // the open one of the same service, or the newest if it was for that service
	acts []*Invitation // those that wait for staff
}

func (in *inviting) policies(ctx context.Context, reqs []InviteRequest) error {
	ids := []string{string(in.org), wordingKey(in.org)}
	in.services, in.first = map[ServiceID]*Service{}, map[ServiceID]time.Time{}
	for _, r := range reqs {
		if _, seen := in.services[r.Service]; !seen {
			in.services[r.Service] = nil
			ids = append(ids, serviceKey(in.org, r.Service))
		}
	}
	sh, err := in.e.fetch(ctx, in.org.Partition(), ids...)
	if err != nil {
		return err
	}
	if in.o, err = settled[Organisation](sh, string(in.org)); err != nil {
		return err
	}
	if in.o == nil {
		return refuse("invite", CodeNotFound, "there is no such organisation")
	}
	if in.w, err = settled[Wording](sh, wordingKey(in.org)); err != nil {
		return err
	}
	for id := range in.services {
		if in.services[id], err = settled[Service](sh, serviceKey(in.org, id)); err != nil {
			return err
		}
	}
	for id, s := range in.services {
		in.first[id] = in.e.quietOf(in.o, s).next(in.now)
	}
	return nil
}

// check normalises a request; nil when it is refused.
func (in *inviting) check(n int, r InviteRequest) *invitee {
	res := &in.results[n]
	if in.services[r.Service] == nil {
		res.Err = refuse("invite", CodeInvalid, "service: there is no service of this id")
		res.Err.Fields = []Field{{Pointer: "/service", Code: "unknown", Message: "there is no service of this id"}}
		return nil
	}
	p, mistakes := in.e.normalise(r.Person)
	for _, ch := range r.Channels {
		if ch != SMS && ch != Email {
			mistakes = append(mistakes, Field{Pointer: "/channels", Code: "unknown", Message: "must be sms or email"})
		}
	}
	if err := invalid("invite", mistakes); err != nil {
		res.Err = err.(*Error)
		return nil
	}
	r.Person = p
	res.Recipient = RecipientOf(in.org, p.ExternalID)
	return &invitee{n: n, req: r, id: res.Recipient}
}

// round decides and commits for everybody still open, and returns those somebody else changed.
func (in *inviting) round(ctx context.Context, todo []*invitee) ([]*invitee, error) {
	changes, asked := make([]Change, 0, len(todo)), make([]*invitee, 0, len(todo))
	for _, p := range todo {
		if c := in.decide(p); c != nil {
			changes, asked = append(changes, *c), append(asked, p)
		}
	}
	if len(changes) == 0 {
		return nil, nil
	}
	res, err := in.e.commit(ctx, in.org.Partition(), changes)
	if err != nil {
		return nil, err
	}
	var again []*invitee
	for i, r := range res {
		if r != Done {
			again = append(again, asked[i])
			in.results[asked[i].n].Invitation = "" // it was not made
		}
	}
	return again, nil
}

// load reads what is stored of people that turned out to be known.
func (in *inviting) load(ctx context.Context, todo []*invitee) error {
	ids := make([]string, len(todo))
	for i, p := range todo {
		ids[i] = string(p.id)
	}
	sh, err := in.e.fetch(ctx, in.org.Partition(), ids...)
	if err != nil {
		return err
	}
	open, acting := make([]string, len(todo)), []string(nil)
	for i, p := range todo {
		if p.was, err = pick[Recipient](sh, string(p.id)); err != nil {
			return err
		}
		if p.was != nil {
			open[i] = string(p.was.newest(p.req.Service))
			acting = append(acting, texts(p.was.Acting)...)
		}
	}
	if err := sh.more(ctx, in.org.Partition(), append(acting, open...)...); err != nil {
		return err
	}
	for i, p := range todo {
		if p.last, err = pick[Invitation](sh, open[i]); err != nil {
			return err
		}
		if p.last != nil && p.last.Service != p.req.Service {
			p.last = nil
		}
		if p.acts, err = waiting(sh, p.was); err != nil {
			return err
		}
	}
	return nil
}

// decide refuses the request, or makes the change that grants it.
func (in *inviting) decide(p *invitee) *Change {
	res := &in.results[p.n]
	r, c := p.was, &Change{Puts: make([]Put, 0, 2)} // the room it takes: batches make many
	if r == nil {
		r = &Recipient{ID: p.id, Organisation: in.org, ExternalID: p.req.Person.ExternalID, CreatedAt: in.now}
	} else if err := in.guards(p); err != nil {
		res.Err = err
		return nil
	} else if res.Invitation != "" {
		return nil // this very line was stored before
	}
	replaces := r == p.was && p.replaces()
	r.update(p.req.Person)
	if len(r.Reach()) == 0 {
		res.Err = r.noReach()
		return nil
	}
	channels := p.req.Channels
	switch {
	case replaces:
		in.replace(c, p, r)
	case p.was != nil:
		if channels, res.Err = in.again(r, p.req); res.Err != nil {
			return nil
		}
	}
	inv := &Invitation{
		ID: InvitationID(in.e.Minter.Mint("inv", in.now)), Organisation: in.org, Service: p.req.Service,
		Recipient: p.id, Batch: p.req.Batch, Line: p.req.Line, State: InvitationQueued,
		Channels: channels, CreatedAt: in.now,
		Next: step(StepInvite, 0, in.first[p.req.Service], in.now),
	}
	r.open(inv, in.now)
	c.answer(r.answers(p.acts, inv, in.now))
	c.put(r)
	c.put(inv)
	if inv.Batch == "" { // those of a batch are listed and counted by KeepLines, and batch.stored tells of them
		c.list(inv, in.now)
		c.emit(eventOf(inv, EventInvitationCreated, in.now.In(in.e.quiet(in.o).zone)))
	}
	res.Invitation, res.Err = inv.ID, nil
	return c
}

// list makes an invitation findable in its organisation; KeepLines does so for those of a batch.
func (c *Change) list(inv *Invitation, now time.Time) {
	c.Lists = append(c.Lists, ListEntry{List: listOf("invitations", inv.Organisation), Score: now.UnixMilli(), Member: string(inv.ID)})
}

// guards are the rules of inviting somebody again (RULES §1). A repeated line of a batch that
// was cut off is answered with the invitation it made the first time.
func (in *inviting) guards(p *invitee) *Error {
	switch open := p.last; {
	case open != nil && open.Batch != "" && open.Batch == p.req.Batch && open.Line == p.req.Line:
		in.results[p.n].Invitation = open.ID
	case open != nil && open.State == InvitationBooked:
		return refuse("invite", CodePending, "this person has an appointment for this service; cancel it or record its outcome first")
	case p.replaces(): // nobody was reached, and now somebody may be
	case open != nil && open.Alive():
		return refuse("invite", CodeAlreadyInvited, "this person has an open invitation for this service; close it first")
	}
	return nil
}

// again are the channels that a person known before may be invited by: not one by which they were for this
// service less than 24 hours ago (RULES §1); as asked for when that leaves all of them.
func (in *inviting) again(r *Recipient, asked InviteRequest) ([]Channel, *Error) {
	wanted := slices.DeleteFunc(r.Reach(), func(ch Channel) bool { return len(asked.Channels) > 0 && !slices.Contains(asked.Channels, ch) })
	if len(wanted) == 0 {
		wanted = r.Reach() // none of those asked for reaches the person: any does
	}
	free := slices.DeleteFunc(slices.Clone(wanted), func(ch Channel) bool {
		return in.now.Sub(r.Invited[asked.Service][ch]) < 24*time.Hour
	})
	switch len(free) {
	case 0:
		return nil, refuse("invite", CodeAlreadyInvited, "this person was invited for this service by the same channel less than 24 hours ago")
	case len(wanted):
		return asked.Channels, nil
	}
	return free, nil
}

func eventOf(i *Invitation, t EventType, now time.Time) Event {
	return Event{
		At: now, Type: t, Organisation: i.Organisation, Service: i.Service, Batch: i.Batch, Recipient: i.Recipient,
		Invitation: i.ID, State: string(i.State), Rung: i.Rung, Version: i.Version + 1, Facts: Facts{Via: i.Via},
	}
}
