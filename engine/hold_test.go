package engine_test

import (
	"slices"
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

// offered makes an offer and lets its SMS leave.
func (w *world) offered(inv engine.InvitationID) *engine.Offer {
	w.t.Helper()
	o, err := w.e.Offer(w.ctx, w.org, inv)
	w.must(o, err)
	w.work()
	return o
}

// claimed is how many claims desk-1 has in the month.
func (w *world) claimed() int {
	w.t.Helper()
	got, err := w.store.Busy(w.ctx, w.org.Partition(), []engine.CalendarID{"org_test/desk-1"}, monday, monday.AddDate(0, 2, 0))
	w.must(nil, err)
	return len(got[0])
}

func TestAnOfferIsHeldForHalfAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	other := w.crowd(2)
	o := w.offered(inv)
	if len(o.Slots) != 3 || !o.Until.Equal(monday.Add(30*time.Minute)) || !o.Slots[0].Start.Equal(at(19, 9, 0)) || !o.Slots[1].Start.Equal(at(20, 9, 0)) {
		t.Fatalf("offered %+v", o)
	}
	if last := w.sent[len(w.sent)-1]; last.Kind != engine.KindOffer || last.Channel != engine.SMS {
		t.Errorf("asked by %s/%s", last.Kind, last.Channel)
	}
	again, err := w.e.Offer(w.ctx, w.org, inv)
	w.must(again, err)
	if n := w.work(); n != 0 || again.Message != o.Message {
		t.Errorf("asking again did %d things and answered %s", n, again.Message)
	}
	_, err = w.bookAt(other[0], o.Slots[1].Start, engine.ByRecipient)
	wantCode(t, err, engine.CodeTaken)
	v, err := w.e.Open(w.ctx, w.token("awa"))
	w.must(v, err)
	shown, _, err := w.e.Choices(w.ctx, v, "", 3)
	w.must(shown, err)
	if !shown[0].Start.Equal(o.Slots[0].Start) {
		t.Errorf("the page of the person hides what is held for them: %v", shown[0])
	}
	// No step runs, and yet it is over to the second.
	w.clock.set(o.Until.Add(-time.Second))
	_, err = w.bookAt(other[0], o.Slots[1].Start, engine.ByRecipient)
	wantCode(t, err, engine.CodeTaken)
	w.clock.set(o.Until)
	w.must(w.bookAt(other[0], o.Slots[1].Start, engine.ByRecipient))
	w.work()
	if n := w.claimed(); n != 1 || w.events(engine.EventRecipientOfferEnded) != 1 || w.recipient("awa").Next != nil {
		t.Errorf("after the step %d claims are left", n)
	}
	w.reply("awa", "2")
	w.work()
	if last := w.sent[len(w.sent)-1]; last.Kind != engine.KindReplyNothing || w.invitation(inv).State == engine.InvitationBooked {
		t.Errorf("a late answer got %s and made the invitation %s", last.Kind, w.invitation(inv).State)
	}
}

// TestAnOfferLooksFarForThreeDays: slots of one day are offered together only when no other days have any.
func TestAnOfferLooksFarForThreeDays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		days []calendars.Date
		want []time.Time
	}{
		"three days, the last far away": {[]calendars.Date{"2026-05-20", "2026-05-28", "2026-06-29"}, []time.Time{at(20, 9, 0), at(28, 9, 0), at(31+29, 9, 0)}},
		"two days":                      {[]calendars.Date{"2026-05-20", "2026-06-08"}, []time.Time{at(20, 9, 0), at(20, 9, 30), at(31+8, 9, 0)}},
		"one day":                       {[]calendars.Date{"2026-06-08"}, []time.Time{at(31+8, 9, 0), at(31+8, 9, 30)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			cal := engine.Calendar{Name: "desk-1", Calendar: calendars.Calendar{ID: "desk-1", Zone: "Europe/Paris"}}
			for _, day := range c.days {
				cal.Windows = append(cal.Windows, calendars.Window{FirstDay: day, Start: "09:00", End: "10:00"})
			}
			w.must(w.e.SaveCalendar(w.ctx, w.org, cal))
			got := w.offered(w.invite("awa")).Slots
			if !slices.EqualFunc(got, c.want, func(o engine.Offered, start time.Time) bool { return o.Start.Equal(start) }) {
				t.Errorf("offered %+v, want %v", got, c.want)
			}
		})
	}
}

func TestAnOfferIsAnsweredByANumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"1": 1, "2": 2, "3.": 3, "le 2 svp": 2, "Bonjour, choix n° 3": 3, "4": 0, "oui": 0, "1 ou 2": 0, "euh": 0} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.invite("awa")
			o := w.offered(inv)
			before := len(w.sent)
			w.reply("awa", text)
			w.work()
			got := w.invitation(inv)
			if want == 0 {
				if got.State == engine.InvitationBooked || w.claimed() != 3 || w.sent[before].Kind != engine.KindReplyHelp {
					t.Errorf("it is %s, %d are held, answered by %s", got.State, w.claimed(), w.sent[before].Kind)
				}
				return
			}
			if got.State != engine.InvitationBooked || w.claimed() != 1 {
				t.Fatalf("it is %s, %d are held", got.State, w.claimed())
			}
			if a := w.appointment(got.Appointment); !a.Start.Equal(o.Slots[want-1].Start) || w.sent[before].Kind != engine.KindConfirmation {
				t.Errorf("booked %v, told by %s", a.Start, w.sent[before].Kind)
			}
			if w.recipient("awa").Next != nil {
				t.Error("something is still to be released")
			}
		})
	}
}

