package pages_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"relance/api/pages"
	"relance/api/pages/pagestest"
	"relance/engine"
)

func TestChooseShowsSlotsByDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.get("/r/tok")
	if p.StatusCode != http.StatusOK || p.h1() != "Choisissez votre rendez-vous" {
		t.Fatalf("%d %q", p.StatusCode, p.h1())
	}
	var days []string
	for _, h := range p.all("h2") {
		days = append(days, text(h))
	}
	if want := "Mardi 12 mai, Mercredi 13 mai, Jeudi 14 mai"; !strings.HasPrefix(strings.Join(days, ", "), want) {
		t.Errorf("days %v, want %s first", days, want)
	}
	if n := len(p.slots()); n != 10 {
		t.Errorf("%d slots on the first page", n)
	}
	if halves := p.all("h3"); len(halves) != 10 || text(halves[0]) != "Matin" || text(halves[1]) != "Après-midi" {
		t.Errorf("the halves of days are %d", len(halves))
	}
	for _, want := range []string{"Vous avez jusqu'au jeudi 21 mai inclus.", "Votre rendez-vous d'orientation", "Appelez le 01 99 00 12 34"} {
		if !strings.Contains(p.says(), want) {
			t.Errorf("the page does not say %q: %s", want, p.says())
		}
	}
	if p.link("tel:") != "tel:0199001234" {
		t.Errorf("the phone's link is %q", p.link("tel:"))
	}
	if got := text(p.all("li")[0]); got != "9 h 30" {
		t.Errorf("the first slot reads %q, want 9 h 30 in Paris", got)
	}
}

func TestMoreDates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/r/tok", "/r/tok?from=2026-05-12"} {
		first := w.get(path)
		address := first.link("after=")
		if address == "" {
			address = first.link("from=")
		}
		more := w.get(address)
		if len(more.slots()) == 0 || more.slots()[0] <= first.slots()[len(first.slots())-1] {
			t.Errorf("the second page begins with %q, the first ends with %q", more.slots()[0], first.slots()[len(first.slots())-1])
		}
		if !contains(more.links(), "/r/tok") {
			t.Errorf("no way back to the first dates: %v", more.links())
		}
		if en := more.link("lang=en"); !strings.Contains(en, "after=") && !strings.Contains(en, "from=") {
			t.Errorf("changing the language goes back to the first dates: %q", en)
		}
	}
	first := w.get("/r/tok")
	for _, odd := range []string{"?from=whenever", "?after=later", "?after=2026-05-12"} {
		if p := w.get("/r/tok" + odd); p.StatusCode != 200 || p.slots()[0] != first.slots()[0] {
			t.Errorf("%s is not the first page", odd)
		}
	}
}

// TestMoreEnds follows "more" to the end, and finds no start twice.
func TestMoreEnds(t *testing.T) {
	t.Parallel()
	for _, begin := range []string{"/r/tok", "/r/tok?from=2026-05-12"} {
		w := newWorld(t)
		seen, pages := map[string]bool{}, 0
		for path := begin; path != ""; pages++ {
			p := w.get(path)
			for _, s := range p.slots() {
				if seen[s] {
					t.Fatalf("%s shows %s again", path, s)
				}
				seen[s] = true
			}
			path = ""
			for _, a := range p.all("a") {
				if text(a) == "Voir plus de dates" {
					path = attr(a, "href")
				}
			}
		}
		if pages < 5 || pages > 40 || len(seen) < 60 {
			t.Errorf("%s: %d starts on %d pages", begin, len(seen), pages)
		}
	}
}

func TestAnotherDayOrWeek(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, kind := range []string{"", "/move"} {
		if kind != "" {
			w.book(0)
		}
		p := w.get("/r/tok" + kind)
		var days, weeks []string
		for _, a := range p.all("a") {
			switch label := attr(a, "aria-label"); {
			case text(a) == "Autres heures":
				days = append(days, attr(a, "href"))
			case strings.HasPrefix(label, "Semaine du "):
				weeks = append(weeks, attr(a, "href"))
			}
		}
		if len(days) != 5 || !strings.HasPrefix(days[1], "/r/tok"+kind+"?from=2026-05-1") {
			t.Fatalf("days %v", days)
		}
		if whole := w.get(days[1]); len(whole.slots()) < 60 || !strings.Contains(whole.slots()[0], "2026-05-13T07%3A00") || !strings.Contains(whole.slots()[0], kind+"/check") {
			t.Errorf("the whole day begins with %s of %d", whole.slots()[0], len(whole.slots()))
		}
		if len(weeks) != 6 || weeks[0] != "/r/tok"+kind+"?from=2026-05-18" {
			t.Fatalf("weeks %v", weeks)
		}
		if week := w.get(weeks[2]); !strings.Contains(week.slots()[0], "2026-06-01T07%3A00") {
			t.Errorf("the week of 1 June begins with %s", week.slots()[0])
		}
	}
}

