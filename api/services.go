package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// ServiceSettings are what can be set of a service. What is absent gets its default.
type ServiceSettings struct {
	Name      string              `json:"name" doc:"As people read it: votre rendez-vous d'orientation"`
	Calendars []engine.CalendarID `json:"calendars" nullable:"false" doc:"The pool it draws from"`
	Location  string              `json:"location,omitempty" doc:"Only windows at this location, by id"`
	Address   string              `json:"address,omitempty" doc:"Where to come when no location says so, as people read it"`
	Phone     string              `json:"phone,omitempty" doc:"Instead of the organisation's"`

	DurationMin int  `json:"duration_min" minimum:"5" maximum:"720" doc:"Length of an appointment, in minutes"`
	StepMin     int  `json:"step_min,omitempty" doc:"Between two starts; default the duration"`
	BeforeMin   int  `json:"buffer_before_min,omitempty" doc:"Kept free before"`
	AfterMin    int  `json:"buffer_after_min,omitempty" doc:"Kept free after"`
	NoticeHours *int `json:"notice_hours,omitempty" doc:"How soon a slot may be booked; default 24"`
	HorizonDays int  `json:"horizon_days,omitempty" doc:"How far ahead a slot may be booked; default 45"`

	ValidityDays *int           `json:"validity_days,omitempty" doc:"Of an invitation, 1 to 365, 0 without end; default 10"`
	Ladder       []Rung         `json:"ladder,omitzero" doc:"Relances; default after 3 and 7 days, [] none"`
	Reminders    []engine.Hours `json:"reminders_hours,omitzero" doc:"Before the start; default [48], [] none"`

	AbsenceReminders []engine.Hours      `json:"absence_reminders_hours,omitempty" doc:"Further reminders for people who missed an appointment before; default none"`
	AfterNoShow      engine.NoShowPolicy `json:"after_no_show,omitempty" enum:"nothing,offer" doc:"offer makes the invitation valid anew and writes to the person that they can choose again, when the no-show is recorded within 30 days; default nothing"`
	AfterNoShowDays  *int                `json:"after_no_show_days,omitempty" doc:"How long after the no-show was recorded; default 1"`

	SlotsPerInvitation *float64 `json:"slots_per_invitation,omitempty" doc:"Free slots there must be for each open invitation nobody answered, beside those that people of other services on the same calendars need; people beyond them wait in order. Default 1; 0 invites everybody at once, and of these the other services keep one slot each"`

	EarlierPeople *int `json:"earlier_people,omitempty" doc:"To how many of those who asked for an earlier slot a freed one is offered, the first to answer having it: 0 to 20, 0 to nobody; default 3"`

	CancelCutoffHours *int `json:"cancel_cutoff_hours,omitempty" doc:"Until when people may cancel; default 4"`
	MoveCutoffHours   *int `json:"move_cutoff_hours,omitempty" doc:"Until when people may move; default 4"`
	MaxMoves          *int `json:"max_moves,omitempty" doc:"How often people may move; default 3"`

	Quiet     *ServiceHours `json:"quiet_hours,omitempty" doc:"When messages that nobody asked for may go out about this service, within the organisation's hours"`
	MaxSMS    *int          `json:"max_sms_a_day,omitempty" minimum:"1" maximum:"4" doc:"How many SMS a person gets at most in a day, all services together, when this one has one to send; default 4. Answers to the person do not count"`
	MaxEmails *int          `json:"max_emails_a_day,omitempty" minimum:"1" maximum:"6" doc:"The same of emails; default 6"`

	Fallback engine.FallbackPolicy `json:"fallback,omitempty" enum:"both,none,sms_to_email,email_to_sms" doc:"Which messages that went by one channel only, and did not arrive, are sent by the other one; default both"`

	Follow      bool              `json:"follow,omitempty" doc:"Open invitations follow the newest policy; without it each keeps the one it started under: validity, relances, reminders, after_no_show, cut-offs, moves, quiet hours, messages a day, earlier_people, fallback, consequence, max_parts, wording. Relances that are added, left out or moved hold for those that were asked already, within moments of saving; the last day that was told and the reminders of a booked appointment stay. Calendars, durations, addresses and pacing are always the newest"`
	Consequence string            `json:"consequence,omitempty" doc:"What follows from not answering, in the organisation's words"`
	MaxParts    int               `json:"max_parts,omitempty" doc:"Of an SMS; default 3"`
	Texts       map[string]string `json:"texts,omitempty" doc:"Templates instead of ours, by language/channel/kind: fr/sms/invitation; fr/sms/relance_2 are the words of the second relance of the ladder alone, in the place of fr/sms/relance"`
}

