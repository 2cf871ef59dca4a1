package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"relance/calendars"
	"relance/engine"
	"relance/engine/simulation"
	"relance/engine/store"
)

// everybody arrives, is read, books an hour later and does nothing else.
func everybody(b *simulation.Behaviour) {
	sure := simulation.Reading{Delivered: 1, Opened: 1, Booked: []float64{1}}
	*b = simulation.Behaviour{
		Seed: 1, Channels: simulation.Channels{SMS: sure, Email: sure}, DelayHours: simulation.Spread{Median: 1, P90: 1},
		NoShow: simulation.NoShow{Chosen: 0.1, Imposed: 0.5}, Hours: simulation.Hours{From: "08:00", Until: "22:00"},
	}
}

// phones are n people without email.
func phones(n int) io.Reader {
	lines := strings.SplitAfter(string(crowdOf(n)), "\n")
	for i, l := range lines[1:] {
		if cut := strings.LastIndexByte(l, ','); cut > 0 {
			lines[i+1] = l[:cut+1] + "\n"
		}
	}
	return strings.NewReader(strings.Join(lines, ""))
}

// TestSimulateByHand: ten people are asked on Monday at nine, all book at ten the first day there is, which has
// twelve starts from then on: Tuesday. Each gets an SMS that asks, one that confirms, and no reminder, for that
// would have been on Sunday.
func TestSimulateByHand(t *testing.T) {
	t.Parallel()
	r := simulateFor(t, halls(1, 1, 1), phones(10), 4, everybody)
	monday, tuesday, wednesday := r.Days[0], r.Days[1], r.Days[2]
	if monday.SMS != 20 || monday.Emails != 0 || monday.Invited != 10 || monday.Booked != 10 || monday.Used != 0 || monday.Free != 14 {
		t.Errorf("Monday: %+v", monday)
	}
	if tuesday.SMS != 0 || tuesday.Used != 10 || tuesday.NoShows < 0.999 || tuesday.NoShows > 1.001 {
		t.Errorf("Tuesday: %+v", tuesday)
	}
	if wednesday.SMS != 0 || wednesday.Used != 0 || wednesday.Free != 14 {
		t.Errorf("Wednesday: %+v", wednesday)
	}
	total := r.Total
	if total.WithAppointment != 10 || total.WithoutSlot != 0 || total.NoAnswer != 0 || total.Coming != 0 || total.LastInvited != "2026-05-18" {
		t.Errorf("together: %+v", total)
	}
	if want := float64(total.Parts) * 0.05; total.Cost == nil || *total.Cost != want || total.Parts < 20 {
		t.Errorf("%d parts cost %v", total.Parts, total.Cost)
	}
}

// TestSimulateRelances: nobody answers, so each is asked again after 3 and after 7 days, which is a Monday and a
// holiday: the last SMS leaves on Tuesday.
func TestSimulateRelances(t *testing.T) {
	t.Parallel()
	r := simulateFor(t, halls(1, 1, 1), phones(10), 14, everybody, func(b *simulation.Behaviour) { b.Channels.SMS.Opened = 0 })
	for i, want := range []int{10, 0, 0, 10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0} {
		if r.Days[i].SMS != want {
			t.Errorf("%s: %d SMS, want %d", r.Days[i].Date, r.Days[i].SMS, want)
		}
	}
	if r.Total.NoAnswer != 10 || r.Total.WithAppointment != 0 {
		t.Errorf("together: %+v", r.Total)
	}
}

// TestSimulateChannels: who has a dead phone is reached by email, and who has no email is not reached.
func TestSimulateChannels(t *testing.T) {
	t.Parallel()
	r := simulateFor(t, halls(1, 1, 1), bytes.NewReader(crowdOf(9)), 4, everybody, func(b *simulation.Behaviour) { b.Channels.SMS.Delivered = 0 })
	if r.Total.SMS != 0 || r.Total.Emails != 6 || r.Total.WithAppointment != 3 || r.Total.Unreachable != 6 {
		t.Errorf("together: %+v", r.Total)
	}
}

