package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
)

// paced is a world whose service takes six people a day until the day after its horizon of two days.
func paced(t *testing.T, change func(*engine.Service)) *world {
	w := newWorld(t)
	zero := 0
	s := engine.Service{Calendars: []engine.CalendarID{"desk-1"}, DurationMin: 60, HorizonDays: 2, NoticeHours: &zero}
	if change != nil {
		change(&s)
	}
	w.service(s)
	return w
}

// line invites n people of a batch; "" one by one.
func (w *world) line(batch engine.BatchID, from, n int) {
	w.t.Helper()
	var reqs []engine.InviteRequest
	for i := from; i < from+n; i++ {
		name := fmt.Sprintf("%s-%03d", batch, i)
		reqs = append(reqs, engine.InviteRequest{Service: w.svc, Batch: batch, Line: i + 1, Person: engine.Person{ExternalID: name, Email: name + "@example.org"}})
	}
	res, err := w.e.Invite(w.ctx, w.org, reqs)
	w.must(nil, err)
	for _, r := range res {
		if r.Err != nil {
			w.t.Fatal(r.Err)
		}
	}
}

// invited are the lines of a batch whose invitation left, in order.
func (w *world) invited(batch engine.BatchID) []int {
	var out []int
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if inv.Batch == batch && inv.SentAt != nil {
			out = append(out, inv.Line)
		}
	}
	slices.Sort(out)
	return out
}

// upTo is 1, 2, … n.
func upTo(n int) []int {
	var out []int
	for i := range n {
		out = append(out, i+1)
	}
	return out
}

func TestABatchLargerThanTheCalendarsWaitsInOrder(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 30)
	w.work()
	// Monday nine: six slots on Monday, six on Tuesday, nine o'clock on Wednesday.
	if got := w.invited("bat_a"); !slices.Equal(got, upTo(13)) {
		t.Fatalf("invited at once: %v, want the first thirteen", got)
	}
	wait, err := w.e.BatchWaiting(w.ctx, w.org, "bat_a")
	if engine.CodeOf(err) != engine.CodeNotFound {
		t.Fatalf("a batch that nobody opened: %v %v", wait, err)
	}
	n, err := w.store.Counts(w.ctx, w.org.Partition(), "batch:bat_a")
	w.must(nil, err)
	if n["waiting"] != 17 {
		t.Errorf("%d wait, want 17", n["waiting"])
	}
	// The horizon moves on: by Tuesday noon, four hours of Wednesday and Thursday morning were reached; each
	// slot that passed unused is one less.
	w.pass(26 * time.Hour)
	if got := w.invited("bat_a"); len(got) < 13 || !slices.Equal(got, upTo(len(got))) {
		t.Errorf("a day later: %v, want a run from the first", got)
	}
}

func TestBookingMakesNoRoomAndAnotherDayDoes(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 20)
	w.work()
	w.bookAllInvited()
	if got := w.invited("bat_a"); len(got) != 13 {
		t.Fatalf("%d are invited once all slots are booked, want still 13", len(got))
	}
	w.pass(9 * time.Hour) // Wednesday's slots until 17:00 are within the horizon on Monday at that time
	if got := w.invited("bat_a"); !slices.Equal(got, upTo(18)) {
		t.Errorf("on Monday evening invited: %v, want the first eighteen", got)
	}
}

// bookAllInvited books a slot for each who is invited, the latest first, and gives the last of them.
func (w *world) bookAllInvited() (last engine.InvitationID) {
	w.t.Helper()
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if inv.SentAt == nil {
			continue
		}
		slots, err := w.e.Slots(w.ctx, w.org, w.svc, w.clock.Now(), w.clock.Now().AddDate(0, 0, 2), 0)
		w.must(nil, err)
		w.must(w.e.Book(w.ctx, engine.BookRequest{Organisation: w.org, Invitation: inv.ID, Start: slots[len(slots)-1].Start, By: engine.ByRecipient}))
		last = inv.ID
	}
	w.work()
	return last
}

