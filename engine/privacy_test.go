package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"relance/engine"
)

// entry is one key of Redis, with all it holds as text.
type entry struct{ kind, key, text string }

// everything reads all of the world's Redis.
func (w *world) everything() []entry {
	w.t.Helper()
	keys, err := w.redis.Keys(w.ctx, "*").Result()
	w.must(nil, err)
	out := make([]entry, 0, len(keys))
	for _, k := range keys {
		kind, err := w.redis.Type(w.ctx, k).Result()
		w.must(nil, err)
		var v any
		switch kind {
		case "string":
			v, err = w.redis.Get(w.ctx, k).Result()
		case "hash":
			v, err = w.redis.HGetAll(w.ctx, k).Result()
		case "zset":
			v, err = w.redis.ZRange(w.ctx, k, 0, -1).Result()
		case "set":
			v, err = w.redis.SMembers(w.ctx, k).Result()
		case "stream":
			v, err = w.redis.XRange(w.ctx, k, "-", "+").Result()
		default:
			w.t.Fatalf("%s is a %s, which this test cannot read", k, kind)
		}
		w.must(nil, err)
		out = append(out, entry{kind, k, fmt.Sprint(v)})
	}
	return out
}

// namingTexts write the person's name, as real ones do.
type namingTexts struct{ plainTexts }

func (n namingTexts) Render(lang string, ch engine.Channel, k engine.MessageKind, o map[string]string, v map[string]any) (engine.Text, error) {
	text, err := n.plainTexts.Render(lang, ch, k, o, v)
	text.Body += fmt.Sprint(" ", v["first_name"])
	text.Subject += fmt.Sprint(" ", v["first_name"])
	return text, err
}

// fullStory is a life with everything in it; it ends with nothing coming.
func (w *world) fullStory() (ids []string, tokens []string) {
	w.t.Helper()
	w.e.Texts = namingTexts{}
	b, err := w.e.OpenBatch(w.ctx, w.org, w.svc, "")
	w.must(b, err)
	res, err := w.e.Invite(w.ctx, w.org, []engine.InviteRequest{{Service: w.svc, Batch: b.ID, Line: 1, Person: engine.Person{
		ExternalID: "zoe", FirstName: "Zoé-Prénom", LastName: "Nomdefamille", Phone: phoneOf("zoe"), Email: "zoe@example.org"}}})
	w.must(nil, err)
	inv := res[0].Invitation
	w.e.Limits = engine.Limits{Attempts: 1}
	w.answer = fails(engine.Email, engine.Answer{Outcome: engine.OutcomeTemporary, Reason: "busy"})
	w.work() // the email is a dead letter
	w.answer = nil
	w.must(nil, w.e.Fail(w.ctx, engine.Due{Partition: w.org.Partition(), Kind: engine.DueInvitation, ID: string(inv)}, fmt.Errorf("no reason")))
	w.reply("zoe", "Zoé-Prénom ici, je ne sais pas")
	w.pass(4 * day)
	tokens = append(tokens, w.token("zoe"))
	a, err := w.bookAt(inv, at(26, 9, 0), engine.ByRecipient)
	w.must(a, err)
	w.work()
	moved, err := w.moveTo(a, at(27, 9, 0), engine.ByRecipient)
	w.must(moved, err)
	w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByRecipient))
	w.work()
	w.other()
	second := w.tryInvite(engine.Person{ExternalID: "zoe", Phone: phoneOf("zoe's new phone"), Email: "zoe.new@example.org"})
	w.work()
	w.reply("zoe's new phone", "STOP")
	w.work()
	tokens = append(tokens, w.token("zoe's new phone"))
	apt, err := w.bookAt(second.Invitation, at(28, 9, 0), engine.ByRecipient)
	w.must(apt, err)
	w.work()
	w.until(at(28, 10, 0))
	w.must(w.e.Record(w.ctx, w.org, apt.ID, engine.NoShow))
	ids = []string{string(res[0].Recipient), string(inv), string(second.Invitation), string(a.ID), string(apt.ID)}
	for _, m := range all[engine.Message](w, "msg_") {
		if m.Recipient == res[0].Recipient {
			ids = append(ids, string(m.ID))
		}
	}
	for _, in := range all[engine.InboundRecord](w, "inb_") {
		ids = append(ids, in.ID)
	}
	return ids, tokens
}

func TestPersonalDataIsInTwoPlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, tokens := w.fullStory()
	secrets := append(tokens, "Zoé", "Nomdefamille", "zoe@", "zoe.new@", phoneOf("zoe")[3:], phoneOf("zoe's new phone")[3:])
	seen := 0
	for _, e := range w.everything() {
		text := e.text
		switch {
		case strings.Contains(e.key, "r:rcp_"): // the one place of names and addresses; not of links
			for _, token := range tokens {
				if strings.Contains(e.text, token) {
					t.Errorf("%s holds a link", e.key)
				}
			}
			seen++
			continue
		case strings.Contains(e.key, "r:msg_"), strings.Contains(e.key, "r:inb_"):
			text = withoutText(t, e.text)
			for _, token := range tokens {
				if strings.Contains(e.text, token) {
					t.Errorf("%s holds a link that opens", e.key)
				}
			}
			seen++
		}
		for _, s := range secrets {
			if strings.Contains(e.key, s) || strings.Contains(text, s) {
				t.Errorf("%s (%s) holds %q", e.key, e.kind, s)
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d records were looked at", seen)
	}
}

// withoutText is a record without the text it may hold.
func withoutText(t *testing.T, raw string) string {
	t.Helper()
	_, body, _ := strings.Cut(raw, "\n")
	var v map[string]any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatal(err)
	}
	delete(v, "body")
	delete(v, "subject")
	delete(v, "text")
	return fmt.Sprint(v)
}

// wantErased: nothing but events knows the ids.
func (w *world) wantErased(ids []string) {
	w.t.Helper()
	for _, e := range w.everything() {
		if e.kind == "stream" {
			continue
		}
		for _, id := range ids {
			if strings.Contains(e.key, id) || strings.Contains(e.text, id) {
				w.t.Errorf("%s (%s) still knows %s", e.key, e.kind, id)
			}
		}
	}
	if w.events(engine.EventRecipientErased) != 1 {
		w.t.Errorf("the erasure is told %d times", w.events(engine.EventRecipientErased))
	}
}

func TestErasedOnDemand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	ids, tokens := w.fullStory()
	rcp := engine.RecipientID(ids[0])
	a, err := w.bookAt(engine.InvitationID(ids[1]), w.slots()[0].Start, engine.ByStaff)
	if err == nil {
		wantCode(t, w.e.Erase(w.ctx, w.org, rcp), engine.CodePending)
		w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByStaff))
		ids = append(ids, string(a.ID))
	}
	w.must(nil, w.e.Erase(w.ctx, w.org, rcp))
	w.wantErased(ids)
	for _, token := range tokens {
		_, err := w.e.Open(w.ctx, token)
		wantCode(t, err, engine.CodeLinkDead)
	}
	wantCode(t, w.e.Erase(w.ctx, w.org, rcp), engine.CodeNotFound)
	w.reply("zoe", "1") // nobody any more
	w.work()
	w.recipient("awa") // others stay
}

func TestErasedByRetention(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, err := w.e.Organisation(w.ctx, w.org)
	w.must(o, err)
	o.RetentionMonths = 3
	w.must(w.e.SaveOrganisation(w.ctx, *o))
	ids, _ := w.fullStory()
	ended := w.clock.Now()
	w.until(ended.AddDate(0, 3, -1))
	if len(all[engine.Recipient](w, "rcp_")) != 1 {
		t.Error("erased too early")
	}
	w.until(ended.AddDate(0, 3, 20))
	w.wantErased(ids)
}

func TestAPhoneThatSomebodyElseHasNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.tryInvite(engine.Person{ExternalID: "mother", Phone: phoneOf("family")})
	w.work()
	w.clock.set(monday.Add(time.Minute))
	w.tryInvite(engine.Person{ExternalID: "daughter", Phone: phoneOf("family")})
	w.work()
	w.must(nil, w.e.Erase(w.ctx, w.org, a.Recipient))
	before := len(w.sent)
	w.reply("family", "1")
	w.work()
	if len(w.sent) != before+1 {
		t.Error("erasing one person took the phone of another out of the index")
	}
}
