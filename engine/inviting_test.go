package engine_test

import (
	"strings"
	"testing"
	"time"

	"relance/engine"
)

func person(name string) engine.Person {
	return engine.Person{ExternalID: name, Phone: phoneOf(name), Email: name + "@example.org"}
}

func TestWhoMayBeInvitedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		then func(w *world, inv engine.InvitationID)
		want engine.Code
	}{
		{"the invitation is open", func(*world, engine.InvitationID) {}, engine.CodeAlreadyInvited},
		{"open for days", func(w *world, _ engine.InvitationID) { w.pass(5 * day) }, engine.CodeAlreadyInvited},
		{"an appointment is coming", func(w *world, inv engine.InvitationID) { w.must(w.bookAt(inv, at(28, 9, 0), engine.ByRecipient)) }, engine.CodePending},
		{"closed an hour ago", func(w *world, inv engine.InvitationID) { w.pass(time.Hour); w.closes(inv) }, engine.CodeAlreadyInvited},
		{"closed, invited a second under a day ago", func(w *world, inv engine.InvitationID) {
			w.closes(inv)
			w.clock.set(monday.Add(day - time.Second))
		}, engine.CodeAlreadyInvited},
		{"closed, invited a day ago", func(w *world, inv engine.InvitationID) { w.closes(inv); w.clock.set(monday.Add(day)) }, ""},
		{"expired", func(w *world, _ engine.InvitationID) { w.pass(12 * day) }, ""},
		{"attended", func(w *world, inv engine.InvitationID) {
			a, err := w.bookAt(inv, at(20, 9, 0), engine.ByRecipient)
			w.must(a, err)
			w.until(a.End)
			w.must(w.e.Record(w.ctx, w.org, a.ID, engine.Attended))
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			inv := w.invite("awa")
			w.work()
			c.then(w, inv)
			res := w.tryInvite(person("awa"))
			if res.Err == nil {
				wantCode(t, nil, c.want)
				if got := w.invitation(res.Invitation); got.State != engine.InvitationQueued || got.ID == inv {
					t.Errorf("invited again, the invitation is %s", got.State)
				}
			} else {
				wantCode(t, res.Err, c.want)
			}
		})
	}
}

func (w *world) closes(inv engine.InvitationID) {
	w.t.Helper()
	_, err := w.e.Close(w.ctx, w.org, inv, engine.ByStaff, "case closed")
	w.must(nil, err)
}

func TestFailedDeliveriesDoNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer = fails("", engine.Answer{Outcome: engine.OutcomePermanent, Code: "21614", BadAddress: true})
	inv := w.invite("awa")
	w.work()
	if got := w.invitation(inv); !got.Unreachable || w.events(engine.EventInvitationUnreachable) != 1 {
		t.Fatalf("nobody was told that the person cannot be reached: %+v", got)
	}
	w.closes(inv)
	again := w.tryInvite(person("awa"))
	if again.Err == nil {
		t.Fatal("invited at addresses that are known not to work")
	}
	wantCode(t, again.Err, engine.CodeUnreachable)
	w.answer = nil
	fresh := w.tryInvite(engine.Person{ExternalID: "awa", Phone: phoneOf("aunt")})
	if fresh.Err != nil {
		t.Fatalf("a new phone is refused: %v", fresh.Err)
	}
	w.work()
	w.wantsMessages(fresh.Invitation, "invitation/sms sent")
}

func TestBothFailingAtOnceIsUnreachable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.must(nil, w.e.Advance(w.ctx, w.org.Partition(), engine.DueInvitation, []string{string(inv)}))
	out, err := w.e.Claim(w.ctx, w.org.Partition(), []engine.MessageID{w.message(inv, 0).ID, w.message(inv, 1).ID})
	w.must(out, err)
	var done []engine.Settled
	for _, o := range out {
		done = append(done, engine.Settled{Outgoing: o, Answer: engine.Answer{Outcome: engine.OutcomePermanent, Provider: "test"}})
	}
	w.must(nil, w.e.Settle(w.ctx, w.org.Partition(), done))
	if w.events(engine.EventInvitationUnreachable) != 1 {
		t.Error("two failures in one call: each counted on the other")
	}
}

func TestANewPhoneKillsTheOldLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	w.reply("awa", "STOP")
	w.work()
	old := w.token("awa")
	w.other()
	res := w.tryInvite(engine.Person{ExternalID: "awa", Phone: phoneOf("new awa")})
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	if _, err := w.e.Open(w.ctx, old); engine.CodeOf(err) != engine.CodeLinkDead {
		t.Errorf("a link sent to the old phone answers %v", err)
	}
	r := w.recipient("awa")
	if r.OptedOut != nil || r.Phone != phoneOf("new awa") || r.Email != "awa@example.org" {
		t.Errorf("after a new phone: opted out %v, links %d", r.OptedOut, r.Links)
	}
	w.work()
	if _, err := w.e.Open(w.ctx, w.token("awa")); err != nil {
		t.Errorf("the new link answers %v", err)
	}
	w.until(monday.Add(4 * day)) // the relance of the first invitation
	v, err := w.e.Open(w.ctx, w.token("awa"))
	w.must(v, err)
	if n := len(all[engine.Recipient](w, "rcp_")); n != 1 {
		t.Errorf("one person is %d records", n)
	}
}

// other adds a second service and makes it the one that tests use.
func (w *world) other() {
	w.t.Helper()
	w.svc = "second"
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}})
}

func TestAMessageThatWaitedCarriesALinkThatWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer = fails("", engine.Answer{Outcome: engine.OutcomeTemporary})
	first := w.invite("awa")
	w.work()
	w.other()
	w.tryInvite(engine.Person{ExternalID: "awa", Phone: phoneOf("new awa")})
	w.answer = nil
	w.pass(2 * time.Hour)
	for _, s := range w.sent {
		if s.Out.Message.Invitation != first {
			continue
		}
		_, link, _ := strings.Cut(s.Out.Text.Body, "/r/")
		link, _, _ = strings.Cut(link, " ")
		if _, err := w.e.Open(w.ctx, link); err != nil {
			t.Errorf("the link of %s/%s answers %v", s.Kind, s.Channel, err)
		}
	}
	if len(w.sent) != 4 {
		t.Errorf("%d messages went out", len(w.sent))
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		name          string
		p             engine.Person
		pointer, code string // of the refusal
		reach         []engine.Channel
	}{
		{"both", engine.Person{Phone: "06 39 98 00 01", Email: "A@example.org"}, "", "", []engine.Channel{engine.SMS, engine.Email}},
		{"landline and email", engine.Person{Phone: "01 39 98 00 01", Email: "b@example.org"}, "", "", []engine.Channel{engine.Email}},
		{"landline", engine.Person{Phone: "01 39 98 00 01"}, "/phone", "not_mobile", nil},
		{"no phone at all", engine.Person{Phone: "call me", Email: "c@example.org"}, "/phone", "invalid_number", nil},
		{"no email at all", engine.Person{Phone: "06 39 98 00 02", Email: "nowhere"}, "/email", "invalid", nil},
		{"nothing", engine.Person{FirstName: "Dan"}, "/phone", "required", nil},
		{"too long", engine.Person{Phone: "06 39 98 00 03", FirstName: strings.Repeat("a", 201)}, "/first_name", "too_long", nil},
	} {
		res := w.tryInvite(c.p)
		if c.code == "" {
			if res.Err != nil {
				t.Errorf("%s: %v", c.name, res.Err)
				continue
			}
			r, err := w.e.Recipient(w.ctx, w.org, res.Recipient)
			w.must(r, err)
			if got := r.Reach(); len(got) != len(c.reach) || got[0] != c.reach[0] {
				t.Errorf("%s: reached by %v", c.name, got)
			}
			continue
		}
		if res.Err == nil || res.Err.Code != engine.CodeInvalid || len(res.Err.Fields) != 1 || res.Err.Fields[0].Pointer != c.pointer || res.Err.Fields[0].Code != c.code {
			t.Errorf("%s: answered %v, want %s at %s", c.name, res.Err, c.code, c.pointer)
		}
	}
}

func TestOnePersonTwiceInOneCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{
		{Service: w.svc, Person: person("awa")}, {Service: w.svc, Person: person("bo")}, {Service: w.svc, Person: person("awa")},
		{Service: "none", Person: person("chloe")},
	})
	w.must(nil, err)
	if res[0].Err != nil || res[1].Err != nil {
		t.Errorf("refused %v and %v", res[0].Err, res[1].Err)
	}
	wantCode(t, res[2].Err, engine.CodeAlreadyInvited)
	wantCode(t, res[3].Err, engine.CodeInvalid)
	if p, i := len(all[engine.Recipient](w, "rcp_")), len(all[engine.Invitation](w, "inv_")); p != 2 || i != 2 {
		t.Errorf("two people are %d records with %d invitations", p, i)
	}
}

func TestOnePersonInManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	accepted := 0
	for _, err := range rush(20, func(int) error {
		res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: person("awa")}})
		if err == nil && res[0].Err != nil {
			err = res[0].Err
		}
		return err
	}) {
		if err == nil {
			accepted++
		} else {
			wantCode(t, err, engine.CodeAlreadyInvited)
		}
	}
	if n := len(all[engine.Invitation](w, "inv_")); accepted != 1 || n != 1 {
		t.Errorf("%d calls were accepted, %d invitations exist", accepted, n)
	}
}

func TestABatchThatIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	send := func() engine.InviteResult {
		b, err := w.e.OpenBatch(w.ctx, w.org, w.svc, "bat_1")
		w.must(b, err)
		res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Batch: b.ID, Line: 7, Person: person("awa")}})
		w.must(nil, err)
		w.must(nil, w.e.KeepLines(w.ctx, w.org, b.ID, 0, []engine.BatchLine{{Line: 7, Invitation: res[0].Invitation}}))
		return res[0]
	}
	first := send()
	if again := send(); again.Err != nil || again.Invitation != first.Invitation {
		t.Errorf("the line is answered %v, %v", again.Invitation, again.Err)
	}
	w.closes(first.Invitation)
	w.pass(30 * time.Hour)
	if again := send(); again.Err != nil || again.Invitation != first.Invitation {
		t.Errorf("after its invitation ended the line is answered %v, %v", again.Invitation, again.Err)
	}
	lines, _, err := w.e.BatchLines(w.ctx, w.org, "bat_1", "", 10)
	w.must(nil, err)
	if len(lines) != 1 || lines[0].Line != 7 || lines[0].Invitation != first.Invitation {
		t.Errorf("the batch has the lines %v", lines)
	}
	if n, err := w.e.BatchProgress(w.ctx, w.org, "bat_1"); err != nil || n["invitation.created"] != 1 {
		t.Errorf("the line counts %v times (%v)", n["invitation.created"], err)
	}
	if n := w.events(engine.EventInvitationCreated); n != 0 {
		t.Errorf("%d events tell of the line; batch.stored does", n)
	}
	if _, err := w.e.OpenBatch(w.ctx, w.org, "none", "bat_1"); engine.CodeOf(err) != engine.CodeNotFound {
		t.Errorf("a batch for no service answers %v", err)
	}
}

func TestOnlyTheChannelsAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(name string, p engine.Person) engine.InvitationID {
		res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: p, Channels: []engine.Channel{engine.Email}}})
		w.must(nil, err)
		w.work()
		return res[0].Invitation
	}
	w.wantsMessages(ask("awa", person("awa")), "invitation/email sent")
	w.wantsMessages(ask("bo", engine.Person{ExternalID: "bo", Phone: phoneOf("bo")}), "invitation/sms sent") // the only one there is
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Person: person("chloe"), Channels: []engine.Channel{"fax"}}})
	w.must(nil, err)
	wantCode(t, res[0].Err, engine.CodeInvalid)
}
