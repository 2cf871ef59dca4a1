package main

import (
	"bytes"
	"fmt"
	"io"
	"runtime/debug"
	"testing"
	"time"

	"relance/calendars"
	"relance/engine"
	"relance/engine/intake"
	"relance/engine/simulation"
)

// halls is an organisation of halls with so many desks, each of which takes fourteen people a day.
func halls(n, desks int, perInvitation float64) setup {
	o := setupOrganisation{Organisation: engine.Organisation{
		ID: "departement", Name: "Département de l'Exemple", Zone: "Europe/Paris", Region: calendars.Metropole, Phone: "01 99 00 12 34",
		SMS: engine.Sender{From: "38000", Replies: true}, SMSPrice: 0.05,
	}}
	service := engine.Service{ID: "orientation", Name: "rendez-vous d'orientation", DurationMin: 30, SlotsPerInvitation: &perInvitation}
	for i := range n {
		c := engine.Calendar{Name: fmt.Sprintf("hall %d", i)}
		c.ID = calendars.ID(fmt.Sprintf("hall-%03d", i))
		c.Capacity = desks
		for _, hours := range [][2]calendars.Clock{{"09:00", "12:30"}, {"13:30", "17:00"}} {
			c.Windows = append(c.Windows, calendars.Window{FirstDay: "2026-01-05", Start: hours[0], End: hours[1], RRule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"})
		}
		o.Calendars, service.Calendars = append(o.Calendars, c), append(service.Calendars, c.ID)
	}
	o.Services = []engine.Service{service}
	return setup{Organisations: []setupOrganisation{o}}
}

// crowdOf is n people with a mobile, every third with an email too.
func crowdOf(n int) []byte {
	var b bytes.Buffer
	b.WriteString("external_id,first_name,last_name,phone,email\n")
	for i := range n {
		email := ""
		if i%3 == 0 {
			email = fmt.Sprintf("p%06d@example.org", i)
		}
		fmt.Fprintf(&b, "dossier-%06d,Camille,Martin,06%08d,%s\n", i, 10_000_000+i, email)
	}
	return b.Bytes()
}

// BenchmarkSimulate lets 30 days pass for 100,000 people: with the sample set-up, with halls enough for all, with a
// tenth of them so that most wait, and with that tenth and everybody invited at once.
func BenchmarkSimulate(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(collectSimulationAt)) // as the command does
	hugePages(mostKept)
	const people, days = 100_000, 30
	crowd := crowdOf(people)
	for _, c := range []struct {
		name string
		is   setup
	}{
		{"sample-set-up", *readSetup(sampleSetup, &mistakes{})}, {"room-for-all", halls(50, 5, 1)},
		{"a-tenth-has-room", halls(5, 5, 1)}, {"a-tenth-all-invited", halls(5, 5, 0)},
	} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				began := time.Now()
				r := simulateFor(b, c.is, bytes.NewReader(crowd), days)
				took := time.Since(began).Seconds()
				b.ReportMetric(took, "s")
				b.ReportMetric(people/took, "people/s")
				b.ReportMetric(float64(r.Total.SMS+r.Total.Emails), "messages")
				b.ReportMetric(float64(r.Total.Bookings), "bookings")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// monthOf is a set-up of one organisation from Monday 18 May 2026.
func monthOf(tb testing.TB, s setup, days int) *simulationPlan {
	tb.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		tb.Fatal(err)
	}
	return &simulationPlan{
		setup: s, service: s.Organisations[0].Services[0].ID, format: intake.CSV, days: days, behaviour: simulation.Default(),
		start: time.Date(2026, time.May, 18, 9, 0, 0, 0, paris), publicURL: "https://rdv.example.org",
	}
}

// simulateFor runs a set-up, people behaving as changed.
func simulateFor(tb testing.TB, s setup, people io.Reader, days int, change ...func(*simulation.Behaviour)) *simulation.Report {
	tb.Helper()
	p := monthOf(tb, s, days)
	for _, f := range change {
		f(&p.behaviour)
	}
	r, refused, err := p.run(tb.Context(), people)
	if err != nil {
		tb.Fatal(err)
	}
	if len(refused) > 0 {
		tb.Fatal(refused[0])
	}
	return r
}
