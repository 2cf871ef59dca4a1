package api

import (
	"context"
	"io"
	"time"

	"relance/calendars"
	"relance/engine"
	"relance/engine/intake"
)

// The verbs each group of routes needs. *engine.Engine has them all; errors are
// *engine.Error with the codes of engine.Code.
type (
	organisationVerbs interface {
		SaveOrganisation(ctx context.Context, o engine.Organisation) (engine.Organisation, error)
		Organisation(ctx context.Context, id engine.OrganisationID) (*engine.Organisation, error)
		Organisations(ctx context.Context) ([]*engine.Organisation, error)
	}
	keyVerbs interface {
		Organisation(ctx context.Context, id engine.OrganisationID) (*engine.Organisation, error)
		IssueKey(ctx context.Context, org engine.OrganisationID, name string) (string, engine.Key, error)
		RevokeKey(ctx context.Context, org engine.OrganisationID, id engine.KeyID) error
	}
	keyring interface {
		Authenticate(ctx context.Context, plain string) (engine.OrganisationID, engine.KeyID, error)
	}
	serviceVerbs interface {
		SaveService(ctx context.Context, org engine.OrganisationID, s engine.Service) (engine.Service, error)
		Service(ctx context.Context, org engine.OrganisationID, id engine.ServiceID) (*engine.Service, error)
		Services(ctx context.Context, org engine.OrganisationID, cursor string, limit int) ([]*engine.Service, string, error)
		ServiceVersion(ctx context.Context, org engine.OrganisationID, id engine.ServiceID, version int64) (*engine.Service, error)
		PauseService(ctx context.Context, org engine.OrganisationID, id engine.ServiceID) error
		ResumeService(ctx context.Context, org engine.OrganisationID, id engine.ServiceID) error
		ServiceWaiting(ctx context.Context, org engine.OrganisationID, id engine.ServiceID) (out int64, w *engine.Waiting, err error)
		ServicePauses(ctx context.Context, org engine.OrganisationID, ids ...engine.ServiceID) ([]*time.Time, error)
	}
	textVerbs interface {
		SaveText(ctx context.Context, org engine.OrganisationID, t engine.OwnText) (engine.OwnText, []engine.Finding, error)
		DropText(ctx context.Context, org engine.OrganisationID, k engine.TextKey) error
		OwnTexts(ctx context.Context, org engine.OrganisationID) ([]engine.OwnText, error)
		Text(ctx context.Context, org engine.OrganisationID, k engine.TextKey) (*engine.HeldText, error)
		TextVersions(ctx context.Context, org engine.OrganisationID, k engine.TextKey, cursor string, limit int) ([]engine.OwnText, string, error)
		TextVersion(ctx context.Context, org engine.OrganisationID, k engine.TextKey, number int64) (*engine.OwnText, error)
		PreviewText(ctx context.Context, org engine.OrganisationID, r engine.PreviewRequest) (*engine.TextPreview, error)
	}
	slotVerbs interface {
		Slots(ctx context.Context, org engine.OrganisationID, id engine.ServiceID, from, to time.Time, limit int) ([]engine.Slot, error)
		Nearest(ctx context.Context, org engine.OrganisationID, id engine.ServiceID, wanted time.Time, n int) ([]engine.Slot, error)
		Best(ctx context.Context, org engine.OrganisationID, id engine.ServiceID, after time.Time, n int) (best []engine.Slot, more bool, err error)
		Next(ctx context.Context, org engine.OrganisationID, id engine.ServiceID, from time.Time) (*engine.Availability, error)
		Explain(ctx context.Context, org engine.OrganisationID, id engine.ServiceID, from, to time.Time) (*engine.Explained, error)
	}
	calendarVerbs interface {
		SaveCalendar(ctx context.Context, org engine.OrganisationID, c engine.Calendar) (engine.Calendar, error)
		Calendar(ctx context.Context, org engine.OrganisationID, id engine.CalendarID) (*engine.Calendar, error)
		Calendars(ctx context.Context, org engine.OrganisationID, cursor string, limit int) ([]*engine.Calendar, string, error)
		AddClosure(ctx context.Context, org engine.OrganisationID, id engine.CalendarID, c calendars.Closure) (engine.Calendar, error)
		Conflicts(ctx context.Context, org engine.OrganisationID, id engine.CalendarID, cursor string, limit int) ([]engine.Clash, string, error)
		Resolve(ctx context.Context, r engine.ResolveRequest, told func(engine.Resolved) error) error
	}
	agendaVerbs interface {
		Agenda(ctx context.Context, org engine.OrganisationID, id engine.CalendarID) (*engine.Agenda, error)
		FeedURL(ctx context.Context, org engine.OrganisationID, id engine.CalendarID) (string, error)
		RotateFeed(ctx context.Context, org engine.OrganisationID, id engine.CalendarID) (string, error)
	}
	batchVerbs interface {
		Batch(ctx context.Context, org engine.OrganisationID, id engine.BatchID) (*engine.Batch, error)
		BatchProgress(ctx context.Context, org engine.OrganisationID, id engine.BatchID) (map[string]int64, error)
		PauseBatch(ctx context.Context, org engine.OrganisationID, id engine.BatchID) error
		ResumeBatch(ctx context.Context, org engine.OrganisationID, id engine.BatchID) error
		BatchPause(ctx context.Context, b *engine.Batch) (*time.Time, error)
		BatchWaiting(ctx context.Context, org engine.OrganisationID, id engine.BatchID) (*engine.Waiting, error)
		BatchLines(ctx context.Context, org engine.OrganisationID, id engine.BatchID, cursor string, limit int) ([]engine.BatchLine, string, error)
		Foresee(ctx context.Context, org engine.OrganisationID, reqs []engine.InviteRequest) ([]engine.Foreseen, error)
		Outlook(ctx context.Context, org engine.OrganisationID, id engine.ServiceID) (*engine.Outlook, error)
	}
	invitationVerbs interface {
		Invite(ctx context.Context, org engine.OrganisationID, reqs []engine.InviteRequest) ([]engine.InviteResult, error)
		Invitation(ctx context.Context, org engine.OrganisationID, id engine.InvitationID) (*engine.Invitation, error)
		Waiting(ctx context.Context, inv *engine.Invitation) (*engine.Waiting, error)
		Invitations(ctx context.Context, org engine.OrganisationID, cursor string, limit int) ([]*engine.Invitation, string, error)
		Offer(ctx context.Context, org engine.OrganisationID, id engine.InvitationID) (*engine.Offer, error)
		Close(ctx context.Context, org engine.OrganisationID, id engine.InvitationID, by engine.Actor, reason string) (*engine.Invitation, error)
		Follow(ctx context.Context, org engine.OrganisationID, id engine.InvitationID) (*engine.Invitation, error)
	}
	appointmentVerbs interface {
		Appointment(ctx context.Context, org engine.OrganisationID, id engine.AppointmentID) (*engine.Appointment, error)
		AppointmentsBetween(ctx context.Context, org engine.OrganisationID, b engine.Between, cursor string, limit int) ([]*engine.Appointment, string, error)
		Book(ctx context.Context, r engine.BookRequest) (*engine.Appointment, error)
		Convene(ctx context.Context, r engine.ConveneRequest) (*engine.Appointment, error)
	}
	changeVerbs interface {
		Reschedule(ctx context.Context, r engine.MoveRequest) (*engine.Appointment, error)
		Cancel(ctx context.Context, org engine.OrganisationID, id engine.AppointmentID, by engine.Actor) (*engine.Appointment, error)
		Record(ctx context.Context, org engine.OrganisationID, id engine.AppointmentID, outcome engine.AppointmentState) (*engine.Appointment, error)
	}
	earlierVerbs interface {
		WantEarlier(ctx context.Context, org engine.OrganisationID, id engine.AppointmentID, want bool, by engine.Actor) (*engine.Appointment, error)
		EarlierWishes(ctx context.Context, org engine.OrganisationID, id engine.ServiceID, cursor string, limit int) ([]engine.EarlierWish, string, error)
	}
	messageVerbs interface {
		Message(ctx context.Context, org engine.OrganisationID, id engine.MessageID) (*engine.Message, error)
		Messages(ctx context.Context, org engine.OrganisationID, inv engine.InvitationID) ([]*engine.Message, error)
	}
	recipientVerbs interface {
		Recipient(ctx context.Context, org engine.OrganisationID, id engine.RecipientID) (*engine.Recipient, error)
		Erase(ctx context.Context, org engine.OrganisationID, id engine.RecipientID) error
		PauseRecipient(ctx context.Context, org engine.OrganisationID, id engine.RecipientID) (*engine.Recipient, error)
		ResumeRecipient(ctx context.Context, org engine.OrganisationID, id engine.RecipientID) (*engine.Recipient, error)
		Readdress(ctx context.Context, org engine.OrganisationID, id engine.RecipientID, p engine.Person) (*engine.Recipient, error)
		OptOut(ctx context.Context, org engine.OrganisationID, id engine.RecipientID, ch engine.Channel) (*engine.Recipient, error)
		OptIn(ctx context.Context, org engine.OrganisationID, id engine.RecipientID, ch engine.Channel, by engine.Actor) error
	}
	eventVerbs interface {
		Counts(ctx context.Context, org engine.OrganisationID) (map[string]int64, error)
		Events(ctx context.Context, org engine.OrganisationID, cursor string, limit int) ([]engine.Event, string, error)
	}
)

// receiver streams a batch in: intake.Receive on an engine. The batch is stored when it answers.
type receiver func(ctx context.Context, org engine.OrganisationID, service engine.ServiceID, id engine.BatchID, body io.Reader, f intake.Format) (*engine.Batch, error)

// verbs are all of them together.
type verbs interface {
	organisationVerbs
	IssueKey(ctx context.Context, org engine.OrganisationID, name string) (string, engine.Key, error)
	RevokeKey(ctx context.Context, org engine.OrganisationID, id engine.KeyID) error
	keyring
	serviceVerbs
	textVerbs
	slotVerbs
	calendarVerbs
	agendaVerbs
	batchVerbs
	invitationVerbs
	appointmentVerbs
	changeVerbs
	earlierVerbs
	messageVerbs
	recipientVerbs
	eventVerbs
	callVerbs
	replyVerbs
	figureVerbs
	actionVerbs
}

var _ verbs = (*engine.Engine)(nil)
