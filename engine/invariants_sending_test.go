package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"relance/engine"
)

// punctual is how far from its planned moment a message may leave without a reason.
const punctual = time.Minute

// quietIsKept: nobody is written to at night, on a Sunday or a holiday who did not just do something.
func (h *history) quietIsKept(o *engine.Outgoing) {
	if m := o.Message; !m.Answer && !h.allowed(h.clock.Now(), h.under(h.invitation(m.Invitation))) {
		h.t.Fatalf("a %s by %s leaves on %s (looking into it: %v)", m.Kind, m.Channel, h.clock.Now().In(h.zone).Format("Mon 2 Jan 15:04"), o.FindOut)
	}
}

// reminderIsInTime: later than two hours before, or half of a shorter notice, it is no use any more.
func (h *history) reminderIsInTime(o *engine.Outgoing) {
	if o.Message.Kind != engine.KindReminder {
		return
	}
	a := h.appointment(o.Message.Appointment)
	notice := a.Start.Sub(o.Message.PlannedAt)
	if left := a.Start.Sub(h.clock.Now()); left < min(2*time.Hour, notice/2) {
		h.t.Fatalf("reminded %v before, which was planned %v before", left, notice)
	}
}

// newestRung: what goes out of a ladder is the newest that was to go this way; the older ones are merged
// into it, so that nobody gets two at once.
func (h *history) newestRung(o *engine.Outgoing) {
	m := o.Message
	if m.Kind != engine.KindInvitation && m.Kind != engine.KindRelance {
		return
	}
	for _, id := range h.invitation(m.Invitation).Messages {
		other, err := h.e.Message(h.ctx, h.org, id)
		h.must(other, err)
		if other.Kind == engine.KindRelance && other.Channel == m.Channel && other.Rung > m.Rung {
			h.t.Fatalf("rung %d goes out although rung %d is queued", m.Rung, other.Rung)
		}
	}
}

// ladderClimbs: relances come in order, a day apart, one rung at a time; a rung is left out only when its
// moment passed before the system came to it.
func (h *history) ladderClimbs() {
	h.t.Helper()
	type place struct {
		rung int
		at   time.Time
	}
	last := map[engine.InvitationID]place{}
	for _, ev := range h.allEvents() {
		if ev.Type != engine.EventInvitationRelanced {
			continue
		}
		was := last[ev.Invitation]
		if ev.Rung <= was.rung || was.rung > 0 && ev.At.Sub(was.at) < day {
			h.t.Fatalf("rung %d follows rung %d after %v", ev.Rung, was.rung, ev.At.Sub(was.at))
		}
		last[ev.Invitation] = place{ev.Rung, ev.At}
		if h.followed {
			continue // the ladder may be another one now
		}
		inv := h.invitation(ev.Invitation)
		if n := len(h.under(inv).Ladder); ev.Rung > n {
			h.t.Fatalf("rung %d of a ladder of %d (policy %d, newest %d)", ev.Rung, n, inv.Policy, h.newest[inv.Service].Version)
		}
		for n := was.rung + 1; n < ev.Rung; n++ {
			if next := inv.SentAt.Add(time.Duration(h.under(inv).Ladder[n].AfterDays) * day); next.After(ev.At) {
				h.t.Fatalf("rung %d is left out, and the moment of rung %d has not come", n, n+1)
			}
		}
	}
}

// allEvents are those of the organisation so far.
func (w *world) allEvents() (out []engine.Event) {
	w.t.Helper()
	for cursor := ""; ; {
		events, next, err := w.e.Events(w.ctx, w.org, cursor, 1000)
		w.must(nil, err)
		if out = append(out, events...); next == "" || len(events) == 0 {
			return out
		}
		cursor = next
	}
}