// Where a day shows all it has, nothing offers more of it.
func TestADayThatIsAllThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for day := range 60 {
		for minute := 0; minute < 24*60; minute += 30 {
			start := monday.Add(-7*time.Hour + time.Duration(day*24*60+minute)*time.Minute)
			if local := start.In(w.engine.Zone); day != 4 || local.Hour() != 10 {
				w.engine.Take(start)
			}
		}
	}
	p := w.get("/r/tok")
	if len(p.slots()) != 2 || p.link("from=") != "" || p.link("after=") != "" || len(p.all("h3")) != 1 {
		t.Errorf("two starts are left: %s", p.says())
	}
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

func TestBookMoveCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check := w.get(w.get("/r/tok").slots()[0])
	if check.h1() != "Vérifiez votre rendez-vous" || !strings.Contains(check.says(), "Mardi 12 mai à 9 h 30") {
		t.Fatalf("summary: %s", check.says())
	}
	booked := w.follow(w.submit(check))
	if booked.h1() != "Votre rendez-vous" || !strings.HasPrefix(booked.notice(), "C'est noté") {
		t.Fatalf("booked: %q %q", booked.h1(), booked.notice())
	}
	for _, want := range []string{"Mardi 12 mai à 9 h 30", "30 minutes", "12 rue des Tilleuls"} {
		if !strings.Contains(booked.says(), want) {
			t.Errorf("the appointment's page does not say %q", want)
		}
	}

	choose := w.get(booked.link("/move"))
	if !strings.Contains(choose.says(), "prévu le mardi 12 mai à 9 h 30") {
		t.Errorf("moving does not say from where: %s", choose.says())
	}
	if contains(choose.slots(), strings.Replace(check.url.String(), "/check", "/move/check", 1)) {
		t.Error("the present start is offered for a move")
	}
	sum := w.get(choose.slots()[5])
	if !strings.Contains(sum.says(), "remplace votre rendez-vous du mardi 12 mai à 9 h 30") || !strings.Contains(sum.says(), "ensuite : 2.") {
		t.Errorf("the move's summary: %s", sum.says())
	}
	moved := w.follow(w.submit(sum))
	if !strings.Contains(moved.notice(), "changé de date") || strings.Contains(moved.says(), "9 h 30") {
		t.Errorf("moved: %q %s", moved.notice(), moved.says())
	}

	ask := w.get(moved.link("/cancel"))
	if ask.h1() != "Annuler ce rendez-vous ?" {
		t.Errorf("cancel asks %q", ask.h1())
	}
	gone := w.follow(w.submit(ask))
	if !strings.Contains(gone.notice(), "annulé") || len(gone.slots()) == 0 {
		t.Errorf("cancelled: %q, %d slots", gone.notice(), len(gone.slots()))
	}
	if n := w.engine.Changes(); n != 3 {
		t.Errorf("%d changes, want 3", n)
	}
}

func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.book(0)
	before := w.engine.Changes()
	start := "?start=2026-05-14T08:00:00Z"
	for _, path := range []string{
		"/r/tok", "/r/tok/", "/r/tok/check" + start, "/r/tok/book" + start, "/r/tok/move", "/r/tok/move/check" + start, "/r/tok/move" + start,
		"/r/tok/cancel", "/r/tok/stop", "/r/tok/stop?done=1", "/r/tok/stop?by=email", "/r/tok/start", "/u/tok", "/u/tok?done=1", "/r/tok/decline", "/r/tok/earlier", "/r/tok/earlier/take" + start, "/r/tok/rdv.ics", "/r/tok?done=cancelled",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete} {
			r := postOf(path, url.Values{})
			r.Method = method
			w.do(r)
			if w.engine.Changes() != before {
				t.Fatalf("%s %s changed something", method, path)
			}
		}
	}
}

func TestDoubleSubmitGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check := w.get(w.get("/r/tok").slots()[0])
	one, two := w.submit(check), w.submit(check)
	same(t, "book", one, two)

	move := w.get(w.get("/r/tok/move").slots()[5])
	one, two = w.submit(move), w.submit(move)
	same(t, "move", one, two)

	cancel := w.get("/r/tok/cancel")
	one, two = w.submit(cancel), w.submit(cancel)
	same(t, "cancel", one, two)

	stop := w.get("/r/tok/stop")
	one, two = w.submit(stop), w.submit(stop)
	same(t, "stop", one, two)
	if n := w.engine.Changes(); n != 4 {
		t.Errorf("%d changes, want 4", n)
	}
}

