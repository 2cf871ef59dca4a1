package engine_test

import (
	"testing"
	"time"

	"relance/engine"
)

// listing are texts that keep what a reminder lists, and are as long as it asks for.
type listing struct {
	plainTexts
	said  *[][]map[string]any
	parts func(list []map[string]any) int
}

func (l listing) Render(lang string, ch engine.Channel, k engine.MessageKind, o map[string]string, v map[string]any) (engine.Text, error) {
	out, err := l.plainTexts.Render(lang, ch, k, o, v)
	list, _ := v["appointments"].([]map[string]any)
	if k == engine.KindReminder {
		*l.said = append(*l.said, list)
		if l.parts != nil {
			out.Parts = l.parts(list)
		}
	}
	return out, err
}

// twoThatDay books awa in at 9:00 and 14:00 of Thursday 28 for two services, by phone only.
func (w *world) twoThatDay() (morning, afternoon *engine.Appointment) {
	w.t.Helper()
	first := w.inviteByPhone("awa")
	w.other()
	second := w.inviteByPhone("awa")
	w.work()
	morning, err := w.bookAt(first, at(28, 9, 0), engine.ByRecipient)
	w.must(morning, err)
	afternoon, err = w.bookAt(second, at(28, 14, 0), engine.ByRecipient)
	w.must(afternoon, err)
	w.work()
	return morning, afternoon
}

func TestOneReminderListsTheAppointmentsOfADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var said [][]map[string]any
	w.e.Texts = listing{said: &said}
	morning, afternoon := w.twoThatDay()
	w.until(at(27, 20, 0))
	if n := w.count(engine.KindReminder, engine.SMS); n != 1 {
		t.Fatalf("%d reminders of two appointments on one day", n)
	}
	if len(said[0]) != 2 || said[0][0]["time"] != "09:00" || said[0][1]["time"] != "14:00" {
		t.Errorf("it lists %v", said[0])
	}
	if r := w.appointment(morning.ID).Reminders[0]; r.State != engine.ReminderQueued {
		t.Errorf("the first one's reminder is %s", r.State)
	}
	last := w.sent[len(w.sent)-1]
	if r := w.appointment(afternoon.ID).Reminders[0]; r.State != engine.ReminderMerged || r.Message != last.Out.Message.ID {
		t.Errorf("the other's is %+v, the message %s", r, last.Out.Message.ID)
	}
	if next := w.appointment(afternoon.ID).Next; next.Kind != engine.StepOutcome {
		t.Errorf("the other waits for %s", next)
	}
}

func TestAnotherDayHasItsOwnReminder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var said [][]map[string]any
	w.e.Texts = listing{said: &said}
	_, afternoon := w.twoThatDay()
	_, err := w.moveTo(afternoon, at(29, 9, 0), engine.ByStaff)
	w.must(nil, err)
	w.until(at(28, 20, 0))
	if len(said) != 2 || said[0] != nil || said[1] != nil {
		t.Errorf("the reminders of two days list %v", said)
	}
}

func TestTheOtherIsRemindedWhenTheListIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var said [][]map[string]any
	w.e.Texts = listing{said: &said}
	morning, afternoon := w.twoThatDay()
	w.until(at(26, 8, 59))
	w.answer = func(*engine.Outgoing) engine.Answer {
		return engine.Answer{Outcome: engine.OutcomeTemporary, Provider: "test", After: time.Hour}
	}
	w.until(at(26, 9, 30))
	if r := w.appointment(afternoon.ID).Reminders[0]; r.State != engine.ReminderMerged {
		t.Fatalf("the other's reminder is %s", r.State)
	}
	w.answer = nil
	_, err := w.e.Cancel(w.ctx, w.org, morning.ID, engine.ByRecipient)
	w.must(nil, err)
	w.until(at(26, 20, 0))
	if r := w.appointment(afternoon.ID).Reminders[0]; r.State != engine.ReminderQueued || w.count(engine.KindReminder, engine.SMS) != 1 {
		t.Errorf("the other's reminder is %+v, %d went out", r, w.count(engine.KindReminder, engine.SMS))
	}
	if list := said[len(said)-1]; list != nil {
		t.Errorf("it lists %v, and only one appointment is left", list)
	}
}

func TestAListThatIsTooLongSaysLess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		parts    func([]map[string]any) int
		messages int
		listed   bool
	}{
		"without places": {func(l []map[string]any) int {
			if len(l) > 0 && l[0]["place"] != nil {
				return 4
			}
			return 3
		}, 1, true},
		"each alone": {func(l []map[string]any) int { return 1 + 3*len(l) }, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var said [][]map[string]any
			w.e.Texts = listing{said: &said, parts: c.parts}
			w.twoThatDay()
			w.until(at(27, 20, 0))
			if n := w.count(engine.KindReminder, engine.SMS); n != c.messages {
				t.Errorf("%d reminders went out, want %d", n, c.messages)
			}
			if list := said[len(said)-1]; (len(list) == 2) != c.listed {
				t.Errorf("the last one lists %v", list)
			}
		})
	}
}

func TestAReminderInOwnWordsThatKnowsOneAppointmentIsNotMerged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, Texts: map[string]string{"fr/sms/reminder": "{{ date }} {{ time }}"}})
	morning, afternoon := w.twoThatDay()
	w.until(at(26, 10, 0))
	if r := w.appointment(morning.ID).Reminders[0]; r.State != engine.ReminderQueued {
		t.Errorf("the first one's reminder is %s", r.State)
	}
	if r := w.appointment(afternoon.ID).Reminders[0]; r.State != engine.ReminderPlanned {
		t.Errorf("the other's reminder is %s before its time", r.State)
	}
}
