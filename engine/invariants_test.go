package engine_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"relance/engine"
)

// history is a random life of a few people, with the provider and the jobs misbehaving.
type history struct {
	*world
	rt    *rapid.T
	wrote map[string]map[engine.MessageID]bool // what was tried of what nobody asked for, by day, person and channel
	times map[string]int                       // sends of invitation, kind, rung, sequence and channel
	lines int                                  // of batches, so far

	zone     *time.Location
	quiet    engine.Organisation // as saved: whose quiet hours hold
	capacity map[engine.CalendarID]int
	versions map[engine.ServiceID]map[int64]engine.Service // policies, as they were saved
	newest   map[engine.ServiceID]engine.Service
	followed bool // some policy had its invitations follow
	began    map[engine.InvitationID]int64
	queued   map[string]bool // messages that were
}

var people = []string{"awa", "bo", "chloe", "dan"}

func newHistory(t *testing.T, rt *rapid.T) *history {
	return &history{
		world: newWorld(t), rt: rt, times: map[string]int{}, wrote: map[string]map[engine.MessageID]bool{},
		versions: map[engine.ServiceID]map[int64]engine.Service{}, newest: map[engine.ServiceID]engine.Service{},
		began: map[engine.InvitationID]int64{}, queued: map[string]bool{},
	}
}

func TestInvariantsOverRandomHistories(t *testing.T) {
	t.Parallel()
	seen := newDrawing()
	rapid.Check(t, func(rt *rapid.T) {
		h := newHistory(t, rt)
		h.draw("histories", seen)
		h.e.Store = doorkeeper{h.e.Store, h}
		h.t = rt
		h.settle()
		h.policy("rsa")
		h.policy("second") // people may have two appointments on a day
		h.opensBatches()
		h.answer = h.provider
		h.twice = func() bool { return rapid.IntRange(0, 4).Draw(rt, "settled twice") == 0 }
		for range rapid.IntRange(5, 40).Draw(rt, "length") {
			h.act()
			if rapid.IntRange(0, 2).Draw(rt, "work") > 0 { // else things happen while messages wait
				h.work()
			}
			h.check()
		}
		h.pass(20 * 24 * time.Hour)
		h.check()
		h.resumeAll()
		h.pass(80 * 24 * time.Hour)
		h.check()
		h.ladderClimbs()
		h.realIsExplained()
		h.nobodyWaitsForNothing()
		h.ended()
		h.rebuilt()
	})
	if missing := readDrawing(t).missing(seen); len(missing) > 0 {
		t.Errorf("what histories did is not in docs/states.md; write a story that does it, and draw again (TestTheStatesAreDrawn):\n\t%s", strings.Join(missing, "\n\t"))
	}
}

