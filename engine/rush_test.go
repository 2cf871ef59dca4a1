package engine_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

// TestRush has 64 clients book, join, move, cancel, force and offer at random on 20 calendars, and then
// counts: nothing is sold twice, lost or left behind. It lasts 2 s; RELANCE_RUSH=30s go test -race
// -run TestRush ./engine is what .ci/run asks for.
func TestRush(t *testing.T) {
	t.Parallel()
	lasts := 2 * time.Second
	if d, err := time.ParseDuration(os.Getenv("RELANCE_RUSH")); err == nil {
		lasts = d
	}
	r := newTown(t)
	var wg sync.WaitGroup
	end := time.Now().Add(lasts)
	for client := range 64 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(client), 64))
			for time.Now().Before(end) && !t.Failed() {
				r.act(random)
			}
		})
	}
	wg.Wait()
	apts := all[engine.Appointment](r.world, "apt_")
	for i, a := range apts {
		apts[i] = r.appointment(a.ID) // with its version
	}
	claims := r.claims()
	r.heldIsClaimed(apts, claims)
	r.roomIsKept(claims)
	r.limitsAreKept(apts)
	r.eventsTell(apts)
	r.mu.Lock()
	defer r.mu.Unlock()
	t.Logf("%v in %v", r.answers, lasts)
	for _, what := range []string{"book", "join", "move", "cancel", "force", "offer"} {
		if r.answers[what+" "] == 0 {
			t.Errorf("nobody could %s", what)
		}
	}
}

// town has twenty calendars: calendars 0 to 7 take one at a time, 8 to 11 two, 12 to 15 hold sessions of five in the
// afternoon, 16 to 19 take three a day and eight a week.
type town struct {
	*world
	mu      sync.Mutex
	answers map[string]int // what was asked and the code of the answer
	acts    int

	calendars map[engine.CalendarID]calendars.Calendar
	people    []engine.InvitationID
}

const rushSeats = 5

func newTown(t *testing.T) *town {
	r := &town{world: newWorld(t), answers: map[string]int{}, calendars: map[engine.CalendarID]calendars.Calendar{}}
	pools := map[engine.ServiceID][]engine.CalendarID{}
	week := func(start, end calendars.Clock, seats int) calendars.Window {
		return calendars.Window{FirstDay: "2026-05-18", Start: start, End: end, RRule: "FREQ=DAILY", Seats: seats}
	}
	for n := range 20 {
		c := calendars.Calendar{ID: engine.CalendarID(fmt.Sprintf("cal-%d", n)), Zone: "Europe/Paris", Windows: []calendars.Window{week("09:00", "12:00", 0)}}
		service := engine.ServiceID("single")
		switch {
		case n >= 16:
			service, c.MaxPerDay, c.MaxPerWeek = "limited", 3, 8
		case n >= 12:
			service = "session"
			c.Windows = append(c.Windows, week("14:00", "16:00", rushSeats))
		case n >= 8:
			service, c.Capacity = "double", 2
		}
		r.must(r.e.SaveCalendar(r.ctx, r.org, engine.Calendar{Calendar: c}))
		r.calendars[c.ID] = c
		pools[service] = append(pools[service], c.ID)
		if n%4 == 0 {
			pools["any"] = append(pools["any"], c.ID)
		}
	}
	many := 100000
	for id, pool := range pools {
		r.must(r.e.SaveService(r.ctx, r.org, engine.Service{ID: id, Name: string(id), Calendars: pool, DurationMin: 30, HorizonDays: 4, MaxMoves: hours(100), ValidityDays: hours(0)}))
		reqs := make([]engine.InviteRequest, 90)
		for i := range reqs {
			many++
			reqs[i] = engine.InviteRequest{Service: id, Person: engine.Person{ExternalID: fmt.Sprint(id, i), Phone: fmt.Sprintf("+33639%d", many)}}
		}
		res, err := r.e.Invite(r.ctx, r.org, reqs)
		r.must(res, err)
		for _, one := range res {
			r.people = append(r.people, one.Invitation)
		}
	}
	return r
}

// act does one thing to somebody, and fails the test when the answer is not one that may come.
func (r *town) act(random *rand.Rand) {
	p := r.people[random.IntN(len(r.people))]
	start := at(19+random.IntN(4), 9, 30*random.IntN(7)) // half an hour past closing too
	what := "book"
	if random.IntN(3) == 0 {
		start, what = at(19+random.IntN(4), 14, 0), "join"
	}
	inv, err := r.e.Invitation(r.ctx, r.org, p)
	if err == nil && inv.State == engine.InvitationBooked {
		what = []string{"move", "move", "cancel", "force", "offer"}[random.IntN(5)]
	} else if random.IntN(5) == 0 {
		what = "offer"
	}
	move := engine.MoveRequest{Organisation: r.org, Start: start, By: engine.ByRecipient}
	if err == nil {
		move.Appointment = inv.Appointment
	}
	switch what {
	case "book", "join":
		_, err = r.e.Book(r.ctx, engine.BookRequest{Organisation: r.org, Invitation: p, Start: start, By: engine.ByRecipient})
	case "move":
		_, err = r.e.Reschedule(r.ctx, move)
	case "force":
		move.By, move.Force, move.Start = engine.ByStaff, engine.ForceWindows, at(19+random.IntN(4), 12, 30*random.IntN(3))
		_, err = r.e.Reschedule(r.ctx, move)
	case "cancel":
		_, err = r.e.Cancel(r.ctx, r.org, inv.Appointment, engine.ByRecipient)
	case "offer":
		_, err = r.e.Offer(r.ctx, r.org, p)
	}
	switch code := engine.CodeOf(err); code {
	case engine.CodeUnavailable, engine.CodeInternal, engine.CodeInvalid, engine.CodeConflict, engine.CodeNotFound:
		r.t.Errorf("%s: %v", what, err)
	default:
		r.count(what + " " + string(code))
	}
}

