package engine

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"
)

// Pace is how an invitation counts in the pacing of its service (RULES §1).
type Pace string

// The two that count; "" does not: not begun, booked, over, or without a way to the person.
const (
	PaceWaiting Pace = "waiting" // for slots to open
	PaceOut     Pace = "out"     // asked and not answered: it may take a slot any moment
)

// The counters of a service's pacing.
const (
	countOut     = "out"
	countWaiting = "waiting"
)

// lookPrefix begins the names of services' counters, which are also the due entries of their looks.
const lookPrefix = "pace:"

func paceName(org OrganisationID, id ServiceID) string {
	return lookPrefix + string(org) + ":" + string(id)
}

// isLook tells the look of a service from the other entries of DuePacing.
func isLook(id string) bool { return strings.HasPrefix(id, lookPrefix) }

// queueName is the list of those of one batch who wait; people invited one by one are one batch more.
func queueName(org OrganisationID, id ServiceID, b BatchID) string {
	return paceName(org, id) + ":" + string(b)
}

// lone stands for the batch of those invited one by one.
const lone BatchID = "single"

func (i *Invitation) queue() BatchID {
	if i.Batch == "" {
		return lone
	}
	return i.Batch
}

// pace is how the invitation counts now.
func (i *Invitation) pace() Pace {
	switch {
	case i.State != InvitationQueued && i.State != InvitationSent:
	case i.State == InvitationQueued && i.Next != nil && i.Next.Kind == StepPace:
		return PaceWaiting
	case i.State == InvitationQueued && i.Next != nil && i.Next.Kind == StepInvite, i.Unreachable:
	default:
		return PaceOut
	}
	return ""
}

// pace keeps the counters and queues of a service true in the change that alters the invitation.
func (c *Change) pace(i *Invitation) { c.paceTo(i, i.pace()) }

func (c *Change) paceTo(i *Invitation, is Pace) {
	if i.Pace == is {
		return
	}
	c.paceCount(i, i.Pace, -1)
	c.paceCount(i, is, 1)
	i.Pace = is
}

func (c *Change) paceCount(i *Invitation, p Pace, n int64) {
	name := paceName(i.Organisation, i.Service)
	switch p {
	case PaceOut:
		c.Counts = append(c.Counts, Count{Name: name, Field: countOut, N: n})
	case PaceWaiting:
		place := i.CreatedAt.UnixMilli()
		if i.Batch != "" {
			place = int64(i.Line)
			c.Counts = append(c.Counts, Count{Name: "batch:" + string(i.Batch), Field: countWaiting, N: n})
		}
		c.Counts = append(c.Counts, Count{Name: name, Field: countWaiting, N: n})
		c.Lists = append(c.Lists, ListEntry{List: queueName(i.Organisation, i.Service, i.queue()), Score: place, Member: string(i.ID), Remove: n < 0})
		if n > 0 {
			c.Lists = append(c.Lists, ListEntry{List: name, Member: string(i.queue())})
		}
	}
}

// gate decides for one service which first messages may leave: one for the people of one look.
type gate struct {
	s           *Service
	now         time.Time
	out, queued int64 // as counted when the gate was made
	free        int   // slots; not counted when pacing is off
	room        int   // of these, what is not for people whom other services invited
	most        int64 // open invitations that this allows; without end when pacing is off
	left        int64 // of most, when the gate was made and less those it let out since
	direct      bool  // for people who come first, not from a queue: nobody overtakes those who wait for these slots
	neighbours  neighbours
}

// admit takes a place for one invitation; the change is refused when the place is gone meanwhile.
func (g *gate) admit(c *Change) bool {
	if g == nil {
		return true
	}
	if g.most < math.MaxInt64 {
		if g.left < 1 || g.direct && (g.queued > 0 || len(g.neighbours.waiting) > 0) {
			return false
		}
		g.left--
		c.Caps = append(c.Caps, Cap{Name: paceName(g.s.Organisation, g.s.ID), Field: countOut, N: 1, Most: g.most})
		c.Caps = append(c.Caps, g.neighbours.demands...)
	}
	return true
}

// look makes the service look at its calendars and at those who wait.
func (s *Service) look(c *Change, when time.Time) {
	c.Due = append(c.Due, Due{Kind: DuePacing, ID: paceName(s.Organisation, s.ID), At: when})
}

// lookBy is look, unless it looks sooner anyway.
func (s *Service) lookBy(c *Change, when time.Time) {
	c.Due = append(c.Due, Due{Kind: DuePacing, ID: paceName(s.Organisation, s.ID), At: when, Latest: true})
}

// lookAgain has the service look when somebody waits: what was saved may let them out, and they are told that
// it is their turn.
func (e *Engine) lookAgain(ctx context.Context, c *Change, s *Service, when time.Time) error {
	g, err := e.counted(ctx, s.Organisation.Partition(), s)
	if err == nil && g.queued > 0 {
		s.lookBy(c, when)
	}
	return err
}

