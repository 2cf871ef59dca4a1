package engine_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"relance/calendars"
	"relance/engine"
	"relance/engine/store"
	"relance/engine/store/redistest"
)

// paris is where the stories happen.
var paris = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err)
	}
	return zone
}()

// monday is a working Monday at nine, with no clock change near.
var monday = time.Date(2026, 5, 18, 9, 0, 0, 0, paris)

// testClock moves only when told to.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}
func (c *testClock) Span(d time.Duration) time.Duration { return d }
func (c *testClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// plainTexts writes the kind and the variables that tests look at.
type plainTexts struct{}

func (plainTexts) Render(lang string, ch engine.Channel, k engine.MessageKind, _ map[string]string, v map[string]any) (engine.Text, error) {
	return engine.Text{Subject: string(k), Body: fmt.Sprintf("%s %s %v %v", k, lang, v["link"], v["last_day"]), Parts: 1}, nil
}
func (plainTexts) Day(_ string, t, _ time.Time) string     { return t.Format(time.DateOnly) }
func (plainTexts) Hour(_ string, t time.Time) string       { return t.Format("15:04") }
func (plainTexts) Check(m map[string]string, _ bool) error { return nil }

// plainAddresses takes numbers beginning with +336 or 06 and anything with an @.
type plainAddresses struct{}

func (plainAddresses) Phone(raw string) (string, *engine.Field) {
	raw = strings.ReplaceAll(raw, " ", "")
	switch {
	case strings.HasPrefix(raw, "06") && len(raw) == 10:
		return "+33" + raw[1:], nil
	case strings.HasPrefix(raw, "+336"):
		return raw, nil
	case strings.HasPrefix(raw, "01"):
		return "", &engine.Field{Code: "not_mobile", Message: "is not a mobile"}
	}
	return "", &engine.Field{Code: "invalid_number", Message: "is not a phone number"}
}

func (plainAddresses) Email(raw string) (string, *engine.Field) {
	if !strings.Contains(raw, "@") {
		return "", &engine.Field{Code: "invalid", Message: "is not an email address"}
	}
	return strings.ToLower(raw), nil
}

// sent is a message as a provider got it.
type sent struct {
	At      time.Time
	Kind    engine.MessageKind
	Channel engine.Channel
	To      string
	Out     *engine.Outgoing
}

// tester is what a test and a property check have in common.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// world is an engine on an embedded store with a clock, one organisation and one service, and a
// provider that keeps what it gets.
type world struct {
	t       tester
	ctx     context.Context
	clock   *testClock
	e       *engine.Engine
	store   *store.Store
	redis   redis.UniversalClient
	prefix  string
	org     engine.OrganisationID
	svc     engine.ServiceID
	sent    []sent
	answer  func(*engine.Outgoing) engine.Answer // default: sent
	twice   func() bool                          // whether a settlement is repeated, as after a lost answer
	replies int                                  // texts received so far
}

func newWorld(t testing.TB) *world {
	t.Helper()
	prefix := redistest.Prefix()
	client := redistest.Client(t)
	w := &world{
		t: t, ctx: context.Background(), clock: &testClock{now: monday}, store: store.New(client, prefix),
		redis: client, prefix: prefix, org: "org_test", svc: "rsa",
	}
	w.e = &engine.Engine{
		Store: w.store, Lister: w.store, Clock: w.clock, Minter: engine.NewMinter(rand.Reader), Random: rand.Reader,
		Links: engine.Links{Key: []byte("a key of at least thirty-two bytes")}, Texts: plainTexts{}, Addresses: plainAddresses{},
		PublicURL: "https://rdv.example.org",
	}
	w.must(w.e.SaveOrganisation(w.ctx, engine.Organisation{
		ID: w.org, Name: "Département", Phone: "01 02 03 04 05", Region: calendars.Metropole, SMS: engine.Sender{From: "+33937000000", Replies: true},
	}))
	w.calendar("desk-1")
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}})
	return w
}

// must stops the test on an error: w.must(w.e.Book(…)).
func (w *world) must(_ any, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// calendar saves one that opens 9 to 12 and 14 to 17 from Monday to Friday.
func (w *world) calendar(id engine.CalendarID) {
	w.t.Helper()
	week := func(start, end calendars.Clock) calendars.Window {
		return calendars.Window{FirstDay: "2026-01-05", Start: start, End: end, RRule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"}
	}
	w.must(w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Name: string(id), Calendar: calendars.Calendar{
		ID: id, Zone: "Europe/Paris", Region: calendars.Metropole, Windows: []calendars.Window{week("09:00", "12:00"), week("14:00", "17:00")},
	}}))
}

// service saves the service with what the test changes.
func (w *world) service(s engine.Service) {
	w.t.Helper()
	s.ID, s.Name = w.svc, "Rendez-vous d'orientation"
	s.DurationMin = cmp.Or(s.DurationMin, 30)
	w.must(w.e.SaveService(w.ctx, w.org, s))
}

// invite asks for one person with a phone and an email made from the name.
func (w *world) invite(name string) engine.InvitationID {
	w.t.Helper()
	res := w.tryInvite(engine.Person{ExternalID: name, FirstName: name, Phone: phoneOf(name), Email: name + "@example.org"})
	if res.Err != nil {
		w.t.Fatal(res.Err)
	}
	return res.Invitation
}

func (w *world) tryInvite(p engine.Person) engine.InviteResult {
	w.t.Helper()
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: p}})
	w.must(nil, err)
	return res[0]
}

