package engine_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"relance/engine"
)

// machine is a kind of record that has states.
type machine string

// The machines, by the beginning of their ids.
const (
	invitations  machine = "inv"
	appointments machine = "apt"
	messages     machine = "msg"
)

// arrow is one transition: what state becomes what state, and the event that tells of it. An arrow back
// to its own state is something that happens in that state.
type arrow struct {
	machine  machine
	from, to string // from "": it is made
	event    engine.EventType
}

// seenWith is what was seen together with an arrow.
type seenWith struct {
	also    map[string]bool // other events of the same commit about the same record
	tells   map[string]bool // messages queued in the same commit
	stories map[string]bool // which stories went this way
}

// drawing is every transition that was seen, and every event of nobody's.
type drawing struct {
	mu     sync.Mutex
	arrows map[arrow]*seenWith
	beside map[engine.EventType]*seenWith
}

func newDrawing() *drawing {
	return &drawing{arrows: map[arrow]*seenWith{}, beside: map[engine.EventType]*seenWith{}}
}

// aside notes an event that tells of no record that is drawn.
func (d *drawing) aside(t engine.EventType, story string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.beside[t] == nil {
		d.beside[t] = &seenWith{stories: map[string]bool{}}
	}
	d.beside[t].stories[story] = true
}

func (d *drawing) add(a arrow, also, tells []string, story string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.arrows[a]
	if s == nil {
		s = &seenWith{also: map[string]bool{}, tells: map[string]bool{}, stories: map[string]bool{}}
		d.arrows[a] = s
	}
	for _, x := range also {
		s.also[x] = true
	}
	for _, x := range tells {
		s.tells[x] = true
	}
	s.stories[story] = true
}

// missing is what another drawing has and this one has not.
func (d *drawing) missing(other *drawing) (out []string) {
	for a, s := range other.arrows {
		drawn := d.arrows[a]
		if drawn == nil {
			out = append(out, a.String())
			continue
		}
		for _, x := range []struct {
			what      string
			has, seen map[string]bool
		}{{"with the event", drawn.also, s.also}, {"with the message", drawn.tells, s.tells}} {
			for name := range x.seen {
				if !x.has[name] {
					out = append(out, fmt.Sprintf("%s %s %s", a, x.what, name))
				}
			}
		}
	}
	for t := range other.beside {
		if d.beside[t] == nil {
			out = append(out, "beside: "+string(t))
		}
	}
	slices.Sort(out)
	return out
}

func (a arrow) String() string {
	return fmt.Sprintf("%s: %s → %s (%s)", a.machine, cmp.Or(a.from, "none"), a.to, cmp.Or(string(a.event), "no event"))
}

// watcher is a store that draws what is committed to it.
type watcher struct {
	engine.Store
	story string
	into  *drawing
	mu    sync.Mutex
	known map[string]string // states by id
}

// draw makes the world draw what happens in it from now on.
func (w *world) draw(story string, into *drawing) {
	w.e.Store = &watcher{Store: w.store, story: story, into: into, known: map[string]string{}}
}

// Commit commits, and draws the changes that were done.
func (s *watcher) Commit(ctx context.Context, p engine.Partition, changes []engine.Change) ([]engine.Result, error) {
	s.mu.Lock() // commits one by one, so that each sees the state before it
	defer s.mu.Unlock()
	res, err := s.Store.Commit(ctx, p, changes)
	for i, r := range res {
		if r == engine.Done {
			s.watch(changes[i])
		}
	}
	return res, err
}

// written is a record as a change writes it, with what it was before.
type written struct {
	id, before  string
	State       string
	Pace        engine.Pace
	Kind        engine.MessageKind
	Appointment string
}

