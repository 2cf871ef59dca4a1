package api

import (
	"encoding/json"
	"fmt"
	"testing"

	"relance/engine"
)

// Every figure is its own: no two of these are the same, so one shown in another's place is seen.
func TestEachFigureHasItsPlace(t *testing.T) {
	t.Parallel()
	days := func(n int64, mean, median float64) engine.Days {
		return engine.Days{Count: n, Mean: &mean, Median: &median}
	}
	got, err := json.Marshal(figuresOf(engine.Figures{
		Funnel:   engine.Funnel{Queued: 1000, Sent: 800, Delivered: 700, Opened: 600, Booked: 500, Self: 400, Attended: 300},
		Bookings: 550, Expired: 90, Unreachable: 80, Complaints: 70,
		All:       engine.Outcomes{Attended: 310, Cancelled: 40, NoShow: 50},
		Chosen:    engine.Outcomes{Attended: 270, Cancelled: 25, NoShow: 5},
		Imposed:   engine.Outcomes{Attended: 48, Cancelled: 17, NoShow: 35},
		ToBooking: days(11, 1.5, 2), ToSeen: days(12, 3.5, 4),
		Channels: []engine.Route{{Via: "sms_email", Funnel: engine.Funnel{Queued: 66, Sent: 64, Delivered: 60, Opened: 50, Booked: 40, Self: 16, Attended: 30}}},
		Rungs:    []engine.Route{{Rung: 0, Funnel: engine.Funnel{Sent: 32, Opened: 29, Booked: 28, Self: 24, Attended: 27}}},
		Seen30:   100, Seen45: 200, Again: 160, SMSParts: 1234, SMSSent: 1111, Mails: 999,
	}, 0.05))
	if err != nil {
		t.Fatal(err)
	}
	var shown map[string]any
	if err := json.Unmarshal(got, &shown); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"funnel.queued": 1000, "funnel.sent": 800, "funnel.delivered": 700, "funnel.opened": 600, "funnel.booked": 500, "funnel.attended": 300,
		"bookings": 550, "expired": 90, "unreachable": 80, "complaints": 70, "emails": 999,
		"no_show.all.attended": 310, "no_show.all.cancelled": 40, "no_show.all.no_show": 50, "no_show.all.rate": 0.125,
		"no_show.chosen.attended": 270, "no_show.chosen.cancelled": 25, "no_show.chosen.no_show": 5, "no_show.chosen.rate": 5.0 / 300,
		"no_show.imposed.attended": 48, "no_show.imposed.cancelled": 17, "no_show.imposed.no_show": 35, "no_show.imposed.rate": 0.35,
		"self_booked.count": 400, "self_booked.share": 0.5,
		"days_to_booking.count": 11, "days_to_booking.mean": 1.5, "days_to_booking.median": 2,
		"days_to_appointment.count": 12, "days_to_appointment.mean": 3.5, "days_to_appointment.median": 4,
		"seen.of": 640, "seen.within_30_days.count": 100, "seen.within_30_days.share": 100.0 / 640, "seen.within_45_days.count": 200, "seen.within_45_days.share": 200.0 / 640,
		"channels.0.channels": "sms_email", "channels.0.sent": 64, "channels.0.delivered": 60, "channels.0.opened": 50, "channels.0.booked": 40,
		"channels.0.self_booked.count": 16, "channels.0.self_booked.share": 0.25, "channels.0.attended": 30,
		"rungs.0.rung": 0, "rungs.0.sent": 32, "rungs.0.opened": 29, "rungs.0.booked": 28,
		"rungs.0.self_booked.count": 24, "rungs.0.self_booked.share": 0.75, "rungs.0.attended": 27,
		"sms.messages": 1111, "sms.parts": 1234, "sms.price": 0.05, "sms.cost": 61.7,
	}
	found := leaves("", shown, map[string]any{})
	for at, v := range want {
		if fmt.Sprint(found[at]) != fmt.Sprint(v) {
			t.Errorf("%s is %v, want %v", at, found[at], v)
		}
	}
	for at, v := range found {
		if _, ok := want[at]; !ok {
			t.Errorf("%s is %v, and nothing says what it should be", at, v)
		}
	}
}

// leaves adds the values of a JSON document by their path.
func leaves(at string, v any, into map[string]any) map[string]any {
	under := func(name string) string {
		if at == "" {
			return name
		}
		return at + "." + name
	}
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			leaves(under(name), inner, into)
		}
	case []any:
		for n, inner := range v {
			leaves(under(fmt.Sprint(n)), inner, into)
		}
	default:
		into[at] = v
	}
	return into
}
