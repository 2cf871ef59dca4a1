package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strings"

	"relance/engine/simulation"
)

// The sheet of a chart, in units of the drawing.
const (
	chartWidth  = 960
	chartLeft   = 70
	chartRight  = 20
	panelHeight = 170
	panelGap    = 74
	chartTop    = 96
)

// layer is one number of each day.
type layer struct {
	name, colour string
	of           func(simulation.Day) float64
}

// chart draws a report as SVG: self-contained, with a title and a description for who cannot see it.
type chart struct {
	bytes.Buffer
	days []simulation.Day
	step float64 // of a day
}

// chartOf is the whole drawing.
func chartOf(r *simulation.Report) []byte {
	c := &chart{days: r.Days, step: float64(chartWidth-chartLeft-chartRight) / float64(max(1, len(r.Days)))}
	height := chartTop + 3*panelHeight + 2*panelGap + 60
	c.put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="t d" font-family="sans-serif" font-size="13" fill="#222">`, chartWidth, height)
	c.put(`<title id="t">%s</title>`, escaped(chartTitle(r)))
	c.put(`<desc id="d">%s</desc>`, escaped(chartWords(r)))
	c.put(`<rect width="100%%" height="100%%" fill="#fff"/>`)
	c.put(`<text x="%d" y="30" font-size="18" font-weight="bold">%s</text>`, chartLeft, escaped(chartTitle(r)))
	c.put(`<text x="%d" y="52">%s</text>`, chartLeft, escaped(fmt.Sprintf("%d people; %d have an appointment, %d are left without a slot; %.0f no-shows expected",
		r.Accepted, r.Total.WithAppointment, r.Total.WithoutSlot, r.Total.NoShows)))
	number := func(f func(simulation.Day) int) func(simulation.Day) float64 {
		return func(d simulation.Day) float64 { return float64(f(d)) }
	}
	c.stacked(0, "Messages a day", []layer{
		{"SMS", "#1f5fa8", number(func(d simulation.Day) int { return d.SMS })},
		{"emails", "#e08a1e", number(func(d simulation.Day) int { return d.Emails })},
	})
	c.lines(1, "People", []layer{
		{"invited so far", "#1f5fa8", c.soFar(func(d simulation.Day) int { return d.Invited })},
		{"booked so far", "#2b7a3d", c.soFar(func(d simulation.Day) int { return d.Booked })},
		{"waiting", "#b3261e", number(func(d simulation.Day) int { return d.Waiting })},
	})
	c.stacked(2, "Slots a day", []layer{
		{"used, no-show expected", "#b3261e", func(d simulation.Day) float64 { return d.NoShows }},
		{"used", "#2b7a3d", func(d simulation.Day) float64 { return float64(d.Used) - d.NoShows }},
		{"free", "#c9ced6", number(func(d simulation.Day) int { return d.Free })},
	})
	c.put(`</svg>`)
	return c.Bytes()
}

func (c *chart) put(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

func chartTitle(r *simulation.Report) string {
	return fmt.Sprintf("Simulation of %s, service %s, from %s", r.Organisation, r.Service, r.Batch.Format("2 January 2006"))
}

// chartWords say what the drawing shows.
func chartWords(r *simulation.Report) string {
	t := r.Total
	words := fmt.Sprintf("%d days: %d SMS in %d parts and %d emails; %d people invited, %d waiting at the end; %d bookings; %d slots used, %d free; %.1f no-shows expected; %d people left without a slot.",
		len(r.Days), t.SMS, t.Parts, t.Emails, t.Invited, t.Waiting, t.Bookings, t.Used, t.Free, t.NoShows, t.WithoutSlot)
	if t.Cost != nil {
		words += fmt.Sprintf(" SMS cost %.2f.", *t.Cost)
	}
	return words
}

// soFar adds a number up to each day.
func (c *chart) soFar(f func(simulation.Day) int) func(simulation.Day) float64 {
	sums, sum := map[string]float64{}, 0.0
	for _, d := range c.days {
		sum += float64(f(d))
		sums[d.Date] = sum
	}
	return func(d simulation.Day) float64 { return sums[d.Date] }
}

// panel draws the frame of the n-th panel and answers with its foot and what a unit measures.
func (c *chart) panel(n int, title string, most float64, layers []layer) (foot, unit float64) {
	top := float64(chartTop + n*(panelHeight+panelGap))
	foot = top + panelHeight
	scale := roundUp(most)
	unit = panelHeight / scale
	c.put(`<text x="%d" y="%.0f" font-weight="bold">%s</text>`, chartLeft, top-12, title)
	x := float64(chartWidth - chartRight)
	for i := len(layers) - 1; i >= 0; i-- {
		x -= float64(24 + 7*len(layers[i].name))
		c.put(`<rect x="%.0f" y="%.0f" width="10" height="10" fill="%s"/><text x="%.0f" y="%.0f">%s</text>`, x, top-21, layers[i].colour, x+14, top-12, layers[i].name)
	}
	for _, part := range []float64{0, 0.5, 1} {
		y := foot - part*panelHeight
		c.put(`<path d="M%d %.1fH%d" stroke="#dde" fill="none"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`, chartLeft, y, chartWidth-chartRight, chartLeft-8, y+4, tick(part*scale))
	}
	every := max(1, (len(c.days)+14)/15)
	for i := 0; i < len(c.days); i += every {
		label := strings.SplitN(weekday(c.days[i].Date), " ", 2)
		c.put(`<text x="%.1f" y="%.0f" text-anchor="middle" font-size="11">%s</text>`, c.middle(i), foot+16, label[len(label)-1])
	}
	return foot, unit
}

func (c *chart) middle(i int) float64 { return chartLeft + (float64(i)+0.5)*c.step }

// stacked draws a bar a day, the layers on each other.
func (c *chart) stacked(n int, title string, layers []layer) {
	most := 0.0
	for _, d := range c.days {
		sum := 0.0
		for _, l := range layers {
			sum += l.of(d)
		}
		most = max(most, sum)
	}
	foot, unit := c.panel(n, title, most, layers)
	for i, d := range c.days {
		y := foot
		for _, l := range layers {
			if h := l.of(d) * unit; h > 0 {
				y -= h
				c.put(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, c.middle(i)-0.4*c.step, y, 0.8*c.step, h, l.colour)
			}
		}
	}
}

// lines draws a line for each layer.
func (c *chart) lines(n int, title string, layers []layer) {
	most := 0.0
	for _, d := range c.days {
		for _, l := range layers {
			most = max(most, l.of(d))
		}
	}
	foot, unit := c.panel(n, title, most, layers)
	for _, l := range layers {
		points := make([]string, len(c.days))
		for i, d := range c.days {
			points[i] = fmt.Sprintf("%.1f,%.1f", c.middle(i), foot-l.of(d)*unit)
		}
		c.put(`<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`, strings.Join(points, " "), l.colour)
	}
}

// roundUp is the least of 2, 4, 10, 20, 40, 100, … that is enough: its half is a whole number.
func roundUp(most float64) float64 {
	for scale := 1.0; ; scale *= 10 {
		for _, f := range []float64{2, 4, 10} {
			if most <= f*scale || math.IsInf(scale, 0) {
				return f * scale
			}
		}
	}
}

// tick writes a number of a scale short.
func tick(n float64) string {
	if n >= 10_000 {
		return fmt.Sprintf("%g k", n/1000)
	}
	return fmt.Sprintf("%g", n)
}

func escaped(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}