func (h *history) act() {
	name := rapid.SampledFrom(people).Draw(h.rt, "who")
	switch rapid.SampledFrom([]string{"invite", "invite", "pass", "pass", "sleep", "book", "book", "book", "move", "cancel", "reply", "reply", "outcome", "close", "receipt", "crash", "again", "convene", "offer", "force", "pester", "policy", "follow", "pause", "pause", "earlier", "earlier", "earlier"}).Draw(h.rt, "act") {
	case "invite":
		h.svc = rapid.SampledFrom([]engine.ServiceID{"rsa", "second"}).Draw(h.rt, "service")
		h.inviteInBatch(engine.Person{ExternalID: name, Phone: phoneOf(name), Email: name + "@example.org"})
	case "pass":
		h.pass(time.Duration(rapid.IntRange(1, 100).Draw(h.rt, "hours")) * time.Hour)
	case "sleep": // nobody works meanwhile
		h.clock.set(h.clock.Now().Add(time.Duration(rapid.IntRange(1, 200).Draw(h.rt, "hours")) * time.Hour))
	case "policy":
		h.policy(rapid.SampledFrom([]engine.ServiceID{"rsa", "second"}).Draw(h.rt, "service"))
	case "follow":
		if all := h.invitations(); len(all) > 0 {
			h.follow(rapid.SampledFrom(all).Draw(h.rt, "invitation"))
		}
	case "book":
		h.tryBook(name)
	case "move":
		h.withAppointment(func(a *engine.Appointment) {
			start := a.Start.Add(time.Duration(rapid.IntRange(-48, 48).Draw(h.rt, "by")) * time.Hour)
			free, err := h.e.Slots(h.ctx, h.org, a.Service, h.clock.Now(), h.clock.Now().AddDate(0, 0, 12), 0)
			if h.must(nil, err); len(free) > 0 && rapid.IntRange(0, 3).Draw(h.rt, "somewhere") > 0 {
				start = rapid.SampledFrom(free).Draw(h.rt, "to").Start
			}
			h.move(a, engine.MoveRequest{Organisation: h.org, Appointment: a.ID, Start: start, By: h.actor()})
		})
	case "cancel":
		h.withAppointment(func(a *engine.Appointment) { h.cancel(a, h.actor()) })
	case "outcome":
		h.withAppointment(func(a *engine.Appointment) {
			_, _ = h.e.Record(h.ctx, h.org, a.ID, rapid.SampledFrom([]engine.AppointmentState{engine.Attended, engine.NoShow}).Draw(h.rt, "outcome"))
		})
	case "pause":
		h.pauseOrResume(name)
	case "offer":
		for _, inv := range h.invitations() {
			if inv.Recipient == engine.RecipientOf(h.org, name) {
				_, _ = h.e.Offer(h.ctx, h.org, inv.ID)
			}
		}
	case "force":
		h.withAppointment(func(a *engine.Appointment) {
			start := a.Start.Add(time.Duration(rapid.IntRange(-20, 20).Draw(h.rt, "by")) * time.Hour / 2)
			_, _ = h.e.Reschedule(h.ctx, engine.MoveRequest{Organisation: h.org, Appointment: a.ID, Start: start, By: engine.ByStaff, Force: engine.ForceWindows})
		})
	case "pester": // staff who cannot make up their minds: each move is a message
		h.withAppointment(func(a *engine.Appointment) {
			for n := range rapid.IntRange(2, 9).Draw(h.rt, "moves") {
				_, _ = h.e.Reschedule(h.ctx, engine.MoveRequest{Organisation: h.org, Appointment: a.ID, Start: a.Start.Add(time.Duration(n) * time.Hour), By: engine.ByStaff, Force: engine.ForceWindows})
				h.work()
			}
		})
	case "earlier":
		h.wishes(name)
	case "reply":
		h.must(nil, h.e.Reply(h.ctx, engine.Inbound{
			Provider: "test", ProviderID: strconv.Itoa(rapid.IntRange(1, 30).Draw(h.rt, "sid")), From: phoneOf(name), To: "+33937000000",
			Text: rapid.SampledFrom([]string{"1", "2", "3", "Oui !", "annuler", "stop", "euh", "appel", "aide", "merci", "plus tôt", "garder"}).Draw(h.rt, "text"),
		}))
	default:
		h.disturb(name)
	}
}

// disturb is what goes wrong around the people.
func (h *history) disturb(name string) {
	switch rapid.SampledFrom([]string{"close", "receipt", "crash", "again", "convene"}).Draw(h.rt, "trouble") {
	case "close":
		for _, inv := range h.invitations() {
			if rapid.Bool().Draw(h.rt, "this") {
				_, _ = h.e.Close(h.ctx, h.org, inv.ID, engine.ByStaff, "case closed")
			}
		}
	case "receipt":
		for _, m := range all[engine.Message](h.world, "msg_") {
			if rapid.IntRange(0, 3).Draw(h.rt, "one in four") == 0 {
				state := rapid.SampledFrom([]engine.MessageState{engine.MessageSent, engine.MessageDelivered, engine.MessageUndelivered, engine.MessageFailed}).Draw(h.rt, "state")
				h.must(nil, h.e.Receive(h.ctx, h.org.Partition(), m.ID, engine.Receipt{State: state, BadAddress: state == engine.MessageFailed && rapid.Bool().Draw(h.rt, "bad")}))
			}
		}
	case "crash": // a worker claims and dies before it sends
		var ids []engine.MessageID
		for _, m := range all[engine.Message](h.world, "msg_") {
			ids = append(ids, m.ID)
		}
		claimed, err := h.e.Claim(h.ctx, h.org.Partition(), ids)
		h.must(nil, err)
		for _, o := range claimed {
			h.underCap(o) // it may have left: the claim takes it from the person's share of the day
		}
	case "again": // jobs come twice, in any order, for things that are not due
		for _, inv := range h.invitations() {
			h.must(nil, h.e.Advance(h.ctx, h.org.Partition(), engine.DueInvitation, []string{string(inv.ID), "inv_none", string(inv.ID)}))
		}
		for _, a := range all[engine.Appointment](h.world, "apt_") {
			h.must(nil, h.e.Advance(h.ctx, h.org.Partition(), engine.DueAppointment, []string{string(a.ID), string(a.ID)}))
		}
	case "convene":
		slots, err := h.e.Slots(h.ctx, h.org, h.svc, h.clock.Now(), h.clock.Now().AddDate(0, 0, 9), 5)
		h.must(nil, err)
		if len(slots) > 0 {
			_, _ = h.e.Convene(h.ctx, engine.ConveneRequest{Organisation: h.org, Service: h.svc, Person: engine.Person{ExternalID: name, Phone: phoneOf(name)}, Start: slots[len(slots)-1].Start})
		}
	}
}

