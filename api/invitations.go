package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// Person is somebody to invite, as the organisation knows them.
type Person struct {
	ExternalID string            `json:"external_id,omitempty" doc:"The organisation's own reference: the same one is the same person. Default: derived from the phone, then the email"`
	FirstName  string            `json:"first_name,omitempty"`
	LastName   string            `json:"last_name,omitempty"`
	Phone      string            `json:"phone,omitempty" doc:"A mobile, as people write it or in E.164"`
	Email      string            `json:"email,omitempty"`
	Language   string            `json:"language,omitempty" doc:"fr, en; default the organisation's"`
	Referent   engine.CalendarID `json:"referent,omitempty" doc:"The calendar asked first when a slot is booked"`
}

// InvitationRequest asks for one invitation.
type InvitationRequest struct {
	Service  engine.ServiceID `json:"service"`
	Person   Person           `json:"person"`
	Channels []engine.Channel `json:"channels,omitempty" enum:"sms,email" doc:"Of the first messages; default every one that reaches the person"`
}

// Invitation is one round of "choose your slot" for one person and one service. It names
// the person by ids only.
type Invitation struct {
	ID          engine.InvitationID    `json:"id"`
	Service     engine.ServiceID       `json:"service"`
	Recipient   engine.RecipientID     `json:"recipient"`
	ExternalID  string                 `json:"external_id,omitempty" doc:"The organisation's own reference of the person; only where one invitation is asked for"`
	Batch       engine.BatchID         `json:"batch,omitempty"`
	Line        int                    `json:"line,omitempty" doc:"Of the batch"`
	State       engine.InvitationState `json:"state" enum:"queued,sent,booked,expired,closed"`
	Status      engine.Status          `json:"status" enum:"waiting,invited,followed_up,booked,outcome_missing,attended,no_show,cancelled,expired,unreachable,closed" doc:"Where it stands, for people. waiting: nothing has left yet. invited: asked once. followed_up: a relance was sent. booked: an appointment is coming. outcome_missing: it is over and nobody said whether the person came. attended. no_show and cancelled: the person has not booked again, whether the link still works or not. expired: no answer in time. unreachable: no channel is left. closed: refused by the person or closed by staff"`
	Action      *Action                `json:"action,omitempty" doc:"What staff should look at"`
	Call        *CallAsked             `json:"call,omitempty" doc:"The person asked to be called and waits: see /v1/calls"`
	Reason      string                 `json:"reason,omitempty" doc:"Why it closed"`
	Imposed     bool                   `json:"imposed,omitempty" doc:"A convocation: staff booked it"`
	Unreachable bool                   `json:"unreachable,omitempty" doc:"No message could be delivered: action required"`
	Channels    []engine.Channel       `json:"channels,omitempty"`
	Rung        int                    `json:"rung" doc:"Relances sent so far"`
	CreatedAt   time.Time              `json:"created_at"`
	SentAt      *time.Time             `json:"sent_at,omitempty" doc:"When the first message really left: the ladder counts from it"`
	OpenedAt    *time.Time             `json:"opened_at,omitempty"`
	ExpiresAt   *time.Time             `json:"expires_at,omitempty" doc:"The end of its last day; absent: without end"`
	Appointment engine.AppointmentID   `json:"appointment,omitempty" doc:"The current or last one"`
	Next        *Step                  `json:"next,omitempty" doc:"What it waits for"`
	Waiting     *Waiting               `json:"waiting,omitempty" doc:"Why nothing is sent: the calendars have no room yet, or a pause concerns it; only where one invitation is asked for"`
	Policy      int64                  `json:"policy,omitempty" doc:"The version of the service it started under and keeps, unless the service says follow; absent until it starts"`
	Version     int64                  `json:"version" doc:"Grows with every change, as in events"`
}

func invitationOf(i *engine.Invitation) Invitation {
	return Invitation{
		ID: i.ID, Service: i.Service, Recipient: i.Recipient, Batch: i.Batch, Line: i.Line, State: i.State,
		Reason: i.Reason, Imposed: i.Imposed, Unreachable: i.Unreachable, Channels: i.Channels, Rung: i.Rung,
		CreatedAt: i.CreatedAt, SentAt: i.SentAt, OpenedAt: i.OpenedAt, ExpiresAt: i.ExpiresAt,
		Appointment: i.Appointment, Next: stepOf(i.Next), Policy: i.Policy, Version: i.Version,
		Call: (*CallAsked)(i.Call),
	}
}