func TestALookThatWasGivenUpComesBackWithinADay(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 20)
	w.work()
	w.bookAllInvited()
	look := engine.Due{Partition: w.org.Partition(), Kind: engine.DuePacing, ID: "pace:" + string(w.org) + ":" + string(w.svc)}
	for range 10 {
		w.must(nil, w.e.Fail(w.ctx, look, errors.New("a calendar that cannot be read")))
	}
	if in := w.dueAt(look.Kind, look.ID).Sub(w.clock.Now()); in.Round(time.Second) != 24*time.Hour {
		t.Fatalf("it is due again in %v, want a day", in)
	}
	w.pass(9 * time.Hour)
	if got := w.invited("bat_a"); len(got) != 13 {
		t.Fatalf("%d are invited by a look that was given up, want still 13", len(got))
	}
	w.clock.set(w.clock.Now().Add(15 * time.Hour))
	w.must(nil, w.e.Fail(w.ctx, look, errors.New("still not"))) // the first of another ten
	dead, err := w.e.DeadLetters(w.ctx, 10)
	w.must(nil, err)
	if len(dead) != 1 || !dead[0].Dead || dead[0].Reason != "still not" {
		t.Fatalf("ops see %+v", dead)
	}
	w.must(w.e.DeadLetter(w.ctx, dead[0].ID))
	w.pass(time.Hour)
	if got := w.invited("bat_a"); len(got) <= 13 {
		t.Errorf("%d are invited a day later, though there is room", len(got))
	}
	w.must(nil, w.e.Retry(w.ctx, dead[0].ID))
	if dead, err = w.e.DeadLetters(w.ctx, 10); err != nil || len(dead) != 0 {
		t.Errorf("after it was tried again: %v %v", dead, err)
	}
}

func TestWhoWaitsTakesNoSteps(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 20)
	w.work()
	var waits *engine.Invitation
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if at := w.dueAt(engine.DueInvitation, string(inv.ID)); inv.Pace == engine.PaceWaiting {
			if waits = inv; !at.IsZero() {
				t.Fatalf("line %d waits, and has a step due at %v", inv.Line, at)
			}
		} else if at.IsZero() {
			t.Fatalf("line %d is %s, and waits for nothing", inv.Line, inv.State)
		}
	}
	advance := func() {
		t.Helper()
		w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(waits.ID)}))
		if got := w.invitation(waits.ID); got.Pace != engine.PaceWaiting || !w.dueAt(engine.DueInvitation, string(waits.ID)).IsZero() {
			t.Fatalf("%q until %v", got.Pace, got.Next.At)
		}
		w.pacingIs()
	}
	advance() // a job that comes twice
	// An earlier version had everybody come due once a day.
	key := w.key("r:" + string(waits.ID))
	body := w.redis.Get(w.ctx, key).Val()
	w.must(nil, w.redis.Set(w.ctx, key, strings.Replace(body, "0001-01-01T00:00:00Z", monday.Format(time.RFC3339), 1), 0).Err())
	w.must(w.store.Commit(w.ctx, w.org.Partition(), []engine.Change{{Due: []engine.Due{{Kind: engine.DueInvitation, ID: string(waits.ID), At: monday}}}}))
	if got := w.invitation(waits.ID); !got.Next.At.Equal(monday) {
		t.Fatal("the record is not as an earlier version wrote it")
	}
	advance()
}

func TestTheReasonAndTheDateAreTold(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	b, err := w.e.OpenBatch(w.ctx, w.org, w.svc, "bat_told")
	w.must(b, err)
	w.line(b.ID, 0, 20)
	w.work()
	for _, inv := range all[engine.Invitation](w, "inv_") {
		got, err := w.e.Waiting(w.ctx, inv)
		w.must(nil, err)
		switch {
		case inv.Line <= 13 && got != nil:
			t.Errorf("line %d was invited, and waits: %+v", inv.Line, got)
		case inv.Line <= 13:
		case got == nil || got.Ahead != int64(inv.Line-14) || got.Reason != engine.WaitForRoom || inv.State != engine.InvitationQueued:
			t.Errorf("line %d (%s): %+v", inv.Line, inv.State, got)
		case inv.Line == 14 && !got.Expected.Equal(time.Date(2026, 5, 18, 10, 0, 0, 0, paris)):
			t.Errorf("the first who waits is expected to go %v, want when Wednesday at ten can be booked", got.Expected)
		}
	}
	last, err := w.e.BatchWaiting(w.ctx, w.org, b.ID)
	w.must(nil, err)
	if last == nil || last.People != 7 || last.Ahead != 6 || !last.Expected.Equal(time.Date(2026, 5, 19, 10, 0, 0, 0, paris)) {
		t.Errorf("the batch: %+v, want seven who wait until Tuesday at ten", last)
	}
}