// phoneOf is a number for a name, the same every time.
func phoneOf(name string) string {
	n := 0
	for _, c := range name {
		n = (n*31 + int(c)) % 10000
	}
	return fmt.Sprintf("+336399%05d", n)
}

var stepKinds = []string{engine.DueInvitation, engine.DueAppointment, engine.DueRecipient, engine.DueInbound, engine.DueCalendar, engine.DuePacing, engine.DueSMS, engine.DueEmail}

// work does everything due now, as dispatcher and workers would, and tells how much that was.
func (w *world) work() int {
	w.t.Helper()
	total := 0
	for rounds := 0; ; rounds++ {
		now := w.clock.Now()
		due, err := w.store.Take(w.ctx, now, now.Add(time.Minute), 1000, stepKinds, w.org.Partition())
		w.must(nil, err)
		if len(due) == 0 {
			return total
		}
		if rounds > 2000 {
			w.t.Fatalf("at %v it never ends: %+v", now, due)
		}
		total += len(due)
		for _, kind := range stepKinds {
			w.do(kind, due)
		}
	}
}

func (w *world) do(kind string, due []engine.Due) {
	w.t.Helper()
	var ids []string
	var msgs []engine.MessageID
	for _, d := range due {
		if d.Kind == kind {
			ids, msgs = append(ids, d.ID), append(msgs, engine.MessageID(d.ID))
		}
	}
	switch {
	case len(ids) == 0:
	case kind == engine.DueSMS || kind == engine.DueEmail:
		out, err := w.e.Claim(w.ctx, w.org.Partition(), msgs)
		w.must(nil, err)
		done := w.send(out)
		w.must(nil, w.e.Settle(w.ctx, w.org.Partition(), done))
		if w.twice != nil && w.twice() {
			w.must(nil, w.e.Settle(w.ctx, w.org.Partition(), done))
		}
	default:
		w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), kind, ids))
	}
}

// send is the provider.
func (w *world) send(outs []*engine.Outgoing) []engine.Settled {
	var done []engine.Settled
	for _, o := range outs {
		a := engine.Answer{Outcome: engine.OutcomeSent, Provider: "test", ProviderID: "p-" + string(o.Message.ID)}
		if w.answer != nil {
			a = w.answer(o)
		}
		if a.Outcome == engine.OutcomeSent {
			w.sent = append(w.sent, sent{w.clock.Now(), o.Message.Kind, o.Message.Channel, o.To, o})
		}
		done = append(done, engine.Settled{Outgoing: o, Answer: a})
	}
	return done
}

// until lets time pass to t, from one due step to the next.
func (w *world) until(t time.Time) {
	w.t.Helper()
	for w.work(); w.clock.Now().Before(t); w.work() {
		w.clock.set(w.nextDue(t))
	}
}

// nextDue is when the next step is due, t at the latest.
func (w *world) nextDue(t time.Time) time.Time {
	w.t.Helper()
	pipe := w.redis.Pipeline()
	first := make([]*redis.ZSliceCmd, len(stepKinds))
	for i, kind := range stepKinds {
		first[i] = pipe.ZRangeWithScores(w.ctx, w.key("d:"+kind), 0, 0)
	}
	_, err := pipe.Exec(w.ctx)
	w.must(nil, err)
	for _, cmd := range first {
		for _, z := range cmd.Val() {
			if at := time.UnixMilli(int64(z.Score)).Add(time.Millisecond); at.Before(t) {
				t = at
			}
		}
	}
	return t
}

// key is a Redis key of the organisation's partition.
func (w *world) key(name string) string {
	return w.prefix + "{p" + strconv.Itoa(int(w.org.Partition())) + "}:" + name
}

// pass lets d pass.
func (w *world) pass(d time.Duration) { w.t.Helper(); w.until(w.clock.Now().Add(d)) }

// got are the messages a person received, as "day hour:minute kind/channel".
func (w *world) got(name string) []string {
	var out []string
	for _, s := range w.sent {
		if s.To == phoneOf(name) || s.To == name+"@example.org" {
			out = append(out, fmt.Sprintf("%s %s/%s", s.At.In(paris).Format("Mon 2 15:04"), s.Kind, s.Channel))
		}
	}
	return out
}

// wants compares what a person got with the story.
func (w *world) wants(name string, want ...string) {
	w.t.Helper()
	if got := w.got(name); !slices.Equal(got, want) {
		w.t.Errorf("%s got\n\t%s\nwant\n\t%s", name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// token is the person's link, as the last message gave it.
func (w *world) token(name string) string {
	w.t.Helper()
	for i := len(w.sent) - 1; i >= 0; i-- {
		if s := w.sent[i]; s.To == phoneOf(name) || s.To == name+"@example.org" {
			for _, word := range strings.Fields(s.Out.Text.Body) {
				if t, ok := strings.CutPrefix(word, w.e.PublicURL+"/r/"); ok {
					return t
				}
			}
		}
	}
	w.t.Fatalf("%s got no link", name)
	return ""
}

// book takes the n-th slot the page shows.
func (w *world) book(name string, n int) *engine.Appointment {
	w.t.Helper()
	v, err := w.e.Open(w.ctx, w.token(name))
	w.must(nil, err)
	slots, _, err := w.e.Choices(w.ctx, v, "", 40)
	w.must(nil, err)
	a, err := w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: v.Invitation.ID, Start: slots[n].Start, By: engine.ByRecipient})
	w.must(nil, err)
	return a
}
