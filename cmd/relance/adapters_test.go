package main

import (
	"strings"
	"testing"
	"time"

	"relance/channels/wording"
	"relance/engine"
)

func testTexts(t *testing.T) *texts {
	t.Helper()
	x, err := newTexts()
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func invitationVars() map[string]any {
	return map[string]any{
		"organisation": "Département de l'Exemple", "phone": "01 00 00 00 00", "service": "rendez-vous d’orientation",
		"link": "https://rdv.example.org/r/k7mp2rstvw4xyz", "last_day": "jeudi 14 mai",
	}
}

// Every kind of message of the engine has its text.
func TestEveryKindHasATextOnEveryChannel(t *testing.T) {
	t.Parallel()
	x := testTexts(t)
	for _, k := range []engine.MessageKind{
		engine.KindInvitation, engine.KindRelance, engine.KindConfirmation, engine.KindConvocation, engine.KindReminder,
		engine.KindMoved, engine.KindCancelledByRecipient, engine.KindCancelledByOrganisation, engine.KindReplyHelp,
		engine.KindReplyConfirmed, engine.KindReplyChange, engine.KindReplyNothing, engine.KindReplyCall, engine.KindReplyInfo, engine.KindStopAck, engine.KindStartAck,
		engine.KindEarlier, engine.KindReplyTaken, engine.KindReplyEarlier,
	} {
		if !x.book.Has(wording.SMS, wording.Kind(k)) {
			t.Errorf("no SMS for %s", k)
		}
		if !wording.Kind(k).OnlySMS() && !x.book.Has(wording.Email, wording.Kind(k)) {
			t.Errorf("no email for %s", k)
		}
	}
}

func TestSMSIsRewrittenAndCounted(t *testing.T) {
	t.Parallel()
	got, err := testTexts(t).Render("fr", engine.SMS, engine.KindInvitation, nil, invitationVars())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got.Body, "’") || got.Parts < 1 || got.Parts > 3 || got.HTML != "" {
		t.Errorf("%+v", got)
	}
}

func TestOverridesReplaceATextAndAreKept(t *testing.T) {
	t.Parallel()
	x := testTexts(t)
	own := map[string]string{"fr/sms/invitation": "{{ organisation }}: {{ link }} {% if last_day %}avant {{ last_day }}{% endif %} {{ phone }}"}
	for range 2 {
		got, err := x.Render("fr", engine.SMS, engine.KindInvitation, own, invitationVars())
		if err != nil || !strings.Contains(got.Body, "avant jeudi 14 mai") {
			t.Fatalf("%+v %v", got, err)
		}
	}
	if len(x.books) != 1 {
		t.Errorf("%d books are kept, want 1", len(x.books))
	}
}

func TestTextsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	x := testTexts(t)
	if err := x.Check(nil, false); err != nil {
		t.Errorf("our own texts: %v", err)
	}
	if err := x.Check(map[string]string{"fr/sms/invitation": "{{ nonsense }}"}, true); err == nil {
		t.Error("an unknown variable passes")
	}
	asks := map[string]string{"fr/sms/reminder": "{{ organisation }} {{ date }} {{ time }} {{ link }}: répondez 1 pour venir. {{ phone }}"}
	if err := x.Check(asks, true); err != nil {
		t.Errorf("with a sender that takes replies: %v", err)
	}
	if err := x.Check(asks, false); err == nil || !strings.Contains(err.Error(), "fr/sms/reminder") {
		t.Errorf("with one that takes none: %v", err)
	}
}

func TestDaysAndHours(t *testing.T) {
	t.Parallel()
	x, at := testTexts(t), time.Date(2026, 5, 14, 10, 30, 0, 0, time.UTC)
	if got := x.Day("fr", at, at) + " à " + x.Hour("fr", at); got != "jeudi 14 mai à 10 h 30" {
		t.Error(got)
	}
}

func TestAddressesSayWhyWithoutTheAddress(t *testing.T) {
	t.Parallel()
	a := addresses{countries: []string{"FR"}}
	if got, f := a.Phone("06 12 34 56 78"); got != "+33612345678" || f != nil {
		t.Errorf("%q %v", got, f)
	}
	for raw, code := range map[string]string{"01 99 00 12 34": "not_mobile", "12": "invalid_number", "+32470123456": "country_not_allowed"} {
		if _, f := a.Phone(raw); f == nil || f.Code != code || f.Pointer != "/phone" || strings.Contains(f.Message, raw) {
			t.Errorf("%s: %+v", code, f)
		}
	}
	if _, f := a.Email("nobody at example"); f == nil || f.Code != "invalid_email" || f.Pointer != "/email" {
		t.Errorf("%+v", f)
	}
}

func TestOnlyADemoTakesNumbersOfFiction(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"06 39 98 00 12", "+33 6 39 98 00 12", "0033639980012", "06.39.98.00.12"} {
		if got, f := (addresses{fiction: true}).Phone(raw); got != "+33639980012" || f != nil {
			t.Errorf("%s: %q %v", raw, got, f)
		}
		if _, f := (addresses{}).Phone(raw); f == nil {
			t.Errorf("%s: a real installation takes it", raw)
		}
	}
}