type invitations struct {
	*server
	verbs interface {
		invitationVerbs
		messageVerbs
		recipientVerbs
		actionVerbs
	}
}

const invitationsPath = "/v1/invitations"

func (h invitations) register(a huma.API) {
	huma.Register(a, creating("create-invitation", invitationsPath, forOrganisation, "Invite one person",
		"For lists of people, post a batch: it is much cheaper."), h.create)
	huma.Register(a, operation("list-invitations", http.MethodGet, invitationsPath, forOrganisation, "List invitations",
		"Oldest first. With action_required, only those that wait for staff, the longest first: expired without answer, no-show, cancelled, outcome missing, unreachable, or the person asked to be called; reason and service narrow it. "+
			"A page of a narrowed list may hold less than limit, or nothing, and have a next one all the same: go on until next is absent. "+
			"Booking, recording an outcome, closing, inviting the person again for the service, or done takes one off the list."), h.list)
	huma.Register(a, operation("get-invitation", http.MethodGet, invitationsPath+"/{invitation}", forOrganisation, "Read an invitation", ""), h.get)
	huma.Register(a, operation("list-invitation-messages", http.MethodGet, invitationsPath+"/{invitation}/messages", forOrganisation, "List the messages of an invitation", ""), h.messages)
	huma.Register(a, operation("close-invitation", http.MethodPost, invitationsPath+"/{invitation}/close", forOrganisation, "Close an invitation",
		"Its ladder stops at once. A coming appointment must be cancelled first."), h.close)
	huma.Register(a, operation("follow-policy", http.MethodPost, invitationsPath+"/{invitation}/follow", forOrganisation, "Follow the newest policy",
		"An invitation keeps the policy of its service that it started under. From now on the newest holds for this one: relances, cut-offs, moves, wording. "+
			"Its last day stays, and so do the reminders of a booked appointment. To have all of a service follow, set follow on the service."), h.follow)
	huma.Register(a, operation("offer-slots", http.MethodPost, invitationsPath+"/{invitation}/offer", forOrganisation, "Offer slots by SMS",
		"Holds up to three free slots for the person for 30 minutes and asks them by SMS to choose one by replying 1, 2 or 3; "+
			"somebody with a coming appointment is offered earlier ones. While the offer stands, asking again answers the same and sends nothing. "+
			"Refused when the organisation's sender takes no replies, in quiet hours, and when nothing is free."), h.offer)
}

// AtInvitation names the invitation in the path.
type AtInvitation struct {
	Invitation engine.InvitationID `path:"invitation" maxLength:"64" doc:"The invitation's id"`
}

// ofKind refuses an id of another kind of thing: all records of an organisation share one room.
func ofKind(id, prefix string) error {
	if !strings.HasPrefix(id, prefix) {
		return newProblem(engine.CodeNotFound, "There is no such record; ids of this kind begin with %s.", prefix)
	}
	return nil
}

func (h invitations) create(ctx context.Context, in *struct {
	Creates
	Body InvitationRequest
}) (*created[Invitation], error) {
	b := in.Body
	res, err := h.verbs.Invite(ctx, orgOf(ctx), []engine.InviteRequest{{
		Service: b.Service, Person: engine.Person(b.Person), Channels: b.Channels,
	}})
	if err != nil {
		return nil, problemOf(err)
	}
	if res[0].Err != nil {
		return nil, inPerson(problemOf(res[0].Err))
	}
	inv, err := h.read(ctx, res[0].Invitation)
	if err != nil {
		return nil, err
	}
	return &created[Invitation]{h.o.BaseURL + invitationsPath + "/" + string(inv.ID), inv}, nil
}

// inPerson points at the members of person; service, channels, start, calendar and force stand beside it.
func inPerson(p *Problem) *Problem {
	for i := range p.Errors {
		switch first, _, _ := strings.Cut(strings.TrimPrefix(p.Errors[i].Pointer, "/"), "/"); first {
		case "", "service", "channels", "start", "calendar", "force", "person":
		default:
			p.Errors[i].Pointer = "/person" + p.Errors[i].Pointer
		}
	}
	return p
}

