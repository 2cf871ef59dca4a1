package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// EarlierWish is what an appointment says of earlier slots.
type EarlierWish struct {
	WantsEarlier  *time.Time    `json:"wants_earlier,omitempty" doc:"Since when the person asks to be told of an earlier slot; absent: they do not"`
	EarlierOffers int           `json:"earlier_offers,omitempty" doc:"How many they were offered: at most 3, one a day"`
	Earlier       *EarlierOffer `json:"earlier,omitempty" doc:"The last one"`
}

// EarlierOffer is a freed slot that was offered; nothing holds it, and the first to answer has it.
type EarlierOffer struct {
	Start    time.Time         `json:"start"`
	End      time.Time         `json:"end"`
	Calendar engine.CalendarID `json:"calendar"`
	Message  engine.MessageID  `json:"message" doc:"That told of it"`
	Channel  engine.Channel    `json:"channel" enum:"sms,email"`
	At       time.Time         `json:"at"`
	Over     string            `json:"over,omitempty" enum:"accepted,declined,taken" doc:"How the person answered; taken: it was no longer free. Absent: they did not"`
}

func wishOf(a *engine.Appointment) EarlierWish {
	out := EarlierWish{WantsEarlier: a.WantsEarlier, EarlierOffers: a.EarlierOffers}
	if o := a.Earlier; o != nil {
		out.Earlier = &EarlierOffer{o.Start, o.End, o.Calendar, o.Message, o.Channel, o.At, o.Over}
	}
	return out
}

// WaitingForEarlier is one person who asks for an earlier slot.
type WaitingForEarlier struct {
	Appointment Appointment       `json:"appointment"`
	Since       time.Time         `json:"since" doc:"When they asked, or were last offered a slot: who waits longest is offered first"`
	Bar         engine.EarlierBar `json:"bar,omitempty" enum:"over,near,off,paused,today,asked,unreachable" doc:"Why they would not be offered a slot now; absent when they would. over: the appointment is over, or had its 3 offers. near: it is 7 days away or less. off: the policy it was booked under offers none. paused: the person, their batch or the service is. today: they had their offer of the day. asked: they are choosing among slots held for them. unreachable: no channel, or each had its share of the day"`
}

type earlier struct {
	*server
	verbs earlierVerbs
}

func (h earlier) register(a huma.API) {
	huma.Register(a, operation("want-earlier", http.MethodPost, appointmentsPath+"/{appointment}/earlier", forOrganisation, "Ask for an earlier slot",
		"For the person, who can do so themselves on their page and by SMS: when a slot is freed, earlier_people of those who asked and are booked more than 7 days away are told, and the first to answer has it. "+
			"wanted=false ends it. Asking again changes nothing."), h.want)
	huma.Register(a, operation("list-waiting-for-earlier", http.MethodGet, servicesPath+"/{service}/earlier", forOrganisation, "Who asks for an earlier slot",
		"In the order in which a freed one is offered, with why somebody would be passed over if one were freed now. Nothing is written."), h.list)
}

// Wish is whether an earlier slot is wanted.
type Wish struct {
	Wanted bool `json:"wanted"`
}

func (h earlier) want(ctx context.Context, in *struct {
	AtAppointment
	Body Wish
}) (*one[Appointment], error) {
	return in.of(func() (*engine.Appointment, error) {
		return h.verbs.WantEarlier(ctx, orgOf(ctx), in.Appointment, in.Body.Wanted, engine.ByStaff)
	})
}

func (h earlier) list(ctx context.Context, in *struct {
	AtService
	Paging
}) (*pageOut[WaitingForEarlier], error) {
	all, next, err := h.verbs.EarlierWishes(ctx, orgOf(ctx), in.Service, in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	items := make([]WaitingForEarlier, len(all))
	for i, w := range all {
		items[i] = WaitingForEarlier{appointmentOf(w.Appointment), w.Since, w.Bar}
	}
	return pageOf(h.server, servicesPath+"/"+string(in.Service)+"/earlier", in.Paging, items, next), nil
}
