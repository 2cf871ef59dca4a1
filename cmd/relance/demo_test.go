package main

import (
	"bytes"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"relance/engine"
)

// The whole demo, fast: invented people are invited, book over HTTP, and some come.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("twelve days of HTTP; make demo shows it too")
	}
	t.Parallel()
	code, out, errs := runProgram(t, nil, nil, "demo", "--speed", "60000", "--days", "12", "--addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0")
	if code != exitOK {
		t.Fatalf("code %d\n%s\n%s", code, out, errs)
	}
	for _, want := range []string{"it keeps nothing", "204 lines, 200 accepted, 4 refused", "line 169", "/outbox", "/v1/docs", "/r/", "after relance 1", "attended", "could not be reached            3"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if errs != "" {
		t.Errorf("something went wrong: %s", errs)
	}
}

func TestPlansAreTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	answering, coming, differ := 0, 0, 0
	for n := range 2000 {
		id := "rcp_" + itoa(n)
		p := planOf(1, id)
		if p != planOf(1, id) {
			t.Fatal("two plans for one person")
		}
		if p != planOf(2, id) {
			differ++
		}
		if p.answers < 3 {
			answering++
		}
		if p.comes {
			coming++
		}
	}
	if answering < 1400 || answering > 1650 || coming < 1700 || coming > 1900 || differ < 1500 {
		t.Errorf("%d answer, %d come, %d depend on the seed", answering, coming, differ)
	}
}

func TestTheDemoBeginsOnAMonday(t *testing.T) {
	t.Parallel()
	for now, want := range map[string]string{
		"2026-05-13T12:00:00Z": "2026-05-18T07:00:00Z", "2026-05-18T06:59:00Z": "2026-05-18T07:00:00Z",
		"2026-05-18T07:00:00Z": "2026-05-25T07:00:00Z", "2026-12-30T00:00:00Z": "2027-01-04T08:00:00Z",
	} {
		at, _ := time.Parse(time.RFC3339, now)
		if got := mondayNine(at).UTC().Format(time.RFC3339); got != want {
			t.Errorf("from %s: %s, want %s", now, got, want)
		}
	}
	now := time.Now()
	clock, base := (&demoCmd{Speed: 1}).clock(now)
	if clock.Span(time.Second) != time.Second || clock.Now().Before(base) || !base.Equal(mondayNine(now)) {
		t.Error("at speed 1 time passes as it does, and begins on a Monday too")
	}
}

func TestFreeAddressTakesAnotherPort(t *testing.T) {
	t.Parallel()
	l, err := open("x", "127.0.0.1:0", nil, quietly())
	if err != nil {
		t.Fatal(err)
	}
	defer l.on.Close()
	got, err := freeAddress(l.address())
	if err != nil || got == l.address() || !strings.HasPrefix(got, "127.0.0.1:") {
		t.Errorf("%s %v", got, err)
	}
	if _, err := freeAddress("nonsense"); !isMistake(err) {
		t.Errorf("%v", err)
	}
}

func TestSheetsAreReadAsPeopleDo(t *testing.T) {
	t.Parallel()
	at, _ := url.Parse("https://rdv.example.org/r/abc")
	s, err := readSheet(at, strings.NewReader(`<h1>x</h1><a href="/r/abc/check?start=1&amp;x=2">9 h</a><a href="tel:0">call</a>
		<form method=post action="/r/abc/book"><input type=hidden name=start value="1"><input name=seq value="0"><button>ok</button></form>`))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.slots(); len(got) != 1 || got[0] != "https://rdv.example.org/r/abc/check?start=1&x=2" {
		t.Errorf("slots %q", got)
	}
	if s.form.action != "https://rdv.example.org/r/abc/book" || s.form.values.Encode() != "seq=0&start=1" {
		t.Errorf("form %+v", s.form)
	}
	var none *sheet
	if none.slots() != nil {
		t.Error("no page has slots")
	}
}

func TestTallyCountsPeopleOnce(t *testing.T) {
	t.Parallel()
	y := newTally()
	for _, e := range []engine.Event{
		{Type: engine.EventInvitationSent, Invitation: "i"}, {Type: engine.EventInvitationSent, Invitation: "j"},
		{Type: engine.EventInvitationRelanced, Invitation: "i"},
		{Type: engine.EventAppointmentBooked, Invitation: "i"}, {Type: engine.EventAppointmentBooked, Invitation: "i"},
		{Type: engine.EventAppointmentBooked, Invitation: "j"},
		{Type: engine.EventAppointmentOutcome, Appointment: "a", State: string(engine.NoShow)},
		{Type: engine.EventAppointmentOutcome, Appointment: "a", State: string(engine.Attended)}, // corrected
		{Type: engine.EventInvitationClosed, Invitation: "i"}, {Type: engine.EventInvitationClosed, Invitation: "j", Reason: "declined"},
		{Type: engine.EventMessageSent, Channel: engine.SMS, Kind: engine.KindReminder},
	} {
		y.add(e)
	}
	var out bytes.Buffer
	y.print(&out, batchAnswer{Lines: 3, Accepted: 2, Refused: 1}, time.Unix(0, 0), time.Unix(0, 0))
	for _, want := range []string{"booked 2 100.0 %", "after the invitation 1", "after relance 1 1", "attended 1", "no-show 0", "declined or closed 1", "reminders sent 1", "messages: 1 SMS"} {
		if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

func TestSampleIsUsable(t *testing.T) {
	t.Parallel()
	if _, err := checkSetup(t.Context(), "sample", sampleSetup); err != nil {
		t.Error(err)
	}
	in, size := sampleBody()
	if n, _ := io.Copy(io.Discard, in); n != size {
		t.Errorf("%d bytes, said %d", n, size)
	}
}