func same(t *testing.T, what string, one, two *page) {
	t.Helper()
	if one.StatusCode != http.StatusSeeOther || two.StatusCode != one.StatusCode || two.Header.Get("Location") != one.Header.Get("Location") {
		t.Errorf("%s: first %d %q, then %d %q", what, one.StatusCode, one.Header.Get("Location"), two.StatusCode, two.Header.Get("Location"))
	}
}

func TestOldTabsChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.get("/r/tok")
	oldBook := w.get(first.slots()[3])
	w.book(0)
	oldMove := w.get(w.get("/r/tok/move").slots()[7])
	oldCancel := w.get("/r/tok/cancel")
	w.follow(w.submit(w.get(w.get("/r/tok/move").slots()[4])))
	present := w.get("/r/tok").says()
	before := w.engine.Changes()
	for name, tab := range map[string]*page{"book": oldBook, "move": oldMove, "cancel": oldCancel} {
		p := w.submit(tab)
		if p.StatusCode != http.StatusConflict || !strings.Contains(p.notice(), "changé entre-temps") {
			t.Errorf("%s: %d %q", name, p.StatusCode, p.notice())
		}
		if when := text(p.all("time")[0]); !strings.Contains(present, when) {
			t.Errorf("%s shows %q, which is not the present state", name, when)
		}
	}
	w.follow(w.submit(w.get("/r/tok/cancel")))
	if p := w.submit(oldBook); p.StatusCode != http.StatusConflict || len(p.slots()) == 0 {
		t.Errorf("a tab from before the cancelled appointment booked: %d", p.StatusCode)
	}
	if n := w.engine.Changes(); n != before+1 {
		t.Errorf("%d changes, want the cancellation alone", n-before)
	}
}

func TestTakenSlotOffersThreeOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check := w.get(w.get("/r/tok").slots()[2])
	start, _ := time.Parse(time.RFC3339, check.url.Query().Get("start"))
	w.engine.Take(start)
	p := w.submit(check)
	if p.StatusCode != http.StatusConflict || p.h1() != "Cet horaire vient d'être pris" {
		t.Fatalf("%d %q", p.StatusCode, p.h1())
	}
	if len(p.slots()) != 3 {
		t.Fatalf("%d slots offered, want 3", len(p.slots()))
	}
	if booked := w.follow(w.submit(w.get(p.slots()[0]))); booked.h1() != "Votre rendez-vous" {
		t.Errorf("an offered slot leads to %q", booked.h1())
	}
}

func TestCutOffsGiveThePhone(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*engine.Appointment){
		"too late":      func(a *engine.Appointment) { a.Start = monday.Add(3 * time.Hour) },
		"no moves left": func(a *engine.Appointment) { a.Moves = 3 },
		"past":          func(a *engine.Appointment) { a.Start = monday.Add(-3 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.book(0)
			move := w.get(w.get("/r/tok/move").slots()[0])
			w.engine.Change("tok", func(_ *engine.Invitation, a *engine.Appointment) { change(a) })
			before := w.engine.Changes()
			home := w.get("/r/tok")
			if home.link("/move") != "" {
				t.Error("the page offers to move")
			}
			for _, p := range []*page{home, w.get("/r/tok/move"), w.submit(move)} {
				if !strings.Contains(p.says(), "01 99 00 12 34") {
					t.Errorf("%q gives no phone number", p.h1())
				}
			}
			if late := name != "no moves left"; late {
				if home.link("/cancel") != "" || w.get("/r/tok/cancel").StatusCode != http.StatusConflict {
					t.Error("it can be cancelled")
				}
			}
			if w.engine.Changes() != before {
				t.Error("something changed")
			}
		})
	}
}

func TestDeclineAndStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if p := w.follow(w.submit(w.get("/r/tok/stop"))); p.h1() != "C'est noté" || !w.engine.Stopped("tok") {
		t.Errorf("stop: %q", p.h1())
	}
	p := w.follow(w.submit(w.get(w.get("/r/tok").link("/decline"))))
	if p.StatusCode != http.StatusOK || !strings.Contains(p.says(), "ne souhaitez pas de rendez-vous") {
		t.Errorf("decline: %d %s", p.StatusCode, p.says())
	}
	if p := w.get("/r/tok"); p.StatusCode != http.StatusNotFound {
		t.Errorf("the refused invitation's link still opens: %d", p.StatusCode)
	}
}

