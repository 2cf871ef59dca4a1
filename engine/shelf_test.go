package engine_test

import (
	"crypto/rand"
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

// elsewhere is another process on the same store.
func (w *world) elsewhere() *engine.Engine {
	return &engine.Engine{
		Store: w.store, Lister: w.store, Clock: w.clock, Minter: engine.NewMinter(rand.Reader), Random: rand.Reader,
		Links: engine.Links{Key: w.e.Links.Key}, Texts: plainTexts{}, Addresses: plainAddresses{}, PublicURL: w.e.PublicURL,
	}
}

// shut saves the desk's calendar without any window, as another process does.
func (w *world) shut() {
	w.t.Helper()
	w.must(w.elsewhere().SaveCalendar(w.ctx, w.org, engine.Calendar{Name: "desk-1", Calendar: calendars.Calendar{ID: "desk-1", Zone: "Europe/Paris"}}))
}

func TestAPolicySavedElsewhereHoldsASecondLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.now = w.clock.now.Add(time.Minute) // what is saved here is read again at that moment
	if len(w.slots()) == 0 {
		t.Fatal("no slots to begin with")
	}
	w.shut()
	if len(w.slots()) == 0 {
		t.Error("a calendar read a moment ago was read again: a search is one round trip more")
	}
	w.clock.now = w.clock.now.Add(time.Second)
	if n := len(w.slots()); n != 0 {
		t.Errorf("%d slots of a calendar that was shut a second ago", n)
	}
}

func TestAPolicySavedHereHoldsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.now = w.clock.now.Add(time.Minute)
	w.slots()
	w.must(w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Name: "desk-1", Calendar: calendars.Calendar{ID: "desk-1", Zone: "Europe/Paris"}}))
	if n := len(w.slots()); n != 0 {
		t.Errorf("%d slots of a calendar that was just shut", n)
	}
}

// Nobody is booked on what another process shut, however fresh the copy here is: the change guards the
// calendar's version.
func TestAShutCalendarBooksNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	w.clock.now = w.clock.now.Add(time.Minute)
	start := w.slots()[0].Start
	w.shut()
	if _, err := w.bookAt(inv, start, engine.ByRecipient); engine.CodeOf(err) != engine.CodeNotBookable {
		t.Errorf("a slot of a shut calendar answers %v", err)
	}
}
