package engine_test

import (
	"strings"
	"testing"

	"relance/calendars"
	"relance/engine"
)

// places are the locations of the tests: one of each kind.
func places() []engine.Location {
	return []engine.Location{
		{ID: "msa", Kind: engine.AtOffice, Name: "Maison des solidarités", Address: "12 rue des Tilleuls, 99000 Exempleville", Access: "Tram B, arrêt Mairie"},
		{ID: "tel", Kind: engine.ByPhone, Name: "Entretien téléphonique"},
		{ID: "visio", Kind: engine.ByVideo, Name: "Salle 3", URL: "https://visio.example.org/salle-3"},
		{ID: "chez", Kind: engine.AtHome, Name: "À votre domicile"},
	}
}

// located gives the organisation its locations, and each window of desk-1 one of them.
func (w *world) located(morning, afternoon string) {
	w.t.Helper()
	w.must(w.e.SaveOrganisation(w.ctx, engine.Organisation{
		ID: w.org, Name: "Département", Phone: "01 02 03 04 05", Email: "rdv@example.org", Locations: places(),
	}))
	w.change("desk-1", func(c *engine.Calendar) { c.Windows[0].Location, c.Windows[1].Location = morning, afternoon })
}

func TestLocationsThatAreWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		change func(l []engine.Location)
		want   []string
	}{
		"nothing wrong":           {func([]engine.Location) {}, nil},
		"no id":                   {func(l []engine.Location) { l[0].ID = "" }, []string{"/locations/0/id"}},
		"one id twice":            {func(l []engine.Location) { l[1].ID = "msa" }, []string{"/locations/1/id"}},
		"no name":                 {func(l []engine.Location) { l[1].Name = "" }, []string{"/locations/1/name"}},
		"an unknown kind":         {func(l []engine.Location) { l[1].Kind = "fax" }, []string{"/locations/1/kind"}},
		"an office nowhere":       {func(l []engine.Location) { l[0].Address = "" }, []string{"/locations/0/address"}},
		"a phone with an address": {func(l []engine.Location) { l[1].Address = "12 rue" }, []string{"/locations/1/address"}},
		"an office with a link":   {func(l []engine.Location) { l[0].URL = "https://x.example" }, []string{"/locations/0/url"}},
		"a video without link":    {func(l []engine.Location) { l[2].URL = "" }, []string{"/locations/2/url"}},
		"a link in clear":         {func(l []engine.Location) { l[2].URL = "http://visio.example" }, []string{"/locations/2/url"}},
		"a link that is a script": {func(l []engine.Location) { l[2].URL = "javascript:alert(1)" }, []string{"/locations/2/url"}},
		"too much to read":        {func(l []engine.Location) { l[0].Access = strings.Repeat("a", 501) }, []string{"/locations/0/access"}},
	} {
		all := places()
		c.change(all)
		_, err := w.e.SaveOrganisation(w.ctx, engine.Organisation{ID: "org_good", Name: "Agence", Phone: "01 02 03 04 05", Locations: all})
		wantPointers(t, name, err, c.want...)
	}
}

func TestLocationLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		l           engine.Location
		line, venue string
	}{
		{places()[0], "Maison des solidarités, 12 rue des Tilleuls, 99000 Exempleville", "Maison des solidarités, 12 rue des Tilleuls, 99000 Exempleville"},
		{engine.Location{Kind: engine.AtOffice, Name: "Mairie", Address: "Mairie, 1 place"}, "Mairie, 1 place", "Mairie, 1 place"},
		{engine.Location{Kind: engine.AtOffice, Address: "1 place"}, "1 place", "1 place"},
		{engine.Location{Kind: engine.AtOffice, Name: "Guichet"}, "Guichet", "Guichet"},
		{engine.Location{Kind: engine.AtOffice}, "", ""},
		{places()[1], "", "Entretien téléphonique"},
		{places()[2], "", "https://visio.example.org/salle-3"},
		{places()[3], "", "À votre domicile"},
	} {
		if c.l.Line() != c.line || c.l.Venue() != c.venue {
			t.Errorf("%+v: %q, %q", c.l, c.l.Line(), c.l.Venue())
		}
	}
}

