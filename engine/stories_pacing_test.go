package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

func offeredAgainAfterANoShow(t *testing.T, w *world) {
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, AfterNoShow: engine.NoShowOffer, AfterNoShowDays: hours(2), Reminders: []engine.Hours{}})
	inv := w.inviteByPhone("awa")
	w.work()
	first := w.book("awa", 0)
	w.until(first.Start.Add(time.Hour))
	w.records(first.ID, engine.NoShow)
	w.pass(3 * day)
	second := w.book("awa", 0)
	w.until(second.Start.Add(time.Hour))
	w.records(second.ID, engine.Attended)
	w.wants("awa",
		"Mon 18 09:00 invitation/sms",
		"Mon 18 09:00 confirmation/sms",
		"Thu 21 10:00 no_show/sms", // missed on Tuesday, at nine
		"Fri 22 10:00 confirmation/sms",
	)
	if i := w.invitation(inv); i.State != engine.InvitationClosed || i.Reason != string(engine.Attended) {
		t.Errorf("the invitation is %s %s", i.State, i.Reason)
	}
	// Somebody who cannot be written to any more when the time comes.
	lost := w.inviteByPhone("bo")
	w.work()
	missed := w.book("bo", 0)
	w.until(missed.Start.Add(time.Hour))
	w.records(missed.ID, engine.NoShow)
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), w.message(lost, 0).ID, engine.Receipt{State: engine.MessageFailed, BadAddress: true}))
	w.pass(3 * day)
	if i := w.invitation(lost); !i.Unreachable {
		t.Error("nobody is told that the offer reached nobody")
	}
}

// followsANewPolicy: two people, of whom one is told to follow.
func followsANewPolicy(t *testing.T, w *world) {
	w.service(ladders(false, 2, 4))
	awa, bo := w.inviteByPhone("awa"), w.inviteByPhone("bo")
	w.pass(3 * day)
	w.service(ladders(false, 2, 6))
	w.must(w.e.Follow(w.ctx, w.org, awa))
	w.pass(9 * day)
	w.wants("awa", "Mon 18 09:00 invitation/sms", "Wed 20 09:00 relance/sms", "Tue 26 08:00 relance/sms")
	w.wants("bo", "Mon 18 09:00 invitation/sms", "Wed 20 09:00 relance/sms", "Fri 22 09:00 relance/sms")
	if a, b := w.invitation(awa), w.invitation(bo); a.Policy != b.Policy+1 {
		t.Errorf("they are under versions %d and %d", a.Policy, b.Policy)
	}
}

// waitsForASlot: one slot, and what becomes of those who wait for it.
func waitsForASlot(t *testing.T, w *world) {
	w.must(w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Name: "desk-1", Calendar: calendars.Calendar{
		ID: "desk-1", Zone: "Europe/Paris", Windows: []calendars.Window{{FirstDay: "2026-05-20", Start: "08:00", End: "09:00"}},
	}}))
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, DurationMin: 60, Ladder: []engine.Rung{}})
	first := w.invite("awa")
	w.work()
	waiting := map[string]engine.InvitationID{}
	for _, name := range []string{"bo", "chloe", "dan", "eve"} {
		waiting[name] = w.invite(name)
	}
	w.work()
	for after, why := range []string{engine.WaitForRoom, engine.WaitNoSlots} { // a day later it is too late for the slot
		for name, id := range waiting {
			if got := w.waitingFor(id); got == nil || got.Reason != why || got.Expected != nil {
				t.Errorf("after %d days %s waits: %+v", after, name, got)
			}
		}
		w.pass(day)
	}
	w.closes(waiting["bo"])
	w.must(w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: waiting["chloe"], Start: at(27, 9, 0), By: engine.ByStaff, Force: engine.ForceWindows}))
	w.must(w.e.Convene(w.ctx, engine.ConveneRequest{Organisation: w.org, Service: w.svc, Person: person("dan"), Start: at(27, 10, 0), Force: engine.ForceWindows}))
	w.closes(first)
	w.pass(time.Hour)
	if got := w.invitation(waiting["eve"]); got.State != engine.InvitationQueued {
		t.Errorf("the only slot has passed, and the invitation of the one who waits is %s", got.State)
	}
	w.calendar("desk-1")
	w.pass(time.Hour)
	if got := w.invitation(waiting["eve"]); got.State != engine.InvitationSent || w.waitingFor(got.ID) != nil {
		t.Errorf("there are slots, and the invitation of the one who waits is %s", got.State)
	}
	w.wants("bo")
	w.wants("chloe", "Wed 20 09:00 confirmation/sms", "Wed 20 09:00 confirmation/email")
	w.stopsWhileWaiting("fay")
}

