package engine_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	ical "github.com/arran4/golang-ical"

	"relance/calendars"
	"relance/engine"
)

// feedToken is the token in a feed's address.
func (w *world) feedToken(address string) string {
	w.t.Helper()
	rest, ok := strings.CutPrefix(address, w.e.PublicURL+"/ics/")
	token, ended := strings.CutSuffix(rest, ".ics")
	if !ok || !ended || len(token) < 28 {
		w.t.Fatalf("the feed's address is %s", address)
	}
	return token
}

// feed reads desk-1's feed.
func (w *world) feed() (string, []*ical.VEvent) {
	w.t.Helper()
	address, err := w.e.FeedURL(w.ctx, w.org, "desk-1")
	w.must(nil, err)
	text, err := w.e.Feed(w.ctx, w.feedToken(address))
	w.must(nil, err)
	cal, err := ical.ParseCalendar(bytes.NewReader(text))
	w.must(nil, err)
	return string(text), cal.Events()
}

func property(ev *ical.VEvent, name ical.ComponentProperty) string {
	if p := ev.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

func TestFeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Address: "12 rue du Port, 56000 Vannes"})
	w.e.Texts = namingTexts{}
	inv := w.invite("Zoé-Prénom")
	w.work()
	a, err := w.bookAt(inv, time.Date(2026, 5, 20, 9, 0, 0, 0, paris), engine.ByRecipient)
	w.must(nil, err)
	text, events := w.feed()
	if len(events) != 1 {
		t.Fatalf("the feed is\n%s", text)
	}
	for name, want := range map[ical.ComponentProperty]string{
		"UID": string(a.ID) + "@relance", "SEQUENCE": "0", "STATUS": "CONFIRMED", "TRANSP": "OPAQUE", "DTSTART": "20260520T070000Z",
		"DTEND": "20260520T073000Z", "DTSTAMP": "20260518T070000Z", "LOCATION": "12 rue du Port, 56000 Vannes", "SUMMARY": "Rendez-vous d'orientation",
	} {
		if got := property(events[0], name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if d := property(events[0], "DESCRIPTION"); !strings.Contains(d, string(a.ID)) || !strings.Contains(d, string(a.Recipient)) {
		t.Errorf("nothing to find the rest by: %q", d)
	}
	for _, private := range []string{"Zoé", phoneOf("Zoé-Prénom"), "example.org/r/", "ORGANIZER", "ATTENDEE"} {
		if strings.Contains(text, private) {
			t.Errorf("the feed holds %q", private)
		}
	}
	if again, _ := w.feed(); again != text {
		t.Error("the same state gives other bytes")
	}
	w.must(w.moveTo(a, time.Date(2026, 5, 21, 9, 0, 0, 0, paris), engine.ByRecipient))
	if _, events = w.feed(); len(events) != 1 || property(events[0], "SEQUENCE") != "1" || property(events[0], "DTSTART") != "20260521T070000Z" {
		t.Errorf("a moved appointment is %v", events)
	}
	w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByStaff))
	if text, events = w.feed(); len(events) != 0 || !strings.HasPrefix(text, "BEGIN:VCALENDAR\r\n") {
		t.Errorf("a cancelled appointment is still there:\n%s", text)
	}
}

// A month after it was held an appointment leaves the feed.
func TestFeedOfThePast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("ana")
	w.work()
	a, err := w.bookAt(inv, time.Date(2026, 5, 20, 9, 0, 0, 0, paris), engine.ByRecipient)
	w.must(nil, err)
	w.clock.set(time.Date(2026, 6, 1, 9, 0, 0, 0, paris))
	w.must(w.e.Record(w.ctx, w.org, a.ID, engine.NoShow))
	if text, events := w.feed(); len(events) != 1 || strings.Contains(text, "no_show") {
		t.Errorf("twelve days later the feed is\n%s", text)
	}
	w.clock.set(time.Date(2026, 6, 20, 9, 0, 0, 0, paris))
	if _, events := w.feed(); len(events) != 0 {
		t.Errorf("a month later it holds %v", events)
	}
}

func TestFeedWithNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, err := w.e.Organisation(w.ctx, w.org)
	w.must(nil, err)
	o.FeedNames = true
	w.must(w.e.SaveOrganisation(w.ctx, *o))
	res := w.tryInvite(engine.Person{ExternalID: "z", FirstName: "Zoé\r\nATTENDEE:x", LastName: "Martin", Phone: phoneOf("z")})
	w.work()
	w.must(w.bookAt(res.Invitation, time.Date(2026, 5, 20, 9, 0, 0, 0, paris), engine.ByRecipient))
	text, events := w.feed()
	if got := property(events[0], "SUMMARY"); got != "Rendez-vous d'orientation – Zoé ATTENDEE:x Martin" {
		t.Errorf("the entry is called %q", got)
	}
	if strings.Contains(text, phoneOf("z")) || strings.Contains(text, "\nATTENDEE") {
		t.Errorf("more than the name is told:\n%s", text)
	}
}

func TestFeedAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calendar("desk-2")
	one, err := w.e.FeedURL(w.ctx, w.org, "desk-1")
	w.must(nil, err)
	two, err := w.e.FeedURL(w.ctx, w.org, "desk-2")
	w.must(nil, err)
	next, err := w.e.RotateFeed(w.ctx, w.org, "desk-1")
	w.must(nil, err)
	w.calendar("desk-1") // saving it keeps the address
	if now, err := w.e.FeedURL(w.ctx, w.org, "desk-1"); err != nil || now != next || one == next || one == two || next == two {
		t.Errorf("addresses %s, %s, then %s, now %s, %v", one, two, next, now, err)
	}
	w.must(w.e.Feed(w.ctx, w.feedToken(next)))
	w.must(w.e.Feed(w.ctx, w.feedToken(two)))
	good := w.feedToken(next)
	for name, token := range map[string]string{
		"the one before": w.feedToken(one), "nothing": "", "one letter other": good[:27] + "!", "shorter": good[:27], "longer": good + "a",
		"in capitals": strings.ToUpper(good), "of no partition": "zz" + good[2:],
	} {
		_, err := w.e.Feed(w.ctx, token)
		if engine.CodeOf(err) != engine.CodeNotFound || err.Error() != "feed: not_found: this address opens nothing" {
			t.Errorf("%s: answered %v", name, err)
		}
	}
	if got := w.told(); len(got) != 1 || got[0] != "calendar.feed_rotated desk-1" {
		t.Errorf("told %q", got)
	}
	for _, e := range w.everything() {
		if strings.Contains(e.text, good) {
			t.Errorf("%s holds the token", e.key)
		}
	}
	_, err = w.e.FeedURL(w.ctx, w.org, "desk-3")
	wantCode(t, err, engine.CodeNotFound)
	_, err = w.e.RotateFeed(w.ctx, w.org, "desk-3")
	wantCode(t, err, engine.CodeNotFound)
}

// The people of a session are one entry, which stays the same whoever joins and leaves.
func TestFeedOfASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Calendar: calendars.Calendar{
		ID: "desk-1", Windows: []calendars.Window{{FirstDay: "2026-05-20", Start: "10:00", End: "11:30", Seats: 12}},
	}}))
	var uid string
	var last *engine.Appointment
	for n, name := range []string{"ana", "bob", "cyd"} {
		inv := w.invite(name)
		w.work()
		a, err := w.bookAt(inv, at(20, 10, 0), engine.ByRecipient)
		w.must(nil, err)
		text, events := w.feed()
		if len(events) != 1 || property(events[0], "SUMMARY") != fmt.Sprintf("Rendez-vous d'orientation (%d/12)", n+1) || property(events[0], "DTEND") != "20260520T093000Z" {
			t.Fatalf("with %d people the feed is\n%s", n+1, text)
		}
		if !strings.Contains(property(events[0], "DESCRIPTION"), string(a.ID)+" "+string(a.Recipient)) {
			t.Errorf("%s is not there: %s", a.ID, text)
		}
		if n > 0 && property(events[0], "UID") != uid {
			t.Errorf("the entry was %s and is %s", uid, property(events[0], "UID"))
		}
		uid, last = property(events[0], "UID"), a
	}
	w.must(w.e.Cancel(w.ctx, w.org, last.ID, engine.ByStaff))
	if _, events := w.feed(); len(events) != 1 || property(events[0], "UID") != uid || !strings.Contains(property(events[0], "SUMMARY"), "(2/12)") {
		t.Errorf("after one left it is %v", events)
	}
}

// A calendar saved before there were feeds gets its address when somebody asks for it.
func TestFeedOfAnOldCalendar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(nil, w.redis.Del(w.ctx, w.key("x:feeds")).Err())
	w.feed()
}
