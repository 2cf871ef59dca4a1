package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/calendars"
	"relance/engine"
)

// AppointmentRequest books somebody in: for an invitation, or a person and a service,
// which makes a convocation.
type AppointmentRequest struct {
	Invitation engine.InvitationID `json:"invitation,omitempty" doc:"Book for this invitation; then neither service nor person"`
	Service    engine.ServiceID    `json:"service,omitempty" doc:"With person: a convocation"`
	Person     *Person             `json:"person,omitempty" doc:"With service: a convocation"`
	Start      time.Time           `json:"start" doc:"RFC 3339 with offset"`
	Calendar   engine.CalendarID   `json:"calendar,omitempty" doc:"This one of the pool; default: chosen"`
	Location   *string             `json:"location,omitempty" doc:"Only at this location, one of those of the slot; default: any"`
	Force      engine.Force        `json:"force,omitempty" enum:"outside_windows,overlap" doc:"Against the calendar, on purpose: see the operation"`
}

// Appointment is booked time of one calendar for one person (rendez-vous).
type Appointment struct {
	ID          engine.AppointmentID    `json:"id"`
	Service     engine.ServiceID        `json:"service"`
	Invitation  engine.InvitationID     `json:"invitation"`
	Recipient   engine.RecipientID      `json:"recipient"`
	Calendar    engine.CalendarID       `json:"calendar"`
	Location    string                  `json:"location,omitempty" doc:"Where, as the window named it: the id of a location; absent is the service's own"`
	Start       time.Time               `json:"start"`
	End         time.Time               `json:"end"`
	State       engine.AppointmentState `json:"state" enum:"booked,attended,no_show,cancelled_by_recipient,cancelled_by_organisation"`
	Imposed     bool                    `json:"imposed,omitempty" doc:"A convocation: staff booked it"`
	Forced      calendars.Reason        `json:"forced,omitempty" doc:"Staff forced it: what the calendar had against it"`
	Moves       int                     `json:"moves" doc:"By the person"`
	Sequence    int                     `json:"sequence" doc:"Grows with every move, as in the .ics"`
	Reminders   []Reminder              `json:"reminders,omitempty"`
	ConfirmedAt *time.Time              `json:"confirmed_at,omitempty" doc:"The person said that they come"`
	EarlierWish
	History   []Outcome `json:"history,omitempty" doc:"Outcomes as they were recorded; the last one counts"`
	CreatedAt time.Time `json:"created_at"`
	Next      *Step     `json:"next,omitempty"`
	Version   int64     `json:"version"`
}

// Reminder is one planned reminder and what became of it.
type Reminder struct {
	BeforeHours engine.Hours     `json:"before_hours"`
	At          time.Time        `json:"at"`
	State       string           `json:"state" doc:"planned, sent, skipped, merged"`
	Message     engine.MessageID `json:"message,omitempty" doc:"Of one that is merged: the reminder that lists all appointments of the day"`
	Reason      string           `json:"reason,omitempty" doc:"Why it was skipped: too_late, unreachable, cancelled"`
}

// Outcome is what happened, as staff recorded it.
type Outcome struct {
	State engine.AppointmentState `json:"state"`
	At    time.Time               `json:"at"`
}

func appointmentOf(a *engine.Appointment) Appointment {
	return Appointment{
		ID: a.ID, Service: a.Service, Invitation: a.Invitation, Recipient: a.Recipient, Calendar: a.Calendar,
		Location: a.Location, Start: a.Start, End: a.End, State: a.State, Imposed: a.Imposed, Forced: a.Forced, Moves: a.Moves, Sequence: a.Sequence,
		Reminders: each(a.Reminders, func(r engine.Reminder) Reminder {
			return Reminder{BeforeHours: r.Before, At: r.At, State: r.State, Reason: r.Reason, Message: r.Message}
		}),
		History:     each(a.History, func(o engine.Recorded) Outcome { return Outcome(o) }),
		EarlierWish: wishOf(a),
		ConfirmedAt: a.ConfirmedAt, CreatedAt: a.CreatedAt, Next: stepOf(a.Next), Version: a.Version,
	}
}

