package engine

import (
	"maps"
	"slices"
)

// cloner is a record that can be copied faster than it can be written as JSON and read again. A copy shares
// nothing with the original that anybody writes to: moments behind pointers are replaced, never changed.
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

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func (r *Recipient) clone() stored {
	v := *r
	v.Open = maps.Clone(r.Open)
	v.Invited = maps.Clone(r.Invited)
	for service, by := range v.Invited {
		v.Invited[service] = maps.Clone(by)
	}
	v.Asked = maps.Clone(r.Asked)
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
	v.Channels, v.Rungs = slices.Clone(i.Channels), maps.Clone(i.Rungs)
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