// ServiceHours narrow the organisation's hours.
type ServiceHours struct {
	From  string `json:"from,omitempty" doc:"First allowed moment; default the organisation's"`
	Until string `json:"until,omitempty" doc:"First moment no longer allowed; default the organisation's"`
}

// Rung is one relance.
type Rung struct {
	AfterDays int              `json:"after_days" doc:"After the invitation was sent"`
	Channels  []engine.Channel `json:"channels,omitempty" enum:"sms,email" doc:"Default every channel that reaches the person"`
}

// Service is what an appointment is for (motif), and the policy of its invitations.
type Service struct {
	ID engine.ServiceID `json:"id"`
	ServiceSettings
	Version   int64      `json:"version" doc:"Grows with every change; an invitation's policy names the one that it keeps"`
	CreatedAt time.Time  `json:"created_at"`
	PausedAt  *time.Time `json:"paused_at,omitempty" doc:"Since when nobody is asked for it; absent when it is not paused. Saving the service changes nothing about that"`
}

func (in ServiceSettings) service(id engine.ServiceID) engine.Service {
	s := engine.Service{
		ID: id, Name: in.Name, Calendars: in.Calendars, Location: in.Location, Address: in.Address, Phone: in.Phone,
		DurationMin: in.DurationMin, StepMin: in.StepMin, BeforeMin: in.BeforeMin, AfterMin: in.AfterMin,
		NoticeHours: in.NoticeHours, HorizonDays: in.HorizonDays, ValidityDays: in.ValidityDays, Reminders: in.Reminders,
		AbsenceReminders: in.AbsenceReminders, AfterNoShow: in.AfterNoShow, AfterNoShowDays: in.AfterNoShowDays,
		CancelCutoffHours: in.CancelCutoffHours, MoveCutoffHours: in.MoveCutoffHours, MaxMoves: in.MaxMoves,
		EarlierPeople: in.EarlierPeople, SlotsPerInvitation: in.SlotsPerInvitation, Follow: in.Follow, Fallback: in.Fallback,
		MaxSMS: in.MaxSMS, MaxEmails: in.MaxEmails,
		Consequence: in.Consequence, MaxParts: in.MaxParts, Texts: in.Texts,
	}
	if in.Quiet != nil {
		s.Quiet = &engine.QuietHours{From: in.Quiet.From, Until: in.Quiet.Until}
	}
	if in.Ladder != nil { // [] says none, absent says the default
		s.Ladder = each(in.Ladder, func(r Rung) engine.Rung { return engine.Rung(r) })
	}
	return s
}

func serviceOf(s *engine.Service) Service {
	out := Service{ID: s.ID, Version: s.Version, CreatedAt: s.CreatedAt, ServiceSettings: ServiceSettings{
		Name: s.Name, Calendars: s.Calendars, Location: s.Location, Address: s.Address, Phone: s.Phone,
		DurationMin: s.DurationMin, StepMin: s.StepMin, BeforeMin: s.BeforeMin, AfterMin: s.AfterMin,
		NoticeHours: s.NoticeHours, HorizonDays: s.HorizonDays, ValidityDays: s.ValidityDays,
		Ladder:           each(s.Ladder, func(r engine.Rung) Rung { return Rung(r) }),
		AbsenceReminders: s.AbsenceReminders, AfterNoShow: s.AfterNoShow, AfterNoShowDays: s.AfterNoShowDays,
		Reminders: s.Reminders, CancelCutoffHours: s.CancelCutoffHours, MoveCutoffHours: s.MoveCutoffHours,
		EarlierPeople: s.EarlierPeople, MaxMoves: s.MaxMoves, SlotsPerInvitation: s.SlotsPerInvitation, Follow: s.Follow, Fallback: s.Fallback, Consequence: s.Consequence, MaxParts: s.MaxParts, Texts: s.Texts,
		MaxSMS: s.MaxSMS, MaxEmails: s.MaxEmails,
	}}
	if s.Quiet != nil {
		out.Quiet = &ServiceHours{s.Quiet.From, s.Quiet.Until}
	}
	return out
}