// stopsWhileWaiting has somebody whom the organisation wrote to before wait for a slot of another service, and send STOP.
func (w *world) stopsWhileWaiting(name string) {
	w.t.Helper()
	w.inviteByPhone(name)
	w.work()
	w.svc = "second"
	w.must(w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Name: "desk-2", Calendar: calendars.Calendar{ID: "desk-2", Zone: "Europe/Paris"}}))
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-2"}})
	id := w.inviteByPhone(name)
	w.work()
	if w.waitingFor(id) == nil {
		w.t.Errorf("%s does not wait for a slot where there is none", name)
	}
	w.reply(name, "STOP")
	w.work()
	if inv := w.invitation(id); !inv.Unreachable || w.waitingFor(id) != nil {
		w.t.Errorf("%s stopped, and still waits for a slot", name)
	}
}

// waitingFor is why an invitation waits; nil when it does not.
func (w *world) waitingFor(id engine.InvitationID) *engine.Waiting {
	w.t.Helper()
	got, err := w.e.Waiting(w.ctx, w.invitation(id))
	w.must(nil, err)
	return got
}

// crowdOf is the story of many people for few slots.
type crowdOf struct {
	*world
	t *testing.T
}

// fiveThousandFor300: ten desks, each with six hours a day, five days ahead: 300 slots.
func fiveThousandFor300(t *testing.T, w *world) {
	c := crowdOf{w, t}
	c.desks(1)
	for n, b := range []engine.BatchID{"bat_a", "bat_b"} {
		w.must(w.e.OpenBatch(w.ctx, w.org, w.svc, b))
		w.people(b, 2500)
		w.work()
		c.out([]int{300, 0}[:n+1]...) // the second batch does not overtake those who wait
	}
	c.visible()
	c.bookThem()
	w.pass(time.Hour)
	c.dry("Mon")

	w.pass(day) // the horizon moves on by a day: sixty slots, and the batches take turns
	c.out(330, 30)
	w.pass(day)
	c.out(360, 60)

	c.bookThem()
	w.pass(30 * time.Minute)
	c.dry("Mon", "Wed") // on Tuesday those invited had slots to choose from

	c.desks(3) // two more at each desk: 600 slots until the horizon
	w.pass(30 * time.Minute)
	c.out(660, 360)
	c.desks(90)
	w.pass(30 * time.Minute)
	c.out(2500, 2500)
	c.nobodyIsLost()
}

// people invites so many of a batch, by email.
func (w *world) people(batch engine.BatchID, n int) {
	w.t.Helper()
	for from := 0; from < n; from += 500 {
		w.line(batch, from, min(500, n-from))
	}
}

// desks are ten calendars that take so many at a time.
func (c crowdOf) desks(capacity int) {
	c.t.Helper()
	var ids []engine.CalendarID
	for n := range 10 {
		id := engine.CalendarID(fmt.Sprint("desk-", n))
		ids = append(ids, id)
		c.must(c.e.SaveCalendar(c.ctx, c.org, engine.Calendar{Name: string(id), Calendar: calendars.Calendar{
			ID: id, Zone: "Europe/Paris", Capacity: capacity, Windows: []calendars.Window{{FirstDay: "2026-05-18", Start: "11:00", End: "17:00", RRule: "FREQ=DAILY"}},
		}}))
	}
	if capacity == 1 {
		notice := 0
		c.service(engine.Service{Calendars: ids, DurationMin: 60, HorizonDays: 5, NoticeHours: &notice, Ladder: []engine.Rung{}, Reminders: []engine.Hours{}})
	}
}

