package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"relance/engine"
)

// The calendar part of emails follows RFC 5546: one UID, a SEQUENCE that goes up, the person as attendee.
func TestEmailsCarryTheAppointment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invite("awa")
	w.work()
	a := w.book("awa", 4)
	w.work()
	_, err := w.moveTo(a, a.Start.Add(24*time.Hour), engine.ByRecipient)
	w.must(nil, err)
	w.work()
	w.must(w.e.Cancel(w.ctx, w.org, a.ID, engine.ByRecipient))
	w.work()
	var got []string
	for _, s := range w.sent {
		if s.Out.Calendar == nil {
			continue
		}
		text := strings.ReplaceAll(string(s.Out.Calendar), "\r\n ", "")
		lines := strings.Split(text, "\r\n")
		for _, want := range []string{
			"UID:" + string(a.ID) + "@relance", "METHOD:" + s.Out.CalendarMethod,
			"ATTENDEE;PARTSTAT=ACCEPTED:mailto:" + s.To,
		} {
			if !slices.Contains(lines, want) {
				t.Errorf("%s has no line %q:\n%s", s.Kind, want, text)
			}
		}
		i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "SEQUENCE:") })
		got = append(got, string(s.Kind)+" "+s.Out.CalendarMethod+" "+lines[i])
	}
	want := []string{"confirmation REQUEST SEQUENCE:0", "moved REQUEST SEQUENCE:1", "cancelled_by_recipient CANCEL SEQUENCE:2"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
