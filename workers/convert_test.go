package workers

import (
	"reflect"
	"testing"
	"time"

	"relance/channels"
	"relance/engine"
)

func TestMessageCarriesEverything(t *testing.T) {
	t.Parallel()
	got := message(&engine.Outgoing{
		Message: &engine.Message{ID: "msg_1", Channel: engine.Email},
		To:      "a@example.org", From: "b@example.org", FromName: "Département", ReplyTo: "c@example.org",
		Text:     engine.Text{Subject: "objet", Body: "texte", HTML: "<p>texte</p>"},
		Calendar: []byte("BEGIN"), CalendarMethod: "REQUEST", References: "msg_0", ValidFor: time.Hour,
		Unsubscribe: "https://rdv.example.org/u/x",
	})
	v := reflect.ValueOf(got)
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if v.Field(i).IsZero() != (name == "Callback") { // which is the provider's
			t.Errorf("the field %s is %v", name, v.Field(i))
		}
	}
}

func TestWordsAreTheSame(t *testing.T) {
	t.Parallel()
	for theirs, ours := range map[channels.Outcome]engine.Outcome{
		channels.Sent:          engine.OutcomeSent,
		channels.Permanent:     engine.OutcomePermanent,
		channels.Temporary:     engine.OutcomeTemporary,
		channels.Configuration: engine.OutcomeConfiguration,
		channels.Unknown:       engine.OutcomeUnknown,
	} {
		if string(theirs) != string(ours) {
			t.Errorf("the outcome %q of channels is %q in engine", theirs, ours)
		}
	}
	if string(channels.SMS) != string(engine.SMS) || string(channels.Email) != string(engine.Email) {
		t.Error("the channels have different names")
	}
	for theirs, ours := range map[channels.Handled]engine.Handled{
		channels.HandledStop: engine.HandledStop, channels.HandledStart: engine.HandledStart, channels.HandledHelp: engine.HandledHelp,
	} {
		if string(theirs) != string(ours) {
			t.Errorf("what a provider handled is %q in channels, %q in engine", theirs, ours)
		}
	}
	if string(engine.SMS) != engine.DueSMS || string(engine.Email) != engine.DueEmail {
		t.Error("messages of a channel must be due under its name")
	}
}

func TestAnswerCarriesEverything(t *testing.T) {
	t.Parallel()
	got := answer(channels.Delivery{Provider: "p", Answer: channels.Answer{
		Outcome: channels.Temporary, ProviderID: "id", Code: "429", Reason: "busy",
		After: time.Second, BadAddress: true, OptedOut: true,
	}})
	want := engine.Answer{
		Outcome: engine.OutcomeTemporary, Provider: "p", ProviderID: "id", Code: "429", Reason: "busy",
		After: time.Second, BadAddress: true, OptedOut: true,
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
