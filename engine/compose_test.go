package engine_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	ical "github.com/arran4/golang-ical"

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

// changing writes whether the person is told that they may move or cancel.
type changing struct{ plainTexts }

func (c changing) Render(lang string, ch engine.Channel, k engine.MessageKind, o map[string]string, v map[string]any) (engine.Text, error) {
	out, err := c.plainTexts.Render(lang, ch, k, o, v)
	out.Body = fmt.Sprintf("%s can_change=%v", k, v["can_change"])
	return out, err
}

// What the page would refuse by then is not offered: neither after the cut-offs nor after the last move.
func TestMessagesOfferWhatThePageDoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		start        time.Time // it is Monday, nine o'clock
		cancel, move int       // cut-offs, in hours
		moves        int
		want         bool
	}{
		{"in two hours", at(18, 11, 0), 4, 4, 3, false},
		{"in two days", at(20, 9, 0), 4, 4, 3, true},
		{"too late to cancel alone", at(20, 9, 0), 72, 4, 3, false},
		{"too late to move alone", at(20, 9, 0), 4, 72, 3, false},
		{"never moved", at(20, 9, 0), 4, 4, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.e.Texts = changing{}
			w.service(engine.Service{Calendars: []engine.CalendarID{"desk-1"}, NoticeHours: hours(0), CancelCutoffHours: &c.cancel, MoveCutoffHours: &c.move, MaxMoves: &c.moves})
			w.must(w.convene(person("awa"), c.start))
			w.work()
			want := fmt.Sprintf("convocation can_change=%v", c.want)
			if len(w.sent) != 2 || w.sent[0].Out.Text.Body != want || w.sent[1].Out.Text.Body != want {
				t.Errorf("%d sent; want %q: %+v", len(w.sent), want, w.sent)
			}
		})
	}
}

// A parameter of iCalendar has no escapes: whatever the organisation is called, the organiser can be read back.
func TestTheOrganiserOfAnEventCanBeRead(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Département de l'Exemple":             "Département de l’Exemple",
		`Drôme, pôle "Accueil": 3; C:\Valence`: "Drôme pôle Accueil 3 C Valence",
	} {
		w := newWorld(t)
		o, err := w.e.Organisation(w.ctx, w.org)
		w.must(o, err)
		o.Name, o.Email = name, "accueil@exemple.org"
		w.must(w.e.SaveOrganisation(w.ctx, *o))
		w.must(w.bookAt(w.invite("awa"), at(28, 9, 0), engine.ByRecipient))
		w.work()
		text := w.sent[len(w.sent)-1].Out.Calendar
		cal, err := ical.ParseCalendar(bytes.NewReader(text))
		w.must(cal, err)
		p := cal.Events()[0].GetProperty(ical.ComponentPropertyOrganizer)
		if cn := p.ICalParameters["CN"]; p.Value != "mailto:"+o.Email || len(cn) != 1 || cn[0] != want {
			t.Errorf("%s: organised by %q %q", name, cn, p.Value)
		}
		line := regexp.MustCompile(`ORGANIZER;CN=[^";:,\\]*:mailto:`)
		if whole := strings.ReplaceAll(string(text), "\r\n ", ""); !line.MatchString(whole) {
			t.Errorf("%s: not by RFC 5545:\n%s", name, whole)
		}
	}
}