type services struct {
	*server
	verbs serviceVerbs
}

const servicesPath = "/v1/services"

func (h services) register(a huma.API) {
	huma.Register(a, creating("create-service", servicesPath, forOrganisation, "Create a service", ""), h.create)
	huma.Register(a, operation("list-services", http.MethodGet, servicesPath, forOrganisation, "List services", ""), h.list)
	huma.Register(a, operation("get-service", http.MethodGet, servicesPath+"/{service}", forOrganisation, "Read a service", ""), h.get)
	huma.Register(a, operation("put-service", http.MethodPut, servicesPath+"/{service}", forOrganisation, "Create or replace a service",
		"The id may be a name of your own. What is not given gets its default. Open invitations keep the policy they started under, unless it says follow."), h.put)
	huma.Register(a, operation("get-service-version", http.MethodGet, servicesPath+"/{service}/versions/{version}", forOrganisation, "Read a service as it was",
		"Each change keeps the version before it, for the invitations that started under it."), h.version)
	huma.Register(a, operation("get-service-waiting", http.MethodGet, servicesPath+"/{service}/waiting", forOrganisation, "Read who waits for a service",
		"Beside the service, which is what you saved. Of one batch, and of one invitation, their own waiting says it."), h.waiting)
	registerPauses(a, servicesPath+"/{service}", "service", "anybody for a service", h.pause, h.resume)
}

// AtService names the service in the path.
type AtService struct {
	Service engine.ServiceID `path:"service" maxLength:"64" doc:"The service's id, minted or a name of your own"`
}

// shown is a service with what is not set but told of it.
func (h services) shown(ctx context.Context, all ...*engine.Service) ([]Service, error) {
	since, err := h.verbs.ServicePauses(ctx, orgOf(ctx), each(all, func(s *engine.Service) engine.ServiceID { return s.ID })...)
	if err != nil {
		return nil, problemOf(err)
	}
	out := each(all, serviceOf)
	for n := range out {
		out[n].PausedAt = since[n]
	}
	return out, nil
}

// answer is one service shown.
func (h services) answer(ctx context.Context, s *engine.Service, err error) (*one[Service], error) {
	if err != nil {
		return nil, problemOf(err)
	}
	all, err := h.shown(ctx, s)
	if err != nil {
		return nil, err
	}
	return &one[Service]{all[0]}, nil
}

func (h services) create(ctx context.Context, in *struct {
	Creates
	Body ServiceSettings
}) (*created[Service], error) {
	s, err := h.verbs.SaveService(ctx, orgOf(ctx), in.Body.service(""))
	if err != nil {
		return nil, problemOf(err)
	}
	return &created[Service]{h.o.BaseURL + servicesPath + "/" + string(s.ID), serviceOf(&s)}, nil
}

func (h services) list(ctx context.Context, in *Paging) (*pageOut[Service], error) {
	all, next, err := h.verbs.Services(ctx, orgOf(ctx), in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	items, err := h.shown(ctx, all...)
	if err != nil {
		return nil, err
	}
	return pageOf(h.server, servicesPath, *in, items, next), nil
}

func (h services) get(ctx context.Context, in *AtService) (*one[Service], error) {
	s, err := h.verbs.Service(ctx, orgOf(ctx), in.Service)
	return h.answer(ctx, s, err)
}

func (h services) waiting(ctx context.Context, in *AtService) (*one[ServiceWaiting], error) {
	if _, err := h.verbs.Service(ctx, orgOf(ctx), in.Service); err != nil {
		return nil, problemOf(err)
	}
	asked, wait, err := h.verbs.ServiceWaiting(ctx, orgOf(ctx), in.Service)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[ServiceWaiting]{ServiceWaiting{asked, waitingOf(wait)}}, nil
}

func (h services) put(ctx context.Context, in *struct {
	AtService
	Body ServiceSettings
}) (*one[Service], error) {
	s, err := h.verbs.SaveService(ctx, orgOf(ctx), in.Body.service(in.Service))
	return h.answer(ctx, &s, err)
}

func (h services) version(ctx context.Context, in *struct {
	AtService
	Version int64 `path:"version" minimum:"1" doc:"The policy of an invitation, or a version of the service"`
}) (*one[Service], error) {
	s, err := h.verbs.ServiceVersion(ctx, orgOf(ctx), in.Service, in.Version)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Service]{serviceOf(s)}, nil
}