// The place of an appointment is that of the window it was booked in, in messages, on the page and in
// the calendar file, and moves with it.
func TestAnAppointmentIsWhereItsWindowIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Address: "3 place du Marché"})
	w.located("msa", "visio")
	w.invite("awa")
	w.work()
	v, err := w.e.Open(w.ctx, w.token("awa"))
	w.must(v, err)
	if v.Location.Line() != "3 place du Marché" || v.Where("tel").Kind != engine.ByPhone {
		t.Errorf("before: %+v", v.Location)
	}
	slots := w.slots()
	for i, s := range slots {
		want := "msa"
		if s.Start.In(paris).Hour() >= 14 {
			want = "visio"
		}
		if len(s.Locations) != 1 || s.Locations[0] != want {
			t.Fatalf("slot %d at %s is at %v", i, s.Start.In(paris), s.Locations)
		}
	}
	a, err := w.bookAt(v.Invitation.ID, at(20, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.work()
	ics := func() string {
		out := w.sent[len(w.sent)-1].Out
		return strings.ReplaceAll(string(out.Calendar), "\r\n ", "")
	}
	if a.Location != "msa" || !strings.Contains(ics(), `LOCATION:Maison des solidarités\, 12 rue`) || !strings.Contains(ics(), `Tram B\, arrêt Mairie\nTél.`) {
		t.Errorf("booked at %q:\n%s", a.Location, ics())
	}
	a, err = w.moveTo(a, at(20, 14, 0), engine.ByRecipient)
	w.must(a, err)
	w.work()
	if a.Location != "visio" || !strings.Contains(ics(), "LOCATION:https://visio.example.org/salle-3") || !strings.Contains(ics(), "URL:https://visio") {
		t.Errorf("moved to %q:\n%s", a.Location, ics())
	}
	if v, err = w.e.Open(w.ctx, w.token("awa")); err != nil || v.Location.ID != "visio" {
		t.Errorf("the page is at %+v, %v", v.Location, err)
	}
	w.change("desk-1", func(c *engine.Calendar) { c.Windows[1].Location = "tel" })
	w.wantClashes("20 14:00 no_window") // the person was told to be elsewhere
}

func TestAStartAtTwoPlacesIsBookedWhereThePersonChose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calendar("desk-2")
	w.calendar("desk-3")
	w.located("msa", "msa")
	w.change("desk-2", func(c *engine.Calendar) { c.Windows[0].Location = "tel" })
	w.change("desk-3", func(c *engine.Calendar) { c.Windows = c.Windows[:1] })
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1", "desk-2", "desk-3"}})
	at20 := func(hour int) []string {
		for _, s := range w.slots() {
			if s.Start.Equal(at(20, hour, 0)) {
				return s.Locations
			}
		}
		return nil
	}
	if got := at20(9); strings.Join(got, ",") != ",msa,tel" {
		t.Errorf("nine is at %q", got)
	}
	if got := at20(14); strings.Join(got, ",") != ",msa" {
		t.Errorf("two is at %q", got)
	}
	people := w.crowd(4)
	for i, c := range []struct{ at, want string }{{"tel", "desk-2"}, {"", "desk-3"}, {"msa", "desk-1"}} {
		a, err := w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: people[i], Start: at(20, 9, 0), Location: &c.at, By: engine.ByRecipient})
		w.must(a, err)
		if string(a.Calendar) != c.want || a.Location != c.at {
			t.Errorf("at %q: %s at %q", c.at, a.Calendar, a.Location)
		}
	}
	tel := "tel"
	_, err := w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: people[3], Start: at(20, 14, 0), Location: &tel, By: engine.ByRecipient})
	wantCode(t, err, engine.CodeNotBookable)
}

func TestAServiceIsAtItsLocationOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.located("msa", "tel")
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Location: "tel"})
	if got := w.slots()[0]; got.Start.In(paris).Hour() != 14 || strings.Join(got.Locations, ",") != "tel" {
		t.Errorf("the first slot is %+v", got)
	}
	person := w.crowd(1)[0]
	_, err := w.bookAt(person, at(20, 9, 0), engine.ByRecipient)
	wantCode(t, err, engine.CodeNotBookable)
	msa := "msa"
	_, err = w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: person, Start: at(20, 9, 0), Location: &msa, By: engine.ByStaff})
	wantCode(t, err, engine.CodeNotBookable)
}

// What was said freely before there were locations stays as it was.
func TestAFreeNameIsAnOffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change("desk-1", func(c *engine.Calendar) {
		c.Windows = []calendars.Window{{FirstDay: "2026-05-20", Start: "09:00", End: "12:00", Location: "site de Nancy"}}
	})
	w.invite("awa")
	w.work()
	v, err := w.e.Open(w.ctx, w.token("awa"))
	w.must(v, err)
	if got := v.Where("site de Nancy").Line(); got != "site de Nancy" {
		t.Errorf("shown as %q", got)
	}
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Address: "1 place Stanislas"})
	v, err = w.e.Open(w.ctx, w.token("awa"))
	w.must(v, err)
	if got := v.Where("site de Nancy").Line(); got != "1 place Stanislas" {
		t.Errorf("with an address shown as %q", got)
	}
}
