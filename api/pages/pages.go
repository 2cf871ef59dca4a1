package pages

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"relance/engine"
)

// Engine is what the pages need of *engine.Engine.
type Engine interface {
	Links
	Bookings
	Waiting
	Refusals
	Mailings
}

// Links reads what a link opens. Both may answer CodeUnavailable.
type Links interface {
	// Open changes nothing; CodeLinkDead for every token that opens nothing.
	Open(ctx context.Context, token string) (*engine.Visit, error)
	// Shortlist is the best n starts after a moment (zero: now), and where the others are.
	Shortlist(ctx context.Context, v *engine.Visit, after time.Time, n int) (*engine.Shortlist, error)
	// Choices are at most limit starts from a day on, and the day of the next page or "".
	Choices(ctx context.Context, v *engine.Visit, from string, limit int) (slots []engine.Slot, next string, err error)
}

// Bookings changes appointments. Each may answer CodeTaken, CodeNotBookable, CodeTooLate,
// CodeTooManyMoves, CodePending, CodeWrongState, CodeConflict, CodeUnavailable.
type Bookings interface {
	Book(ctx context.Context, r engine.BookRequest) (*engine.Appointment, error)
	Reschedule(ctx context.Context, r engine.MoveRequest) (*engine.Appointment, error)
	Cancel(ctx context.Context, org engine.OrganisationID, id engine.AppointmentID, by engine.Actor) (*engine.Appointment, error)
}

// Waiting is for earlier slots that others free. Both may answer what Bookings do.
type Waiting interface {
	// WantEarlier has the person told of them, or no longer.
	WantEarlier(ctx context.Context, org engine.OrganisationID, id engine.AppointmentID, want bool, by engine.Actor) (*engine.Appointment, error)
	// TakeEarlier takes one that was offered; CodeTaken when somebody else was faster.
	TakeEarlier(ctx context.Context, r engine.EarlierRequest) (*engine.Appointment, error)
}

// Refusals are the person's no: to the appointment, to SMS, to emails; and their yes again.
type Refusals interface {
	Close(ctx context.Context, org engine.OrganisationID, id engine.InvitationID, by engine.Actor, reason string) (*engine.Invitation, error)
	Stop(ctx context.Context, org engine.OrganisationID, id engine.RecipientID, ways ...engine.Channel) error
	OptIn(ctx context.Context, org engine.OrganisationID, id engine.RecipientID, way engine.Channel, by engine.Actor) error
}

// Mailings are what the unsubscribe button of mail programs leads to (RFC 8058). Each answers
// CodeLinkDead for a token that opens nothing.
type Mailings interface {
	// Mailing changes nothing.
	Mailing(ctx context.Context, token string) (*engine.Mailing, error)
	Unsubscribe(ctx context.Context, token string, how engine.OptOutHow) error
	Resubscribe(ctx context.Context, token string) error
}

// Declined is the reason an invitation closes with when the person refuses it here.
const Declined = "declined"

// Options are the settings of the pages; every zero field has a meaning.
type Options struct {
	// BaseURL is the public address of the pages ("https://rdv.example.org"); forms sent
	// from it are accepted even when a proxy changes the Host header.
	BaseURL string
	// Phone is shown where no organisation is known: dead links, troubles. May be empty.
	Phone string
	// ClientIP is the address a request comes from, for the limit on misses; nil is the
	// connection's own. Behind a proxy it must be the one the proxy vouches for.
	ClientIP func(*http.Request) string
	// Misses limits dead links per client address; hits are never limited (RULES §5).
	Misses Limit
	// ICS makes the file of a visit's appointment for calendar programs; nil is a plain one.
	// page is the public address of the visit.
	ICS func(v *engine.Visit, page string) ([]byte, error)
	// Now is the clock of the rules shown; nil is time.Now.
	Now func() time.Time
	// Log gets the engine's failures, never a token; nil discards.
	Log *slog.Logger
}

// Limit is a burst and then one more each Every. Zero fields mean 30 and 2 seconds.
type Limit struct {
	Burst int
	Every time.Duration
}

type site struct {
	engine Engine
	o      Options
	looks  *looks
	misses *misses
	origin *http.CrossOriginProtection
}

// Handler serves /r/{token} and what is below it, /u/{token}, and a dead link's page for any
// other path. Request.Pattern names the route afterwards: log that, never the path.
func Handler(e Engine, o Options) http.Handler {
	s := &site{engine: e, o: o.withDefaults(), looks: newLooks(), origin: http.NewCrossOriginProtection()}
	s.misses = newMisses(s.o.Misses)
	if u, err := url.Parse(o.BaseURL); err == nil && u.Host != "" {
		// The only error is a malformed origin, which a parsed one is not.
		_ = s.origin.AddTrustedOrigin(u.Scheme + "://" + u.Host)
	}
	mux := http.NewServeMux()
	for pattern, methods := range routes() {
		mux.Handle(pattern, s.serve(methods))
	}
	return mux
}

func (o Options) withDefaults() Options {
	if o.ClientIP == nil {
		o.ClientIP = connection
	}
	if o.Misses.Burst == 0 {
		o.Misses.Burst = 30
	}
	if o.Misses.Every == 0 {
		o.Misses.Every = 2 * time.Second
	}
	if o.ICS == nil {
		o.ICS = plainICS
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// methods are the verbs of one path; a GET answers HEAD too.
type methods map[string]func(*call)

func routes() map[string]methods {
	home := methods{http.MethodGet: (*call).home}
	mail := methods{http.MethodGet: (*call).mailing, http.MethodPost: (*call).changeMailing}
	return map[string]methods{
		"/r/{token}":              home,
		"/r/{token}/{$}":          home,
		"/r/{token}/check":        {http.MethodGet: (*call).checkBook},
		"/r/{token}/book":         {http.MethodPost: (*call).book},
		"/r/{token}/move":         {http.MethodGet: (*call).chooseMove, http.MethodPost: (*call).move},
		"/r/{token}/move/check":   {http.MethodGet: (*call).checkMove},
		"/r/{token}/cancel":       {http.MethodGet: (*call).checkCancel, http.MethodPost: (*call).cancel},
		"/r/{token}/earlier":      {http.MethodPost: (*call).wish},
		"/r/{token}/earlier/take": {http.MethodPost: (*call).takeEarlier},
		"/r/{token}/decline":      {http.MethodGet: (*call).checkDecline, http.MethodPost: (*call).decline},
		"/r/{token}/stop":         {http.MethodGet: (*call).checkStop, http.MethodPost: (*call).stop},
		"/r/{token}/start":        {http.MethodGet: (*call).checkStart, http.MethodPost: (*call).restart},
		"/u/{token}":              mail,
		"/u/{token}/{$}":          mail,
		"/r/{token}/rdv.ics":      {http.MethodGet: (*call).ics},
		"/r/-/done/cancelled":     {http.MethodGet: (*call).doneCancelled},
		"/r/-/done/declined":      {http.MethodGet: (*call).doneDeclined},
		"/":                       {http.MethodGet: (*call).dead},
	}
}
