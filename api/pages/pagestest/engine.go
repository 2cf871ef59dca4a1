// Package pagestest is an engine in memory for trying the pages: one organisation, one
// service, and a link per person. It keeps the rules that pages show (cut-offs, number of
// moves, one slot for one person) and counts what changes.
package pagestest

import (
	"context"
	"sync"
	"time"

	"relance/calendars"
	"relance/engine"
)

// Cutoff is how long before an appointment it can be moved or cancelled.
const Cutoff = 4 * time.Hour

// Engine implements pages.Engine. Set the fields before it is used.
type Engine struct {
	Organisation engine.Organisation
	Service      engine.Service
	Zone         *time.Location
	Now          func() time.Time
	// Fail answers a verb ("open", "choices", "book", "reschedule", "cancel", "close",
	// "stop", "start", "earlier") with an error instead; nil fails nothing.
	Fail func(verb string) error
	// Locations says where a start can be; nil is nowhere said.
	Locations func(s engine.Slot) []string

	mu      sync.Mutex
	links   map[string]*link
	taken   map[int64]string // start → token
	opens   int
	changes int
	minted  int
	left    map[leaving]bool
}

// link is what a token opens.
type link struct {
	token       string
	language    string
	invitation  engine.Invitation
	appointment *engine.Appointment
	wants       bool         // to be told of earlier slots
	offered     *engine.Slot // one of them
}

// New is an engine of an invented département. now is its clock.
func New(now func() time.Time) *Engine {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		zone = time.UTC
	}
	moves := 3
	return &Engine{
		Organisation: engine.Organisation{ID: "org_1", Name: "Département du Val-d'Exemple", Zone: zone.String(), Phone: "01 99 00 12 34"},
		Service: engine.Service{
			ID: "srv_1", Name: "votre rendez-vous d'orientation", DurationMin: 30, MaxMoves: &moves,
			Address: "Maison des solidarités, 12 rue des Tilleuls, 99000 Exempleville",
		},
		Zone: zone, Now: now, links: map[string]*link{}, taken: map[int64]string{}, left: map[leaving]bool{},
	}
}

// Invite makes a token open an invitation, valid for ten days.
func (e *Engine) Invite(token, language string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	y, m, d := e.Now().In(e.Zone).Date()
	end := time.Date(y, m, d+11, 0, 0, 0, 0, e.Zone)
	e.links[token] = &link{token: token, language: language, invitation: engine.Invitation{
		ID: engine.InvitationID("inv_" + token), Organisation: e.Organisation.ID, Service: e.Service.ID,
		Recipient: engine.RecipientID("rcp_" + token), State: engine.InvitationSent, ExpiresAt: &end,
	}}
}

// Change alters an invitation and its appointment (nil when there is none).
func (e *Engine) Change(token string, f func(*engine.Invitation, *engine.Appointment)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f(&e.links[token].invitation, e.links[token].appointment)
}

// Take gives a start to somebody else.
func (e *Engine) Take(start time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.taken[start.Unix()] = "somebody else"
}

// Changes is how often something was written; Opens how often a token was looked up.
func (e *Engine) Changes() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.changes
}

// Opens is how often a token was looked up.
func (e *Engine) Opens() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opens
}

func (e *Engine) fail(verb string) error {
	if e.Fail == nil {
		return nil
	}
	return e.Fail(verb)
}

func refuse(code engine.Code) error { return &engine.Error{Code: code, Op: "pagestest"} }

// Open implements pages.Links.
func (e *Engine) Open(_ context.Context, token string) (*engine.Visit, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.opens++
	if err := e.fail("open"); err != nil {
		return nil, err
	}
	l := e.links[token]
	if l == nil || !l.invitation.Alive() || l.appointment == nil && !l.invitation.ExpiresAt.After(e.Now()) {
		return nil, refuse(engine.CodeLinkDead)
	}
	return e.visit(l), nil
}