func TestOpsSeeForWhomPeopleWait(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	queues := func() (ours []engine.Queue) {
		t.Helper()
		all, err := w.e.Queues(w.ctx, 1000)
		w.must(nil, err)
		return all
	}
	w.line("bat_a", 0, 13)
	w.work()
	if got := queues(); len(got) != 0 {
		t.Errorf("nobody waits: %+v", got)
	}
	w.line("bat_b", 0, 7)
	w.work()
	if got := queues(); len(got) != 1 || got[0] != (engine.Queue{Organisation: w.org, Service: w.svc, Out: 13, Waiting: 7}) {
		t.Errorf("seven wait: %+v", got)
	}
	out, wait, err := w.e.ServiceWaiting(w.ctx, w.org, w.svc)
	w.must(nil, err)
	if out != 13 || wait == nil || wait.People != 7 || wait.Ahead != 6 || wait.Reason != engine.WaitForRoom || !wait.Expected.Equal(at(19, 10, 0)) {
		t.Errorf("%d are out, and wait: %+v", out, wait)
	}
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if inv.Pace == engine.PaceWaiting {
			w.closes(inv.ID)
		}
	}
	w.pass(3 * time.Hour)
	if got := queues(); len(got) != 0 {
		t.Errorf("nobody waits any more: %+v", got)
	}
	if out, wait, err = w.e.ServiceWaiting(w.ctx, w.org, w.svc); err != nil || out != 13 || wait != nil {
		t.Errorf("%d are out, and wait: %+v %v", out, wait, err)
	}
}

func TestBatchesTakeTurns(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 60)
	w.work()
	w.line("bat_b", 0, 10)
	w.work()
	if got := w.invited("bat_b"); len(got) != 0 {
		t.Fatalf("people of the second batch overtook: %v", got)
	}
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if inv.SentAt != nil && inv.Line <= 10 {
			w.must(w.e.Close(w.ctx, w.org, inv.ID, engine.ByStaff, "found work"))
		}
	}
	w.work()
	if a, b := w.invited("bat_a"), w.invited("bat_b"); !slices.Equal(b, upTo(5)) || len(a) != 18 {
		t.Errorf("after ten ended, invited: %v and %v, want five more of each", a, b)
	}
}

func TestMoreThanAHundredBatchesTakeTurns(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	name := func(n int) engine.BatchID { return engine.BatchID(fmt.Sprintf("bat_%03d", n)) }
	w.line(name(0), 0, 20) // thirteen are invited at once, seven wait
	w.work()
	const batches = 120
	for n := 1; n <= batches; n++ {
		w.line(name(n), 0, 3)
	}
	w.work()
	b, err := w.e.OpenBatch(w.ctx, w.org, w.svc, name(batches))
	w.must(b, err)
	wait, err := w.e.BatchWaiting(w.ctx, w.org, b.ID)
	if w.must(wait, err); wait.Ahead != 3*(batches+1)-1 {
		t.Errorf("%d go before the last of a batch of three, want all but it of %d batches", wait.Ahead, batches+1)
	}
	for range 11 { // 143 more places, thirteen at a time
		for _, inv := range all[engine.Invitation](w, "inv_") {
			if inv.State == engine.InvitationSent {
				w.closes(inv.ID)
			}
		}
		w.work()
	}
	turns := map[int]int{}
	for n := 1; n <= batches; n++ {
		turns[len(w.invited(name(n)))]++
	}
	if turns[0] != 0 || turns[1] < 90 || turns[3] != 0 {
		t.Errorf("batches by how many of their three were invited: %v", turns)
	}
}

func TestPacingOffInvitesEverybody(t *testing.T) {
	t.Parallel()
	zero := 0.0
	w := paced(t, func(s *engine.Service) { s.SlotsPerInvitation = &zero })
	w.line("bat_a", 0, 40)
	w.work()
	if got := w.invited("bat_a"); len(got) != 40 {
		t.Errorf("%d are invited, want all 40", len(got))
	}
}

func TestSlotsPerInvitationScalesTheRoom(t *testing.T) {
	t.Parallel()
	for per, want := range map[float64]int{0.5: 26, 2: 6, 1: 13} {
		w := paced(t, func(s *engine.Service) { s.SlotsPerInvitation = &per })
		w.line("bat_a", 0, 40)
		w.work()
		if got := w.invited("bat_a"); !slices.Equal(got, upTo(want)) {
			t.Errorf("%v slots each: %d invited, want %d", per, len(got), want)
		}
	}
}

