package api

import (
	"context"
	"math"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// figureVerbs are about the numbers an organisation asks for.
type figureVerbs interface {
	Stats(ctx context.Context, r engine.StatsRequest) (*engine.Stats, error)
	RebuildStats(ctx context.Context, org engine.OrganisationID) (engine.Rebuilt, error)
}

type figures struct {
	*server
	verbs figureVerbs
}

func (h figures) register(a huma.API) {
	huma.Register(a, operation("get-stats", http.MethodGet, "/v1/stats", forOrganisation, "Read the figures",
		"By service, month, channel and rung of the ladder. Months and weeks are of the organisation's zone. "+
			"What happened to an invitation or a message counts in the month it happened; an appointment's end (attended, no_show, cancelled) counts in the month of its start, "+
			"so that a late correction changes that month; who was seen within 30 or 45 days counts in the month of their first message. "+
			"Everything but days and who was seen counts each invitation by itself. "+
			"Days count from the first message, of the first round that the invitation goes on from: "+
			"who is invited again for the service after a round that expired without an appointment, or with a cancelled one, waits since that round's first message. "+
			"After an appointment whose time came (whether they came or not), and after a case was closed by staff or refused by the person, the next round begins anew. "+
			"So the steps of the funnel in one month are not the same people: over several months they nearly are. "+
			"A share, mean or median of nothing is absent."), h.stats)
	huma.Register(a, operation("rebuild-stats", http.MethodPost, organisationsPath+"/{organisation}/stats/rebuild", forAdmin, "Make the figures again from events",
		"Compares every counter with the events and corrects what differs, while the organisation works. Refused (wrong_state) when older events were trimmed."), h.rebuild)
}

// Stats are an organisation's figures over a span of months.
type Stats struct {
	From     string         `json:"from" doc:"First month"`
	To       string         `json:"to" doc:"Last month, included"`
	Zone     string         `json:"zone" doc:"Of the months and weeks"`
	Total    Figures        `json:"total" doc:"All services, all months"`
	Services []ServiceStats `json:"services" nullable:"false"`
	Weeks    []WeekStats    `json:"weeks" nullable:"false" doc:"The ISO weeks that touch the span, all services asked for"`
}

// ServiceStats are those of one service.
type ServiceStats struct {
	Service engine.ServiceID `json:"service"`
	Total   Figures          `json:"total" doc:"All months"`
	Months  []MonthStats     `json:"months" nullable:"false"`
}

// MonthStats are those of one service in one month.
type MonthStats struct {
	Month string `json:"month" doc:"Such as 2026-05"`
	Figures
}

// WeekStats are bookings made in a week, and how the appointments of that week ended.
type WeekStats struct {
	Week      string `json:"week" doc:"ISO 8601, such as 2026-W21"`
	Bookings  int64  `json:"bookings" doc:"Made in this week, several of one invitation included"`
	Attended  int64  `json:"attended"`
	NoShow    int64  `json:"no_show"`
	Cancelled int64  `json:"cancelled"`
}

// Figures are the numbers of RULES §7.
type Figures struct {
	Funnel      Funnel  `json:"funnel"`
	Bookings    int64   `json:"bookings" doc:"All bookings, convocations and those made again after a cancellation or a no-show included; the funnel counts the first of each invitation"`
	Expired     int64   `json:"expired" doc:"Invitations whose last day passed with no appointment to come"`
	Unreachable int64   `json:"unreachable" doc:"Invitations that came to a point where no channel could carry them, by opt-outs or addresses that do not work; each counts once, and may have gone on with a new address"`
	Complaints  int64   `json:"complaints" doc:"Emails that people called spam; each is an opt-out of emails"`
	NoShow      NoShows `json:"no_show"`
	SelfBooked  Part    `json:"self_booked" doc:"Invitations whose first booking the person made, of those sent"`
	ToBooking   Days    `json:"days_to_booking" doc:"Whole days (midnights passed in the zone) from the first message that really left, of the first of the rounds it goes on from, to the first booking of the invitation, by the person or by staff for them. Convocations, and what was booked before anything had left, are not counted"`
	ToSeen      Days    `json:"days_to_appointment" doc:"Whole days from the first message that really left, of the first of the rounds it goes on from, to the start of the appointment the person came to, convocations included: the days they waited"`
	Seen        Seen    `json:"seen"`
	Channels    []Route `json:"channels" nullable:"false" doc:"By the channels of the first messages (of the invitation, or of the convocation): sms, email, or sms_email for one of each. What counts is what was under way when the first of them left, whatever carried the relances, or replaced a message that did not arrive. What was booked before anything was written is of none"`
	Rungs       []Route `json:"rungs" nullable:"false" doc:"By how many relances had been sent when it happened (when it was booked, for attended); 0 is the invitation alone"`
	SMS         SMSUse  `json:"sms"`
	Emails      int64   `json:"emails" doc:"That really left"`
}

// Funnel is how far invitations came.
type Funnel struct {
	Queued    int64 `json:"queued" doc:"Invitations made, each round of a person by itself, and convocations of people who had no open invitation; those of a batch count when all of it is stored"`
	Sent      int64 `json:"sent" doc:"Whose first message really left: a provider took it"`
	Delivered int64 `json:"delivered" doc:"Of which a receipt said that a message arrived; an email sends none"`
	Opened    int64 `json:"opened" doc:"With which the person did something about choosing, counted when they first did: booked on the page or by SMS, asked for slots, for a call or for help, or wrote what was not understood. Looking at the page does not count, programs do that too; nor do STOP, and confirming, moving or cancelling what staff booked"`
	Booked    int64 `json:"booked" doc:"That got a first appointment, by the person or by staff"`
	Attended  int64 `json:"attended" doc:"Appointments the person came to, in the month of their start; one invitation may have several"`
}

// NoShows are no-show rates.
type NoShows struct {
	All     Outcomes `json:"all"`
	Chosen  Outcomes `json:"chosen" doc:"Appointments made for an invitation"`
	Imposed Outcomes `json:"imposed" doc:"Convocations: the organisation booked the person in"`
}

// Outcomes are how appointments ended.
type Outcomes struct {
	Attended  int64    `json:"attended"`
	Cancelled int64    `json:"cancelled" doc:"By the person or the organisation"`
	NoShow    int64    `json:"no_show"`
	Rate      *float64 `json:"rate,omitempty" doc:"no_show / (attended + cancelled + no_show), from 0 to 1"`
}

// Part is a number, and the share it is.
type Part struct {
	Count int64    `json:"count"`
	Share *float64 `json:"share,omitempty" doc:"From 0 to 1"`
}

// Days are how long things took.
type Days struct {
	Count  int64    `json:"count"`
	Mean   *float64 `json:"mean,omitempty"`
	Median *float64 `json:"median,omitempty"`
}

// Seen is who came soon enough, among those first invited in the months asked for.
type Seen struct {
	Of       int64 `json:"of" doc:"Invitations whose first message left in these months, without the rounds that go on from one before: what the shares are of"`
	Within30 Part  `json:"within_30_days" doc:"Came to an appointment at most 30 days after the first message, be it in a later round, of those whose first message left in these months. Recent months are not complete"`
	Within45 Part  `json:"within_45_days" doc:"The same, 45 days"`
}

// Route is the funnel of those who went one way.
type Route struct {
	Channels   string `json:"channels,omitempty" enum:"sms,email,sms_email"`
	Rung       *int   `json:"rung,omitempty"`
	Sent       int64  `json:"sent" doc:"Invitations sent this way; of a rung, those that got as far as it: whose relance of that number was due and queued"`
	Delivered  int64  `json:"delivered,omitempty" doc:"Not known of a rung"`
	Opened     int64  `json:"opened"`
	Booked     int64  `json:"booked"`
	SelfBooked Part   `json:"self_booked" doc:"Of those sent"`
	Attended   int64  `json:"attended"`
}

// SMSUse is what was sent by SMS.
type SMSUse struct {
	Messages int64    `json:"messages" doc:"That really left"`
	Parts    int64    `json:"parts"`
	Price    float64  `json:"price,omitempty" doc:"Of a part, as the organisation's sms_price says today"`
	Cost     *float64 `json:"cost,omitempty" doc:"parts × price, to the cent; absent without a price"`
}

func (h figures) stats(ctx context.Context, in *struct {
	From    string           `query:"from" maxLength:"7" doc:"First month, such as 2026-01; default two months before to"`
	To      string           `query:"to" maxLength:"7" doc:"Last month, included; default the present one. 36 months at most"`
	Service engine.ServiceID `query:"service" maxLength:"64" doc:"Only this service"`
}) (*one[Stats], error) {
	s, err := h.verbs.Stats(ctx, engine.StatsRequest{Organisation: orgOf(ctx), Service: in.Service, From: in.From, To: in.To})
	if err != nil {
		return nil, inQuery(problemOf(err))
	}
	out := Stats{From: s.From, To: s.To, Zone: s.Zone, Total: figuresOf(s.Total, s.SMSPrice), Services: []ServiceStats{}}
	for _, one := range s.Services {
		out.Services = append(out.Services, ServiceStats{one.Service, figuresOf(one.Total, s.SMSPrice),
			each(one.Months, func(m engine.MonthFigures) MonthStats { return MonthStats{m.Month, figuresOf(m.Figures, s.SMSPrice)} })})
	}
	out.Weeks = each(s.Weeks, func(w engine.WeekFigures) WeekStats { return WeekStats(w) })
	return &one[Stats]{out}, nil
}

// inQuery points at parameters: these were not in a body.
func inQuery(p *Problem) *Problem {
	for i, f := range p.Errors {
		if len(f.Pointer) > 1 {
			p.Errors[i].Parameter, p.Errors[i].Pointer = f.Pointer[1:], ""
		}
	}
	return p
}

func figuresOf(f engine.Figures, price float64) Figures {
	out := Figures{
		Funnel:   Funnel{f.Queued, f.Sent, f.Delivered, f.Opened, f.Booked, f.Attended},
		Bookings: f.Bookings, Expired: f.Expired, Unreachable: f.Unreachable, Complaints: f.Complaints, Emails: f.Mails,
		NoShow:     NoShows{outcomesOf(f.All), outcomesOf(f.Chosen), outcomesOf(f.Imposed)},
		SelfBooked: partOf(f.Self, f.Sent), ToBooking: Days(f.ToBooking), ToSeen: Days(f.ToSeen),
		Seen:     seenOf(f),
		Channels: each(f.Channels, routeOf), Rungs: each(f.Rungs, routeOf),
		SMS: SMSUse{Messages: f.SMSSent, Parts: f.SMSParts, Price: price, Cost: costOf(f.SMSParts, price)},
	}
	return out
}

// costOf is what parts of SMS cost, to the cent; nil where no price is told.
func costOf(parts int64, price float64) *float64 {
	if price <= 0 {
		return nil
	}
	cost := math.Round(float64(parts)*price*100) / 100
	return &cost
}

func seenOf(f engine.Figures) Seen {
	of := f.Sent - f.Again
	return Seen{of, partOf(f.Seen30, of), partOf(f.Seen45, of)}
}

func outcomesOf(o engine.Outcomes) Outcomes {
	return Outcomes{o.Attended, o.Cancelled, o.NoShow, o.NoShowRate()}
}

func partOf(n, whole int64) Part { return Part{n, engine.Share(n, whole)} }

func routeOf(r engine.Route) Route {
	out := Route{
		Channels: r.Via, Sent: r.Sent, Delivered: r.Delivered, Opened: r.Opened, Booked: r.Booked,
		SelfBooked: partOf(r.Self, r.Sent), Attended: r.Attended,
	}
	if r.Via == "" {
		out.Rung = &r.Rung
	}
	return out
}

// RebuiltStats is what making the figures again did.
type RebuiltStats struct {
	Events    int64 `json:"events" doc:"Read"`
	Sets      int   `json:"sets" doc:"Sets of counters compared: one a service and month or week"`
	Corrected int   `json:"corrected" doc:"Counters that were wrong, and are right now"`
}

func (h figures) rebuild(ctx context.Context, in *AtOrganisation) (*one[RebuiltStats], error) {
	done, err := h.verbs.RebuildStats(ctx, in.Organisation)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[RebuiltStats]{RebuiltStats(done)}, nil
}
