package engine

import (
	"slices"
	"time"
)

// Person is somebody to invite, as the organisation knows them.
type Person struct {
	ExternalID string     `json:"external_id,omitempty"` // the organisation's reference; default: derived from the phone, then the email
	FirstName  string     `json:"first_name,omitempty"`
	LastName   string     `json:"last_name,omitempty"`
	Phone      string     `json:"phone,omitempty"` // as typed; normalised here
	Email      string     `json:"email,omitempty"`
	Language   string     `json:"language,omitempty"` // fr, en, …; default the organisation's
	Referent   CalendarID `json:"referent,omitempty"`
}

// normalise reads a person's addresses. A landline or a foreign phone is left out when an email
// can carry the invitation; anything else that is wrong is said, field by field.
func (e *Engine) normalise(p Person) (Person, []Field) {
	var f fields
	for _, t := range []struct{ pointer, value string }{
		{"/external_id", p.ExternalID}, {"/first_name", p.FirstName}, {"/last_name", p.LastName},
		{"/language", p.Language}, {"/referent", string(p.Referent)},
	} {
		if len(t.value) > 200 {
			f.add(t.pointer, "too_long", "is longer than 200 bytes")
		}
	}
	var mistake *Field
	if p.Email != "" {
		if p.Email, mistake = e.Addresses.Email(p.Email); mistake != nil {
			f.at("/email", mistake)
		}
	}
	if p.Phone != "" {
		if p.Phone, mistake = e.Addresses.Phone(p.Phone); mistake != nil {
			usable := p.Email != "" && len(f) == 0
			if !usable || mistake.Code != "not_mobile" && mistake.Code != "country_not_allowed" {
				f.at("/phone", mistake)
			}
			p.Phone = ""
		}
	}
	if p.Phone == "" && p.Email == "" && len(f) == 0 {
		f.add("/phone", "required", "is missing: give a mobile phone, an email, or both")
	}
	if p.ExternalID == "" {
		p.ExternalID = "~" + p.Phone
		if p.Phone == "" {
			p.ExternalID = "~" + p.Email
		}
		p.ExternalID = "~" + e.Links.hash("external", p.ExternalID) // not the address itself: it may change
	}
	return p, f
}

func (f *fields) at(pointer string, m *Field) {
	*f = append(*f, Field{Pointer: pointer, Code: m.Code, Message: m.Message})
}

// update takes what the organisation now says of the person: what it leaves out stays, a new
// address is given its chance, whatever became of the old one, and ends the links sent to that
// one (RULES §5).
func (r *Recipient) update(p Person) {
	if p.Phone != "" && p.Phone != r.Phone {
		r.Links++
		if r.Phone != "" {
			r.FormerPhones = append(r.FormerPhones, r.Phone)
		}
		r.Phone, r.BadPhone, r.BadPhoneAt = p.Phone, "", nil
		r.setLeft(SMS, nil, "")
	}
	if p.Email != "" && p.Email != r.Email {
		r.Links++
		r.Email, r.BadEmail, r.BadEmailAt = p.Email, "", nil
		r.setLeft(Email, nil, "")
	}
	for _, f := range []struct {
		to   *string
		from string
	}{{&r.FirstName, p.FirstName}, {&r.LastName, p.LastName}, {&r.Language, p.Language}} {
		if f.from != "" {
			*f.to = f.from
		}
	}
	if p.Referent != "" {
		r.Referent = p.Referent
	}
}

// open notes an open invitation, a new one or one that is open again.
func (r *Recipient) open(inv *Invitation, now time.Time) {
	r.Open = with(r.Open, inv.Service, inv.ID)
	if !slices.Contains(r.Invitations, inv.ID) {
		r.Invitations = append(r.Invitations, inv.ID)
	}
	r.ActiveAt = now
	if r.Next != nil && r.Next.Kind != StepRelease {
		r.Next = nil
	}
}

// invited notes by which channel the person was, and when.
func (r *Recipient) invited(id ServiceID, ch Channel, when time.Time) {
	r.Invited = with(r.Invited, id, with(r.Invited[id], ch, when))
}

// end notes that an invitation is over; when nothing is open any more, erasing is the next step.
func (r *Recipient) end(inv *Invitation, o *Organisation, now time.Time) {
	if r.Open[inv.Service] == inv.ID {
		r.Open = less(r.Open, inv.Service)
	}
	r.ActiveAt = now
	if len(r.Open) == 0 {
		r.Next = &Step{Kind: StepErase, At: o.eraseAt(now)}
	}
}
