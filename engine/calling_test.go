package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

// toCall is the call list.
func (w *world) toCall() []*engine.Call {
	w.t.Helper()
	got, _, err := w.e.Calls(w.ctx, w.org, "", 10)
	w.must(nil, err)
	return got
}

// listed tells whether the list of what staff should look at has the invitation.
func (w *world) listed(inv engine.InvitationID) bool {
	w.t.Helper()
	got, _, err := w.e.ActionsRequired(w.ctx, w.org, engine.ActionQuery{}, "", 10)
	w.must(nil, err)
	for _, i := range got {
		if i.ID == inv {
			return true
		}
	}
	return false
}

func TestAppel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	before := len(w.sent)
	w.reply("awa", "APPEL svp")
	w.work()
	w.pass(time.Minute)
	w.reply("awa", "rappelez moi")
	w.work()
	list := w.toCall()
	if len(list) != 1 || list[0].Recipient != w.recipient("awa").ID || list[0].Invitation != inv || list[0].Service != w.svc || !list[0].Since.Equal(monday) {
		t.Fatalf("the list is %+v", list)
	}
	if len(w.sent) != before+1 || w.sent[before].Kind != engine.KindReplyCall || w.events(engine.EventCallAsked) != 1 {
		t.Errorf("acknowledged by %v", w.got("awa")[before:])
	}
	if !w.listed(inv) || w.invitation(inv).Call == nil {
		t.Error("staff are not told")
	}
	for range 2 {
		k, err := w.e.MarkCalled(w.ctx, w.org, list[0].ID)
		w.must(k, err)
		if k.DoneAt == nil || len(w.toCall()) != 0 || w.listed(inv) || w.recipient("awa").Call != "" {
			t.Fatalf("after the call it is %+v, listed %d, action %v", k, len(w.toCall()), w.listed(inv))
		}
	}
	if w.events(engine.EventCallDone) != 1 {
		t.Error("one call is not counted once")
	}
	w.pass(2 * time.Hour)
	w.reply("awa", "appel")
	w.work()
	if len(w.toCall()) != 1 || w.sent[len(w.sent)-1].Kind != engine.KindReplyCall {
		t.Error("the next time somebody asks is another call")
	}
	_, err := w.e.MarkCalled(w.ctx, w.org, "call_none")
	wantCode(t, err, engine.CodeNotFound)
	w.must(nil, w.e.Erase(w.ctx, w.org, w.recipient("awa").ID))
	if len(w.toCall()) != 0 || len(all[engine.Call](w, "call_")) != 0 {
		t.Error("calls outlive the person")
	}
}

// Who had their share of replies when they asked is told when they ask again.
func TestACallIsAcknowledgedInTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	for _, text := range []string{"euh", "aide", "oui", "appel", "appel"} {
		w.reply("awa", text)
		w.work()
	}
	w.pass(2 * time.Hour)
	for range 2 {
		w.reply("awa", "appel")
		w.work()
	}
	told := 0
	for _, m := range w.smsTo(phoneOf("awa")) {
		if m.Kind == engine.KindReplyCall {
			told++
		}
	}
	if told != 1 || len(w.toCall()) != 1 || w.events(engine.EventCallAsked) != 1 {
		t.Errorf("told %d times, %d on the list", told, len(w.toCall()))
	}
}

// A call and another reason wait for staff each on its own; MarkDone settles both.
func TestACallIsAnActionOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	w.until(at(29, 9, 0)) // it expired without answer
	w.must(w.e.MarkDone(w.ctx, w.org, inv))
	w.reply("awa", "appelez-moi")
	if !w.listed(inv) {
		t.Error("who asks for a call after the end is not seen")
	}
	k := w.toCall()[0]
	w.must(w.e.MarkCalled(w.ctx, w.org, k.ID))
	if i := w.invitation(inv); w.listed(inv) || i.Action == nil || i.Action.DoneAt == nil {
		t.Errorf("after the call what was done is not: %+v", i.Action)
	}
	bo := w.invite("bo")
	w.work()
	w.reply("bo", "appel")
	w.until(at(29, 9, 0).Add(12 * day))
	w.must(w.e.MarkCalled(w.ctx, w.org, w.toCall()[0].ID))
	if !w.listed(bo) {
		t.Error("the call was made, but nobody answered the invitation: that still waits")
	}
	w.reply("bo", "appel")
	w.must(w.e.MarkDone(w.ctx, w.org, bo))
	if w.listed(bo) || len(w.toCall()) != 0 {
		t.Error("done leaves something to do")
	}
}

func TestInvitingAgainLeavesTheCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("awa")
	w.work()
	w.reply("awa", "appel")
	w.until(at(29, 9, 0).Add(2 * day))
	again := w.invite("awa")
	w.work()
	if !w.listed(inv) || len(w.toCall()) != 1 || w.listed(again) {
		t.Error("somebody who waits for a call was forgotten")
	}
}

func TestHelpSaysWhoWritesOnceADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	informed := func() (n int) {
		w.work()
		for _, s := range w.sent {
			if s.Kind == engine.KindReplyInfo {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		after time.Duration
		text  string
		want  int
	}{{0, "AIDE", 1}, {time.Hour, "help", 1}, {0, "euh", 1}, {24 * time.Hour, "aide svp", 2}} {
		w.pass(c.after)
		w.reply("awa", c.text)
		if got := informed(); got != c.want {
			t.Errorf("after %q informed %d times, want %d", c.text, got, c.want)
		}
	}
	if n := w.events(engine.EventReplyNotUnderstood); n != 1 {
		t.Errorf("%d texts for staff, want the one", n)
	}
}

// Inviting somebody anew leaves their call: they wait for that since they asked for it.
func TestACallThatIsLeftIsListedSinceItWasAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.inviteByPhone("awa")
	w.pass(day)
	second := w.inviteByPhone("bo")
	w.pass(14 * day) // awa's expired before bo's
	w.reply("awa", "appel")
	w.inviteByPhone("awa")
	got, _, err := w.e.ActionsRequired(w.ctx, w.org, engine.ActionQuery{}, "", 10)
	w.must(got, err)
	if len(got) != 2 || got[0].ID != second || got[1].ID != first {
		t.Errorf("%d are listed, first %s", len(got), got[0].ID)
	}
}
