package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"relance/engine"
)

// figuresAgree: the counters of the figures are what the records say, counted one by one.
func (h *history) figuresAgree() {
	h.t.Helper()
	got, want := h.figures(), h.countedByHand()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			h.t.Fatalf("%s is counted as %d, the records say %d", name, got[name], want[name])
		}
	}
	for name, n := range got {
		if n < 0 {
			h.t.Fatalf("%s is %d", name, n)
		}
	}
}

// figures are the counters of months, by "month field", and of the whole time, by field.
func (w *world) figures() map[string]int64 {
	w.t.Helper()
	out := map[string]int64{}
	for _, set := range w.statSets() {
		period := set[strings.LastIndex(set, ":")+1:]
		counts, err := w.store.Counts(w.ctx, w.org.Partition(), set)
		w.must(nil, err)
		for field, n := range engine.Unfolded(counts) {
			out[period+" "+field] += n
			if !strings.Contains(period, "W") {
				out[field] += n
			}
		}
	}
	return out
}

// statSets are the names of the sets of counters that exist.
func (w *world) statSets() []string {
	w.t.Helper()
	keys, err := w.redis.Keys(w.ctx, strings.NewReplacer("*", `\*`).Replace(w.key("n:"))+"stats:*").Result()
	w.must(nil, err)
	for i, k := range keys {
		keys[i] = strings.TrimPrefix(k, w.key("n:"))
	}
	return keys
}

// countedByHand says the same from the records.
func (h *history) countedByHand() map[string]int64 {
	h.t.Helper()
	want := map[string]int64{"queued": 0, "sent": 0, "delivered": 0, "opened": 0, "booked": 0, "parts": 0, "seen.30": 0, "seen.45": 0}
	for _, inv := range h.invitations() {
		if inv.Batch == "" { // those of a batch count when all of it is stored
			want["queued"]++
		}
		for field, t := range map[string]*time.Time{"sent": inv.SentAt, "delivered": inv.DeliveredAt, "opened": inv.OpenedAt} {
			if t != nil {
				want[field]++
				want[t.In(h.zone).Format("2006-01 ")+field]++
			}
		}
		if inv.Appointment != "" {
			want["booked"]++
		}
	}
	for _, m := range all[engine.Message](h.world, "msg_") {
		if m.Left > 0 {
			want["messages."+string(m.Channel)]++
			if m.Channel == engine.SMS {
				want["parts"] += int64(m.Parts * m.Left)
			}
		}
		if m.Complaint {
			want["complaints"]++
		}
	}
	for _, a := range all[engine.Appointment](h.world, "apt_") {
		countAppointment(want, a, h.zone)
	}
	return want
}

func countAppointment(want map[string]int64, a *engine.Appointment, zone *time.Location) {
	state, how := string(a.State), "chosen"
	if a.Imposed {
		how = "imposed"
	}
	want["bookings"]++
	switch a.State {
	case engine.Booked:
		return
	case engine.CancelledByRecipient, engine.CancelledByOrganisation:
		state = "cancelled"
	}
	start := a.Start.In(zone)
	year, week := start.ISOWeek()
	want[fmt.Sprintf("%s %s.%s", start.Format("2006-01"), state, how)]++
	want[fmt.Sprintf("%d-W%02d %s", year, week, state)]++
	if a.State != engine.Attended {
		return
	}
	want["attended"]++
	if from := a.Origin.Invited; from != nil {
		days := 0
		for d := from.In(zone); d.Format(time.DateOnly) < start.Format(time.DateOnly); d = d.AddDate(0, 0, 1) {
			days++
		}
		want[fmt.Sprintf("days.seen.%d", days)]++
		for _, most := range []int{30, 45} {
			if days <= most {
				want[fmt.Sprintf("seen.%d", most)]++
				want[fmt.Sprintf("%s seen.%d", from.In(zone).Format("2006-01"), most)]++
			}
		}
	}
}