type appointments struct {
	*server
	verbs interface {
		appointmentVerbs
		changeVerbs
	}
}

// forcing is what the API's documentation says of force.
const forcing = "With force=outside_windows staff book outside windows, in closures and on holidays, beyond notice and horizon; " +
	"what overlaps something booked, the agent's own agenda or a limit is still refused (taken). " +
	"Told so, force=overlap books it nevertheless. A session never has more people than seats. Nothing books the past."

const appointmentsPath = "/v1/appointments"

func (h appointments) register(a huma.API) {
	at := appointmentsPath + "/{appointment}"
	huma.Register(a, creating("create-appointment", appointmentsPath, forOrganisation, "Book somebody in",
		"For an invitation, or for a person and a service (a convocation). A taken slot is answered with the three nearest free ones. "+forcing), h.create)
	huma.Register(a, operation("list-appointments", http.MethodGet, appointmentsPath, forOrganisation, "List appointments",
		"By start. With a calendar, those that hold its time: the cancelled are of no calendar any more."), h.list)
	huma.Register(a, operation("get-appointment", http.MethodGet, at, forOrganisation, "Read an appointment", ""), h.get)
	huma.Register(a, operation("move-appointment", http.MethodPost, at+"/move", forOrganisation, "Move an appointment",
		"Staff are bound by no cut-off. The new slot is claimed before the old one is freed. "+forcing), h.move)
	huma.Register(a, operation("cancel-appointment", http.MethodPost, at+"/cancel", forOrganisation, "Cancel an appointment",
		"The person is told, and may choose another: their invitation is valid anew, as long as one made now. Cancelling again answers the same."), h.cancel)
	huma.Register(a, operation("record-outcome", http.MethodPost, at+"/outcome", forOrganisation, "Record an outcome",
		"It may be corrected by recording another; history keeps both. A no_show, up to 30 days after the appointment, lets the person choose again while the invitation is valid, or the policy makes it so (after_no_show); "+
			"an invitation that the end of its appointment had closed is then open again."), h.outcome)
}

func (h appointments) create(ctx context.Context, in *struct {
	Creates
	Body AppointmentRequest
}) (*created[Appointment], error) {
	b := in.Body
	if err := b.check(); err != nil {
		return nil, err
	}
	apt, err := h.book(ctx, b)
	if err != nil {
		return nil, inPerson(problemOf(err))
	}
	return &created[Appointment]{h.o.BaseURL + appointmentsPath + "/" + string(apt.ID), appointmentOf(apt)}, nil
}

// check wants exactly one of the two ways to say who.
func (b AppointmentRequest) check() error {
	var faults []Fault
	miss := func(pointer string) {
		faults = append(faults, Fault{Pointer: pointer, Code: "required", Detail: "give invitation, or service and person"})
	}
	switch {
	case b.Invitation != "":
		if b.Service != "" || b.Person != nil {
			faults = append(faults, Fault{Pointer: "/invitation", Code: "ambiguous", Detail: "give invitation, or service and person, not both"})
		}
	case b.Service == "" && b.Person == nil:
		miss("/invitation")
	case b.Service == "":
		miss("/service")
	case b.Person == nil:
		miss("/person")
	}
	if len(faults) == 0 {
		return nil
	}
	p := newProblem(engine.CodeInvalid, "")
	p.Errors = faults
	return p
}

func (h appointments) book(ctx context.Context, b AppointmentRequest) (*engine.Appointment, error) {
	if b.Invitation != "" {
		return h.verbs.Book(ctx, engine.BookRequest{
			Organisation: orgOf(ctx), Invitation: b.Invitation, Start: b.Start, Calendar: b.Calendar, Location: b.Location,
			By: engine.ByStaff, Force: b.Force,
		})
	}
	return h.verbs.Convene(ctx, engine.ConveneRequest{
		Organisation: orgOf(ctx), Service: b.Service, Person: engine.Person(*b.Person), Start: b.Start,
		Calendar: b.Calendar, Location: b.Location, Force: b.Force,
	})
}