// TestChangeByReply: a reminder's "2" is answered with slots around the appointment; the next "2" takes one.
func TestChangeByReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	a, err := w.bookAt(inv, at(28, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.until(at(26, 10, 0))
	w.reply("awa", "2")
	w.reply("awa", "2") // sent twice before the answer came: not an answer to it
	w.work()
	if got := w.appointment(a.ID); got.Sequence != 0 || w.claimed() != 4 {
		t.Fatalf("sequence %d, %d claims", got.Sequence, w.claimed())
	}
	o := w.recipient("awa").Offer
	if o.Appointment != a.ID || len(o.Slots) != 3 {
		t.Fatalf("offered %+v", o)
	}
	w.reply("awa", "3")
	w.work()
	got := w.appointment(a.ID)
	if got.State != engine.Booked || !got.Start.Equal(o.Slots[2].Start) || got.Sequence != 1 || w.claimed() != 1 {
		t.Errorf("it is %s at %v, sequence %d, %d claims", got.State, got.Start, got.Sequence, w.claimed())
	}
}

func TestALateNumberDoesNotCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	a, err := w.bookAt(inv, at(28, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.offered(inv)
	for _, s := range w.recipient("awa").Offer.Slots {
		if !s.Start.Before(a.Start) {
			t.Errorf("%v is not earlier", s.Start)
		}
	}
	w.pass(time.Hour)
	w.reply("awa", "3")
	w.work()
	if got := w.appointment(a.ID); got.State != engine.Booked || w.sent[len(w.sent)-1].Kind != engine.KindReplyNothing {
		t.Errorf("a late 3 made it %s and was answered by %s", got.State, w.sent[len(w.sent)-1].Kind)
	}
}

func TestWhatEndsAnOffer(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *world, inv engine.InvitationID, o *engine.Offer) error{
		"booking elsewhere": func(w *world, inv engine.InvitationID, _ *engine.Offer) error {
			_, err := w.bookAt(inv, at(22, 14, 0), engine.ByRecipient)
			return err
		},
		"booking what is held": func(w *world, inv engine.InvitationID, o *engine.Offer) error {
			_, err := w.bookAt(inv, o.Slots[1].Start, engine.ByRecipient)
			return err
		},
		"closing": func(w *world, inv engine.InvitationID, _ *engine.Offer) error {
			_, err := w.e.Close(w.ctx, w.org, inv, engine.ByStaff, "")
			return err
		},
		"STOP on the page": func(w *world, _ engine.InvitationID, _ *engine.Offer) error {
			return w.e.Stop(w.ctx, w.org, engine.RecipientOf(w.org, "awa"))
		},
		"STOP by SMS": func(w *world, _ engine.InvitationID, _ *engine.Offer) error { w.reply("awa", "STOP"); return nil },
		"no":          func(w *world, _ engine.InvitationID, _ *engine.Offer) error { w.reply("awa", "non merci"); return nil },
		"erasing": func(w *world, _ engine.InvitationID, _ *engine.Offer) error {
			return w.e.Erase(w.ctx, w.org, engine.RecipientOf(w.org, "awa"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.invite("awa")
			o := w.offered(inv)
			w.must(nil, end(w, inv, o))
			got, err := w.store.Busy(w.ctx, w.org.Partition(), []engine.CalendarID{"org_test/desk-1"}, monday, monday.AddDate(0, 2, 0))
			w.must(nil, err)
			for _, c := range got[0] {
				if !c.Until.IsZero() {
					t.Errorf("still held: %+v", c)
				}
			}
			if n := w.events(engine.EventRecipientOfferEnded); n != 1 {
				t.Errorf("%d events tell of the end", n)
			}
		})
	}
}

func TestNoOffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	mail := w.crowd(1)[0]
	_, err := w.e.Offer(w.ctx, w.org, mail)
	wantCode(t, err, engine.CodeUnreachable)
	_, err = w.e.Offer(w.ctx, w.org, "inv_none")
	wantCode(t, err, engine.CodeNotFound)
	w.clock.set(at(18, 21, 0))
	_, err = w.e.Offer(w.ctx, w.org, inv)
	wantCode(t, err, engine.CodeWrongState)
	w.clock.set(at(19, 9, 0))
	w.opensNothing()
	_, err = w.e.Offer(w.ctx, w.org, inv)
	wantCode(t, err, engine.CodeNotBookable)
	w.must(w.e.SaveOrganisation(w.ctx, engine.Organisation{ID: w.org, Name: "Département", Phone: "01 02 03 04 05", SMS: engine.Sender{From: "RDV"}}))
	_, err = w.e.Offer(w.ctx, w.org, inv)
	wantCode(t, err, engine.CodeWrongState)
}

// opensNothing takes the windows of desk-1 away.
func (w *world) opensNothing() {
	w.t.Helper()
	cal, err := w.e.Calendar(w.ctx, w.org, "desk-1")
	w.must(cal, err)
	cal.Windows = nil
	w.must(w.e.SaveCalendar(w.ctx, w.org, *cal))
}
