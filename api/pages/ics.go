package pages

import (
	ics "github.com/arran4/golang-ical"

	"relance/engine"
)

// plainICS publishes the appointment for any calendar program. It has the UID of the
// emails' invitations, so that each replaces the other, and the higher SEQUENCE wins (RFC 5545).
func plainICS(v *engine.Visit, page string) ([]byte, error) {
	a := v.Appointment
	c := ics.NewCalendarFor("Relance")
	c.SetMethod(ics.MethodPublish)
	e := c.AddEvent(string(a.ID) + "@relance")
	e.SetDtStampTime(a.CreatedAt.UTC())
	e.SetSequence(a.Sequence)
	e.SetStartAt(a.Start)
	e.SetEndAt(a.End)
	e.SetSummary(v.Service.Name + " – " + v.Organisation.Name)
	e.SetStatus(ics.ObjectStatusConfirmed)
	e.SetURL(page)
	if venue := v.Location.Venue(); venue != "" {
		e.SetLocation(venue)
	}
	if notes := v.Location.Notes(v.Phone); notes != "" {
		e.SetDescription(notes)
	}
	if v.Organisation.Email != "" { // RFC 5546 wants one; invented ones get mail
		e.SetOrganizer("mailto:"+v.Organisation.Email, ics.WithCN(v.Organisation.CommonName()))
	}
	return []byte(c.Serialize(ics.WithNewLineWindows)), nil
}