func (h *history) actor() engine.Actor {
	return rapid.SampledFrom([]engine.Actor{engine.ByRecipient, engine.ByStaff}).Draw(h.rt, "by whom")
}

func (h *history) invitations() []*engine.Invitation { return all[engine.Invitation](h.world, "inv_") }

func (h *history) tryBook(name string) {
	for _, inv := range h.invitations() {
		if inv.Recipient != engine.RecipientOf(h.org, name) || !inv.Alive() {
			continue
		}
		slots, err := h.e.Slots(h.ctx, h.org, h.svc, h.clock.Now(), h.clock.Now().AddDate(0, 0, 12), 0)
		h.must(nil, err)
		if len(slots) == 0 {
			return
		}
		n := rapid.IntRange(0, min(len(slots)-1, 3)).Draw(h.rt, "slot") // few, so that people collide
		_, _ = h.e.Book(h.ctx, engine.BookRequest{Organisation: h.org, Invitation: inv.ID, Start: slots[n].Start, By: engine.ByRecipient})
	}
}

func (h *history) withAppointment(do func(*engine.Appointment)) {
	if all := all[engine.Appointment](h.world, "apt_"); len(all) > 0 {
		do(rapid.SampledFrom(all).Draw(h.rt, "appointment"))
	}
}

// provider misbehaves, and checks that the message still has its reason.
func (h *history) provider(o *engine.Outgoing) engine.Answer {
	h.reasonStands(o)
	h.mayAsk(o)
	h.underCap(o)
	h.quietIsKept(o)
	h.reminderIsInTime(o)
	h.newestRung(o)
	h.earlierIsFair(o)
	a := engine.Answer{Provider: "test", ProviderID: "p-" + string(o.Message.ID)}
	a.Outcome = rapid.SampledFrom([]engine.Outcome{
		engine.OutcomeSent, engine.OutcomeSent, engine.OutcomeSent, engine.OutcomeSent, engine.OutcomeSent,
		engine.OutcomeTemporary, engine.OutcomeUnknown, engine.OutcomePermanent, engine.OutcomeConfiguration,
	}).Draw(h.rt, "outcome")
	a.BadAddress = a.Outcome == engine.OutcomePermanent && rapid.Bool().Draw(h.rt, "bad address")
	if a.Outcome == engine.OutcomeSent {
		m := o.Message
		key := strings.Join([]string{string(m.Invitation), string(m.Appointment), string(m.Kind), strconv.Itoa(m.Rung), strconv.Itoa(m.Sequence), string(m.Channel), m.PlannedAt.String(), strconv.Itoa(m.Retries), m.Way}, " ")
		if strings.HasPrefix(string(m.Kind), "reply_") || strings.HasSuffix(string(m.Kind), "_ack") {
			key = string(m.ID) // two texts at once get two answers
		}
		if m.Kind == engine.KindOffer {
			key = string(m.ID) // staff may offer again at once, when the one before is over
		}
		if h.times[key]++; h.times[key] > 1 {
			h.t.Fatalf("sent twice: %s", key)
		}
	}
	return a
}

