package engine

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Figures are what RULES §7 asks for, of one service or several, over one month or several. A share or
// a mean of nothing is nil.
type Figures struct {
	Funnel
	Bookings    int64 // all of them; Funnel counts one an invitation
	Expired     int64 // invitations whose last day passed with no appointment to come
	Unreachable int64 // invitations that at some time no channel could carry; each once
	Complaints  int64 // emails that people called spam

	All, Chosen, Imposed Outcomes
	ToBooking, ToSeen    Days

	Channels []Route // by the channels of the first messages
	Rungs    []Route // by how many relances had been sent

	Seen30, Seen45           int64 // of those first sent in these months
	Again                    int64 // of those sent: rounds that go on from one that led to no appointment
	SMSParts, SMSSent, Mails int64
}

// Funnel is how far invitations came.
type Funnel struct {
	Queued, Sent, Delivered, Opened, Booked, Self, Attended int64
}

// Outcomes are how appointments ended.
type Outcomes struct{ Attended, Cancelled, NoShow int64 }

// NoShowRate is no_show / (attended + cancelled + no_show).
func (o Outcomes) NoShowRate() *float64 { return Share(o.NoShow, o.Attended+o.Cancelled+o.NoShow) }

func (o Outcomes) and(p Outcomes) Outcomes {
	return Outcomes{o.Attended + p.Attended, o.Cancelled + p.Cancelled, o.NoShow + p.NoShow}
}

// Route is the funnel of those who went one way: a set of channels, or a rung.
type Route struct {
	Via  string // "sms", "email", "sms_email"; "" of a rung
	Rung int
	// Funnel: of a rung, Sent are the invitations that got as far as it, and nothing is queued or delivered.
	Funnel
}

// Days are how many whole days things took.
type Days struct {
	Count        int64
	Mean, Median *float64
}

// Share is a part of a whole; nil when there is nothing.
func Share(part, whole int64) *float64 {
	if whole <= 0 {
		return nil
	}
	f := float64(part) / float64(whole)
	return &f
}

// figuresOf reads the counters of some months, added up.
func figuresOf(n map[string]int64) Figures {
	f := Figures{
		Funnel: funnelOf(n, ""), Bookings: n[countBookings], Expired: n[countExpired], Unreachable: n[countUnreachable], Complaints: n[countComplaints],
		Chosen: outcomesOf(n, chosen), Imposed: outcomesOf(n, imposed),
		ToBooking: daysOf(n, daysToBooking), ToSeen: daysOf(n, daysToSeen),
		Seen30: n[countSeen+".30"], Seen45: n[countSeen+".45"], Again: n[countAgain],
		SMSParts: n[countParts], SMSSent: n[countMessages+"."+string(SMS)], Mails: n[countMessages+"."+string(Email)],
	}
	f.All = f.Chosen.and(f.Imposed)
	for _, via := range []string{string(SMS), string(Email), string(SMS) + "_" + string(Email)} {
		if r := (Route{Via: via, Funnel: funnelOf(n, "."+via)}); r.Funnel != (Funnel{}) {
			f.Channels = append(f.Channels, r)
		}
	}
	for _, k := range rungsOf(n) {
		r := Route{Rung: k, Funnel: funnelOf(n, rung(k))}
		if r.Sent = n[countRelanced+rung(k)]; k == 0 {
			r.Sent = f.Sent
		}
		if r.Funnel != (Funnel{}) {
			f.Rungs = append(f.Rungs, r)
		}
	}
	return f
}

func funnelOf(n map[string]int64, suffix string) Funnel {
	return Funnel{
		Queued: n[countQueued+suffix], Sent: n[countSent+suffix], Delivered: n[countDelivered+suffix], Opened: n[countOpened+suffix],
		Booked: n[countBooked+suffix], Self: n[countSelf+suffix], Attended: n[countAttended+suffix],
	}
}

func outcomesOf(n map[string]int64, how string) Outcomes {
	return Outcomes{Attended: n[countAttended+how], Cancelled: n[countCancelled+how], NoShow: n[countNoShow+how]}
}

// rungsOf are the rungs that anything was counted on, and 0.
func rungsOf(n map[string]int64) []int {
	found := []int{0}
	for field := range n {
		if _, after, ok := strings.Cut(field, ".rung."); ok {
			if k, err := strconv.Atoi(after); err == nil {
				found = append(found, k)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// daysOf reads a histogram: the mean is exact, and so is the median in whole days.
func daysOf(n map[string]int64, prefix string) Days {
	var days []int
	var out Days
	total := int64(0)
	for field, count := range n {
		after, ok := strings.CutPrefix(field, prefix)
		if d, err := strconv.Atoi(after); ok && err == nil && count > 0 {
			days = append(days, d)
			out.Count += count
			total += int64(d) * count
		}
	}
	if out.Count == 0 {
		return out
	}
	slices.Sort(days)
	mean := float64(total) / float64(out.Count)
	low, high := math.NaN(), math.NaN() // the two in the middle; the same one when there is one
	passed := int64(0)
	for _, d := range days {
		passed += n[prefix+strconv.Itoa(d)]
		if math.IsNaN(low) && passed > (out.Count-1)/2 {
			low = float64(d)
		}
		if math.IsNaN(high) && passed > out.Count/2 {
			high = float64(d)
		}
	}
	median := (low + high) / 2
	out.Mean, out.Median = &mean, &median
	return out
}