func TestEngineRefusalsAreSaidInWords(t *testing.T) {
	t.Parallel()
	for code, want := range map[engine.Code]struct {
		status int
		says   string
	}{
		engine.CodeTaken:        {409, "vient d'être pris"},
		engine.CodeNotBookable:  {409, "n'est plus proposé"},
		engine.CodeTooLate:      {409, "trop tard"},
		engine.CodeTooManyMoves: {409, "Appelez-nous"},
		engine.CodePending:      {409, "entre-temps"},
		engine.CodeConflict:     {409, "entre-temps"},
		engine.CodeLinkDead:     {404, "ne fonctionne pas"},
		engine.CodeUnavailable:  {503, "ne répond pas"},
		engine.CodeInternal:     {503, "ne répond pas"},
	} {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			check := w.get(w.get("/r/tok").slots()[0])
			w.engine.Fail = func(verb string) error {
				if verb == "book" {
					return &engine.Error{Code: code, Op: "book"}
				}
				return nil
			}
			p := w.submit(check)
			if p.StatusCode != want.status || !strings.Contains(p.says(), want.says) {
				t.Errorf("%d %s, want %d saying %q", p.StatusCode, p.says(), want.status, want.says)
			}
			if (p.Header.Get("Retry-After") != "") != (want.status == 503) {
				t.Errorf("Retry-After %q", p.Header.Get("Retry-After"))
			}
		})
	}
}

func TestNothingFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/r/tok?from=2027-05-14", "/r/tok?after=2027-05-14T00:00:00Z"} {
		p := w.get(path)
		if !strings.Contains(p.says(), "pas d'horaire libre à partir de cette date") || p.link("tel:") == "" || !contains(p.links(), "/r/tok") || p.StatusCode != 200 {
			t.Errorf("%s: %d %s", path, p.StatusCode, p.says())
		}
	}
}

// later is an engine where the first free start is beyond the horizon.
type later struct {
	*pagestest.Engine
	next *engine.Availability
}

func (l later) Shortlist(context.Context, *engine.Visit, time.Time, int) (*engine.Shortlist, error) {
	return &engine.Shortlist{Next: l.next}, nil
}

// Only a group session says how many seats are left.
func TestSeatsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := monday.AddDate(0, 0, 2)
	w.handler = pages.Handler(fixed{w.engine, []engine.Slot{{Start: start, Seats: 12, Left: 5}, {Start: start.Add(time.Hour)}}}, pages.Options{Now: func() time.Time { return w.now }})
	links := w.get("/r/tok").all("li")
	if got := text(links[0]) + "|" + text(links[1]); got != "9 h Places : 5|10 h" {
		t.Errorf("the buttons read %q", got)
	}
}

// fixed is an engine with the best starts given.
type fixed struct {
	*pagestest.Engine
	slots []engine.Slot
}

func (f fixed) Shortlist(context.Context, *engine.Visit, time.Time, int) (*engine.Shortlist, error) {
	return &engine.Shortlist{Slots: f.slots}, nil
}

func TestNothingFreeTellsWhatIsNext(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		next          *engine.Availability
		says, saysNot string
	}{
		"nothing known": {nil, "pas d'horaire libre pour le moment", "prochains rendez-vous"},
		"beyond the horizon": {&engine.Availability{Slot: engine.Slot{Start: start}, BookableFrom: monday.AddDate(0, 0, 3)},
			"Les prochains rendez-vous commencent le mercredi 1er juillet. Vous pourrez en choisir un ici à partir du jeudi 14 mai à 9 h.", "{"},
		"after the link ends": {&engine.Availability{Slot: engine.Slot{Start: start}, BookableFrom: monday.AddDate(0, 0, 20)},
			"Les prochains rendez-vous commencent le mercredi 1er juillet.", "Vous pourrez"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.handler = pages.Handler(later{w.engine, c.next}, pages.Options{Now: func() time.Time { return w.now }})
			for _, lang := range []string{"fr", "en", "ar", "uk"} {
				if p := w.get("/r/tok?lang=" + lang); p.StatusCode != 200 || p.link("tel:") == "" || strings.Contains(p.body, "%!") {
					t.Errorf("%s: %d %s", lang, p.StatusCode, p.says())
				}
			}
			p := w.get("/r/tok")
			if !strings.Contains(p.says(), c.says) || strings.Contains(p.says(), c.saysNot) {
				t.Errorf("it says %s", p.says())
			}
		})
	}
}

func TestCalendarFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if p := w.get("/r/tok/rdv.ics"); p.StatusCode != http.StatusSeeOther {
		t.Errorf("without an appointment: %d", p.StatusCode)
	}
	booked := w.book(0)
	p := w.get(booked.link("rdv.ics"))
	if got := p.Header.Get("Content-Type"); got != "text/calendar; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	for _, want := range []string{"METHOD:PUBLISH\r\n", "UID:apt_1@relance\r\n", "DTSTART:20260512T073000Z\r\n", "DTEND:20260512T080000Z\r\n", "SEQUENCE:0\r\n"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("no %q in\n%s", want, p.body)
		}
	}
}