// underCap: nobody is written more than 4 SMS and 6 emails a day that they did not ask for, or what the service wants.
func (h *history) underCap(o *engine.Outgoing) {
	m := o.Message
	if m.Answer {
		return
	}
	key := strings.Join([]string{h.clock.Now().In(h.zone).Format(time.DateOnly), string(m.Recipient), string(m.Channel)}, " ")
	if h.wrote[key] == nil {
		h.wrote[key] = map[engine.MessageID]bool{}
	}
	if h.wrote[key][m.ID] {
		return // another attempt of the day
	}
	h.wrote[key][m.ID] = true
	s := h.under(h.invitation(m.Invitation))
	if n, most := len(h.wrote[key]), map[engine.Channel]int{engine.SMS: min(4, *s.MaxSMS), engine.Email: min(6, *s.MaxEmails)}[m.Channel]; n > most {
		h.t.Fatalf("message %d of the day by %s", n, m.Channel)
	}
}

// reasonStands: no message after its reason is gone, no relance after booking.
func (h *history) reasonStands(o *engine.Outgoing) {
	m := o.Message
	inv, err := h.e.Invitation(h.ctx, h.org, m.Invitation)
	h.must(inv, err)
	switch m.Kind {
	case engine.KindInvitation, engine.KindRelance, engine.KindNoShow:
		if inv.State == engine.InvitationBooked || !inv.Alive() {
			h.t.Fatalf("a %s goes out although the invitation is %s", m.Kind, inv.State)
		}
	case engine.KindReminder, engine.KindConfirmation, engine.KindMoved, engine.KindEarlier:
		a, err := h.e.Appointment(h.ctx, h.org, m.Appointment)
		h.must(a, err)
		if a.State != engine.Booked || a.Sequence != m.Sequence {
			h.t.Fatalf("a %s goes out although the appointment is %s", m.Kind, a.State)
		}
	}
}

// all reads every record with an id of this prefix, straight from Redis.
func all[T any](w *world, prefix string) []*T {
	w.t.Helper()
	var out []*T
	pattern := w.key("r:")
	keys, err := w.redis.Keys(w.ctx, strings.NewReplacer("*", `\*`).Replace(pattern)+prefix+"*").Result()
	w.must(nil, err)
	if slices.Sort(keys); len(keys) == 0 {
		return nil
	}
	values, err := w.redis.MGet(w.ctx, keys...).Result()
	w.must(nil, err)
	for _, raw := range values {
		_, body, _ := strings.Cut(raw.(string), "\n")
		v := new(T)
		w.must(nil, json.Unmarshal([]byte(body), v))
		out = append(out, v)
	}
	return out
}

// check compares what Redis holds in several places: they must tell one story.
func (h *history) check() {
	h.t.Helper()
	want := map[string]map[string]int64{}
	note := func(kind, id string, next *engine.Step) {
		if want[kind] == nil {
			want[kind] = map[string]int64{}
		}
		switch {
		case next == nil:
		case next.At.IsZero(): // pacingIs tells that its service looks
			if next.Kind != engine.StepPace {
				h.t.Fatalf("%s waits for %s, and nothing brings that", id, next.Kind)
			}
		default:
			want[kind][id] = next.At.UnixMilli()
		}
	}
	for _, k := range stepKinds {
		want[k] = map[string]int64{}
	}
	for _, inv := range h.invitations() {
		note(engine.DueInvitation, string(inv.ID), inv.Next)
		if inv.Alive() && inv.Next == nil && inv.State != engine.InvitationBooked && !endless(inv) {
			h.t.Fatalf("invitation %s is %s and waits for nothing", inv.ID, inv.State)
		}
	}
	for _, m := range all[engine.Message](h.world, "msg_") {
		note(string(m.Channel), string(m.ID), m.Next)
	}
	for _, r := range all[engine.Recipient](h.world, "rcp_") {
		note(engine.DueRecipient, string(r.ID), r.Next)
	}
	for _, i := range all[engine.InboundRecord](h.world, "inb_") {
		note(engine.DueInbound, i.ID, i.Next)
	}
	apts := all[engine.Appointment](h.world, "apt_")
	for _, a := range apts {
		note(engine.DueAppointment, string(a.ID), a.Next)
	}
	h.dueIs(want)
	h.pacingIs()
	h.policyKept()
	h.keptIs()
	h.earlierIs(apts)
	h.claimsAre(apts)
	h.eventsAgree()
	h.figuresAgree()
	h.actionsAgree()
}

