package engine_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"relance/calendars"
	"relance/engine"
	"relance/engine/store"
)

// Somebody is invited, opens the link of the message, looks at the free slots and books one.
func Example() {
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		panic(err)
	}
	defer server.Close()
	kept := store.New(redis.NewClient(&redis.Options{Addr: server.Addr()}), "")
	kept.Embedded = true
	ctx, clock := context.Background(), &testClock{now: monday}
	e := &engine.Engine{
		Store: kept, Lister: kept, Clock: clock, Minter: engine.NewMinter(rand.Reader), Random: rand.Reader,
		Links: engine.Links{Key: []byte("a key of at least thirty-two bytes")}, Texts: plainTexts{}, Addresses: plainAddresses{},
	}
	org, err := e.SaveOrganisation(ctx, engine.Organisation{ID: "dept", Name: "Département", Phone: "01 02 03 04 05"})
	check(err)
	_, err = e.SaveCalendar(ctx, org.ID, engine.Calendar{Calendar: calendars.Calendar{ID: "desk", Windows: []calendars.Window{
		{FirstDay: "2026-05-20", Start: "09:00", End: "10:00"},
	}}})
	check(err)
	_, err = e.SaveService(ctx, org.ID, engine.Service{ID: "rsa", Name: "Orientation", DurationMin: 30, Calendars: []engine.CalendarID{"desk"}})
	check(err)

	made, err := e.Invite(ctx, org.ID, []engine.InviteRequest{{Service: "rsa", Person: engine.Person{Phone: "06 39 98 00 01"}}})
	check(err)
	token := deliver(ctx, e, kept, clock) // what dispatcher, workers and provider do

	visit, err := e.Open(ctx, token)
	check(err)
	slots, _, err := e.Choices(ctx, visit, "", 10)
	check(err)
	for _, s := range slots {
		fmt.Println("free:", s.Start.In(visit.Zone).Format("2 January 15:04"))
	}
	apt, err := e.Book(ctx, engine.BookRequest{Organisation: org.ID, Invitation: made[0].Invitation, Start: slots[1].Start, By: engine.ByRecipient})
	check(err)
	fmt.Println(apt.State, "with", apt.Calendar, "until", apt.End.In(visit.Zone).Format(time.TimeOnly))
	// Output:
	// free: 20 May 09:00
	// free: 20 May 09:30
	// booked with desk until 10:00:00
}

// deliver does what is due and reads the link off the message that leaves.
func deliver(ctx context.Context, e *engine.Engine, times engine.Timetable, clock engine.Clock) (token string) {
	for range 2 { // the invitation's step, then its message's
		now := clock.Now()
		due, err := times.Take(ctx, now, now.Add(time.Minute), 10, nil, engine.OrganisationID("dept").Partition())
		check(err)
		for _, d := range due {
			if d.Kind == engine.DueInvitation {
				check(e.Advance(ctx, d.Partition, d.Kind, []string{d.ID}))
				continue
			}
			out, err := e.Claim(ctx, d.Partition, []engine.MessageID{engine.MessageID(d.ID)})
			check(err)
			_, _ = fmt.Sscanf(out[0].Text.Body, "invitation fr /r/%s", &token)
			check(e.Settle(ctx, d.Partition, []engine.Settled{{Outgoing: out[0], Answer: engine.Answer{Outcome: engine.OutcomeSent}}}))
		}
	}
	return token
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
