package engine_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"relance/engine"
)

// wishes is what happens around earlier slots: somebody asks, or no longer does, takes what was offered, or
// gives a slot away that others wait for.
func (h *history) wishes(name string) {
	switch rapid.SampledFrom([]string{"far", "far", "free", "free", "end", "take"}).Draw(h.rt, "wish") {
	case "far": // books as late as there is, and asks
		h.bookAs(name, -1, func(a *engine.Appointment) { _, _ = h.e.WantEarlier(h.ctx, h.org, a.ID, true, h.actor()) })
	case "free":
		h.bookAs(name, rapid.IntRange(8, 40).Draw(h.rt, "slot"), func(a *engine.Appointment) { _, _ = h.e.Cancel(h.ctx, h.org, a.ID, h.actor()) })
	case "end":
		h.withAppointment(func(a *engine.Appointment) { _, _ = h.e.WantEarlier(h.ctx, h.org, a.ID, false, h.actor()) })
	case "take":
		for _, a := range all[engine.Appointment](h.world, "apt_") {
			if a.Earlier != nil {
				_, _ = h.e.TakeEarlier(h.ctx, engine.EarlierRequest{Organisation: h.org, Appointment: a.ID, Start: a.Earlier.Start})
			}
		}
	}
}

// bookAs books the n-th free slot, from the end when n is negative, for a person's invitation, a new one when
// there is none.
func (h *history) bookAs(name string, n int, then func(*engine.Appointment)) {
	h.tryInvite(person(name))
	id := h.recipient(name).Open[h.svc]
	slots, err := h.e.Slots(h.ctx, h.org, h.svc, h.clock.Now(), h.clock.Now().AddDate(0, 0, 12), 0)
	h.must(slots, err)
	if id == "" || len(slots) == 0 {
		return
	}
	if n < 0 {
		n += len(slots)
	}
	if a, err := h.bookAt(id, slots[min(n, len(slots)-1)].Start, engine.ByStaff); err == nil {
		then(a)
	}
}

// earlierIsFair: a freed slot is told of to who asked for one, is booked more than 7 days away and later than it,
// while it is free.
func (h *history) earlierIsFair(o *engine.Outgoing) {
	if o.Message.Kind != engine.KindEarlier {
		return
	}
	a, now := h.appointment(o.Message.Appointment), h.clock.Now()
	switch {
	case a.WantsEarlier == nil:
		h.t.Fatalf("somebody who does not ask is told of a freed slot")
	case a.Start.Sub(a.Earlier.At) <= 7*day, !a.Earlier.Start.Before(a.Start):
		h.t.Fatalf("offered on %s: %s instead of %s", a.Earlier.At, a.Earlier.Start, a.Start)
	}
	claims, err := h.store.Busy(h.ctx, h.org.Partition(), []engine.CalendarID{"org_test/" + a.Earlier.Calendar}, a.Earlier.Start, a.Earlier.End)
	h.must(claims, err)
	held := slices.DeleteFunc(claims[0], func(c engine.Claim) bool { return c.Ended(now) })
	if len(held) > 0 && h.capacity[h.whole(a.Earlier.Calendar)] == 1 {
		h.t.Fatalf("the slot that is offered is %s's", held[0].Holder)
	}
}

// earlierIs: who asks and may still be offered a slot is on the list of the service, in the order of waiting; no
// appointment had more than three offers, and no person two on a day.
func (h *history) earlierIs(apts []*engine.Appointment) {
	h.t.Helper()
	for _, a := range apts {
		if a.EarlierOffers > 3 {
			h.t.Fatalf("appointment %s was offered %d earlier slots", a.ID, a.EarlierOffers)
		}
		if since := a.WantsEarlier; since != nil && a.State == engine.Booked && a.EarlierOffers < 3 && a.Start.Sub(h.clock.Now()) > 7*day {
			if a.Earlier != nil && a.Earlier.At.After(*since) {
				since = &a.Earlier.At
			}
			key := "l:earlier:" + string(h.org) + ":" + string(a.Service)
			score, err := h.redis.ZScore(h.ctx, h.key(key), string(a.Invitation)).Result()
			if err != nil || int64(score) != since.UnixMilli() {
				h.t.Fatalf("appointment %s asks since %s, and is not listed so: %v %v", a.ID, since, int64(score), err)
			}
		}
	}
	h.earlierEvents()
}

// earlierEvents: the caps, as the events tell of them.
func (h *history) earlierEvents() {
	days := map[string]bool{}
	for cursor := ""; ; {
		events, next, err := h.e.Events(h.ctx, h.org, cursor, 200)
		h.must(nil, err)
		for _, ev := range events {
			if ev.Type != engine.EventEarlierOffered {
				continue
			}
			local := ev.At.In(h.zone)
			if key := string(ev.Recipient) + local.Format(time.DateOnly); days[key] {
				h.t.Fatalf("%s was offered two earlier slots on %s", ev.Recipient, local)
			} else {
				days[key] = true
			}
			if !engine.NextAllowed(h.quiet, ev.At).Equal(ev.At) {
				h.t.Fatalf("a freed slot was offered at %s", local)
			}
		}
		if cursor = next; cursor == "" || len(events) == 0 {
			return
		}
	}
}
