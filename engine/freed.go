package engine

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Freed is a slot that a cancellation or a move gave back. It waits for one step, which offers it to some
// of those who asked for an earlier one, and is then forgotten: what became of it is in the events.
type Freed struct {
	ID           string         `json:"id"`
	Organisation OrganisationID `json:"organisation"`
	Version      int64          `json:"-"`
	Service      ServiceID      `json:"service"`
	Calendar     CalendarID     `json:"calendar"`
	Location     string         `json:"location,omitempty"`
	Start        time.Time      `json:"start"`
	End          time.Time      `json:"end"`
	By           string         `json:"by"`     // stands for the appointment that gave it away, and outlives nobody who is erased
	People       int            `json:"people"` // how many it goes to at most, by the policy it was booked under
	Next         *Step          `json:"next,omitempty"`
}

// freedPrefix tells freed slots from services among what is due for pacing.
const freedPrefix = "frd_"

func (f *Freed) recordID() string      { return f.ID }
func (f *Freed) version() *int64       { return &f.Version }
func (f *Freed) owner() OrganisationID { return f.Organisation }
func (f *Freed) due() (string, *Step)  { return DuePacing, f.Next }
func (f *Freed) minted()               {}

// freed is the appointment's time as a slot for others, before it is given back; nil when nobody could be
// offered it: the service offers none, or the first allowed moment to write is inside its notice.
func (d *dossier) freed() *Freed {
	f := &Freed{
		Organisation: d.o.ID, Service: d.s.ID, Calendar: d.apt.Calendar, Location: d.apt.Location,
		Start: d.apt.Start, End: d.apt.End, By: d.gives(), People: d.s.offersFreed(),
	}
	when := d.q.next(d.now)
	if f.People == 0 || f.tooSoon(d.s, when) {
		return nil
	}
	f.ID, f.Next = d.e.Minter.Mint("frd", d.now), step(StepEarlier, 0, when, d.now)
	return f
}

// gives stands for the appointment in what it gives away.
func (d *dossier) gives() string { return d.e.Links.hash("freed", string(d.apt.ID)) }

// tooSoon tells whether the slot could not be booked any more at a moment.
func (f *Freed) tooSoon(s *Service, when time.Time) bool {
	return f.Start.Sub(when) < time.Duration(*s.NoticeHours)*time.Hour
}

// frees writes what was freed, if anything.
func (c *Change) frees(f *Freed) {
	if f != nil {
		c.put(f)
	}
}

// freedStep offers a freed slot to those who have waited longest, in one change: a crash leaves it due, and
// what is done is not due again.
func (e *Engine) freedStep(ctx context.Context, p Partition, id string) error {
	return e.change(ctx, "offer earlier", p, func() (*Change, error) {
		sh, err := e.fetch(ctx, p, id)
		if err != nil {
			return nil, err
		}
		f, err := pick[Freed](sh, id)
		now := e.Clock.Now()
		switch {
		case err != nil:
			return nil, err
		case f == nil:
			return gone(DuePacing, id), nil
		case f.Next == nil || f.Next.At.After(now):
			return early(f), nil
		}
		o, s, err := f.policies(ctx, e)
		if err != nil {
			return nil, err
		}
		if o != nil && s != nil && s.offersFreed() > 0 && !f.tooSoon(s, now) {
			if q := e.quietOf(o, s); !q.allowed(now) {
				return f.later(q, now), nil
			}
			return e.offerFreed(ctx, p, f, min(f.People, s.offersFreed()))
		}
		return f.done(&Change{}), nil
	})
}

// policies are the newest: who switches earlier slots off wants no more of them.
func (f *Freed) policies(ctx context.Context, e *Engine) (*Organisation, *Service, error) {
	key := serviceKey(f.Organisation, f.Service)
	sh, err := e.fetch(ctx, f.Organisation.Partition(), string(f.Organisation), key)
	if err != nil {
		return nil, nil, err
	}
	o, err := settled[Organisation](sh, string(f.Organisation))
	if err != nil {
		return nil, nil, err
	}
	s, err := settled[Service](sh, key)
	return o, s, err
}

// later waits for the quiet hours to end.
func (f *Freed) later(q quiet, now time.Time) *Change {
	f.Next = step(StepEarlier, 0, q.next(now), f.Next.planned())
	c := &Change{}
	c.put(f)
	return c
}

// done forgets the slot in the change that dealt with it.
func (f *Freed) done(c *Change) *Change {
	c.guard(f)
	c.forget(f)
	return c
}

const (
	askedAtOnce = 100 // of those who wait, read together
	askedAtMost = 2000
)

// offerFreed is the change that offers the slot: to those who wait longest and may be asked, n at the most.
func (e *Engine) offerFreed(ctx context.Context, p Partition, f *Freed, n int) (*Change, error) {
	c := &Change{}
	list := listEarlier(f.Organisation, f.Service)
	for cursor, seen := "", 0; seen < askedAtMost; seen += askedAtOnce {
		page, next, err := e.Lister.List(ctx, p, list, cursor, askedAtOnce)
		if err != nil {
			return nil, err
		}
		ids := make([]string, len(page))
		for i, l := range page {
			ids[i] = l.Member
		}
		ds, err := e.dossiers(ctx, p, ids...)
		if err != nil {
			return nil, err
		}
		for i, d := range ds {
			if n == 0 {
				break
			}
			offered, err := d.considers(ctx, c, f, ids[i])
			if err != nil {
				return nil, err
			}
			if offered {
				n--
			}
		}
		if cursor = next; cursor == "" || n == 0 {
			break
		}
	}
	return f.done(c), nil
}

