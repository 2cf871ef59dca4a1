package engine

import (
	"context"
	"reflect"
	"slices"
	"strings"
)

// followAtOnce is how many invitations of the organisation are looked at in one portion; the next follows at
// once.
const followAtOnce = 200

// following brings the steps of a service's open invitations to a ladder that they follow: one that waits
// for its end after the last relance would not learn of a further one, nor a relance that it comes sooner.
type following struct {
	ID           string         `json:"-"`
	Version      int64          `json:"-"`
	Organisation OrganisationID `json:"organisation"`
	Service      ServiceID      `json:"service"`
	Cursor       string         `json:"cursor,omitempty"` // in the organisation's invitations
	Next         *Step          `json:"next,omitempty"`
}

func (f *following) recordID() string     { return f.ID }
func (f *following) version() *int64      { return &f.Version }
func (f *following) due() (string, *Step) { return DuePacing, f.Next }

// followPrefix begins the ids of followings, which are also their due entries.
const followPrefix = "fol_"

func followKey(org OrganisationID, id ServiceID) string { return followPrefix + serviceKey(org, id) }

// leads tells whether saving the service changes what its open invitations wait for.
func (s *Service) leads(was *Service) bool {
	return s.Follow && was != nil && (!was.Follow || !reflect.DeepEqual(s.Ladder, was.Ladder))
}

// follow has the open invitations of the service looked at, from the first one on; once every process has
// read what is saved.
func (e *Engine) follow(c *Change, sh shelf, s *Service) error {
	id := followKey(s.Organisation, s.ID)
	f, err := pick[following](sh, id)
	if err != nil {
		return err
	}
	if f == nil {
		f = &following{Organisation: s.Organisation, Service: s.ID}
	}
	now := e.Clock.Now()
	f.ID, f.Cursor, f.Next = id, "", step(StepFollow, 0, now.Add(e.Clock.Span(2*trust)), now)
	c.put(f)
	return nil
}

func isFollowing(id string) bool { return strings.HasPrefix(id, followPrefix) }

// followStep is one portion.
func (e *Engine) followStep(ctx context.Context, p Partition, id string) error {
	sh, err := e.fetch(ctx, p, id)
	if err != nil {
		return err
	}
	f, err := pick[following](sh, id)
	if err != nil {
		return err
	}
	now, c := e.Clock.Now(), gone(DuePacing, id)
	if f != nil {
		if f.ID, c = id, early(f); f.Next != nil && !f.Next.At.After(now) {
			if c, err = e.followPortion(ctx, p, f); err != nil {
				return err
			}
		}
	}
	_, err = e.commit(ctx, p, []Change{*c})
	return err // a conflict: the service was saved again, and that begins anew
}

// followPortion plans anew what differs, and makes the change that notes how far it came.
func (e *Engine) followPortion(ctx context.Context, p Partition, f *following) (*Change, error) {
	c, now := &Change{}, e.Clock.Now()
	listed, next, err := e.Lister.List(ctx, p, listOf("invitations", f.Organisation), f.Cursor, followAtOnce)
	if err != nil {
		return nil, err
	}
	ids := []string{string(f.Organisation), serviceKey(f.Organisation, f.Service)}
	for _, l := range listed {
		ids = append(ids, l.Member)
	}
	sh, err := e.fetch(ctx, p, ids...)
	if err != nil {
		return nil, err
	}
	o, err := settled[Organisation](sh, ids[0])
	if err != nil {
		return nil, err
	}
	s, err := settled[Service](sh, ids[1])
	if err != nil {
		return nil, err
	}
	f.Cursor, f.Next = next, step(StepFollow, 0, now, now)
	if next == "" || o == nil || s == nil || !s.Follow {
		f.Next = nil
	}
	c.put(f)
	if o == nil || s == nil || !s.Follow {
		return c, nil
	}
	var changes []Change
	q := e.quietOf(o, s)
	for _, id := range ids[2:] {
		inv, err := pick[Invitation](sh, id)
		if err != nil {
			return nil, err
		}
		if inv != nil && inv.Service == s.ID && inv.climbs(s.afterSent(inv, q, now)) {
			one := Change{}
			one.put(inv)
			changes = append(changes, one)
		}
	}
	res, err := e.commit(ctx, p, changes)
	if slices.Contains(res, Conflict) { // something happened to one meanwhile: the portion again
		return &Change{Due: []Due{{Kind: DuePacing, ID: f.ID, At: now}}}, err
	}
	return c, err
}

// climbs has an invitation that was asked, and not answered, wait for another step of the ladder; and tells
// whether it is another. What a pause keeps looks at the ladder when it is let go.
func (i *Invitation) climbs(wanted *Step) bool {
	next := i.Next
	switch {
	case i.State != InvitationSent, i.Appointment != "", i.Unreachable,
		next != nil && next.Kind != StepExpire && (next.Kind != StepRelance || next.PausedBy != ""),
		next == nil && wanted == nil,
		next != nil && wanted != nil && next.Kind == wanted.Kind && next.N == wanted.N && next.At.Equal(wanted.At):
		return false
	}
	i.Next = wanted
	return true
}
