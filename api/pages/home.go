package pages

import (
	"net/http"
	"time"
)

// home is where the link leads: the coming appointment, or what can be chosen.
func (c *call) home() {
	switch v := c.visit; {
	case v.Appointment != nil:
		c.showAppointment(http.StatusOK, c.justDone(), false)
	case v.CanBook:
		c.choose(http.StatusOK, "choose", c.justDone(), false)
	default:
		c.show(http.StatusOK, c.ended())
	}
}

// justDone is the key of what the redirect to here just did, when the state agrees.
func (c *call) justDone() string {
	v := c.visit
	switch done := c.r.URL.Query().Get("done"); {
	case done == "booked" && v.Appointment != nil,
		done == "moved" && v.Appointment != nil && v.Appointment.Sequence > 0,
		done == "earlier" && v.Earlier.Asks,
		done == "later" && v.Appointment != nil && !v.Earlier.Asks,
		done == "cancelled" && v.Appointment == nil && v.Invitation.Appointment != "":
		return "done." + done
	}
	return ""
}

func (c *call) ended() *page {
	if c.visit.Invitation.Reason == Declined {
		return c.page("plain", "declined.title", "declined")
	}
	return c.page("plain", "ended.title", "ended")
}

// appointmentBody is the page of a coming appointment.
type appointmentBody struct {
	When      moment
	Minutes   int
	CanMove   bool
	CanCancel bool
	Coming    bool   // it has not begun
	Why       string // key of why something is no longer possible here; "" when all is
	earlierBody
}

func (c *call) showAppointment(status int, notice string, alert bool) {
	v := c.visit
	p := c.page("appointment", "appointment.title", appointmentBody{
		When: c.moment(v.Appointment.Start), Minutes: minutes(v.Appointment.Start, v.Appointment.End),
		CanMove: v.CanMove, CanCancel: v.CanCancel, Coming: v.Appointment.Start.After(c.now), Why: c.why(),
		earlierBody: c.earlier(notice),
	})
	c.notify(p, notice, alert)
	c.show(status, p)
}

// why names what keeps the person from changing the appointment here (RULES §2).
func (c *call) why() string {
	switch v := c.visit; {
	case v.Appointment.Start.Before(c.now):
		return "past"
	case !v.CanMove && !v.CanCancel:
		return "late.both"
	case !v.CanMove && v.MovesLeft <= 0:
		return "late.moves"
	case !v.CanMove:
		return "late.move"
	case !v.CanCancel:
		return "late.cancel"
	}
	return ""
}

// notify puts a sentence before everything else, and in the window's title.
func (c *call) notify(p *page, key string, alert bool) {
	if key != "" {
		p.Notice, _ = c.lang.text(key)
		p.Alert = alert
	}
}

// lastDay is the last day the invitation holds, as every message says it; "" without end.
func (c *call) lastDay() string {
	end := c.visit.Invitation.ExpiresAt
	if end == nil {
		return ""
	}
	return c.lang.day(end.Add(-time.Second).In(c.zone), c.now)
}

func minutes(start, end time.Time) int { return int(end.Sub(start).Minutes()) }
