package pages_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"relance/api/pages"
	"relance/calendars"
	"relance/engine"
	"relance/engine/store/redistest"
)

type still struct{}

func (still) Now() time.Time                     { return monday }
func (still) Span(d time.Duration) time.Duration { return d }

// plain are texts and addresses that no test here looks at.
type plain struct{}

func (plain) Render(string, engine.Channel, engine.MessageKind, map[string]string, map[string]any) (engine.Text, error) {
	return engine.Text{Subject: "s", Body: "b", Parts: 1}, nil
}
func (plain) Day(_ string, t, _ time.Time) string          { return t.Format(time.DateOnly) }
func (plain) Hour(_ string, t time.Time) string            { return t.Format("15:04") }
func (plain) Check(map[string]string, bool) error          { return nil }
func (plain) Phone(raw string) (string, *engine.Field)     { return raw, nil }
func (plain) Email(address string) (string, *engine.Field) { return address, nil }

// realWorld is the pages over the real engine and Redis, with links for n people.
func realWorld(t *testing.T, n int) (*world, []string) {
	t.Helper()
	s := redistest.Store(t)
	e := &engine.Engine{
		Store: s, Lister: s, Clock: still{}, Minter: engine.NewMinter(rand.Reader), Random: rand.Reader,
		Links: engine.Links{Key: []byte("a key of at least thirty-two bytes")}, Texts: plain{}, Addresses: plain{},
		PublicURL: "https://rdv.example.org",
	}
	ctx := t.Context()
	org, err := e.SaveOrganisation(ctx, engine.Organisation{ID: "org_pages", Name: "Département d'essai", Zone: "Europe/Paris", Phone: "01 99 00 12 34"})
	must(t, err)
	_, err = e.SaveCalendar(ctx, org.ID, engine.Calendar{Name: "Bureau 1", Calendar: calendars.Calendar{
		ID: "cal_1", Zone: "Europe/Paris",
		Windows: []calendars.Window{{FirstDay: "2026-05-11", Start: "09:00", End: "12:00", RRule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"}},
	}})
	must(t, err)
	service, err := e.SaveService(ctx, org.ID, engine.Service{ID: "srv_1", Name: "votre rendez-vous", Calendars: []engine.CalendarID{"cal_1"}, DurationMin: 30})
	must(t, err)
	w := &world{t: t, now: monday, handler: pages.Handler(e, pages.Options{Now: still{}.Now})}
	var tokens []string
	for i := range n {
		res, err := e.Invite(ctx, org.ID, []engine.InviteRequest{{Service: service.ID, Person: engine.Person{Phone: fmt.Sprintf("+3363998%04d", i)}}})
		must(t, err)
		if res[0].Err != nil {
			t.Fatal(res[0].Err)
		}
		inv, err := e.Invitation(ctx, org.ID, res[0].Invitation)
		must(t, err)
		// The link begins with the first message.
		must(t, e.Advance(ctx, org.ID.Partition(), engine.DueInvitation, []string{string(inv.ID)}))
		person, err := e.Recipient(ctx, org.ID, inv.Recipient)
		must(t, err)
		tokens = append(tokens, e.Links.Token(org.ID.Partition(), inv.ID, person.Links))
	}
	return w, tokens
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRealEngineBookMoveCancel(t *testing.T) {
	t.Parallel()
	w, tokens := realWorld(t, 2)
	home := "/r/" + tokens[0]
	first := w.get(home)
	if len(first.slots()) == 0 {
		t.Fatalf("no slot: %d %s", first.StatusCode, first.says())
	}
	check := w.get(first.slots()[0])
	one, two := w.submit(check), w.submit(check)
	same(t, "book", one, two)
	booked := w.follow(two)
	if !strings.Contains(booked.notice(), "C'est noté") {
		t.Fatalf("booked: %d %s", booked.StatusCode, booked.says())
	}
	move := w.get(w.get(booked.link("/move")).slots()[4])
	one, two = w.submit(move), w.submit(move)
	same(t, "move", one, two)
	if p := w.submit(check); p.StatusCode != http.StatusConflict {
		t.Errorf("the tab from before: %d", p.StatusCode)
	}
	cancel := w.get(w.follow(two).link("/cancel"))
	one, two = w.submit(cancel), w.submit(cancel)
	same(t, "cancel", one, two)
	if p := w.follow(two); len(p.slots()) == 0 || !strings.Contains(p.notice(), "annulé") {
		t.Errorf("cancelled: %s", p.says())
	}

	home = "/r/" + tokens[1]
	if p := w.follow(w.submit(w.get(home + "/stop"))); p.h1() != "C'est noté" {
		t.Errorf("stop: %s", p.says())
	}
	p := w.follow(w.submit(w.get(home + "/decline")))
	if p.StatusCode != http.StatusOK || p.h1() != "C'est noté" {
		t.Errorf("decline: %d %s", p.StatusCode, p.says())
	}
	if p := w.get("/r/nobody"); p.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown link: %d", p.StatusCode)
	}
}

// Many people, one slot: one has it, the others are offered three that are near.
func TestRealEngineOneSlotForMany(t *testing.T) {
	t.Parallel()
	const people = 40
	w, tokens := realWorld(t, people)
	checks := make([]*page, people)
	for i, token := range tokens {
		checks[i] = w.get(w.get("/r/" + token).slots()[3])
	}
	answers := make([]*page, people)
	var all sync.WaitGroup
	for i := range checks {
		all.Go(func() { answers[i] = w.submit(checks[i]) })
	}
	all.Wait()
	won := 0
	for _, p := range answers {
		switch {
		case p.StatusCode == http.StatusSeeOther:
			won++
		case p.StatusCode != http.StatusConflict || len(p.slots()) != 3:
			t.Errorf("a loser got %d: %s", p.StatusCode, p.says())
		}
	}
	if won != 1 {
		t.Errorf("%d people have the slot", won)
	}
}