// TestSimulateConvenes: staff book in those who never answered, and more of these stay away.
func TestSimulateConvenes(t *testing.T) {
	t.Parallel()
	r := simulateFor(t, halls(1, 1, 1), phones(10), 30, everybody, func(b *simulation.Behaviour) { b.Channels.SMS.Opened, b.Convened = 0, 1 })
	if r.Total.WithAppointment != 10 || r.Total.Used != 10 || r.Total.NoShows < 4.999 || r.Total.NoShows > 5.001 {
		t.Errorf("together: %+v", r.Total)
	}
}

// scarce is a hall of 300 slots in all: 14 a day for 21 days and 6 on the last.
func scarce() setup {
	s := halls(1, 1, 1)
	c := &s.Organisations[0].Calendars[0]
	c.OpenOnHolidays = true
	for i := range c.Windows {
		c.Windows[i].FirstDay, c.Windows[i].RRule = "2026-05-20", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=21"
	}
	c.Windows = append(c.Windows, calendars.Window{FirstDay: "2026-06-18", Start: "09:00", End: "12:00"})
	return s
}

// TestSimulatePacing: of 5,000 people for 300 slots no more are invited than have one to choose, and nobody is lost.
func TestSimulatePacing(t *testing.T) {
	t.Parallel()
	r := simulateFor(t, scarce(), phones(5000), 35)
	if d := r.Days[0]; d.Invited != 300 || d.Waiting+d.Invited > 5000 || d.Waiting < 4650 { // who cannot be reached makes room
		t.Errorf("the first day: %+v", r.Days[0])
	}
	total := r.Total
	if total.FoundNone > 20 || total.Used+total.Free != 300 || total.Used < 240 { // the last slots go by unseen
		t.Errorf("together: %+v", total)
	}
	if sum := total.WithAppointment + total.WithoutSlot + total.NoAnswer + total.Unreachable; sum != 5000 || total.NoAnswer < 0 {
		t.Errorf("%d people of 5000: %+v", sum, total)
	}
	invited := 0
	for _, d := range r.Days {
		invited += d.Invited
		if d.Waiting+invited < 5000-total.Unreachable || d.Waiting+invited > 5000 {
			t.Errorf("%s: %d were invited and %d wait", d.Date, invited, d.Waiting)
		}
	}
	if total.Waiting == 0 || total.WithoutSlot < 5000-300-total.NoAnswer-total.Unreachable {
		t.Errorf("left without a slot: %+v", total)
	}
}

// TestSimulateUnpaced: with pacing off everybody is asked, and many find nothing.
func TestSimulateUnpaced(t *testing.T) {
	t.Parallel()
	s := scarce()
	zero := 0.0
	s.Organisations[0].Services[0].SlotsPerInvitation = &zero
	r := simulateFor(t, s, phones(1000), 30)
	if r.Days[0].Invited < 950 || r.Total.Waiting != 0 || r.Total.FoundNone == 0 || r.Total.WithoutSlot != r.Total.FoundNone {
		t.Errorf("together: %+v", r.Total)
	}
}

// TestSimulateIsRepeatable: to the byte, and another seed is another crowd.
func TestSimulateIsRepeatable(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		r := simulateFor(t, halls(2, 3, 1), bytes.NewReader(crowdOf(600)), 20, func(b *simulation.Behaviour) { b.Seed, b.Convened = seed, 0.5 })
		out, err := json.Marshal(r)
		return string(out) + string(chartOf(r)) + errorText(err)
	}
	first := run(1)
	if again := run(1); again != first {
		t.Errorf("the same input gave another output:\n%s\n%s", first, again)
	}
	if other := run(2); other == first {
		t.Error("another seed gave the same output")
	}
}

