// Command serve shows the pages over an engine in memory, for looking at them and for
// the browser tests: no Redis, no queue, nothing kept.
//
//	go run ./api/pages/pagestest/serve
//
// It prints one line, "ready http://127.0.0.1:PORT", and serves until its standard input
// closes or it is interrupted. Links: /r/t1 … /r/t40 (French), /r/en (English), /r/late
// (an appointment in two hours), /r/moved (no moves left), /r/taken (the second slot on its
// list goes to somebody else when it is posted), /r/none (nothing free), /r/later (nothing free
// within the horizon).
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"relance/api/pages"
	"relance/api/pages/pagestest"
	"relance/engine"
)

func main() {
	if err := run(os.Stdin, os.Stdout, time.Now); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves until in ends or the program is interrupted; now is the clock of the pages.
func run(in io.Reader, out io.Writer, now func() time.Time) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           pages.Handler(people(ctx, now), pages.Options{Phone: "01 99 00 00 00", Now: now, Misses: pages.Limit{Burst: 1000}}),
		ReadHeaderTimeout: 5 * time.Second,
	}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		stop()
	}()
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	fmt.Fprintf(out, "ready http://%s\n", l.Addr())
	if err := server.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// people is an engine with a link for every case.
func people(ctx context.Context, now func() time.Time) pages.Engine {
	e := pagestest.New(now)
	for i := range 40 {
		e.Invite(fmt.Sprintf("t%d", i+1), "fr")
	}
	e.Invite("en", "en")
	for _, token := range []string{"late", "moved", "taken", "none", "later"} {
		e.Invite(token, "fr")
	}
	booked := func(token string, in time.Duration, moves int) {
		start := now().Add(in).Truncate(30 * time.Minute)
		_, _ = e.Book(ctx, engine.BookRequest{Invitation: engine.InvitationID("inv_" + token), Start: start})
		e.Change(token, func(_ *engine.Invitation, a *engine.Appointment) { a.Moves = moves })
	}
	booked("late", 150*time.Minute, 0)
	booked("moved", 100*time.Hour, 3)
	return special{e}
}

// special makes the links "taken", "none" and "later" behave as they are called.
type special struct{ *pagestest.Engine }

// Shortlist is empty for "none" and "later".
func (s special) Shortlist(ctx context.Context, v *engine.Visit, after time.Time, n int) (*engine.Shortlist, error) {
	list := &engine.Shortlist{}
	switch v.Invitation.ID {
	case "inv_none":
	case "inv_later":
		start := s.Now().AddDate(0, 0, 50).Truncate(time.Hour)
		list.Next = &engine.Availability{Slot: engine.Slot{Start: start}, BookableFrom: start.AddDate(0, 0, -45)}
	default:
		return s.Engine.Shortlist(ctx, v, after, n)
	}
	return list, nil
}

// Book lets somebody else win for "taken".
func (s special) Book(ctx context.Context, r engine.BookRequest) (*engine.Appointment, error) {
	if r.Invitation == "inv_taken" {
		s.Take(r.Start)
	}
	return s.Engine.Book(ctx, r)
}