// count notes an answer; the clock goes on a minute every twenty, so that holds end.
func (r *town) count(answer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[answer]++
	if r.acts++; r.acts%20 == 0 && r.clock.Now().Before(monday.Add(9*time.Hour)) {
		r.clock.set(r.clock.Now().Add(time.Minute))
	}
}

// claims are all that Redis holds, by calendar and limit.
func (r *town) claims() map[engine.CalendarID][]engine.Claim {
	var names []engine.CalendarID
	for id := range r.calendars {
		name := engine.CalendarID(r.org) + "/" + id
		names = append(names, name, name+"#day", name+"#week")
	}
	found, err := r.store.Busy(r.ctx, r.org.Partition(), names, monday.AddDate(0, -1, 0), monday.AddDate(0, 1, 0))
	r.must(found, err)
	out := map[engine.CalendarID][]engine.Claim{}
	for i, name := range names {
		out[name] = found[i]
	}
	return out
}

func claimKey(c engine.Claim) string {
	return fmt.Sprint(c.Calendar, c.Holder, c.Start.Unix(), c.End.Unix(), c.Seats, c.Until.Unix())
}

// heldIsClaimed: what appointments and offers hold is what is claimed, no more and no less.
func (r *town) heldIsClaimed(apts []*engine.Appointment, claims map[engine.CalendarID][]engine.Claim) {
	held := map[string]bool{}
	for _, a := range apts {
		if a.State == engine.Booked {
			for _, c := range a.Held {
				held[claimKey(c)] = true
			}
		}
	}
	for _, p := range all[engine.Recipient](r.world, "rcp_") {
		if p.Offer != nil && p.Offer.Over == "" {
			for _, s := range p.Offer.Slots {
				for _, c := range s.Held {
					held[claimKey(c)] = true
				}
			}
		}
	}
	for _, list := range claims {
		for _, c := range list {
			if !held[claimKey(c)] {
				r.t.Errorf("phantom time: %+v", c)
			}
			delete(held, claimKey(c))
		}
	}
	for c := range held {
		r.t.Errorf("lost time: %s", c)
	}
}

// roomIsKept: nowhere is more claimed at once than there is room for.
func (r *town) roomIsKept(claims map[engine.CalendarID][]engine.Claim) {
	now := r.clock.Now()
	for id, cal := range r.calendars {
		list := slices.DeleteFunc(claims[engine.CalendarID(r.org)+"/"+id], func(c engine.Claim) bool { return c.Ended(now) })
		for _, c := range list {
			together := 0
			for _, d := range list {
				switch {
				case !c.Overlaps(d):
				case c.Seats > 0 && (!c.Start.Equal(d.Start) || !c.End.Equal(d.End)):
					r.t.Errorf("%s and %s share time on %s and no session", c.Holder, d.Holder, id)
				case !d.Start.After(c.Start) && c.Start.Before(d.End):
					together++
				}
			}
			if most := max(c.Seats, cal.Capacity, 1); together > most {
				r.t.Errorf("%d at once on %s at %v, which has room for %d", together, id, c.Start, most)
			}
		}
	}
}

// limitsAreKept counts days and weeks again from the appointments alone.
func (r *town) limitsAreKept(apts []*engine.Appointment) {
	days, weeks := map[string]int{}, map[string]int{}
	for _, a := range apts {
		if a.State == engine.Booked {
			year, week := a.Start.In(paris).ISOWeek()
			days[string(a.Calendar)+a.Start.In(paris).Format(time.DateOnly)]++
			weeks[fmt.Sprint(a.Calendar, year, week)]++
			c := r.calendars[a.Calendar]
			if c.MaxPerDay > 0 && days[string(a.Calendar)+a.Start.In(paris).Format(time.DateOnly)] > c.MaxPerDay {
				r.t.Errorf("more than %d on %s on a day", c.MaxPerDay, a.Calendar)
			}
			if c.MaxPerWeek > 0 && weeks[fmt.Sprint(a.Calendar, year, week)] > c.MaxPerWeek {
				r.t.Errorf("more than %d on %s in a week", c.MaxPerWeek, a.Calendar)
			}
		}
	}
}

// eventsTell: the events of an appointment are its whole story.
func (r *town) eventsTell(apts []*engine.Appointment) {
	told := map[engine.AppointmentID][]engine.Event{}
	for cursor := ""; ; {
		events, next, err := r.e.Events(r.ctx, r.org, cursor, 1000)
		r.must(events, err)
		for _, ev := range events {
			if ev.Appointment != "" && ev.Message == "" {
				told[ev.Appointment] = append(told[ev.Appointment], ev)
			}
		}
		if cursor = next; cursor == "" || len(events) == 0 {
			break
		}
	}
	for _, a := range apts {
		events := told[a.ID]
		delete(told, a.ID)
		for i, ev := range events {
			if ev.Version != int64(i)+1 || (i == 0) != (ev.Type == engine.EventAppointmentBooked) {
				r.t.Errorf("event %d of %s is %s of version %d", i, a.ID, ev.Type, ev.Version)
			}
		}
		if len(events) != a.Sequence+1 || events[len(events)-1].State != string(a.State) || a.Version != int64(len(events)) {
			r.t.Errorf("%s is %s, sequence %d, version %d after %d events", a.ID, a.State, a.Sequence, a.Version, len(events))
		}
	}
	if len(told) > 0 {
		r.t.Errorf("events tell of %d appointments that do not exist", len(told))
	}
}
