package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"relance/engine/simulation"
)

// printSimulation writes the days as a table, and what they came to.
func printSimulation(w io.Writer, r *simulation.Report, notes []string) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "Simulation, nothing is sent: %s, service %s, %d people posted on %s (%s), seed %d.\n",
		r.Organisation, r.Service, r.Accepted, r.Batch.Format("Monday 2 January 2006 15:04"), r.Zone, r.Behaviour.Seed)
	for _, n := range notes {
		fmt.Fprintln(out, n)
	}
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "day\tSMS\temails\tparts\tcost\tinvited\twaiting\tbooked\tused\tfree\tno-shows\t")
	for _, d := range r.Days {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t\n",
			weekday(d.Date), d.SMS, d.Emails, d.Parts, cost(d.Cost), d.Invited, d.Waiting, d.Booked, d.Used, d.Free, expected(d.NoShows))
	}
	t := r.Total
	fmt.Fprintf(table, "together\t%d\t%d\t%d\t%s\t%d\t\t%d\t%d\t%d\t%s\t\n",
		t.SMS, t.Emails, t.Parts, cost(t.Cost), t.Invited, t.Bookings, t.Used, t.Free, expected(t.NoShows))
	if err := table.Flush(); err != nil {
		return err
	}
	printTotals(out, r)
	return out.Flush()
}

// printTotals tells what became of the people, and what it costs.
func printTotals(out io.Writer, r *simulation.Report) {
	t := r.Total
	line := func(name, value, note string) {
		fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("  %-26s %9s  %s", name, value, note), " "))
	}
	number := func(n int) string { return fmt.Sprint(n) }
	part := func(n int) string {
		if r.Accepted == 0 {
			return ""
		}
		return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(r.Accepted))
	}
	fmt.Fprintf(out, "\nAfter %d days:\n", len(r.Days))
	line("people", number(r.Accepted), fmt.Sprintf("of %s, %d refused", lines(r.Lines), r.Refused))
	line("have an appointment", number(t.WithAppointment), fmt.Sprintf("%s; of %d it is still to come", part(t.WithAppointment), t.Coming))
	line("left without a slot", number(t.WithoutSlot), fmt.Sprintf("%s: %d wait to be invited, %d found none to choose", part(t.WithoutSlot), t.Waiting, t.FoundNone))
	line("no answer, or cancelled", number(t.NoAnswer), part(t.NoAnswer))
	line("could not be reached", number(t.Unreachable), part(t.Unreachable))
	last := "nobody was"
	if t.LastInvited != "" {
		last = weekday(t.LastInvited)
	}
	line("last invited", last, "")
	line("expected no-shows", expected(t.NoShows), fmt.Sprintf("of %d slots used", t.Used))
	line("moved, cancelled", fmt.Sprintf("%d, %d", t.Moved, t.Cancelled), "")
	if t.Cost != nil {
		line("cost of SMS", cost(t.Cost), fmt.Sprintf("%d parts at %g", t.Parts, r.SMSPrice))
	} else {
		line("cost of SMS", "-", fmt.Sprintf("%d parts; sms_price of the organisation is not set", t.Parts))
	}
}

func weekday(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return t.Format("Mon 2 Jan")
}

// cost with two decimals; "-" when no price is known.
func cost(c *float64) string {
	if c == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f", *c)
}

// expected is a sum of chances.
func expected(n float64) string { return fmt.Sprintf("%.1f", math.Abs(n)) }
