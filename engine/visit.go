package engine

import (
	"context"
	"time"
)

// Visit is what a link shows.
type Visit struct {
	Organisation *Organisation
	Service      *Service
	Invitation   *Invitation
	Appointment  *Appointment // the coming one, nil when there is none
	Recipient    RecipientID
	Language     string
	Ways         []Way          // the channels the person has an address of
	Zone         *time.Location // of the times to show
	Phone        string         // to call
	Location     Location       // of the appointment; of the service while there is none
	CanBook      bool           // no appointment is coming
	CanMove      bool           // inside the cut-off and the number of moves
	CanCancel    bool
	MovesLeft    int
	Earlier      EarlierVisit
}

// Way is a channel to the person, which they may leave and take up again.
type Way struct {
	Channel Channel
	Left    bool
}

// Open looks a link's token up and changes nothing. CodeLinkDead for every token that opens
// nothing: unknown, expired, replaced, revoked (RULES §5). A miss does the same reads as a hit.
func (e *Engine) Open(ctx context.Context, token string) (*Visit, error) {
	dead := refuse("open", CodeLinkDead, "this link no longer works")
	p, plausible := partitionOf(token, tokenLength)
	found, err := e.Store.Find(ctx, p, indexLinks, e.Links.hash("token", token))
	if err != nil {
		return nil, err
	}
	id := found[0]
	if id == "" {
		id = "inv_none"
	}
	ds, err := e.dossiers(ctx, p, id)
	if err != nil {
		return nil, err
	}
	d := ds[0]
	if d == nil {
		if err := e.idle(ctx, p); err != nil {
			return nil, err
		}
	}
	if !plausible || d == nil || !sameToken(token, d.token()) || !d.open() {
		return nil, dead
	}
	v := d.visit()
	v.Earlier, err = d.earlierVisit(ctx)
	return v, err
}

// idle is the second read of a hit, for a miss: one timing for both.
func (e *Engine) idle(ctx context.Context, p Partition) error {
	_, err := e.fetch(ctx, p, "org_none", "srv_none", "rcp_none")
	return err
}

// open tells whether the link still leads somewhere: until the invitation ends, or a day after
// its appointment (RULES §5).
func (d *dossier) open() bool {
	if !d.inv.Alive() {
		return false
	}
	if d.inv.State == InvitationBooked && d.apt != nil && d.apt.State == Booked {
		return d.apt.End.Add(linkLife).After(d.now)
	}
	return !d.expired()
}

// Where is the location of a start that is shown as being at id, as Slot.Locations has it.
func (v *Visit) Where(id string) Location { return v.Organisation.where(v.Service, id) }

func (d *dossier) visit() *Visit {
	v := &Visit{
		Organisation: d.o, Service: d.s, Invitation: d.inv, Recipient: d.r.ID, Language: d.language(),
		Zone: d.zone(), Phone: d.phone(), Location: d.o.where(d.s, ""), CanBook: !d.coming() && !d.expired(),
	}
	for _, ch := range []Channel{SMS, Email} {
		if d.r.addressed(ch) {
			v.Ways = append(v.Ways, Way{ch, d.r.leftAt(ch) != nil})
		}
	}
	if d.inv.State == InvitationBooked && d.apt != nil && d.apt.State == Booked {
		v.Appointment, v.Location = d.apt, d.where()
		v.CanBook = false
		v.CanMove = d.movable(ByRecipient) == nil
		v.CanCancel = d.coming() && !d.late(*d.s.CancelCutoffHours)
		v.MovesLeft = max(0, *d.s.MaxMoves-d.apt.Moves)
	}
	return v
}

func (d *dossier) language() string {
	if d.r.Language != "" {
		return d.r.Language
	}
	return d.o.Language
}

func (d *dossier) phone() string {
	if d.s.Phone != "" {
		return d.s.Phone
	}
	return d.o.Phone
}

// Choices are the starts to show on a visit from a day such as "2026-05-14" on ("" is the first
// that is free): whole days until at least limit starts, and the day the next page begins with,
// "" at the end.
func (e *Engine) Choices(ctx context.Context, v *Visit, from string, limit int) (slots []Slot, next string, err error) {
	first := e.Clock.Now()
	if from != "" {
		day, err := time.ParseInLocation(time.DateOnly, from, v.Zone)
		if err != nil {
			return nil, "", invalid("choices", []Field{{Pointer: "/from", Code: "invalid", Message: "must be a day such as 2026-05-14"}})
		}
		if day.After(first) {
			first = day
		}
	}
	open, err := e.openings(ctx, v.Service, first, first.AddDate(1, 0, 0), string(v.Recipient))
	if err != nil {
		return nil, "", err
	}
	starts := open.starts
	day := func(t int64) string { return time.Unix(t, 0).In(v.Zone).Format(time.DateOnly) }
	for i, t := range starts {
		if i >= limit && day(t) != day(starts[i-1]) {
			return open.slots(starts[:i]), day(t), nil
		}
	}
	return open.slots(starts), next, nil
}
