package engine

import (
	"strconv"
	"strings"
	"time"
)

// The counters of RULES §7 are sets named stats:<organisation>:<service>:<period>; a period is a month
// ("2026-05") or an ISO week ("2026-W21") of the organisation's zone. counted is the only place that
// says what an event adds to them, so events make them again (RebuildStats).
//
// Outcomes count in the period of the appointment's start, so that a correction takes back what the
// same period was given; who was seen in time counts in the month of the first message, which is that of the
// first of several rounds; everything else counts when it happened. A step of the funnel is kept as one field, as each costs a command: "booked"
// or "self", the channels of the first messages ("sms", "email", "sms_email"), how many relances had
// been sent, between bars. unfolded reads it as "booked", "booked.sms" and "booked.rung.2".

// countEvents counts all events of an organisation: fewer in the stream means that it was trimmed.
const countEvents = "events"

// The fields of the counters.
const (
	countQueued      = "queued"
	countSent        = "sent"
	countAgain       = "again" // of those sent: rounds that go on from one before
	countDelivered   = "delivered"
	countOpened      = "opened"
	countBooked      = "booked"   // first bookings of their invitations
	countSelf        = "self"     // those of them that the person made: kept as these alone
	countBookings    = "bookings" // every booking; of a month, those that are not the first are kept
	countAttended    = "attended"
	countNoShow      = "no_show"
	countCancelled   = "cancelled"
	countRelanced    = "relanced"
	countExpired     = "expired"
	countUnreachable = "unreachable"
	countComplaints  = "complaints" // emails that people called spam
	countParts       = "parts"
	countMessages    = "messages" // .sms, .email
	countSeen        = "seen"     // .30, .45
	daysToBooking    = "days.booking."
	daysToSeen       = "days.seen."
	chosen           = ".chosen"
	imposed          = ".imposed"
)

// seenWithin are the days within which an organisation asks how many people were seen.
var seenWithin = [...]int{30, 45}

// counted adds to counts what an event changes in the figures. It is a function of the event alone.
func counted(ev *Event, counts []Count) []Count {
	if ev.Service == "" {
		return counts
	}
	t := tally{ev: ev, counts: counts}
	switch ev.Type {
	case EventInvitationCreated:
		t.add(month(ev.At), countQueued, 1)
	case EventBatchStored:
		t.add(month(ev.At), countQueued, ev.Accepted)
	case EventInvitationSent:
		t.step(month(ev.At), countSent, 1, false)
		if ev.Invited != nil {
			t.add(month(ev.At), countAgain, 1)
		}
	case EventInvitationDelivered:
		t.step(month(ev.At), countDelivered, 1, false)
	case EventInvitationOpened:
		t.step(month(ev.At), countOpened, 1, true)
	case EventInvitationRelanced:
		t.add(month(ev.At), countRelanced+rung(ev.Rung), 1)
	case EventInvitationExpired:
		t.add(month(ev.At), countExpired, 1)
	case EventInvitationUnreachable:
		if !ev.Again { // who stops, starts and stops again is one person
			t.add(month(ev.At), countUnreachable, 1)
		}
	case EventMessageSent:
		t.add(month(ev.At), countMessages+"."+string(ev.Channel), 1)
		t.add(month(ev.At), countParts, ev.Parts)
	case EventMessageResent: // the same message, and the carrier's bill again
		t.add(month(ev.At), countParts, ev.Parts)
	case EventMessageComplaint:
		t.add(month(ev.At), countComplaints, 1)
	case EventAppointmentBooked:
		t.booked()
	case EventAppointmentCancelled:
		t.outcome(countCancelled, 1)
	case EventAppointmentOutcome:
		if ev.Previous != "" {
			t.outcome(string(ev.Previous), -1)
		}
		t.outcome(ev.State, 1)
	}
	return t.counts
}

// tally gathers what one event counts.
type tally struct {
	ev           *Event
	counts       []Count
	period, name string // of the last count: most of an event's go to one set
}

func (t *tally) add(period, field string, n int) {
	if n == 0 {
		return
	}
	if t.period != period {
		t.period, t.name = period, statsName(t.ev.Organisation, t.ev.Service, period)
	}
	t.counts = append(t.counts, Count{Name: t.name, Field: field, N: int64(n)})
}

// step counts a step of the funnel: in all, by channels, and by rung.
func (t *tally) step(period, field string, n int, byRung bool) {
	rung := ""
	if byRung {
		rung = strconv.Itoa(t.ev.Rung)
	}
	t.add(period, field+"|"+t.ev.Via+"|"+rung, n)
}

// unfolded are counters as they are read: a step in all, by channels, and by rung.
func unfolded(stored map[string]int64) map[string]int64 {
	out := make(map[string]int64, 3*len(stored))
	for field, n := range stored {
		name, how, folded := strings.Cut(field, "|")
		if !folded {
			out[field] += n
			continue
		}
		via, rung, _ := strings.Cut(how, "|")
		names := []string{name}
		if name == countSelf {
			names = append(names, countBooked)
		}
		if name == countSelf || name == countBooked {
			out[countBookings] += n
		}
		for _, name := range names {
			out[name] += n
			if via != "" {
				out[name+"."+via] += n
			}
			if rung != "" {
				out[name+".rung."+rung] += n
			}
		}
	}
	return out
}

func (t *tally) booked() {
	ev := t.ev
	t.add(week(ev.At), countBookings, 1)
	if !ev.First {
		t.add(month(ev.At), countBookings, 1)
		return
	}
	by := countBooked
	if ev.Reason == string(ByRecipient) {
		by = countSelf
	}
	t.step(month(ev.At), by, 1, true)
	if ev.Invited != nil && !ev.Imposed {
		t.add(month(ev.At), daysToBooking+strconv.Itoa(daysBetween(*ev.Invited, ev.At)), 1)
	}
}

// outcome counts how an appointment ended; n is -1 when a correction takes it back.
func (t *tally) outcome(state string, n int) {
	ev := t.ev
	if ev.Start == nil {
		return
	}
	how := chosen
	if ev.Imposed {
		how = imposed
	}
	t.add(month(*ev.Start), state+how, n)
	t.add(week(*ev.Start), state, n)
	if state != string(Attended) {
		return
	}
	t.step(month(*ev.Start), countAttended, n, true)
	if ev.Invited == nil {
		return
	}
	days := daysBetween(*ev.Invited, *ev.Start)
	t.add(month(*ev.Start), daysToSeen+strconv.Itoa(days), n)
	for _, within := range seenWithin {
		if days <= within {
			t.add(month(*ev.Invited), countSeen+"."+strconv.Itoa(within), n)
		}
	}
}

func statsName(org OrganisationID, service ServiceID, period string) string {
	return strings.Join([]string{"stats", string(org), string(service), period}, ":")
}

func rung(n int) string { return ".rung." + strconv.Itoa(n) }

func month(t time.Time) string { return t.Format("2006-01") }

// week is the ISO 8601 week: Monday to Sunday, of the year its Thursday is in.
func week(t time.Time) string {
	year, n := t.ISOWeek()
	return strconv.Itoa(year) + "-W" + strconv.Itoa(100 + n)[1:]
}

// daysBetween is how many midnights lie between two moments, each as its own zone writes it.
func daysBetween(from, to time.Time) int {
	day := func(t time.Time) time.Time {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return max(0, int(day(to).Sub(day(from))/(24*time.Hour)))
}
