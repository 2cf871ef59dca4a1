package bench_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"relance/calendars"
	"relance/channels"
	"relance/channels/address"
	"relance/channels/wording"
	"relance/engine"
	"relance/engine/store"
	"relance/engine/store/redistest"
	"relance/workers"
)

// texts and addresses are the ones a real installation uses.
type texts struct{ book *wording.Book }

func (t texts) Render(lang string, ch engine.Channel, k engine.MessageKind, _ map[string]string, v map[string]any) (engine.Text, error) {
	out, err := t.book.Render(lang, wording.Channel(ch), wording.Kind(k), wording.Vars(v))
	return engine.Text{Subject: out.Subject, Body: out.Body, HTML: out.HTML, Parts: 1}, err
}

func (t texts) Day(lang string, d, now time.Time) string { return t.book.Date(lang, d, now) }
func (t texts) Hour(lang string, d time.Time) string     { return t.book.Hour(lang, d) }
func (texts) Check(map[string]string, bool) error        { return nil }

type addresses struct{}

func (addresses) Phone(raw string) (string, *engine.Field) {
	n, err := address.Phone(raw, nil)
	if err != nil {
		return "", &engine.Field{Code: "invalid", Message: err.Error()}
	}
	return n, nil
}

func (addresses) Email(raw string) (string, *engine.Field) { return raw, nil }

// nothing is a provider that does nothing.
type nothing struct{ sent atomic.Int64 }

func (*nothing) Name() string              { return "nothing" }
func (*nothing) Channel() channels.Channel { return channels.SMS }
func (n *nothing) Send(context.Context, channels.Message) channels.Answer {
	n.sent.Add(1)
	return channels.Answer{Outcome: channels.Sent, ProviderID: "x"}
}

// installation is an engine on a real Redis with the append-only file, in a database of its own.
type installation struct {
	b     *testing.B
	e     *engine.Engine
	store *store.Store
	redis *redis.Client
	conn  workers.Connection
}

const org = engine.OrganisationID("org_bench")

func install(b *testing.B) *installation {
	b.Helper()
	debug.SetGCPercent(300) // as the program sets it
	opts := redistest.Database(b)
	opts.PoolSize, opts.Protocol = 128, 2 // as the program sets them
	client := redis.NewClient(opts)
	b.Cleanup(func() { _ = client.Close() })
	// Rewriting the file takes a core for a while, whenever it likes: neither side is measured with it.
	for setting, value := range map[string]string{"auto-aof-rewrite-percentage": "0", "save": ""} {
		if err := client.ConfigSet(b.Context(), setting, value).Err(); err != nil {
			b.Fatal(err)
		}
	}
	book, err := wording.Default()
	if err != nil {
		b.Fatal(err)
	}
	in := &installation{b: b, redis: client, store: store.New(client, ""), conn: workers.Connection{Addrs: []string{opts.Addr}, DB: opts.DB, Protocol: 2}}
	in.e = &engine.Engine{
		Store: in.store, Lister: in.store, Clock: engine.WallClock{}, Minter: engine.NewMinter(rand.Reader), Random: rand.Reader,
		Links: engine.Links{Key: []byte("a key of at least thirty-two bytes")}, Texts: texts{book}, Addresses: addresses{},
		PublicURL: "https://rdv.example.org",
	}
	_, err = in.e.SaveOrganisation(b.Context(), engine.Organisation{
		ID: org, Name: "Département", Phone: "01 02 03 04 05", SMS: engine.Sender{Replies: true},
		Quiet: engine.QuietHours{From: "00:00", Until: "24:00", Sundays: true},
	})
	if err != nil {
		b.Fatal(err)
	}
	return in
}

// services makes n services of one calendar each, open twelve hours a day, with room for so many people at once.
func (in *installation) services(n, capacity int) {
	in.b.Helper()
	for i := range n {
		cal := engine.CalendarID(fmt.Sprintf("cal%d", i))
		_, err := in.e.SaveCalendar(in.b.Context(), org, engine.Calendar{Name: "desk", Calendar: calendars.Calendar{
			ID: cal, Zone: "UTC", Capacity: capacity, Windows: []calendars.Window{{FirstDay: "2026-01-01", Start: "08:00", End: "20:00", RRule: "FREQ=DAILY"}},
		}})
		if err != nil {
			in.b.Fatal(err)
		}
		_, err = in.e.SaveService(in.b.Context(), org, engine.Service{
			ID: serviceID(i), Name: "rendez-vous", Calendars: []engine.CalendarID{cal}, DurationMin: 30, HorizonDays: 360,
		})
		if err != nil {
			in.b.Fatal(err)
		}
	}
}

// ask queues the messages of invitations, so that their links are known.
func (in *installation) ask(invs []engine.InvitationID) {
	in.b.Helper()
	for chunk := range slices.Chunk(invs, 64) {
		ids := make([]string, len(chunk))
		for i, id := range chunk {
			ids[i] = string(id)
		}
		if err := in.e.Advance(in.b.Context(), org.Partition(), engine.DueInvitation, ids); err != nil {
			in.b.Fatal(err)
		}
	}
}

func serviceID(i int) engine.ServiceID { return engine.ServiceID(fmt.Sprintf("srv%d", i)) }

// invite makes n invitations to services in turn, and returns them.
func (in *installation) invite(n, services int) []engine.InvitationID {
	in.b.Helper()
	out := make([]engine.InvitationID, 0, n)
	for len(out) < n {
		reqs := make([]engine.InviteRequest, 0, 256)
		for i := len(out); i < n && len(reqs) < 256; i++ {
			reqs = append(reqs, engine.InviteRequest{Service: serviceID(i % services), Person: engine.Person{
				ExternalID: fmt.Sprintf("p%d", i), Phone: fmt.Sprintf("06 12 %02d %02d %02d", i/10000%100, i/100%100, i%100),
			}})
		}
		res, err := in.e.Invite(in.b.Context(), org, reqs)
		if err != nil {
			in.b.Fatal(err)
		}
		for _, r := range res {
			if r.Err != nil {
				in.b.Fatal(r.Err)
			}
			out = append(out, r.Invitation)
		}
	}
	return out
}
