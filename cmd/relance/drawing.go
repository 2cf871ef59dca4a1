package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"relance/api"
)

// drawing writes figures for a terminal of 80 columns. Errors are the writer's, which keeps them.
type drawing struct {
	out    io.Writer
	blocks bool // eighths of a character; # without
}

func (d *drawing) line(format string, args ...any) {
	fmt.Fprintln(d.out, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

func (d *drawing) stats(service string, s api.Stats) {
	what := "all services"
	if service != "" {
		what = "service " + service
	}
	span := s.From + " to " + s.To
	if s.From == s.To {
		span = s.From
	}
	d.line("%s, %s (%s)", span, what, s.Zone)
	d.funnel(s.Total.Funnel)
	d.ends(s.Total)
	d.routes("By channels of the first message", s.Total.Channels)
	d.routes("By relances sent when they booked", s.Total.Rungs)
	d.weeks(s.Weeks)
}

func (d *drawing) funnel(f api.Funnel) {
	steps := []struct {
		name string
		n    int64
	}{{"queued", f.Queued}, {"sent", f.Sent}, {"delivered", f.Delivered}, {"opened", f.Opened}, {"booked", f.Booked}, {"attended", f.Attended}}
	most := int64(0)
	for _, s := range steps {
		most = max(most, s.n)
	}
	d.line("\nFunnel%48sof those sent", "")
	for _, s := range steps {
		share := ""
		if s.name != "queued" {
			share = percent(ratio(s.n, f.Sent))
		}
		d.line("  %-10s%9d  %s  %8s", s.name, s.n, d.padded(s.n, most, 36), share)
	}
}

// ends are how appointments ended, and what the rest came to.
func (d *drawing) ends(f api.Figures) {
	d.line("\nNo-show             rate  no-show  attended  cancelled")
	for _, r := range []struct {
		name string
		o    api.Outcomes
	}{{"all", f.NoShow.All}, {"chosen", f.NoShow.Chosen}, {"imposed", f.NoShow.Imposed}} {
		d.line("  %-10s%12s%9d%10d%11d", r.name, percent(r.o.Rate), r.o.NoShow, r.o.Attended, r.o.Cancelled)
	}
	d.line("\nBooked by themselves   %s of those sent (%d)", percent(f.SelfBooked.Share), f.SelfBooked.Count)
	d.line("Days to booking        %s", days(f.ToBooking))
	d.line("Days to appointment    %s", days(f.ToSeen))
	d.line("Seen within 30 days    %s of those first invited; within 45 days %s", percent(f.Seen.Within30.Share), percent(f.Seen.Within45.Share))
	sms := fmt.Sprintf("%d, %d parts", f.SMS.Messages, f.SMS.Parts)
	if f.SMS.Cost != nil {
		sms += fmt.Sprintf(", cost %.2f at %g a part", *f.SMS.Cost, f.SMS.Price)
	}
	d.line("SMS sent               %s", sms)
	d.line("Emails sent            %d, %d called spam", f.Emails, f.Complaints)
	d.line("Expired                %d: the last day passed with no appointment to come", f.Expired)
	d.line("Unreachable            %d, at some time", f.Unreachable)
}

func (d *drawing) routes(title string, routes []api.Route) {
	if len(routes) == 0 {
		return
	}
	d.line("\n%-36s%8s%8s%10s%8s", title, "sent", "booked", "attended", "self")
	for _, r := range routes {
		name := strings.ReplaceAll(r.Channels, "_", " and ")
		if r.Rung != nil {
			name = fmt.Sprintf("relance %d", *r.Rung)
			if *r.Rung == 0 {
				name = "invitation alone"
			}
		}
		d.line("  %-34s%8d%8d%10d%8s", name, r.Sent, r.Booked, r.Attended, percent(r.SelfBooked.Share))
	}
}

// weeks draws two bars a week on one scale, from the first week with anything in it to the last.
func (d *drawing) weeks(all []api.WeekStats) {
	first, last, most := -1, -1, int64(0)
	for i, w := range all {
		if w.Bookings+w.Attended+w.NoShow+w.Cancelled > 0 {
			last = i
			if first < 0 {
				first = i
			}
		}
		most = max(most, w.Bookings, w.Attended)
	}
	if first < 0 {
		d.line("\nNo booking and no appointment in these weeks.")
		return
	}
	d.line("\n%-10s%-32s%-29s%s", "Week", "bookings made", "people who came", "no-show")
	for _, w := range all[first : last+1] {
		d.line("%-10s%s%6d  %s%6d %8d", w.Week, d.padded(w.Bookings, most, 24), w.Bookings, d.padded(w.Attended, most, 20), w.Attended, w.NoShow)
	}
}

// padded is the bar of n on a scale of most, filled with spaces to the width.
func (d *drawing) padded(n, most int64, width int) string {
	bar := d.bar(n, most, width)
	return bar + strings.Repeat(" ", width-utf8.RuneCountInString(bar))
}

// bar never hides a small number: what is not nothing shows.
func (d *drawing) bar(n, most int64, width int) string {
	if n <= 0 || most <= 0 {
		return ""
	}
	eighths := max(1, int(math.Round(float64(n)/float64(most)*float64(8*width))))
	if !d.blocks {
		return strings.Repeat("#", max(1, (eighths+4)/8))
	}
	bar := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return bar
}

func ratio(n, of int64) *float64 {
	if of <= 0 {
		return nil
	}
	f := float64(n) / float64(of)
	return &f
}

// percent writes a share; "-" for one of nothing.
func percent(share *float64) string {
	if share == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", *share*100)
}

func days(d api.Days) string {
	if d.Mean == nil || d.Median == nil {
		return "-"
	}
	return fmt.Sprintf("mean %.1f, median %g (%d)", *d.Mean, *d.Median, d.Count)
}