// out: of each batch so many were invited, the first ones.
func (c crowdOf) out(want ...int) {
	c.t.Helper()
	for n, b := range []engine.BatchID{"bat_a", "bat_b"}[:len(want)] {
		if got := c.invited(b); !slices.Equal(got, upTo(want[n])) {
			c.t.Fatalf("%s of %s: %d were invited, want the first %d", c.clock.Now().In(paris).Format("Mon 15:04"), b, len(got), want[n])
		}
	}
}

// visible: who waits is told why, and until when at the latest.
func (c crowdOf) visible() {
	c.t.Helper()
	last, err := c.e.BatchWaiting(c.ctx, c.org, "bat_b")
	c.must(last, err)
	// 4,700 slots more, sixty a day from Saturday 23 May on but two holidays: the horizon reaches the last of
	// them five days before.
	if want := time.Date(2026, 8, 6, 12, 0, 0, 0, paris); last == nil || last.People != 2500 || last.Ahead != 4699 ||
		last.Reason != engine.WaitForRoom || !last.Expected.Equal(want) {
		c.t.Errorf("of the second batch is said %+v, want that all 2,500 are invited by %v", last, want)
	}
}

// bookThem: everybody who was invited takes the first slot they see.
func (c crowdOf) bookThem() {
	c.t.Helper()
	for _, inv := range all[engine.Invitation](c.world, "inv_") {
		if inv.State == engine.InvitationSent {
			c.must(c.bookAt(inv.ID, c.slots()[0].Start, engine.ByRecipient))
		}
	}
	if n := len(c.slots()); n > 0 {
		c.t.Fatalf("%d slots are left", n)
	}
}

// dry: the days on which the service said that it has no slot left, and that this is why people wait.
func (c crowdOf) dry(want ...string) {
	c.t.Helper()
	var days []string
	for _, ev := range c.tail() {
		if ev.Type == engine.EventServiceDry {
			days = append(days, ev.At.In(paris).Format("Mon"))
		}
	}
	if !slices.Equal(days, want) {
		c.t.Errorf("service.dry on %v, want %v", days, want)
	}
	w, err := c.e.BatchWaiting(c.ctx, c.org, "bat_a")
	c.must(w, err)
	if w == nil || w.Reason != engine.WaitNoSlots {
		c.t.Errorf("of the first batch is said %+v", w)
	}
}

// tail is every event so far.
func (c crowdOf) tail() (out []engine.Event) {
	c.t.Helper()
	for cursor := ""; ; {
		events, next, err := c.e.Events(c.ctx, c.org, cursor, 1000)
		c.must(nil, err)
		if out = append(out, events...); next == "" || len(events) == 0 {
			return out
		}
		cursor = next
	}
}

// nobodyIsLost: each of the 5,000 was invited, once, and nobody waits any more.
func (c crowdOf) nobodyIsLost() {
	c.t.Helper()
	times := map[string]int{}
	for _, s := range c.sent {
		if s.Kind == engine.KindInvitation {
			times[s.To]++
		}
	}
	for to, n := range times {
		if n != 1 {
			c.t.Fatalf("%s was invited %d times", to, n)
		}
	}
	if len(times) != 5000 {
		c.t.Errorf("%d of 5,000 were invited", len(times))
	}
	for _, b := range []engine.BatchID{"bat_a", "bat_b"} {
		if w, err := c.e.BatchWaiting(c.ctx, c.org, b); w != nil || err != nil {
			c.t.Errorf("%s still waits: %+v %v", b, w, err)
		}
	}
	c.pacingIs()
}