func (e *Engine) visit(l *link) *engine.Visit {
	o, s, i := e.Organisation, e.Service, l.invitation
	v := &engine.Visit{
		Organisation: &o, Service: &s, Invitation: &i, Recipient: i.Recipient, Language: l.language,
		Zone: e.Zone, Phone: o.Phone, CanBook: l.appointment == nil,
	}
	for _, ch := range []engine.Channel{engine.SMS, engine.Email} {
		v.Ways = append(v.Ways, engine.Way{Channel: ch, Left: e.left[leaving{i.Recipient, ch}]})
	}
	v.Location = v.Where("")
	if l.appointment != nil {
		a := *l.appointment
		v.Appointment, v.Location = &a, v.Where(a.Location)
		v.MovesLeft = max(0, *s.MaxMoves-a.Moves)
		v.CanCancel = a.Start.Sub(e.Now()) >= Cutoff
		v.CanMove = v.CanCancel && v.MovesLeft > 0
		v.Earlier = e.earlier(l)
	}
	return v
}

// Choices implements pages.Links: half hours of weekdays, from a day's notice on.
func (e *Engine) Choices(_ context.Context, v *engine.Visit, from string, limit int) ([]engine.Slot, string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.fail("choices"); err != nil {
		return nil, "", err
	}
	var out []engine.Slot
	first := e.Now().In(e.Zone).AddDate(0, 0, 1)
	for n := range 45 {
		day := first.AddDate(0, 0, n)
		name := day.Format(time.DateOnly)
		if name < from {
			continue
		}
		if len(out) >= limit {
			return out, name, nil
		}
		out = append(out, e.free(day, v)...)
	}
	return out, "", nil
}

// Shortlist implements pages.Links; "choices" fails it too.
func (e *Engine) Shortlist(_ context.Context, v *engine.Visit, after time.Time, n int) (*engine.Shortlist, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.fail("choices"); err != nil {
		return nil, err
	}
	list := &engine.Shortlist{Free: map[string]int{}}
	var starts []int64
	for i := range 45 {
		day := e.Now().In(e.Zone).AddDate(0, 0, i+1)
		for _, s := range e.free(day, v) {
			if !s.Start.After(after) {
				continue
			}
			starts = append(starts, s.Start.Unix())
			list.Free[day.Format(time.DateOnly)]++
			monday := day.AddDate(0, 0, -(int(day.Weekday())+6)%7).Format(time.DateOnly)
			if len(list.Weeks) == 0 || list.Weeks[len(list.Weeks)-1] != monday {
				list.Weeks = append(list.Weeks, monday)
			}
		}
	}
	for _, t := range calendars.Spread(starts, e.Zone, n) {
		start := time.Unix(t, 0).UTC()
		list.Slots = append(list.Slots, e.slot(start))
		list.More = t < starts[len(starts)-1]
	}
	return list, nil
}

// free are the free starts of a day.
func (e *Engine) free(day time.Time, v *engine.Visit) []engine.Slot {
	var out []engine.Slot
	if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
		return nil
	}
	y, m, d := day.Date()
	for _, minute := range []int{540, 570, 600, 630, 660, 690, 840, 870, 900, 930, 960} {
		start := time.Date(y, m, d, 0, minute, 0, 0, e.Zone)
		if e.taken[start.Unix()] == "" && start.After(e.Now().Add(24*time.Hour)) {
			out = append(out, e.slot(start.UTC()))
		}
	}
	return out
}

func (e *Engine) slot(start time.Time) engine.Slot {
	s := engine.Slot{Start: start, End: start.Add(e.duration())}
	if e.Locations != nil {
		s.Locations = e.Locations(s)
	}
	return s
}

func (e *Engine) duration() time.Duration { return time.Duration(e.Service.DurationMin) * time.Minute }

func (e *Engine) find(f func(*link) bool) *link {
	for _, l := range e.links {
		if f(l) {
			return l
		}
	}
	return nil
}

// Close implements pages.Refusals.
func (e *Engine) Close(_ context.Context, _ engine.OrganisationID, id engine.InvitationID, _ engine.Actor, reason string) (*engine.Invitation, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.fail("close"); err != nil {
		return nil, err
	}
	l := e.find(func(l *link) bool { return l.invitation.ID == id })
	if l.appointment != nil {
		return nil, refuse(engine.CodePending)
	}
	e.changes++
	l.invitation.State, l.invitation.Reason = engine.InvitationClosed, reason
	return &l.invitation, nil
}
