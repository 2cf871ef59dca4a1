package engine_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"relance/engine"
)

// hopes books somebody at a start and has them ask for an earlier slot.
func (w *world) hopes(name string, start time.Time) *engine.Appointment {
	w.t.Helper()
	inv := w.invite(name)
	w.work()
	a, err := w.bookAt(inv, start, engine.ByRecipient)
	w.must(a, err)
	w.must(w.e.WantEarlier(w.ctx, w.org, a.ID, true, engine.ByRecipient))
	w.work()
	return w.appointment(a.ID)
}

// frees books somebody at a start and cancels.
func (w *world) frees(name string, start time.Time) {
	w.t.Helper()
	a, err := w.bookAt(w.invite(name), start, engine.ByStaff)
	w.must(a, err)
	w.work()
	w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByRecipient))
	w.work()
}

// earlierTo is how often a person was told of a freed slot.
func (w *world) earlierTo(name string) (n int) {
	for _, s := range w.sent {
		if s.Kind == engine.KindEarlier && (s.To == phoneOf(name) || s.To == name+"@example.org") {
			n++
		}
	}
	return n
}

// waitingListRace: twenty people wait, one slot is freed, all answer at once, half of them by SMS and half by
// the link.
func waitingListRace(t *testing.T, w *world) {
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, EarlierPeople: hours(20)})
	const people = 20
	name := func(i int) string { return "p" + strconv.Itoa(100+i) }
	apts := make([]*engine.Appointment, people)
	for i := range people {
		apts[i] = w.hopes(name(i), at(33+i/10, 9, 0).Add(time.Duration(i%5)*30*time.Minute).Add(time.Duration(i%10/5)*5*time.Hour))
	}
	w.frees("awa", at(22, 10, 0))
	for i := range people {
		if n := w.earlierTo(name(i)); n != 1 {
			t.Fatalf("%s was told of the freed slot %d times", name(i), n)
		}
	}
	before, errs := len(w.sent), make([]error, people)
	var wg sync.WaitGroup
	for i := range people {
		wg.Go(func() {
			if i%2 == 0 {
				errs[i] = w.e.Reply(w.ctx, engine.Inbound{Provider: "test", ProviderID: "race" + strconv.Itoa(i), From: phoneOf(name(i)), To: "+33937000000", Text: "1"})
			} else {
				_, errs[i] = w.e.TakeEarlier(w.ctx, engine.EarlierRequest{Organisation: w.org, Appointment: apts[i].ID, Start: at(22, 10, 0)})
			}
		})
	}
	wg.Wait()
	w.work()
	won := 0
	for i := range people {
		now := w.appointment(apts[i].ID)
		told := map[engine.MessageKind]int{}
		for _, s := range w.sent[before:] {
			if s.To == phoneOf(name(i)) {
				told[s.Kind]++
			}
		}
		switch moved := now.Start.Equal(at(22, 10, 0)); {
		case moved:
			won++
			if errs[i] != nil || now.Sequence != 1 || now.Moves != 0 || now.WantsEarlier != nil || told[engine.KindMoved] != 1 || len(told) != 1 {
				t.Errorf("%s has the slot: %v, sequence %d, %d moves, told %v", name(i), errs[i], now.Sequence, now.Moves, told)
			}
		case !now.Start.Equal(apts[i].Start) || now.State != engine.Booked || now.Sequence != 0:
			t.Errorf("%s was too late and their appointment changed: %s at %s", name(i), now.State, now.Start)
		case i%2 == 0 && (errs[i] != nil || told[engine.KindReplyTaken] != 1 || len(told) != 1 || now.Earlier.Over != engine.OverTaken):
			t.Errorf("%s answered too late by SMS: %v, told %v", name(i), errs[i], told)
		case i%2 == 1 && (engine.CodeOf(errs[i]) != engine.CodeTaken || len(told) != 0):
			t.Errorf("%s answered too late by the link: %v, told %v", name(i), errs[i], told)
		}
	}
	if won != 1 {
		t.Fatalf("%d of %d have the slot", won, people)
	}
	w.threeOffersEach(t, people, name)
}

// threeOffersEach: for five weeks a slot is freed every working day. Nobody is told of more than three, nor of
// two on a day, and nobody is forgotten.
func (w *world) threeOffersEach(t *testing.T, people int, name func(int) string) {
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, EarlierPeople: hours(4)})
	for d := range 7 {
		w.until(at(19+d, 9, 0))
		if slots := w.slots(); slots[0].Start.Before(at(30, 0, 0)) {
			w.frees(fmt.Sprint("early", d), slots[0].Start)
			w.frees(fmt.Sprint("again", d), slots[1].Start)
		}
	}
	w.pass(28 * day)
	offers, days := map[string]int{}, map[string]bool{}
	for _, s := range w.sent {
		if s.Kind == engine.KindEarlier {
			key := s.To + s.At.In(paris).Format(" 2 Jan")
			if offers[s.To]++; offers[s.To] > 3 || days[key] {
				t.Errorf("%s was told %d times, or twice on %s", s.To, offers[s.To], s.At)
			}
			days[key] = true
		}
	}
	told := 0
	for i := range people {
		if offers[phoneOf(name(i))] > 1 {
			told++
		}
	}
	if told < people-1 {
		t.Errorf("%d of %d were told of another slot", told, people)
	}
}