type appointmentsIn struct {
	Paging
	Calendar engine.CalendarID `query:"calendar" maxLength:"64" doc:"Only those of this calendar"`
	From     time.Time         `query:"from" doc:"First start, RFC 3339 with offset"`
	To       time.Time         `query:"to" doc:"Last start, RFC 3339 with offset"`
}

func (h appointments) list(ctx context.Context, in *appointmentsIn) (*pageOut[Appointment], error) {
	all, next, err := h.verbs.AppointmentsBetween(ctx, orgOf(ctx), engine.Between{Calendar: in.Calendar, From: in.From, To: in.To}, in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	out := pageOf(h.server, "", in.Paging, each(all, appointmentOf), "")
	if out.Body.Next = next; next != "" {
		out.Link = h.next(appointmentsPath, in.query(next))
	}
	return out, nil
}

// query is that of the next page.
func (in *appointmentsIn) query(next string) url.Values {
	q := url.Values{"cursor": {next}, "limit": {strconv.Itoa(in.Limit)}}
	if in.Calendar != "" {
		q.Set("calendar", string(in.Calendar))
	}
	for name, t := range map[string]time.Time{"from": in.From, "to": in.To} {
		if !t.IsZero() {
			q.Set(name, t.Format(time.RFC3339))
		}
	}
	return q
}

// AtAppointment names the appointment in the path.
type AtAppointment struct {
	Appointment engine.AppointmentID `path:"appointment" maxLength:"64" doc:"The appointment's id"`
}

// of calls a verb on the appointment of the path and answers with what it became.
func (at AtAppointment) of(verb func() (*engine.Appointment, error)) (*one[Appointment], error) {
	if err := ofKind(string(at.Appointment), "apt_"); err != nil {
		return nil, err
	}
	a, err := verb()
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Appointment]{appointmentOf(a)}, nil
}

func (h appointments) get(ctx context.Context, in *AtAppointment) (*one[Appointment], error) {
	return in.of(func() (*engine.Appointment, error) {
		return h.verbs.Appointment(ctx, orgOf(ctx), in.Appointment)
	})
}

// Move is where an appointment goes.
type Move struct {
	Start    time.Time         `json:"start" doc:"RFC 3339 with offset"`
	Calendar engine.CalendarID `json:"calendar,omitempty" doc:"This one of the pool; default: chosen"`
	Location *string           `json:"location,omitempty" doc:"Only at this location, one of those of the slot; default: any"`
	Force    engine.Force      `json:"force,omitempty" enum:"outside_windows,overlap" doc:"Against the calendar, on purpose: see the operation"`
}

func (h appointments) move(ctx context.Context, in *struct {
	AtAppointment
	Body Move
}) (*one[Appointment], error) {
	return in.of(func() (*engine.Appointment, error) {
		return h.verbs.Reschedule(ctx, engine.MoveRequest{
			Organisation: orgOf(ctx), Appointment: in.Appointment, Start: in.Body.Start, Calendar: in.Body.Calendar,
			Location: in.Body.Location, By: engine.ByStaff, Force: in.Body.Force,
		})
	})
}

func (h appointments) cancel(ctx context.Context, in *AtAppointment) (*one[Appointment], error) {
	return in.of(func() (*engine.Appointment, error) {
		return h.verbs.Cancel(ctx, orgOf(ctx), in.Appointment, engine.ByStaff)
	})
}

// OutcomeRequest is what happened.
type OutcomeRequest struct {
	Outcome engine.AppointmentState `json:"outcome" enum:"attended,no_show"`
}

func (h appointments) outcome(ctx context.Context, in *struct {
	AtAppointment
	Body OutcomeRequest
}) (*one[Appointment], error) {
	return in.of(func() (*engine.Appointment, error) {
		return h.verbs.Record(ctx, orgOf(ctx), in.Appointment, in.Body.Outcome)
	})
}
