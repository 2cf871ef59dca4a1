package engine

import (
	"slices"
	"strings"
	"time"
)

// Facts are what the figures of RULES §7 need of an event beyond its ids: with them the counters can
// be made again from the events alone. Nothing here says who somebody is.
type Facts struct {
	Start    *time.Time       `json:"start,omitempty"`      // of the appointment
	Invited  *time.Time       `json:"invited_at,omitempty"` // when the first message really left, of the first round that it goes on from; absent: none had. Of a round: only of one that goes on
	Imposed  bool             `json:"imposed,omitempty"`    // of the appointment: a convocation
	First    bool             `json:"first,omitempty"`      // of the appointment: its invitation had none before
	Again    bool             `json:"again,omitempty"`      // of an unreachable invitation: it was so before
	Via      string           `json:"via,omitempty"`        // channels of the invitation's first messages: sms, email, sms_email
	Previous AppointmentState `json:"previous,omitempty"`   // the outcome that this one corrects
	Accepted int              `json:"accepted,omitempty"`   // people of the batch
	Parts    int              `json:"parts,omitempty"`      // of an SMS
}

// Origin is how an appointment came about. It is settled when it is booked, Invited at the latest with
// the first outcome: a correction must take back exactly what was counted.
type Origin struct {
	First   bool       `json:"first,omitempty"` // its invitation had no appointment before
	Via     string     `json:"via,omitempty"`
	Rung    int        `json:"rung,omitempty"`
	Invited *time.Time `json:"invited_at,omitempty"`
}

func (d *dossier) origin() Origin {
	o := Origin{First: d.inv.Appointment == "", Via: d.inv.Via, Rung: d.inv.Rung, Invited: d.inv.SentAt}
	if first, goesOn := d.r.Asked[d.inv.Service]; goesOn {
		o.Invited = &first
	}
	return o
}

// unanswered tells whether the invitation that has just ended led to no appointment, and the person still
// has to choose: the next round goes on from it. A case that was closed is none, and whoever had an
// appointment that took place begins anew, whether they came or not.
func (d *dossier) unanswered() bool {
	if d.inv.State != InvitationExpired && d.inv.Reason != ReasonReplaced {
		return false
	}
	return d.inv.Appointment == "" || d.apt != nil && d.apt.ID == d.inv.Appointment && d.apt.cancelled()
}

func (a *Appointment) cancelled() bool {
	return a.State == CancelledByRecipient || a.State == CancelledByOrganisation
}

// goesOn notes since when the person has been asked for the service, or no longer.
func (r *Recipient) goesOn(inv *Invitation, unanswered bool) {
	_, before := r.Asked[inv.Service]
	switch {
	case !unanswered:
		r.Asked = less(r.Asked, inv.Service)
	case !before && inv.SentAt != nil:
		r.Asked = with(r.Asked, inv.Service, *inv.SentAt)
	}
}

// facts adds to an event what is counted of its appointment.
func (d *dossier) facts(ev *Event) {
	o := d.apt.Origin
	ev.Start, ev.Imposed, ev.First, ev.Via, ev.Rung = at(d.local(d.apt.Start)), d.apt.Imposed, o.First, o.Via, o.Rung
	if o.Invited != nil {
		ev.Invited = at(d.local(*o.Invited))
	}
}

// judged settles the origin before an outcome is kept, and answers with the outcome there was.
func (a *Appointment) judged(inv *Invitation) AppointmentState {
	if len(a.History) == 0 && a.Origin.Invited == nil {
		a.Origin.Invited = inv.SentAt
	}
	if a.State == Attended || a.State == NoShow {
		return a.State
	}
	return ""
}

// carried notes the channels of the first messages, until one of them has left.
func (i *Invitation) carried(kind MessageKind, out []*Message) {
	if i.SentAt != nil || kind != KindInvitation && kind != KindConvocation {
		return
	}
	channels := make([]string, len(out))
	for n, m := range out {
		channels[n] = string(m.Channel)
	}
	slices.SortFunc(channels, func(a, b string) int { return strings.Compare(b, a) }) // sms first
	i.Via = strings.Join(channels, "_")
}

// local writes a moment in the organisation's zone; of a person who was erased it is not known.
func (d *dossier) local(t time.Time) time.Time {
	if d.q.zone == nil {
		return t.UTC()
	}
	return t.In(d.q.zone)
}
