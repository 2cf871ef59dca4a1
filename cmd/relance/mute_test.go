package main

import (
	"errors"
	"strings"
	"testing"

	"relance/calendars"
	"relance/engine"
	"relance/engine/store"
	"relance/engine/store/redistest"
)

// A text that asks for a reply through a sender that takes none is refused when it is saved, whichever
// of the two is saved last; so is an offer, which is answered by a number.
func TestAMuteSenderAsksForNoReply(t *testing.T) {
	t.Parallel()
	e, err := newEngine(store.New(redistest.Client(t), redistest.Prefix()), parts{links: []byte(strings.Repeat("k", 32)), clock: engine.WallClock{}})
	if err != nil {
		t.Fatal(err)
	}
	org := engine.Organisation{ID: "org_mute", Name: "Agence", Phone: "01 02 03 04 05", SMS: engine.Sender{From: "Agence"}}
	save := func() error { _, err := e.SaveOrganisation(t.Context(), org); return err }
	if err := save(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.SaveCalendar(t.Context(), org.ID, engine.Calendar{Name: "A", Calendar: calendars.Calendar{ID: "a", Zone: "Europe/Paris"}}); err != nil {
		t.Fatal(err)
	}
	service := func(text string) error {
		own := map[string]string{"fr/sms/reminder": "{{ organisation }} : {{ date }} {{ time }} {{ link }} {{ phone }}. " + text}
		_, err := e.SaveService(t.Context(), org.ID, engine.Service{ID: "s", Name: "S", Calendars: []engine.CalendarID{"a"}, DurationMin: 30, Texts: own})
		return err
	}
	for _, asks := range []string{"Répondez 1 pour confirmer.", "Répondez APPEL.", "Reply YES.", "Envoyez OUI", "Дайте відповідь: 1", "أجيبوا: 1"} {
		if err := service(asks); field(err) != "/texts" {
			t.Errorf("%q through a mute sender: %v", asks, err)
		}
	}
	if err := service("Appelez-nous."); err != nil {
		t.Error(err)
	}
	org.SMS = engine.Sender{From: "Agence", Replies: true}
	if err := save(); field(err) != "/sms/replies" {
		t.Errorf("letters that take replies: %v", err)
	}
	org.SMS.From = "38123"
	if err := errors.Join(save(), service("Répondez 1 pour confirmer.")); err != nil {
		t.Error(err)
	}
	org.SMS.Replies = false
	if err := save(); field(err) != "/sms/replies" || !strings.Contains(err.Error(), "fr/sms/reminder") {
		t.Errorf("silencing a sender that is asked to: %v", err)
	}
	if err := errors.Join(service("Appelez-nous."), save()); err != nil {
		t.Error(err)
	}
}

// field is the pointer of the one mistake.
func field(err error) string {
	var wrong *engine.Error
	if !errors.As(err, &wrong) || len(wrong.Fields) != 1 {
		return ""
	}
	return wrong.Fields[0].Pointer
}