func TestWhoWaitsLeavesTheQueueWhenTheCaseIsClosed(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 20)
	w.work()
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if inv.Pace == engine.PaceWaiting {
			w.must(w.e.Close(w.ctx, w.org, inv.ID, engine.ByStaff, ""))
		}
	}
	w.pacingIs()
	w.pass(30 * 24 * time.Hour)
	w.pacingIs()
	if n := w.redis.ZCard(w.ctx, w.key("d:"+engine.DuePacing)).Val(); n != 0 {
		t.Errorf("the service still looks at its calendars: nobody is invited and nobody waits")
	}
}

func TestADryServiceSaysSoOnceADay(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 5)
	w.work()
	w.must(w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Name: "desk-1", Calendar: calendars.Calendar{ID: "desk-1", Zone: "Europe/Paris", Windows: []calendars.Window{{FirstDay: "2030-01-07", Start: "09:00", End: "12:00"}}}}))
	w.pass(60 * time.Hour) // until Wednesday evening
	events, _, err := w.e.Events(w.ctx, w.org, "", 1000)
	w.must(nil, err)
	var days []string
	for _, ev := range events {
		if ev.Type == engine.EventServiceDry {
			days = append(days, ev.At.In(paris).Format("Mon"))
		}
	}
	if !slices.Equal(days, []string{"Mon", "Tue", "Wed"}) {
		t.Errorf("service.dry on %v, want each day once", days)
	}
}

func TestAServiceIsDryForWhoChoosesAgain(t *testing.T) {
	t.Parallel()
	for name, reopens := range map[string]func(w *world, a *engine.Appointment){
		"cancelled": func(w *world, a *engine.Appointment) {
			w.pass(5 * time.Hour) // nobody is out any more, and the service does not look
			w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByRecipient))
			w.pass(time.Hour)
			w.shut()
		},
		"missed": func(w *world, a *engine.Appointment) {
			w.until(a.End.Add(time.Hour))
			w.shut()
			w.records(a.ID, engine.NoShow)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Reminders: []engine.Hours{}, ValidityDays: hours(30)})
			inv := w.inviteByPhone("awa")
			w.work()
			a, err := w.bookAt(inv, at(20, 10, 0), engine.ByRecipient)
			w.must(a, err)
			reopens(w, a)
			if w.pass(47 * time.Hour); w.events(engine.EventServiceDry) != 3 { // once each day
				t.Errorf("the invitation is %s, there was nothing to choose for two days, and %d service.dry tell of it", w.invitation(inv).State, w.events(engine.EventServiceDry))
			}
			w.pacingIs()
		})
	}
}

func TestChoosingAgainDoesNotPutOffALook(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 20) // seven wait, and the service looks every quarter of an hour
	w.work()
	inv := w.bookAllInvited()
	was := w.dueAt(engine.DuePacing, "pace:"+string(w.org)+":"+string(w.svc))
	w.must(w.e.Cancel(w.ctx, w.org, w.invitation(inv).Appointment, engine.ByStaff))
	if is := w.dueAt(engine.DuePacing, "pace:"+string(w.org)+":"+string(w.svc)); is.After(was) {
		t.Errorf("it looks at %v, before somebody was to choose again at %v", is, was)
	}
	w.pacingIs()
}

// meanwhile is a store at which something happens while the time of calendars is read for the first time.
type meanwhile struct {
	engine.Store
	once sync.Once
	do   func()
}

func (m *meanwhile) Busy(ctx context.Context, p engine.Partition, ids []engine.CalendarID, from, to time.Time) ([][]engine.Claim, error) {
	m.once.Do(m.do)
	return m.Store.Busy(ctx, p, ids, from, to)
}

func TestALookDoesNotPutOffWhoCameMeanwhile(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 13)
	w.work()
	look := "pace:" + string(w.org) + ":" + string(w.svc)
	store := w.e.Store
	w.e.Store = &meanwhile{Store: store, do: func() {
		w.e.Store = store
		w.line("bat_b", 0, 1)
		for _, inv := range all[engine.Invitation](w, "inv_") {
			if inv.Batch == "bat_b" {
				w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(inv.ID)}))
			}
		}
	}}
	w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DuePacing, []string{look})) // it found nobody waiting
	if at := w.dueAt(engine.DuePacing, look); at.After(w.clock.Now()) {
		t.Errorf("somebody waits, and the service looks only at %v", at)
	}
	w.work()
	if q, err := w.e.Queues(w.ctx, 9); err != nil || len(q) != 1 {
		t.Errorf("for ops nobody waits: %v %v", q, err)
	}
	w.pacingIs()
}

