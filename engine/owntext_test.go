package engine_test

import (
	"strings"
	"testing"
	"time"

	"relance/engine"
)

// ownTexts writes templates as they are; {{ bad }} is refused and a ! is advised against.
type ownTexts struct{ plainTexts }

func (ownTexts) Render(lang string, ch engine.Channel, k engine.MessageKind, own map[string]string, v map[string]any) (engine.Text, error) {
	name := lang + "/" + string(ch) + "/" + string(k)
	body, ok := own[name]
	if !ok {
		body = "ours"
	}
	date, _ := v["date"].(string)
	body = strings.NewReplacer("{{ service }}", v["service"].(string), "{{ date }}", date).Replace(body)
	return engine.Text{Body: body, Subject: own[name+".subject"], Parts: 1 + len(body)/100, Units: len(body), Language: lang, Digest: "d-" + body}, nil
}

func (ownTexts) Lint(templates map[string]string, replies bool) (out []engine.Finding) {
	for name, text := range templates {
		if strings.Contains(text, "{{ bad }}") {
			out = append(out, engine.Finding{Text: name, Line: 2, Code: "unknown_variable", Message: "bad is unknown"})
		}
		if strings.Contains(text, "!") {
			out = append(out, engine.Finding{Text: name, Code: "loud", Message: "say it softly", Advice: true})
		}
		if strings.Contains(text, "reply") && !replies {
			out = append(out, engine.Finding{Text: name, Code: "mute_sender", Message: "nobody reads it"})
		}
	}
	return out
}

func (ownTexts) Source(lang string, ch engine.Channel, _ engine.MessageKind) (subject, body string, ok bool) {
	return "", "ours", lang == "fr" && (ch == engine.SMS || ch == engine.Email)
}

func (ownTexts) Variables(engine.MessageKind) []engine.TextVariable {
	return []engine.TextVariable{{Name: "service", Type: "text", Required: true}, {Name: "rung", Type: "int"}}
}

func newTextWorld(t *testing.T) *world {
	w := newWorld(t)
	w.e.Texts, w.e.Drafts = ownTexts{}, ownTexts{}
	return w
}

func invitationText(service engine.ServiceID, body string) engine.OwnText {
	return engine.OwnText{TextKey: engine.TextKey{Service: service, Language: "fr", Channel: engine.SMS, Kind: engine.KindInvitation}, Body: body}
}

// lastSMS is the last one that was sent, which went to this person.
func (w *world) lastSMS(name string) *engine.Message {
	w.t.Helper()
	for i := len(w.sent) - 1; i >= 0; i-- {
		if w.sent[i].To == phoneOf(name) {
			m, err := w.e.Message(w.ctx, w.org, w.sent[i].Out.Message.ID)
			w.must(m, err)
			return m
		}
	}
	w.t.Fatalf("%s got no SMS", name)
	return nil
}

func (w *world) saveText(t engine.OwnText) engine.OwnText {
	w.t.Helper()
	out, _, err := w.e.SaveText(w.ctx, w.org, t)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// The nearest text wins, newest first: the service's, its policy's, the organisation's, ours. A message
// says which it was made from.
func TestTheNearestTextHolds(t *testing.T) {
	t.Parallel()
	w := newTextWorld(t)
	s := engine.Service{Calendars: []engine.CalendarID{"desk-1"}}
	made := func(name, body, source string, number int64) {
		t.Helper()
		w.invite(name)
		w.work()
		m := w.lastSMS(name)
		if m.Body != body || m.Wording == nil || m.Wording.Source != source || m.Wording.Number != number || m.Wording.Digest != "d-"+body || m.Wording.Language != "fr" {
			t.Errorf("%s: %q from %+v, want %q from %s %d", name, m.Body, m.Wording, body, source, number)
		}
		held, err := w.e.Text(w.ctx, w.org, invitationText(w.svc, "").TextKey)
		if err != nil || held.Body != body || held.Source != source || held.Number != number {
			t.Errorf("%+v %v, want %q from %s %d", held, err, body, source, number)
		}
	}
	made("awa", "ours", engine.FromBuiltIn, 0)
	w.saveText(invitationText("", "organisation 1"))
	w.saveText(invitationText("", "organisation 2"))
	made("bo", "organisation 2", engine.FromOrganisation, 2)
	s.Texts = map[string]string{"fr/sms/invitation": "policy"}
	w.service(s)
	made("cy", "policy", engine.FromPolicy, 2)
	w.saveText(invitationText(w.svc, "service"))
	w.saveText(engine.OwnText{TextKey: engine.TextKey{Service: w.svc, Language: "fr", Channel: engine.SMS, Kind: engine.KindRelance}, Body: "another kind"})
	made("di", "service", engine.FromService, 1)
	if err := w.e.DropText(w.ctx, w.org, invitationText(w.svc, "").TextKey); err != nil {
		t.Fatal(err)
	}
	made("ed", "policy", engine.FromPolicy, 2)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}})
	made("flo", "organisation 2", engine.FromOrganisation, 2)
}