// rebuilt: the events alone give the same figures, and correct those that are wrong.
func (h *history) rebuilt() {
	h.t.Helper()
	done, err := h.e.RebuildStats(h.ctx, h.org)
	h.must(done, err)
	if done.Corrected != 0 {
		h.t.Fatalf("%d of the counters are not what the events say", done.Corrected)
	}
	before := h.figures()
	for _, set := range h.statSets() {
		h.must(nil, h.redis.HIncrBy(h.ctx, h.key("n:"+set), "sent", 3).Err())
		h.must(nil, h.redis.HDel(h.ctx, h.key("n:"+set), "queued").Err())
	}
	h.must(nil, h.redis.HSet(h.ctx, h.key("n:stats:"+string(h.org)+":"+string(h.svc)+":2026-08"), "nonsense", 5).Err())
	if done, err = h.e.RebuildStats(h.ctx, h.org); err != nil || done.Corrected == 0 {
		h.t.Fatalf("rebuilding answers %v, %v", done, err)
	}
	for name, n := range h.figures() {
		if n != before[name] {
			h.t.Fatalf("%s became %d, it was %d", name, n, before[name])
		}
	}
}

// actionsAgree: what waits for staff is what the records say, and the list holds just that.
func (h *history) actionsAgree() {
	h.t.Helper()
	apts := map[engine.AppointmentID]*engine.Appointment{}
	for _, a := range all[engine.Appointment](h.world, "apt_") {
		apts[a.ID] = a
	}
	waits, acting := map[string]int64{}, map[engine.InvitationID]bool{}
	for _, inv := range h.invitations() {
		apt := apts[inv.Appointment]
		reason := engine.ActionOf(inv, apt, h.clock.Now())
		due := apt != nil && apt.State == engine.Booked && apt.Next != nil && apt.Next.Kind != engine.StepLapse && !apt.Next.At.After(h.clock.Now())
		switch {
		case reason == engine.ActionOutcomeMissing && due && (inv.Action == nil || inv.Action.Reason != reason): // nobody worked since it ended
		case reason == "" && inv.Action != nil:
			h.t.Fatalf("%s waits for staff (%s) without a reason", inv.ID, inv.Action.Reason)
		case reason != "" && (inv.Action == nil || inv.Action.Reason != reason):
			h.t.Fatalf("%s is %s and does not wait for staff: %+v", inv.ID, reason, inv.Action)
		}
		if inv.Action != nil && inv.Action.DoneAt == nil {
			waits[string(inv.ID)], acting[inv.ID] = inv.Action.Since.UnixMilli(), true
		}
		if k := inv.Call; k != nil && (!acting[inv.ID] || k.Since.Before(inv.Action.Since)) {
			waits[string(inv.ID)], acting[inv.ID] = k.Since.UnixMilli(), true
		}
	}
	for _, r := range all[engine.Recipient](h.world, "rcp_") {
		for _, id := range r.Acting {
			if !acting[id] {
				h.t.Fatalf("%s does not wait for staff, its person says so", id)
			}
			delete(acting, id)
		}
	}
	listed, _, err := h.store.List(h.ctx, h.org.Partition(), "actions:"+string(h.org), "", 1000)
	h.must(nil, err)
	for _, l := range listed {
		if waits[l.Member] != l.Score {
			h.t.Fatalf("%s waits since %d, the list says %d", l.Member, waits[l.Member], l.Score)
		}
	}
	if len(listed) != len(waits) || len(acting) > 0 {
		h.t.Fatalf("%d wait for staff, %d are listed, %d are not known to their person", len(waits), len(listed), len(acting))
	}
}

// record keeps an outcome.
func (w *world) record(a *engine.Appointment, s engine.AppointmentState) {
	w.t.Helper()
	w.must(w.e.Record(w.ctx, w.org, a.ID, s))
}

func (w *world) stats(r engine.StatsRequest) *engine.Stats {
	w.t.Helper()
	r.Organisation = w.org
	s, err := w.e.Stats(w.ctx, r)
	w.must(s, err)
	return s
}

func TestFiguresOfAFewPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calendar("desk-2")
	for _, name := range []string{"awa", "bo", "chloe", "dan"} {
		w.invite(name)
	}
	w.pass(time.Hour)
	first, second := w.book("awa", 0), w.book("bo", 1)
	w.pass(4 * 24 * time.Hour) // the first relance
	third := w.book("chloe", 0)
	w.pass(12 * 24 * time.Hour)
	w.record(first, engine.NoShow)
	w.record(first, engine.Attended) // corrected
	w.record(second, engine.NoShow)
	w.record(third, engine.Attended)

	f := w.stats(engine.StatsRequest{From: "2026-05", To: "2026-06"}).Total
	if f.Funnel != (engine.Funnel{Queued: 4, Sent: 4, Opened: 3, Booked: 3, Self: 3, Attended: 2}) {
		t.Errorf("the funnel is %+v", f.Funnel)
	}
	if f.All != (engine.Outcomes{Attended: 2, NoShow: 1}) || f.Chosen != f.All || f.Imposed != (engine.Outcomes{}) {
		t.Errorf("the outcomes are %+v: %+v chosen, %+v imposed", f.All, f.Chosen, f.Imposed)
	}
	if rate := f.All.NoShowRate(); rate == nil || *rate != 1.0/3 || f.Imposed.NoShowRate() != nil {
		t.Errorf("no-show rates %v and %v", rate, f.Imposed.NoShowRate())
	}
	// Awa and Bo booked on the day, Chloé four days later; Awa came a day after the first message.
	if d := f.ToBooking; d.Count != 3 || *d.Mean != 4.0/3 || *d.Median != 0 {
		t.Errorf("days to booking: %d, mean %v, median %v", d.Count, *d.Mean, *d.Median)
	}
	if d := f.ToSeen; d.Count != 2 || *d.Mean != float64(1+days(third))/2 || *d.Median != *d.Mean {
		t.Errorf("days to appointment: %d, mean %v, median %v", d.Count, *d.Mean, *d.Median)
	}
	if f.Seen30 != 2 || f.Seen45 != 2 || f.Expired != 1 {
		t.Errorf("seen %d and %d, expired %d", f.Seen30, f.Seen45, f.Expired)
	}
	both := []engine.Route{{Via: "sms_email", Funnel: engine.Funnel{Sent: 4, Opened: 3, Booked: 3, Self: 3, Attended: 2}}}
	if !slices.Equal(f.Channels, both) {
		t.Errorf("by channel %+v", f.Channels)
	}
	rungs := []engine.Route{
		{Rung: 0, Funnel: engine.Funnel{Sent: 4, Opened: 2, Booked: 2, Self: 2, Attended: 1}},
		{Rung: 1, Funnel: engine.Funnel{Sent: 2, Opened: 1, Booked: 1, Self: 1, Attended: 1}},
		{Rung: 2, Funnel: engine.Funnel{Sent: 1}},
	}
	if !slices.Equal(f.Rungs, rungs) {
		t.Errorf("by rung %+v", f.Rungs)
	}
	if f.SMSParts != f.SMSSent || f.SMSParts == 0 || f.Mails == 0 {
		t.Errorf("%d SMS of %d parts, %d emails", f.SMSSent, f.SMSParts, f.Mails)
	}
}

// days from the first message, on the Monday, to an appointment.
func days(a *engine.Appointment) int {
	return a.Start.In(paris).YearDay() - monday.YearDay()
}