// watch draws one change.
func (s *watcher) watch(c engine.Change) {
	var all []written
	var tells []string
	for _, p := range c.Puts {
		kind, _, _ := strings.Cut(p.ID, "_")
		if m := machine(kind); m != invitations && m != appointments && m != messages {
			continue
		}
		r := written{id: p.ID, before: s.known[p.ID]}
		if err := json.Unmarshal(p.Body, &r); err != nil {
			panic(err) // what the engine wrote is JSON
		}
		if r.Pace == engine.PaceWaiting {
			r.State = string(r.Pace)
		}
		s.known[p.ID] = r.State
		if r.before == "" && r.Kind != "" {
			tells = append(tells, string(r.Kind))
		}
		all = append(all, r)
	}
	for _, ev := range c.Events {
		if ev.Invitation == "" && ev.Recipient == "" && ev.Message == "" {
			s.into.aside(ev.Type, s.story)
		}
	}
	teller := whoTells(all)
	for _, r := range all {
		main, also, aside := eventsAbout(c.Events, r)
		for _, t := range aside {
			s.into.add(arrow{r.machine(), anyState, anyState, t}, nil, nil, s.story)
		}
		said := tells
		if r.machine() != teller && (r.before == r.State || r.machine() == messages) {
			said = nil
		}
		if r.machine() == messages && len(said) > 0 {
			said = []string{elsewhere}
		}
		if r.before != r.State || main != "" || len(said) > 0 {
			s.into.add(r.arrow(main, said), also, said, s.story)
		}
	}
}

func (r written) machine() machine { return machine(r.id[:3]) }

// elsewhere is the message told by one that failed: its like on the other channel.
const elsewhere = "the same on the other channel"

// anyState stands for every state of an invitation, for what may happen in each of them.
const anyState = "any"

// arrow is the transition of a record. Much of what happens around an invitation is no matter of its
// state; only its first messages, its relances and the offer after a no-show are.
func (r written) arrow(main engine.EventType, said []string) arrow {
	a := arrow{r.machine(), r.before, r.State, main}
	first := slices.Contains(said, string(engine.KindInvitation)) || slices.Contains(said, string(engine.KindNoShow)) || main == engine.EventInvitationRelanced
	if a.from == a.to && (a.machine == invitations && !first || main == engine.EventMessageComplaint) {
		a.from, a.to = anyState, anyState
	}
	return a
}

// whoTells is the machine whose move the messages of a change belong to: a message that failed and is
// tried on another channel, else the appointment, else the invitation.
func whoTells(all []written) machine {
	who := invitations
	for _, r := range all {
		switch {
		case r.machine() == messages && r.before != "":
			return messages
		case r.machine() == appointments:
			who = appointments
		}
	}
	return who
}

// eventsAbout are the events of a change about a record: the one that names its move, the others that
// belong to it, and those that may go with any move. What moves an invitation is often the event of its
// appointment.
func eventsAbout(events []engine.Event, r written) (main engine.EventType, also []string, aside []engine.EventType) {
	var near, own []engine.EventType
	for _, ev := range events {
		switch group, _, _ := strings.Cut(string(ev.Type), "."); {
		case r.machine() == invitations && group == "appointment":
			if string(ev.Invitation) == r.id && r.before != r.State {
				near = append(near, ev.Type)
			}
		case !r.concerns(ev, group):
		case goesWithAny(ev.Type):
			aside = append(aside, ev.Type)
		default:
			own = append(own, ev.Type)
		}
	}
	all := append(near, own...)
	if len(all) == 0 && r.machine() == messages && len(aside) > 0 {
		return aside[0], nil, nil
	}
	for i, t := range all {
		if i == 0 {
			main = t
			continue
		}
		also = append(also, string(t))
	}
	return main, also, aside
}

// concerns tells whether an event is about the record.
func (r written) concerns(ev engine.Event, group string) bool {
	switch r.machine() {
	case messages:
		return string(ev.Message) == r.id
	case appointments:
		return string(ev.Appointment) == r.id && group == "appointment"
	}
	return group == "recipient" || string(ev.Invitation) == r.id && (group == "invitation" || group == "reply" || group == "call")
}

// goesWithAny are the events that may come with any move of a state.
func goesWithAny(t engine.EventType) bool {
	switch t {
	case engine.EventInvitationOpened, engine.EventInvitationDelivered, engine.EventInvitationUnreachable, engine.EventInvitationPolicy, engine.EventActionDone,
		engine.EventRecipientOfferEnded, engine.EventMessageSent, engine.EventMessageResent, engine.EventMessageComplaint,
		engine.EventRecipientBadAddress, engine.EventRecipientOptedOut, engine.EventRecipientOptedIn, engine.EventRecipientReaddressed:
		return true
	}
	return false
}