func errorText(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

// simulateSample runs the command on the sample, with some more files.
func simulateSample(t *testing.T, files map[string]string, args ...string) (dir string, code int, out, errs string) {
	t.Helper()
	dir = t.TempDir()
	all := map[string]string{"setup.yaml": string(sampleSetup), "people.csv": string(samplePeople)}
	for name, text := range files {
		all[name] = text
	}
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	line := []string{"simulate", "-f", filepath.Join(dir, "setup.yaml"), filepath.Join(dir, "people.csv"), "--from", "2026-05-18"}
	for _, a := range args {
		line = append(line, strings.ReplaceAll(a, "DIR", dir))
	}
	code, out, errs = runProgram(t, nil, nil, line...)
	return dir, code, out, errs
}

// onlyJSON is a store in memory that is given no values, shows nothing by itself, and keeps what Redis would.
type onlyJSON struct {
	engine.Store
	engine.Lister
	simulation.Timetable
}

// TestSimulateOnJSON: records kept as values and records written as JSON and read again make no difference.
func TestSimulateOnJSON(t *testing.T) {
	t.Parallel()
	p := monthOf(t, halls(2, 2, 1), 30)
	p.behaviour.Answers.Change, p.behaviour.Answers.Cancel = 0.2, 0.1 // and more that is held, moved and given back
	memory := store.NewMemory()
	r, _, err := p.runOn(t.Context(), onlyJSON{memory, memory, memory}, memory, bytes.NewReader(crowdOf(600)))
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := p.run(t.Context(), bytes.NewReader(crowdOf(600)))
	if err != nil {
		t.Fatal(err)
	}
	if want.Total.Bookings < 100 || want.Total.Moved < 10 || want.Total.Cancelled < 10 {
		t.Errorf("too little happens to tell: %+v", want.Total)
	}
	if got, want := jsonOf(t, r), jsonOf(t, want); got != want {
		t.Errorf("on JSON:\n%s\nas values:\n%s", got, want)
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSimulateCommand(t *testing.T) {
	t.Parallel()
	dir, code, out, errs := simulateSample(t, nil, "--svg", "DIR/month.svg", "--days", "12")
	if code != exitPartly || !strings.Contains(errs, "4 of 204 lines were refused") {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for _, want := range []string{"line 25: phone", "built-in defaults", "11.2 %", "23.8 %", "Fri 29 May", "left without a slot", "expected no-shows", "parts at 0.05"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output does not say %q:\n%s", want, out)
		}
	}
	svg, err := os.ReadFile(filepath.Join(dir, "month.svg"))
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, svg)
	for _, text := range []string{out, errs, string(svg)} {
		for _, personal := range []string{"Petit", "lea.petit", "639980", "0639", "dossier-0"} {
			if strings.Contains(text, personal) {
				t.Errorf("the output names somebody: %q", personal)
			}
		}
	}
}

func wellFormed(t *testing.T, svg []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	found := map[string]bool{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the chart is no XML: %v", err)
		}
		if start, ok := token.(xml.StartElement); ok {
			found[start.Name.Local] = true
			for _, a := range start.Attr {
				if a.Name.Local == "href" || a.Name.Local == "src" {
					t.Errorf("the chart needs %s", a.Value)
				}
			}
		}
	}
	if !found["title"] || !found["desc"] || !found["polyline"] || len(svg) > 40<<10 {
		t.Errorf("the chart has %v in %d bytes", found, len(svg))
	}
}

func TestSimulateJSON(t *testing.T) {
	t.Parallel()
	_, _, out, _ := simulateSample(t, map[string]string{"b.yaml": "seed: 7\nno_show: {chosen: 0.5}\n"}, "--json", "--days", "3", "--behaviour", "DIR/b.yaml")
	var r simulation.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Days) != 3 || r.Accepted != 200 || r.Behaviour.Seed != 7 || r.Behaviour.NoShow.Chosen != 0.5 || r.Behaviour.NoShow.Imposed != 0.238 {
		t.Errorf("the report is %+v", r)
	}
}

func TestSimulateMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		args  []string
		want  []string
	}{
		"shares": {map[string]string{"b.yaml": "channels:\n  sms:\n    opened: 1.5\n    booked: [0.1, -1]\nhours: {from: \"25:00\"}\n"}, []string{"--behaviour", "DIR/b.yaml"},
			[]string{"line 3: channels.sms.opened must be a share", "line 4: channels.sms.booked[1] must be a share", "line 5: hours.from must be a time"}},
		"kinds": {map[string]string{"b.yaml": "no_show:\n  chosen: often\n  whatever: 1\ndelay_hours: 5\n"}, []string{"--behaviour", "DIR/b.yaml"},
			[]string{"line 2: often must be a number", "line 3: there is no field whatever here", "line 4: 5 must be fields"}},
		"no yaml":           {map[string]string{"b.yaml": "a: [1"}, []string{"--behaviour", "DIR/b.yaml"}, []string{"line 1"}},
		"no file":           {nil, []string{"--behaviour", "DIR/none.yaml"}, []string{"the behaviour file cannot be read"}},
		"sums":              {map[string]string{"b.yaml": "after_booking: {move: 0.6, cancel: 0.6}"}, []string{"--behaviour", "DIR/b.yaml"}, []string{"line 1: after_booking its shares exclude each other"}},
		"set-up":            {map[string]string{"setup.yaml": "organisations: [{id: a, nme: b}]"}, nil, []string{"there is no field nme here"}},
		"another service":   {nil, []string{"--service", "other"}, []string{"--service must be one of those of the set-up: orientation"}},
		"another day":       {nil, []string{"--from", "soon"}, []string{"--from must be a day"}},
		"no days":           {nil, []string{"--days", "0"}, []string{"--days must be from 1 to 366"}},
		"people unreadable": {map[string]string{"people.csv": "who,what\n1,2\n"}, nil, []string{"the people cannot be taken"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, code, out, errs := simulateSample(t, c.files, c.args...)
			if code == exitOK || out != "" {
				t.Errorf("exit %d: %s", code, out)
			}
			for _, want := range c.want {
				if !strings.Contains(errs, want) {
					t.Errorf("it does not say %q:\n%s", want, errs)
				}
			}
		})
	}
}

// TestBehaviourSample: the sample says what the defaults are.
func TestBehaviourSample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("sample/behaviour.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var b simulation.Behaviour
	found := &mistakes{}
	parseBehaviour(text, &b, found)
	if want := simulation.Default(); !reflect.DeepEqual(b, want) || len(found.lines) > 0 {
		t.Errorf("the sample is %+v, the defaults are %+v: %v", b, want, found.lines)
	}
}

// TestUnreadTexts: a text that was rendered for somebody else is what it would be for oneself, but for its words.
func TestUnreadTexts(t *testing.T) {
	t.Parallel()
	r := simulateFor(t, halls(1, 1, 1), phones(3), 2, everybody)
	if r.Total.SMS != 6 {
		t.Fatalf("%d SMS", r.Total.SMS)
	}
	plain, err := newTexts()
	if err != nil {
		t.Fatal(err)
	}
	again := newUnread(plain)
	for _, link := range []string{"https://rdv.example.org/r/23abc", "https://rdv.example.org/r/zzzzz", "https://rdv.example.org/r/99xyz"} {
		for _, name := range []string{"Zoë", "", "Ольга"} {
			vars := map[string]any{"organisation": "Ville", "service": "rendez-vous", "phone": "01", "first_name": name, "link": link, "last_day": "jeudi 14 mai", "rung": 0}
			want, err := plain.Render("fr", "sms", "invitation", nil, vars)
			if err != nil {
				t.Fatal(err)
			}
			want.Subject, want.Body, want.HTML = "", "", ""
			if got, err := again.Render("fr", "sms", "invitation", nil, vars); err != nil || got != want {
				t.Errorf("%+v, not %+v: %v", got, want, err)
			}
		}
	}
}
