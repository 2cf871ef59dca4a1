package engine

import (
	"context"
	"strconv"

	"github.com/segmentio/encoding/json"
)

// versionKey names a version of a service as it was saved; it never changes.
func versionKey(org OrganisationID, id ServiceID, version int64) string {
	return serviceKey(org, id) + "@" + strconv.FormatInt(version, 10)
}

// keepVersion keeps what is saved of a service for the invitations that start under it; and what was
// there, when that comes from before versions were kept.
func (c *Change) keepVersion(s, was *Service) {
	keep := func(v *Service, version int64) {
		body, err := json.Marshal(v)
		if err != nil {
			panic("engine: a service that is not JSON: " + err.Error()) // only a defect of ours can do this
		}
		c.Puts = append(c.Puts, Put{ID: versionKey(v.Organisation, v.ID, version), Expect: Fresh, Body: body})
	}
	if was != nil {
		keep(was, was.Version)
	}
	keep(s, s.Version+1)
}

// starts notes the version of the policy that the invitation begins under.
func (d *dossier) starts() {
	if d.inv.Policy == 0 {
		d.inv.Policy, d.saveInv = d.s.Version, true
	}
}

// under is the service as it holds for the invitation: the newest one, with the policy that the
// invitation started under unless the service has them follow.
func (i *Invitation) under(ctx context.Context, sh shelf, newest *Service) (*Service, error) {
	if newest == nil || newest.Follow || i.Policy == 0 || i.Policy == newest.Version {
		return newest, nil
	}
	key := versionKey(i.Organisation, i.Service, i.Policy)
	if err := sh.more(ctx, i.Organisation.Partition(), key); err != nil {
		return nil, err
	}
	old, err := settled[Service](sh, key)
	if err != nil || old == nil {
		return newest, err
	}
	return newest.withPolicy(old), nil
}

// withPolicy is the service under another version's policy. Calendars, places and durations are facts:
// they are the newest.
func (s *Service) withPolicy(old *Service) *Service {
	out := *s
	out.ValidityDays, out.Ladder, out.Reminders = old.ValidityDays, old.Ladder, old.Reminders
	out.AbsenceReminders, out.AfterNoShow, out.AfterNoShowDays = old.AbsenceReminders, old.AfterNoShow, old.AfterNoShowDays
	out.CancelCutoffHours, out.MoveCutoffHours, out.MaxMoves = old.CancelCutoffHours, old.MoveCutoffHours, old.MaxMoves
	out.Quiet, out.MaxSMS, out.MaxEmails = old.Quiet, old.MaxSMS, old.MaxEmails
	out.EarlierPeople = old.EarlierPeople
	out.Consequence, out.MaxParts, out.Texts = old.Consequence, old.MaxParts, old.Texts
	out.Fallback = old.Fallback
	return &out
}

// ServiceVersion reads a service as it was saved once; CodeNotFound, also for a version from before they
// were kept.
func (e *Engine) ServiceVersion(ctx context.Context, org OrganisationID, id ServiceID, version int64) (*Service, error) {
	newest, err := e.Service(ctx, org, id)
	if err != nil || newest.Version == version {
		return newest, err
	}
	old, err := read[Service](ctx, e, org, versionKey(org, id, version))
	if err != nil {
		return nil, err
	}
	old.Version = version
	return old, nil
}

// Follow brings an open invitation under the newest policy of its service. What was told stays: its last
// day, and the reminders of a booked appointment. One that has not begun starts under the newest anyway.
// CodeNotFound, CodeWrongState.
func (e *Engine) Follow(ctx context.Context, org OrganisationID, id InvitationID) (*Invitation, error) {
	var out *Invitation
	err := e.change(ctx, "follow", org.Partition(), func() (*Change, error) {
		d, err := e.dossier(ctx, org, id)
		if err != nil {
			return nil, err
		}
		newest, err := e.Service(ctx, org, d.inv.Service)
		if err != nil {
			return nil, err
		}
		switch out = d.inv; {
		case !d.inv.Alive():
			return nil, refuse("follow", CodeWrongState, "this invitation is over: it can follow nothing any more")
		case d.inv.Policy == 0 || d.inv.Policy == newest.Version:
			return nil, nil
		}
		c := &Change{}
		d.inv.Policy, d.saveInv = newest.Version, true
		d.s, d.q = newest, e.quietOf(d.o, newest)
		if d.inv.State == InvitationSent && (d.inv.Next == nil || d.inv.Next.Kind != StepFollowUp) {
			d.inv.Next = d.s.afterSent(d.inv, d.q, d.now)
		}
		c.emit(d.event(EventInvitationPolicy))
		return d.save(c), nil
	})
	return out, err
}