func TestFiguresOfABatchAndOfConvocations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, err := w.e.OpenBatch(w.ctx, w.org, w.svc, "")
	w.must(b, err)
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{
		{Service: w.svc, Batch: b.ID, Line: 1, Person: engine.Person{ExternalID: "awa", Phone: phoneOf("awa")}},
		{Service: w.svc, Batch: b.ID, Line: 2, Person: engine.Person{ExternalID: "bo", Email: "bo@example.org"}},
		{Service: w.svc, Batch: b.ID, Line: 3, Person: engine.Person{ExternalID: "nobody"}},
	})
	w.must(res, err)
	b.Lines, b.Accepted, b.Refused = 3, 2, 1
	w.must(nil, w.e.CloseBatch(w.ctx, b))
	w.must(nil, w.e.CloseBatch(w.ctx, b)) // again
	w.pass(time.Hour)

	slots, err := w.e.Slots(w.ctx, w.org, w.svc, w.clock.Now(), w.clock.Now().AddDate(0, 0, 9), 3)
	w.must(slots, err)
	imposed, err := w.e.Convene(w.ctx, engine.ConveneRequest{Organisation: w.org, Service: w.svc, Person: engine.Person{ExternalID: "zoe", Phone: phoneOf("zoe")}, Start: slots[2].Start})
	w.must(imposed, err)
	// Awa was invited, and is booked in a day later all the same: she did not take a day to choose.
	w.pass(24 * time.Hour)
	_, err = w.e.Convene(w.ctx, engine.ConveneRequest{Organisation: w.org, Service: w.svc, Person: engine.Person{ExternalID: "awa", Phone: phoneOf("awa")}, Start: slots[2].Start.Add(7 * 24 * time.Hour)})
	w.must(nil, err)
	w.pass(2 * 24 * time.Hour)
	w.record(imposed, engine.NoShow)

	s := w.stats(engine.StatsRequest{Service: w.svc})
	f := s.Total
	if s.From != "2026-03" || s.To != "2026-05" || len(s.Services) != 1 || len(s.Services[0].Months) != 3 {
		t.Errorf("from %s to %s: %+v", s.From, s.To, s.Services)
	}
	if f.Funnel != (engine.Funnel{Queued: 3, Sent: 3, Booked: 2}) || f.Imposed.NoShow != 1 || f.Chosen != (engine.Outcomes{}) {
		t.Errorf("%+v, imposed %+v, chosen %+v", f.Funnel, f.Imposed, f.Chosen)
	}
	if f.ToBooking.Count != 0 || f.Self != 0 {
		t.Errorf("an imposed appointment counts as a choice: %+v", f)
	}
	want := []engine.Route{{Via: "sms", Funnel: engine.Funnel{Sent: 2, Booked: 1}}, {Via: "email", Funnel: engine.Funnel{Sent: 1}}}
	if !slices.Equal(f.Channels, want) { // nothing had been sent to Zoé when she was booked in
		t.Errorf("by channel %+v", f.Channels)
	}
	var bookings, missed int64
	for _, week := range s.Weeks {
		bookings, missed = bookings+week.Bookings, missed+week.NoShow
	}
	if bookings != 2 || missed != 1 || s.Weeks[0].Week != "2026-W09" {
		t.Errorf("weeks %+v", s.Weeks)
	}
}

func TestStatsRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		r    engine.StatsRequest
		code engine.Code
	}{
		{engine.StatsRequest{From: "2026-5"}, engine.CodeInvalid},
		{engine.StatsRequest{From: "2026-06", To: "2026-05"}, engine.CodeInvalid},
		{engine.StatsRequest{From: "2023-05", To: "2026-05"}, engine.CodeInvalid},
		{engine.StatsRequest{From: "2023-06", To: "2026-05"}, ""},
		{engine.StatsRequest{Service: "other"}, engine.CodeNotFound},
		{engine.StatsRequest{From: "2027-01", To: "2027-01"}, ""},
	} {
		c.r.Organisation = w.org
		if _, err := w.e.Stats(w.ctx, c.r); engine.CodeOf(err) != c.code {
			t.Errorf("%+v answers %v", c.r, err)
		}
	}
}

func TestTrimmedEventsRebuildNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.pass(time.Hour)
	before := w.figures()
	oldest, err := w.redis.XRangeN(w.ctx, w.key("e:"+string(w.org)), "-", "+", 1).Result()
	w.must(nil, err)
	w.must(nil, w.redis.XDel(w.ctx, w.key("e:"+string(w.org)), oldest[0].ID).Err())
	_, err = w.e.RebuildStats(w.ctx, w.org)
	if engine.CodeOf(err) != engine.CodeWrongState || !strings.Contains(err.Error(), "trimmed") {
		t.Errorf("rebuilding without the first event answers %v", err)
	}
	if !maps.Equal(before, w.figures()) {
		t.Error("the figures changed")
	}
}