// lookAtOpenings has the services of a calendar look, as soon as no process takes an older one for true.
func (e *Engine) lookAtOpenings(ctx context.Context, c *Change, cal *Calendar) error {
	all, err := e.siblings(ctx, cal.Organisation)
	if err != nil {
		return err
	}
	when := e.Clock.Now().Add(e.Clock.Span(trust))
	for _, s := range all {
		if !slices.Contains(s.Calendars, cal.ID) {
			continue
		}
		if err := e.lookAgain(ctx, c, s, when); err != nil {
			return err
		}
	}
	return nil
}

// gates gives those of the dossiers whose first message is due a gate of their service. What the people of one
// service are let out for, others that share its calendars must know: they come later.
func (e *Engine) gates(ctx context.Context, p Partition, ds []*dossier) error {
	made := map[string]*gate{}
	for _, d := range ds {
		if d == nil || d.inv.Next == nil || d.inv.Next.Kind != StepInvite || d.inv.Next.At.After(d.now) || !d.q.allowed(d.now) || d.pausedBy() != "" {
			continue
		}
		name := paceName(d.o.ID, d.s.ID)
		if d.later = countedOn(made, name); d.later {
			continue
		}
		if made[name] == nil {
			s, err := e.Service(ctx, d.o.ID, d.s.ID)
			if err != nil {
				return err
			}
			if made[name], err = e.directGate(ctx, p, s); err != nil {
				return err
			}
		}
		d.gate = made[name]
	}
	return nil
}

// countedOn tells whether one of the gates counts on what a service has out.
func countedOn(made map[string]*gate, name string) bool {
	for _, g := range made {
		if slices.ContainsFunc(g.neighbours.demands, func(c Cap) bool { return c.Name == name }) {
			return true
		}
	}
	return false
}

// gate counts what there is room for. What is out is read first: whoever books in between makes the
// answer too small, not too great.
func (e *Engine) gate(ctx context.Context, p Partition, s *Service) (*gate, error) {
	g, err := e.counted(ctx, p, s)
	if err != nil || s.perInvitation() == 0 {
		return g, err
	}
	return g, e.measure(ctx, g)
}

// directGate is a gate for people who come first. While others wait it lets nobody through, and the
// calendars need not be read: of a batch many times too large, only the first portions look at them.
func (e *Engine) directGate(ctx context.Context, p Partition, s *Service) (*gate, error) {
	g, err := e.counted(ctx, p, s)
	if err != nil || s.perInvitation() == 0 {
		return g, err
	}
	if g.direct = true; g.queued > 0 {
		g.most, g.left = 0, 0
		return g, nil
	}
	return g, e.measure(ctx, g)
}

// counted is a gate that knows who is out and who waits, and holds nobody back yet.
func (e *Engine) counted(ctx context.Context, p Partition, s *Service) (*gate, error) {
	n, err := e.Lister.Counts(ctx, p, paceName(s.Organisation, s.ID))
	if err != nil {
		return nil, err
	}
	return &gate{s: s, now: e.Clock.Now(), out: n[countOut], queued: n[countWaiting], most: math.MaxInt64, left: math.MaxInt64}, nil
}

// measure reads the calendars, and keeps what other services that draw from them have out. Of services that let
// people out at the same instant one is refused, and measures again.
func (e *Engine) measure(ctx context.Context, g *gate) (err error) {
	if g.neighbours, err = e.neighbours(ctx, g.s); err != nil {
		return err
	}
	if len(g.neighbours.out) > 0 {
		g.free, g.room, err = e.roomBeside(ctx, g.s, g.neighbours.out)
	} else {
		g.free, err = e.room(ctx, g.s)
		g.room = g.free
	}
	if err != nil {
		return err
	}
	g.most = g.s.allows(g.room)
	g.left = g.most - g.out
	return nil
}

// perInvitation is how many free slots each open invitation must have; 0: pacing is off.
func (s *Service) perInvitation() float64 {
	if s.SlotsPerInvitation == nil { // saved by an earlier version
		return 1
	}
	return *s.SlotsPerInvitation
}

// allows is how many open invitations so many free slots allow.
func (s *Service) allows(free int) int64 { return int64(float64(free)/s.perInvitation() + 1e-9) }

// park puts the invitation into its service's queue: its step has no time, and the looks of the service
// take it up. They never end while somebody waits.
func (d *dossier) park(c *Change) {
	if d.inv.State != InvitationQueued {
		d.inv.Next = d.s.afterSent(d.inv, d.q, d.now)
		return
	}
	was := d.inv.Next
	d.inv.Next = step(StepPace, 0, time.Time{}, was.planned())
	d.inv.Next.Reason = was.Reason
	d.s.look(c, d.now)
}

// repaced has the service look at what the invitation's new pace means: one that ended without taking a slot
// makes room for those who wait; one that is out, for the first time or again after its appointment, must
// find a slot to choose.
func (d *dossier) repaced(c *Change, was Pace) {
	switch is := d.inv.Pace; {
	case was == PaceOut && is == "" && d.inv.State != InvitationBooked:
		d.s.look(c, d.now)
	case was == "" && is == PaceOut:
		d.s.lookBy(c, d.now.Add(dryEvery))
	}
}