// pacingIs: the counters and queues of each service are what its invitations say.
func (w *world) pacingIs() {
	w.t.Helper()
	services := map[engine.ServiceID][]*engine.Invitation{w.svc: nil}
	for _, inv := range all[engine.Invitation](w, "inv_") {
		services[inv.Service] = append(services[inv.Service], inv)
	}
	for svc, invited := range services {
		w.paceOf(svc, invited)
	}
}

func (w *world) paceOf(svc engine.ServiceID, invited []*engine.Invitation) {
	w.t.Helper()
	name := "pace:" + string(w.org) + ":" + string(svc)
	out, waiting, queued := int64(0), int64(0), 0
	for _, inv := range invited {
		switch inv.Pace {
		case engine.PaceOut:
			out++
		case engine.PaceWaiting:
			waiting++
			batch := inv.Batch
			if batch == "" {
				batch = "single"
			}
			if _, err := w.redis.ZScore(w.ctx, w.key("l:"+name+":"+string(batch)), string(inv.ID)).Result(); err != nil {
				w.t.Fatalf("invitation %s waits outside the queue", inv.ID)
			}
			_, err := w.redis.ZScore(w.ctx, w.key("l:"+name), string(batch)).Result()
			if listed, paused := err == nil, w.pausedBatch(batch); listed == paused { // a paused one takes no turns
				w.t.Fatalf("the queue of %s is on the list: %v, paused: %v", batch, listed, paused)
			}
		}
	}
	keys, err := w.redis.Keys(w.ctx, w.key("l:"+name+":*")).Result()
	w.must(nil, err)
	for _, k := range keys {
		queued += int(w.redis.ZCard(w.ctx, k).Val())
	}
	n, err := w.store.Counts(w.ctx, w.org.Partition(), name)
	w.must(nil, err)
	if n["out"] != out || n["waiting"] != waiting || queued != int(waiting) {
		w.t.Fatalf("%s: %d are out and %d wait; counted are %d and %d, queued %d", svc, out, waiting, n["out"], n["waiting"], queued)
	}
	_, err = w.redis.ZScore(w.ctx, w.key("d:"+engine.DuePacing), name).Result()
	if out+waiting > 0 && err != nil {
		w.t.Fatalf("%d are out, %d wait, and %s does not look at its calendars any more", out, waiting, svc)
	}
}

// pausedBatch tells of a batch that need not have been opened.
func (w *world) pausedBatch(id engine.BatchID) bool {
	w.t.Helper()
	b, err := w.e.Batch(w.ctx, w.org, id)
	if engine.CodeOf(err) == engine.CodeNotFound {
		return false
	}
	w.must(b, err)
	since, err := w.e.BatchPause(w.ctx, b)
	w.must(nil, err)
	return since != nil
}

func TestTheOutlookIsWhatHappens(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 5)
	w.work()
	next := func() *engine.Outlook {
		o, err := w.e.Outlook(w.ctx, w.org, w.svc)
		w.must(o, err)
		return o
	}
	before := next() // thirteen slots, five invited
	if o := before.Next(7); o != nil {
		t.Errorf("the eighth of a new batch would wait: %+v", o)
	}
	foreseen := before.Next(8)
	w.line("bat_b", 0, 20)
	w.work()
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if inv.Batch != "bat_b" {
			continue
		}
		got, want := w.waitingFor(inv.ID), before.Next(int64(inv.Line-1))
		if (got == nil) != (want == nil) || got != nil && (got.Ahead != want.Ahead-8 || !got.Expected.Equal(*want.Expected)) {
			t.Errorf("line %d waits %+v, foreseen was %+v", inv.Line, got, want)
		}
	}
	if foreseen == nil || foreseen.Reason != engine.WaitForRoom || !foreseen.Expected.Equal(time.Date(2026, 5, 18, 10, 0, 0, 0, paris)) {
		t.Errorf("foreseen of the ninth: %+v", foreseen)
	}
	third := next().Next(0) // twelve of one batch wait: they take turns
	if third == nil || third.Ahead != 1 {
		t.Errorf("the first of a third batch would wait %+v, want after one of the second", third)
	}
	if o := (&engine.Outlook{}).Next(1000); o != nil {
		t.Errorf("without pacing people wait: %+v", o)
	}
}