// dueIs: one next step per living thing, and the due set holds exactly those.
func (h *history) dueIs(want map[string]map[string]int64) {
	delete(want, engine.DuePacing) // its entries are their own records: pacingIs looks at them
	for kind, ids := range want {
		got, err := h.redis.ZRangeWithScores(h.ctx, h.key("d:"+kind), 0, -1).Result()
		h.must(nil, err)
		if len(got) != len(ids) {
			h.t.Fatalf("%d %s records wait for a step, %d are in the due set", len(ids), kind, len(got))
		}
		for _, z := range got {
			if ids[z.Member.(string)] != int64(z.Score) {
				h.t.Fatalf("%s waits until %d, its due entry says %d", z.Member, ids[z.Member.(string)], int64(z.Score))
			}
		}
	}
}

// claimsAre: the calendars hold exactly the time of the appointments that hold time, and no two overlap.
func (h *history) claimsAre(apts []*engine.Appointment) {
	held := map[engine.CalendarID][]engine.Claim{}
	count := 0
	hold := func(claims engine.Claims) {
		for _, c := range claims {
			held[c.Calendar] = append(held[c.Calendar], c)
			count++
		}
	}
	for _, a := range apts {
		if a.State == engine.Booked || a.State == engine.Attended || a.State == engine.NoShow {
			hold(a.Held)
		}
	}
	for _, r := range all[engine.Recipient](h.world, "rcp_") {
		if r.Offer != nil && r.Offer.Over == "" {
			for _, s := range r.Offer.Slots {
				hold(s.Held)
			}
		}
	}
	h.overlaps(held)
	stored, err := h.store.Busy(h.ctx, h.org.Partition(), []engine.CalendarID{"org_test/desk-1", "org_test/desk-2"}, monday.AddDate(-1, 0, 0), monday.AddDate(2, 0, 0))
	h.must(nil, err)
	if n := len(stored[0]) + len(stored[1]); n != count {
		h.t.Fatalf("%d claims are held by appointments and offers, the calendars hold %d", count, n)
	}
}

// eventsAgree: the last event about a record has its state and at most its version.
func (h *history) eventsAgree() {
	last := map[string]engine.Event{}
	left := map[engine.MessageID]int{}
	for cursor := ""; ; {
		events, next, err := h.e.Events(h.ctx, h.org, cursor, 200)
		h.must(nil, err)
		for _, ev := range events {
			if ev.Type == engine.EventMessageSent {
				left[ev.Message]++
			}
			switch {
			case ev.Message != "":
				last[string(ev.Message)] = ev
			case ev.Appointment != "" && ev.Type != engine.EventOutcomeMissing:
				last[string(ev.Appointment)] = ev
			case ev.Invitation != "" && ev.Appointment == "":
				last[string(ev.Invitation)] = ev
			}
		}
		if cursor = next; cursor == "" || len(events) == 0 {
			break
		}
	}
	for id, n := range left {
		if n > 1 {
			h.t.Fatalf("message %s is said to have been sent %d times", id, n)
		}
	}
	for _, a := range all[engine.Appointment](h.world, "apt_") {
		if ev := last[string(a.ID)]; ev.State != string(a.State) {
			h.t.Fatalf("appointment %s is %s, its last event says %s", a.ID, a.State, ev.State)
		}
	}
	for _, m := range all[engine.Message](h.world, "msg_") {
		ev, ok := last[string(m.ID)]
		if m.State.Final() && (!ok || ev.State != string(m.State)) {
			h.t.Fatalf("message %s is %s, its last event says %s", m.ID, m.State, ev.State)
		}
	}
}

// endless tells whether the invitation began under a policy without an end.
func endless(inv *engine.Invitation) bool { return inv.Policy != 0 && inv.ExpiresAt == nil }

// ended: every live invitation ends, whatever happened; but those without end, and those for whom there is no room.
func (h *history) ended() {
	for _, inv := range h.invitations() {
		if inv.Alive() && inv.Pace != engine.PaceWaiting && !endless(inv) {
			h.t.Fatalf("invitation %s is still %s after eighty days", inv.ID, inv.State)
		}
	}
}