// TestDaysCountFromTheFirstRound: who did not answer and is invited again waits since the first message of
// all (RULES §7). A case that was closed, and an appointment that took place, end the wait.
func TestDaysCountFromTheFirstRound(t *testing.T) {
	t.Parallel()
	cancelled := func(w *world, _ engine.InvitationID) {
		a := w.book("awa", 3)
		w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByRecipient))
	}
	missed := func(w *world, _ engine.InvitationID) {
		a := w.book("awa", 0)
		w.until(a.End.Add(time.Hour))
		w.record(a, engine.NoShow)
	}
	nobodySaid := func(w *world, _ engine.InvitationID) { w.book("awa", 0) }
	for _, c := range []struct {
		name   string
		rounds []func(w *world, inv engine.InvitationID)
		days   int // from the message that counts to the booking in the last round
		again  int64
	}{
		{"the only one", nil, 0, 0},
		{"unanswered", []func(*world, engine.InvitationID){nil}, 14, 1},
		{"unanswered twice", []func(*world, engine.InvitationID){nil, nil}, 28, 2},
		{"cancelled, then unanswered", []func(*world, engine.InvitationID){cancelled}, 14, 1},
		{"closed", []func(*world, engine.InvitationID){func(w *world, inv engine.InvitationID) { w.closes(inv) }}, 0, 0},
		{"unanswered, then closed", []func(*world, engine.InvitationID){nil, func(w *world, inv engine.InvitationID) { w.closes(inv) }}, 0, 1},
		{"missed", []func(*world, engine.InvitationID){missed}, 0, 0},
		{"nobody said whether they came", []func(*world, engine.InvitationID){nobodySaid}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for n, happens := range c.rounds {
				inv := w.invite("awa")
				w.work()
				if happens != nil {
					happens(w, inv)
				}
				w.until(monday.Add(time.Duration(n+1) * 14 * day))
			}
			w.invite("awa")
			w.work()
			before := w.stats(engine.StatsRequest{From: "2026-05", To: "2026-07"}).Total
			a := w.book("awa", 0)
			w.until(a.End.Add(time.Hour))
			w.record(a, engine.Attended)
			w.record(a, engine.NoShow)
			w.record(a, engine.Attended) // corrected twice

			f := w.stats(engine.StatsRequest{From: "2026-05", To: "2026-07"}).Total
			if got := sum(f.ToBooking) - sum(before.ToBooking); got != float64(c.days) {
				t.Errorf("%v days to the booking, want %d", got, c.days)
			}
			first := monday.Add(time.Duration(len(c.rounds))*14*day - time.Duration(c.days)*day)
			if got, want := sum(f.ToSeen)-sum(before.ToSeen), float64(a.Start.In(paris).YearDay()-first.YearDay()); got != want {
				t.Errorf("%v days to the appointment, want %v", got, want)
			}
			if f.Again != c.again || f.Sent != int64(len(c.rounds)+1) {
				t.Errorf("%d of %d rounds go on from one before, want %d", f.Again, f.Sent, c.again)
			}
			if may := w.stats(engine.StatsRequest{From: first.Format("2006-01"), To: first.Format("2006-01")}).Total; may.Seen45 != 1 {
				t.Errorf("%d were seen in time of those first invited in %s", may.Seen45, first.Format("2006-01"))
			}
			if done, err := w.e.RebuildStats(w.ctx, w.org); err != nil || done.Corrected != 0 {
				t.Errorf("made again from events: %+v, %v", done, err)
			}
		})
	}
}

// sum of all days.
func sum(d engine.Days) float64 {
	if d.Count == 0 {
		return 0
	}
	return float64(d.Count) * *d.Mean
}

// Who stops, starts and stops again is one person nobody could reach.
func TestAnInvitationIsUnreachableOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inviteByPhone("awa")
	w.work()
	for _, text := range []string{"STOP", "START", "STOP"} {
		w.reply("awa", text)
		w.pass(time.Hour)
	}
	f := w.stats(engine.StatsRequest{From: "2026-05", To: "2026-05"}).Total
	if n := w.events(engine.EventInvitationUnreachable); f.Unreachable != 1 || n != 2 {
		t.Errorf("%d unreachable by %d events", f.Unreachable, n)
	}
}