// realIsExplained: a message that left at another moment than the policy wanted says why, and one that
// never left says why not.
func (h *history) realIsExplained() {
	h.t.Helper()
	for _, m := range all[engine.Message](h.world, "msg_") {
		if m.State == engine.MessageSkipped && m.Reason == "" {
			h.t.Fatalf("a %s is skipped and nothing says why", m.Kind)
		}
		if m.SentAt == nil || m.Attempt == 0 { // a receipt of something that was never tried
			continue
		}
		late := m.SentAt.Sub(m.PlannedAt)
		crosses := m.SentAt.In(h.zone).Format(time.DateOnly) != m.PlannedAt.In(h.zone).Format(time.DateOnly)
		switch {
		case late.Abs() <= punctual:
		case m.Delayed == "":
			h.t.Fatalf("a %s by %s planned for %s left %v later, and nothing says why", m.Kind, m.Channel, m.PlannedAt.In(h.zone), late)
		case late < 0 && m.Delayed != engine.ReasonQuiet && m.Delayed != engine.ReasonRetried,
			m.Delayed == engine.ReasonQuiet && !crosses && !h.everQuiet(m.PlannedAt, m.Service),
			m.Delayed == engine.ReasonCap && !crosses,
			m.Delayed == engine.ReasonPacing && m.Kind != engine.KindInvitation,
			m.Delayed == engine.ReasonSpacing && m.Kind != engine.KindRelance:
			h.t.Fatalf("a %s planned for %s left %v later because of %s", m.Kind, m.PlannedAt.In(h.zone), late, m.Delayed)
		}
	}
	for _, a := range all[engine.Appointment](h.world, "apt_") {
		for _, r := range a.Reminders {
			if r.State == engine.ReminderSkipped && r.Reason == "" || r.State == engine.ReminderMerged && r.Message == "" {
				h.t.Fatalf("a reminder is %s and nothing says why", r.State)
			}
		}
	}
}

// doorkeeper is a store that looks, at each commit that lets first messages out, whether the calendars
// have room for all those who were asked and did not answer.
type doorkeeper struct {
	engine.Store
	h *history
}

func (d doorkeeper) Commit(ctx context.Context, p engine.Partition, changes []engine.Change) ([]engine.Result, error) {
	res, err := d.Store.Commit(ctx, p, changes)
	for i, r := range res {
		if r != engine.Done {
			continue
		}
		if svc := d.h.asked(changes[i]); svc != "" {
			d.h.roomFor(svc)
		}
	}
	return res, err
}

// asked is the service whose first messages to somebody a change queues; "" when it does not. What replaces
// a message that failed is no first one.
func (h *history) asked(c engine.Change) (svc engine.ServiceID) {
	fresh := true
	for _, put := range c.Puts {
		if !strings.HasPrefix(put.ID, "msg_") {
			continue
		}
		var m engine.Message
		h.must(nil, json.Unmarshal(put.Body, &m))
		if h.queued[put.ID] {
			fresh = false
		}
		if h.queued[put.ID] = true; m.Kind == engine.KindInvitation {
			svc = m.Service
		}
	}
	if !fresh {
		return ""
	}
	return svc
}

func (h *history) roomFor(svc engine.ServiceID) {
	per := h.newest[svc].SlotsPerInvitation
	if *per == 0 {
		return
	}
	n, err := h.store.Counts(h.ctx, h.org.Partition(), "pace:"+string(h.org)+":"+string(svc))
	h.must(nil, err)
	free, err := h.e.Room(h.ctx, h.org, svc)
	h.must(nil, err)
	if float64(n["out"])**per > float64(free)+1e-6 {
		h.t.Fatalf("%d invitations of %s are open, %v slots each: %d are free", n["out"], svc, *per, free)
	}
}

// nobodyWaitsForNothing: at an hour when we may write, who still waits has no room.
func (h *history) nobodyWaitsForNothing() {
	h.t.Helper()
	y, m, d := h.clock.Now().In(h.zone).Date()
	noon := time.Date(y, m, d+1, 12, 0, 0, 0, h.zone)
	for !engine.NextAllowed(h.quiet, noon).Equal(noon) {
		noon = noon.AddDate(0, 0, 1)
	}
	h.until(noon.Add(80 * time.Minute)) // slots open on the hour, and a service looks every quarter of one
	if h.waitsInVain() != "" {          // somebody of another service has just left
		h.pass(16 * time.Minute)
	}
	if why := h.waitsInVain(); why != "" {
		h.t.Fatalf("%s", why)
	}
}

// waitsInVain tells of people who wait although there is room; "" when there are none.
func (h *history) waitsInVain() string {
	h.t.Helper()
	waiting := map[engine.ServiceID]bool{}
	for _, inv := range h.invitations() {
		if inv.Pace == engine.PaceWaiting {
			waiting[inv.Service] = true
		}
	}
	for svc := range waiting {
		n, err := h.store.Counts(h.ctx, h.org.Partition(), "pace:"+string(h.org)+":"+string(svc))
		h.must(nil, err)
		room, err := h.e.Room(h.ctx, h.org, svc)
		h.must(nil, err)
		if per := *h.newest[svc].SlotsPerInvitation; float64(n["out"]+1)*per <= float64(room) {
			return fmt.Sprintf("%d wait for %s: %d are out, %v slots each, and there is room for %d", n["waiting"], svc, n["out"], per, room)
		}
	}
	return ""
}
