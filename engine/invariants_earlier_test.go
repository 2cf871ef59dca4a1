package engine_test

import (
	"time"

	"relance/engine"
)

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
	for _, c := range claims[0] {
		if !c.Ended(now) {
			h.t.Fatalf("the slot that is offered is %s's", c.Holder)
		}
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
			local := ev.At.In(paris)
			if key := string(ev.Recipient) + local.Format(time.DateOnly); days[key] {
				h.t.Fatalf("%s was offered two earlier slots on %s", ev.Recipient, local)
			} else {
				days[key] = true
			}
			if local.Hour() < 8 || local.Hour() >= 20 || local.Weekday() == time.Sunday {
				h.t.Fatalf("a freed slot was offered at %s", local)
			}
		}
		if cursor = next; cursor == "" || len(events) == 0 {
			return
		}
	}
}