func TestVersionsOfATextStay(t *testing.T) {
	t.Parallel()
	w := newTextWorld(t)
	key := invitationText("", "").TextKey
	first := w.saveText(invitationText("", "one"))
	w.pass(time.Hour)
	w.saveText(invitationText("", "two"))
	if again := w.saveText(invitationText("", "two")); again.Number != 2 || !again.SavedAt.After(first.SavedAt) {
		t.Errorf("the same words became %+v", again)
	}
	if err := w.e.DropText(w.ctx, w.org, key); err != nil {
		t.Fatal(err)
	}
	if err := w.e.DropText(w.ctx, w.org, key); engine.CodeOf(err) != engine.CodeNotFound {
		t.Errorf("dropped twice: %v", err)
	}
	w.saveText(invitationText("", "four"))
	var got []string
	for cursor := ""; ; {
		page, next, err := w.e.TextVersions(w.ctx, w.org, key, cursor, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page {
			got = append(got, v.Body)
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	if strings.Join(got, ",") != "four,,two,one" {
		t.Errorf("versions %q", got)
	}
	if v, err := w.e.TextVersion(w.ctx, w.org, key, 1); err != nil || v.Body != "one" {
		t.Errorf("%+v %v", v, err)
	}
	if _, err := w.e.TextVersion(w.ctx, w.org, key, 9); engine.CodeOf(err) != engine.CodeNotFound {
		t.Errorf("a version that never was: %v", err)
	}
	if all, err := w.e.OwnTexts(w.ctx, w.org); err != nil || len(all) != 1 || all[0].Number != 4 {
		t.Errorf("%+v %v", all, err)
	}
}

func TestTextsAreRefusedWithTheirPlace(t *testing.T) {
	t.Parallel()
	w := newTextWorld(t)
	for name, c := range map[string]struct {
		text    engine.OwnText
		pointer string
		code    string
	}{
		"unknown variable": {invitationText("", "x\n{{ bad }}"), "/body", "unknown_variable"},
		"too long":         {invitationText("", strings.Repeat("x", 301)), "/body", "too_long"},
		"too long a name":  {invitationText(w.svc, strings.Repeat("{{ service }} ", 100)), "/body", "too_long"},
		"no such language": {engine.OwnText{TextKey: engine.TextKey{Language: "xx", Channel: engine.SMS, Kind: engine.KindInvitation}, Body: "x"}, "/language", "unknown_text"},
		"subject of SMS": {engine.OwnText{TextKey: engine.TextKey{Language: "fr", Channel: engine.SMS, Kind: engine.KindInvitation}, Subject: "x", Body: "x"},
			"/subject", "unused"},
		"bad subject": {engine.OwnText{TextKey: engine.TextKey{Language: "fr", Channel: engine.Email, Kind: engine.KindInvitation}, Subject: "{{ bad }}", Body: "x"},
			"/subject", "unknown_variable"},
	} {
		_, _, err := w.e.SaveText(w.ctx, w.org, c.text)
		wantField(t, name, err, c.pointer, c.code)
	}
	_, _, err := w.e.SaveText(w.ctx, w.org, invitationText("nowhere", "x"))
	if engine.CodeOf(err) != engine.CodeNotFound {
		t.Errorf("a service that is not there: %v", err)
	}
	_, advice, err := w.e.SaveText(w.ctx, w.org, invitationText("", "come!"))
	if err != nil || len(advice) != 1 || advice[0].Code != "loud" {
		t.Errorf("advice %+v, %v", advice, err)
	}
}

func wantField(t *testing.T, name string, err error, pointer, code string) {
	t.Helper()
	e, ok := err.(*engine.Error)
	if !ok || len(e.Fields) != 1 || e.Fields[0].Pointer != pointer || e.Fields[0].Code != code {
		t.Errorf("%s: %v", name, err)
	}
}

// A preview says what most people get, and what the unluckiest do.
func TestPreviews(t *testing.T) {
	t.Parallel()
	w := newTextWorld(t)
	o, err := w.e.Organisation(w.ctx, w.org)
	w.must(o, err)
	o.SMSPrice = 0.05
	w.must(w.e.SaveOrganisation(w.ctx, *o))
	key := invitationText(w.svc, "").TextKey
	p, err := w.e.PreviewText(w.ctx, w.org, engine.PreviewRequest{TextKey: key, Body: "{{ service }} {{ date }}!"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Text == nil || p.Text.Parts != 1 || p.Longest == nil || p.MaxParts != 3 || p.Price != 0.05 || len(p.Findings) != 1 {
		t.Errorf("%+v", p)
	}
	p, err = w.e.PreviewText(w.ctx, w.org, engine.PreviewRequest{TextKey: key, Body: "{{ service }}", Values: map[string]any{"service": strings.Repeat("x", 150)}})
	if err != nil || p.Text.Parts != 2 || p.Longest.Parts != 1 {
		t.Errorf("given values: %+v %v", p, err)
	}
	p, err = w.e.PreviewText(w.ctx, w.org, engine.PreviewRequest{TextKey: key, Body: "{{ bad }}"})
	if err != nil || p.Text != nil || len(p.Findings) != 1 {
		t.Errorf("a text that cannot be: %+v %v", p, err)
	}
	w.saveText(invitationText("", "held"))
	p, err = w.e.PreviewText(w.ctx, w.org, engine.PreviewRequest{TextKey: key})
	if err != nil || p.Text.Body != "held" {
		t.Errorf("what holds: %+v %v", p, err)
	}
	_, err = w.e.PreviewText(w.ctx, w.org, engine.PreviewRequest{TextKey: key, Values: map[string]any{"city": "x"}})
	wantField(t, "unknown value", err, "/values/city", "unknown_variable")
}

// A reminder of one's own that lists no appointments is not merged, wherever it was saved.
func TestOwnRemindersAreNotMerged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.e.Drafts = ownTexts{}
	w.saveText(engine.OwnText{TextKey: engine.TextKey{Language: "fr", Channel: engine.SMS, Kind: engine.KindReminder}, Body: "{{ date }}"})
	_, afternoon := w.twoThatDay()
	w.until(at(26, 10, 0))
	if r := w.appointment(afternoon.ID).Reminders[0]; r.State != engine.ReminderPlanned {
		t.Errorf("the other's reminder is %s before its time", r.State)
	}
}