func (h invitations) list(ctx context.Context, in *struct {
	Paging
	ActionRequired bool                `query:"action_required" doc:"Only those that wait for staff"`
	Reason         engine.ActionReason `query:"reason" enum:"expired,no_show,cancelled,outcome_missing,unreachable,call" doc:"With action_required: only those that wait for this reason; call: the person asked to be called"`
	Service        engine.ServiceID    `query:"service" maxLength:"64" doc:"With action_required: only those of this service"`
}) (*pageOut[Invitation], error) {
	q := engine.ActionQuery{Reason: in.Reason, Service: in.Service}
	if in.ActionRequired {
		return h.waiting(ctx, in.Paging, q)
	}
	if q != (engine.ActionQuery{}) {
		return nil, onlyWaiting(q)
	}
	all, next, err := h.verbs.Invitations(ctx, orgOf(ctx), in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	items, err := shown(ctx, h.verbs, all...)
	if err != nil {
		return nil, err
	}
	return pageOf(h.server, invitationsPath, in.Paging, items, next), nil
}

// onlyWaiting refuses what only the list of those that wait for staff can be asked.
func onlyWaiting(q engine.ActionQuery) *Problem {
	p := newProblem(engine.CodeInvalid, "")
	for name, given := range map[string]bool{"reason": q.Reason != "", "service": q.Service != ""} {
		if given {
			p.Errors = append(p.Errors, Fault{Parameter: name, Code: "needs_action_required", Detail: "goes with action_required=true only"})
		}
	}
	return p
}

func (h invitations) get(ctx context.Context, in *AtInvitation) (*one[Invitation], error) {
	if err := ofKind(string(in.Invitation), "inv_"); err != nil {
		return nil, err
	}
	inv, err := h.read(ctx, in.Invitation)
	if err != nil {
		return nil, err
	}
	return &one[Invitation]{inv}, nil
}

// read reads one invitation with the organisation's reference of its person.
func (h invitations) read(ctx context.Context, id engine.InvitationID) (Invitation, error) {
	inv, err := h.verbs.Invitation(ctx, orgOf(ctx), id)
	if err != nil {
		return Invitation{}, problemOf(err)
	}
	all, err := shown(ctx, h.verbs, inv)
	if err != nil {
		return Invitation{}, err
	}
	out := all[0]
	person, err := h.verbs.Recipient(ctx, orgOf(ctx), inv.Recipient)
	if err != nil {
		return Invitation{}, problemOf(err)
	}
	out.ExternalID = person.ExternalID
	wait, err := h.verbs.Waiting(ctx, inv)
	if err != nil {
		return Invitation{}, problemOf(err)
	}
	out.Waiting = waitingOf(wait)
	return out, nil
}

func (h invitations) messages(ctx context.Context, in *struct {
	AtInvitation
	Paging
}) (*pageOut[Message], error) {
	if err := ofKind(string(in.Invitation), "inv_"); err != nil {
		return nil, err
	}
	all, err := h.verbs.Messages(ctx, orgOf(ctx), in.Invitation)
	if err != nil {
		return nil, problemOf(err)
	}
	byID := func(m *engine.Message) string { return string(m.ID) }
	slices.SortFunc(all, func(a, b *engine.Message) int { return cmp.Compare(a.ID, b.ID) })
	all, next := pageByID(all, byID, in.Paging)
	path := invitationsPath + "/" + string(in.Invitation) + "/messages"
	return pageOf(h.server, path, in.Paging, each(all, messageOf), next), nil
}

// Closing says why an invitation is closed.
type Closing struct {
	Reason string `json:"reason,omitempty" maxLength:"200" doc:"For staff and statistics; no personal data"`
}

func (h invitations) close(ctx context.Context, in *struct {
	AtInvitation
	Body *Closing
}) (*one[Invitation], error) {
	if err := ofKind(string(in.Invitation), "inv_"); err != nil {
		return nil, err
	}
	var c Closing
	if in.Body != nil {
		c = *in.Body
	}
	inv, err := h.verbs.Close(ctx, orgOf(ctx), in.Invitation, engine.ByStaff, c.Reason)
	if err != nil {
		return nil, problemOf(err)
	}
	return shownAlone(ctx, h.verbs, inv)
}

func (h invitations) follow(ctx context.Context, in *AtInvitation) (*one[Invitation], error) {
	if err := ofKind(string(in.Invitation), "inv_"); err != nil {
		return nil, err
	}
	inv, err := h.verbs.Follow(ctx, orgOf(ctx), in.Invitation)
	if err != nil {
		return nil, problemOf(err)
	}
	return shownAlone(ctx, h.verbs, inv)
}