// busyReads is a store that counts how often the time of calendars is read.
type busyReads struct {
	engine.Store
	n atomic.Int64
}

func (b *busyReads) Busy(ctx context.Context, p engine.Partition, ids []engine.CalendarID, from, to time.Time) ([][]engine.Claim, error) {
	b.n.Add(1)
	return b.Store.Busy(ctx, p, ids, from, to)
}

func TestWhoMustWaitAnywayCostsNoLookAtTheCalendars(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 400)
	reads := &busyReads{Store: w.store}
	w.e.Store = reads
	var due []string
	for _, inv := range all[engine.Invitation](w, "inv_") {
		due = append(due, string(inv.ID))
	}
	for portion := range slices.Chunk(due, 64) {
		w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, portion))
	}
	if n := reads.n.Load(); n != 1 { // the first portion found thirteen places, and the others found people waiting
		t.Errorf("the calendars were read %d times for seven portions", n)
	}
	out := 0
	for _, inv := range all[engine.Invitation](w, "inv_") {
		if inv.Pace == engine.PaceOut {
			out++
		}
	}
	if out != 13 {
		t.Errorf("%d were invited to thirteen slots", out)
	}
	w.pacingIs()
}

// TestInvitationsThatEndForNobodyWhoWaits: they have the service look, but not at its calendars.
func TestInvitationsThatEndForNobodyWhoWaits(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 8)
	w.work()
	reads := &busyReads{Store: w.store}
	w.e.Store = reads
	w.pass(2*time.Hour + time.Minute)
	if n := reads.n.Load(); n != 1 {
		t.Fatalf("the calendars were read %d times in the first two hours", n)
	}
	for _, inv := range all[engine.Invitation](w, "inv_")[:5] {
		w.closes(inv.ID)
		w.pass(time.Minute)
	}
	if n := reads.n.Load(); n != 1 {
		t.Errorf("five invitations ended, nobody waits, and the calendars were read %d times more", n-1)
	}
	w.shut()
	w.pass(2 * time.Hour)
	if n := w.events(engine.EventServiceDry); n != 1 {
		t.Errorf("three people have nothing to choose, and %d service.dry tell of it", n)
	}
	w.pacingIs()
}

// What is saved lets those out who wait, at once and not at the next look a quarter of an hour later.
func TestSavingLetsThoseOutWhoWait(t *testing.T) {
	t.Parallel()
	week := func(start, end calendars.Clock) calendars.Window {
		return calendars.Window{FirstDay: "2026-01-05", Start: start, End: end, RRule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"}
	}
	for name, save := range map[string]func(*world, engine.Service){
		"pacing off": func(w *world, s engine.Service) { zero := 0.0; s.SlotsPerInvitation = &zero; w.service(s) },
		"half a slot each": func(w *world, s engine.Service) {
			half := 0.5
			s.SlotsPerInvitation = &half
			w.service(s)
		},
		"another calendar": func(w *world, s engine.Service) {
			w.calendar("desk-2")
			s.Calendars = append(s.Calendars, "desk-2")
			w.service(s)
		},
		"more windows": func(w *world, _ engine.Service) {
			w.change("desk-1", func(c *engine.Calendar) { c.Windows = append(c.Windows, week("17:00", "20:00")) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := paced(t, nil)
			w.line("bat_a", 0, 60)
			w.pass(time.Minute)
			before := len(w.invited("bat_a"))
			save(w, *w.saved())
			w.pass(2 * time.Second)
			if n := len(w.invited("bat_a")); n <= before {
				t.Errorf("%d were invited before, %d after", before, n)
			}
		})
	}
}

// Nobody waits: saving makes no look.
func TestSavingLooksForNobody(t *testing.T) {
	t.Parallel()
	w := paced(t, nil)
	w.line("bat_a", 0, 1)
	w.work()
	look := "pace:" + string(w.org) + ":" + string(w.svc)
	due := w.dueAt("pacing", look)
	w.service(*w.saved())
	w.change("desk-1", func(*engine.Calendar) {})
	if again := w.dueAt("pacing", look); !again.Equal(due) {
		t.Errorf("the look was due at %s, and is at %s", due, again)
	}
}
