package engine

import (
	"maps"
	"slices"
)

// cloner is a record that can be copied faster than it can be written as JSON and read again. A copy shares
// nothing with the original that anybody writes to: moments behind pointers and the maps of records are
// replaced, never changed (see with and less).
type cloner interface {
	stored
	clone() stored
	// resting tells whether nothing will happen to it for long. As JSON it is smaller then, and the garbage
	// collector has nothing to look at in it.
	resting() bool
}

func (r *Recipient) resting() bool   { return r.Next != nil && r.Next.Kind == StepErase }
func (i *Invitation) resting() bool  { return i.Next == nil && i.State != InvitationBooked }
func (a *Appointment) resting() bool { return a.Next == nil }
func (m *Message) resting() bool     { return m.Next == nil || m.Next.Kind == StepForget }

// with is a map like m with one entry more, or another one.
func with[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	out := make(map[K]V, len(m)+1)
	maps.Copy(out, m)
	out[key] = value
	return out
}

// less is a map like m without an entry.
func less[K comparable, V any](m map[K]V, key K) map[K]V {
	if _, there := m[key]; !there {
		return m
	}
	out := maps.Clone(m)
	delete(out, key)
	return out
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func (r *Recipient) clone() stored {
	v := *r
	v.Invitations, v.FormerPhones = slices.Clone(r.Invitations), slices.Clone(r.FormerPhones)
	v.Replied, v.Calls, v.Acting = slices.Clone(r.Replied), slices.Clone(r.Calls), slices.Clone(r.Acting)
	v.Written, v.Offer, v.Next = copied(r.Written), r.Offer.clone(), copied(r.Next)
	return &v
}

func (o *Offer) clone() *Offer {
	if o == nil {
		return nil
	}
	v := *o
	v.Slots = slices.Clone(o.Slots)
	for n := range v.Slots {
		s := &v.Slots[n]
		s.Locations, s.Held = slices.Clone(s.Locations), slices.Clone(s.Held)
	}
	return &v
}

func (i *Invitation) clone() stored {
	v := *i
	v.Channels = slices.Clone(i.Channels)
	v.Messages, v.Replies = slices.Clone(i.Messages), slices.Clone(i.Replies)
	v.Action, v.Call, v.Next = copied(i.Action), copied(i.Call), copied(i.Next)
	return &v
}

func (a *Appointment) clone() stored {
	v := *a
	v.Held, v.Reminders, v.History = slices.Clone(a.Held), slices.Clone(a.Reminders), slices.Clone(a.History)
	v.Earlier, v.Next = copied(a.Earlier), copied(a.Next)
	return &v
}

func (m *Message) clone() stored {
	v := *m
	v.Also, v.Earlier = slices.Clone(m.Also), slices.Clone(m.Earlier)
	v.Wording, v.Next = copied(m.Wording), copied(m.Next)
	return &v
}
