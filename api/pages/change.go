package pages

import (
	"net/http"
	"strings"

	"relance/engine"
)

// chooseMove lists other starts for the appointment.
func (c *call) chooseMove() {
	if c.movable() {
		c.choose(http.StatusOK, "move", "", false)
	}
}

// checkMove sums up the move.
func (c *call) checkMove() {
	if !c.movable() {
		return
	}
	start, ok := c.start(c.r.URL.Query().Get("start"))
	if !ok {
		c.choose(http.StatusBadRequest, "move", "choose.again", true)
		return
	}
	v := c.visit
	old := c.moment(v.Appointment.Start)
	p := c.page("check", "movecheck.title", checkBody{
		form: c.form(), When: c.moment(start), At: c.place(), Minutes: v.Service.DurationMin, Old: &old,
		Left: max(v.MovesLeft-1, 0), Action: c.link("move"), Back: c.link("move"),
	})
	c.at(p, c.place())
	c.show(http.StatusOK, p)
}

// movable answers for whoever cannot move: nothing to move, or the phone number.
func (c *call) movable() bool {
	switch v := c.visit; {
	case v.Appointment == nil:
		c.redirect(c.link(""))
	case !v.CanMove:
		c.showAppointment(http.StatusConflict, c.why(), true)
	default:
		return true
	}
	return false
}

// move claims the new start and lets the old one go. The same form again finds it moved.
func (c *call) move() {
	start, ok := c.start(c.r.PostForm.Get("start"))
	v, posted := c.visit, c.posted()
	switch {
	case !ok:
		c.sorry(http.StatusBadRequest, "bad")
		return
	case v.Appointment != nil && posted.appointment() == v.Appointment.ID && v.Appointment.Start.Equal(start):
		c.redirect(c.link("", "done", "moved"))
		return
	case v.Appointment == nil || posted != c.form():
		c.stale()
		return
	}
	_, err := c.engine.Reschedule(c.r.Context(), engine.MoveRequest{
		Organisation: v.Organisation.ID, Appointment: v.Appointment.ID, Start: start, Location: c.place(), By: engine.ByRecipient,
	})
	if err != nil {
		c.refused("move", start, err)
		return
	}
	c.redirect(c.link("", "done", "moved"))
}

// checkCancel sums up what would be cancelled.
func (c *call) checkCancel() {
	v := c.visit
	if v.Appointment == nil {
		c.redirect(c.link(""))
		return
	}
	if !v.CanCancel {
		c.showAppointment(http.StatusConflict, c.why(), true)
		return
	}
	c.show(http.StatusOK, c.page("cancel", "cancel.title", checkBody{
		form: c.form(), When: c.moment(v.Appointment.Start), Minutes: minutes(v.Appointment.Start, v.Appointment.End),
		Action: c.link("cancel"), Back: c.link(""),
	}))
}

// cancel frees the time. The same form again reaches an appointment that is no longer
// coming: the engine then answers the same as the first time.
func (c *call) cancel() {
	v, posted := c.visit, c.posted()
	again := v.Appointment == nil && posted.Appointment != "" && posted.appointment() == v.Invitation.Appointment
	if !again && (v.Appointment == nil || posted != c.form()) {
		c.stale()
		return
	}
	_, err := c.engine.Cancel(c.r.Context(), v.Organisation.ID, posted.appointment(), engine.ByRecipient)
	if err != nil {
		c.refused("cancel", c.now, err)
		return
	}
	c.settle("cancelled")
}

// checkDecline asks before the whole invitation is refused.
func (c *call) checkDecline() {
	if c.visit.Appointment != nil || !c.visit.CanBook {
		c.redirect(c.link(""))
		return
	}
	c.show(http.StatusOK, c.page("decline", "decline.title", checkBody{
		form: c.form(), Action: c.link("decline"), Back: c.link(""),
	}))
}

// decline closes the invitation: nothing more is sent for it.
func (c *call) decline() {
	v := c.visit
	if v.Invitation.Reason != Declined {
		if v.Appointment != nil || c.posted() != c.form() {
			c.stale()
			return
		}
		if _, err := c.engine.Close(c.r.Context(), v.Organisation.ID, v.Invitation.ID, engine.ByRecipient, Declined); err != nil {
			c.refused("decline", c.now, err)
			return
		}
	}
	c.settle("declined")
}

func (c *call) doneCancelled() { c.sorry(http.StatusOK, "cancelled") }
func (c *call) doneDeclined()  { c.sorry(http.StatusOK, "declined") }

func trimSlash(s string) string { return strings.TrimRight(s, "/") }