// considers offers the slot to one of those who wait, if they may be asked now. Who never can be again
// leaves the list; d is nil of a person who was erased.
func (d *dossier) considers(ctx context.Context, c *Change, f *Freed, id string) (bool, error) {
	leaves := ListEntry{List: listEarlier(f.Organisation, f.Service), Member: id, Remove: true}
	if d == nil {
		c.Checks = append(c.Checks, Check{ID: id})
		c.Lists = append(c.Lists, leaves)
		return false, nil
	}
	switch bar := d.barred(); {
	case bar == BarOver || bar == BarNear:
		c.Lists = append(c.Lists, leaves)
		c.guard(d.inv) // who books or moves meanwhile may be on it again
		if d.apt != nil {
			c.guard(d.apt)
		}
		return false, nil
	case bar != "" || !f.suits(d):
		return false, nil
	}
	o := &EarlierOffer{Start: f.Start, End: f.End, Calendar: f.Calendar, Location: f.Location, Sequence: d.apt.Sequence, At: d.now}
	free, err := d.vacant(ctx, o)
	if err == nil && free {
		d.tellEarlier(c, o)
	}
	return free, err
}

// suits tells whether the slot is earlier than the appointment, at the same place, and not what it gave away
// itself: nobody is sent somewhere else by answering 1.
func (f *Freed) suits(d *dossier) bool {
	return f.By != d.gives() && f.Location == d.apt.Location && !f.End.After(d.apt.Start)
}

// EarlierBar is why somebody who asks for an earlier slot is not offered one now; "" when they may be.
type EarlierBar string

// The bars, the lasting ones first.
const (
	BarOver        EarlierBar = "over"        // no appointment is coming, nobody asks, or all offers were made
	BarNear        EarlierBar = "near"        // the appointment is 7 days away or less
	BarOff         EarlierBar = "off"         // the policy it was booked under offers none
	BarToday       EarlierBar = "today"       // the person had their offer of the day, for this or another appointment
	BarPaused      EarlierBar = "paused"      // a pause keeps the person from being asked anything
	BarAsked       EarlierBar = "asked"       // the person is choosing among slots held for them
	BarUnreachable EarlierBar = "unreachable" // no channel reaches the person, or what reaches them had its share of the day
)

// barred is why the person is not offered a freed slot now.
func (d *dossier) barred() EarlierBar {
	a := d.apt
	switch {
	case !d.coming() || a.WantsEarlier == nil || a.EarlierOffers >= earlierOffers:
		return BarOver
	case !d.far():
		return BarNear
	case d.s.offersFreed() == 0:
		return BarOff
	case d.pausedBy() != "":
		return BarPaused
	case d.r.EarlierDay >= dayOf(d.now, d.zone()):
		return BarToday
	case d.r.Offer != nil && d.r.Offer.Stands(d.now):
		return BarAsked
	case len(d.earlierBy()) == 0:
		return BarUnreachable
	}
	return ""
}

// earlierBy is the one channel that an offer of an earlier slot goes by: SMS where it can, since the first
// answer wins and an SMS is read at once.
func (d *dossier) earlierBy() []Channel {
	for _, ch := range d.r.Reach() {
		if !d.full(ch) {
			return []Channel{ch}
		}
	}
	return nil
}

// tellEarlier makes the offer: counted for the appointment and for the person's day, whatever becomes of it.
func (d *dossier) tellEarlier(c *Change, o *EarlierOffer) {
	d.apt.Earlier = o
	d.apt.EarlierOffers++
	d.r.EarlierDay = dayOf(d.now, d.zone())
	m := d.tell(c, KindEarlier, d.earlierBy(), d.now)[0]
	o.Message, o.Channel = m.ID, m.Channel
	d.saveApt, d.saveR = true, true
	c.emit(d.appointmentEvent(EventEarlierOffered))
	d.save(c)
}

// isFreed tells whether what is due for pacing is a freed slot.
func isFreed(id string) bool { return strings.HasPrefix(id, freedPrefix) }

// EarlierWish is one person who asks for an earlier slot of a service, as things are now.
type EarlierWish struct {
	Appointment *Appointment
	Since       time.Time // in whose order freed slots are offered
	Bar         EarlierBar
}

// EarlierWishes pages through those who ask for an earlier slot of a service, in the order in which a freed
// one is offered. Nothing is written. CodeNotFound when there is no such service.
func (e *Engine) EarlierWishes(ctx context.Context, org OrganisationID, id ServiceID, cursor string, limit int) ([]EarlierWish, string, error) {
	if _, err := e.Service(ctx, org, id); err != nil {
		return nil, "", err
	}
	page, next, err := e.Lister.List(ctx, org.Partition(), listEarlier(org, id), cursor, limit)
	if err != nil {
		return nil, "", err
	}
	ids := make([]string, len(page))
	for i, l := range page {
		ids[i] = l.Member
	}
	ds, err := e.dossiers(ctx, org.Partition(), ids...)
	if err != nil {
		return nil, "", err
	}
	ds = slices.DeleteFunc(ds, func(d *dossier) bool { return d == nil || d.apt == nil || d.apt.WantsEarlier == nil })
	out := make([]EarlierWish, len(ds))
	for i, d := range ds {
		out[i] = EarlierWish{Appointment: d.apt, Since: d.apt.waitsSince(), Bar: d.barred()}
	}
	return out, next, nil
}