// earlierByReply: asks by SMS, keeps the first offer out, takes the second, and what comes after changes nothing.
func earlierByReply(t *testing.T, w *world) {
	inv := w.invite("bo")
	w.work()
	a, err := w.bookAt(inv, at(35, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.work()
	w.reply("bo", "plus tôt")
	w.pass(time.Hour)
	w.reply("bo", "garder ma date")
	w.pass(time.Hour)
	w.reply("bo", "garder ma date") // again: where things stand
	w.pass(time.Hour)
	w.reply("bo", "Plus tôt svp")
	w.pass(time.Minute)
	w.reply("bo", "plus tôt") // again: said again
	w.pass(59 * time.Minute)
	w.frees("awa", at(22, 10, 0))
	w.pass(time.Minute)
	w.reply("bo", "5")
	w.pass(time.Hour)
	w.reply("bo", "2")
	w.pass(time.Hour)
	w.reply("bo", "1") // too late to change one's mind
	w.pass(day)
	w.frees("chloe", at(22, 11, 0))
	w.must(w.bookAt(w.invite("eve"), at(22, 11, 0), engine.ByStaff)) // somebody else, by the page, before the answer
	w.work()
	w.reply("bo", "oui")
	w.pass(time.Hour)
	w.reply("bo", "oui")
	w.pass(day)
	w.frees("dan", at(21, 9, 0))
	if n := w.earlierTo("bo"); n != 2 {
		t.Errorf("a slot inside the notice was offered: %d", n)
	}
	w.frees("fay", at(27, 9, 0))
	w.reply("bo", "1")
	w.pass(time.Hour)
	w.reply("bo", "1")
	w.work()
	now := w.appointment(a.ID)
	if !now.Start.Equal(at(27, 9, 0)) || now.EarlierOffers != 3 || now.Earlier.Over != engine.OverAccepted || now.WantsEarlier != nil {
		t.Errorf("at %s after %d offers, the last one %s, still asking: %v", now.Start.In(paris), now.EarlierOffers, now.Earlier.Over, now.WantsEarlier)
	}
	w.wants("bo",
		"Mon 18 09:00 invitation/sms", "Mon 18 09:00 invitation/email", "Mon 18 09:00 confirmation/sms", "Mon 18 09:00 confirmation/email",
		"Mon 18 09:00 reply_earlier/sms", "Mon 18 10:00 reply_earlier/sms", "Mon 18 11:00 reply_nothing/sms", "Mon 18 12:00 reply_earlier/sms", "Mon 18 12:01 reply_earlier/sms",
		"Mon 18 13:00 earlier/sms", "Mon 18 13:01 reply_help/sms", "Mon 18 14:01 reply_nothing/sms", "Mon 18 15:01 reply_nothing/sms",
		"Tue 19 15:01 earlier/sms", "Tue 19 15:01 reply_taken/sms", "Tue 19 16:01 reply_taken/sms",
		"Wed 20 16:01 earlier/sms", "Wed 20 16:01 moved/sms", "Wed 20 16:01 moved/email", "Wed 20 17:01 reply_nothing/sms",
	)
}

// earlierByEmail: the SMS that tells of a freed slot does not arrive, its email does, and the link takes the slot.
func earlierByEmail(t *testing.T, w *world) {
	a := w.hopes("awa", at(35, 9, 0))
	w.frees("x", at(28, 9, 0))
	sms := w.message(a.Invitation, len(w.invitation(a.Invitation).Messages)-1)
	w.must(nil, w.e.Receive(w.ctx, w.org.Partition(), sms.ID, engine.Receipt{State: engine.MessageFailed, Code: "30005", BadAddress: true}))
	w.work()
	if got := w.got("awa"); got[len(got)-1] != "Mon 18 09:00 earlier/email" {
		t.Fatalf("awa got %q", got)
	}
	moved, err := w.e.TakeEarlier(w.ctx, engine.EarlierRequest{Organisation: w.org, Appointment: a.ID, Start: at(28, 9, 0)})
	w.must(moved, err)
	w.work()
	if got := w.got("awa"); !moved.Start.Equal(at(28, 9, 0)) || got[len(got)-1] != "Mon 18 09:00 moved/email" {
		t.Errorf("at %s, awa got %q", moved.Start.In(paris), got)
	}
}
