package pages

import (
	"net/http"
	"time"

	"relance/engine"
)

// checkBody is a summary before a change, with the one form that makes it.
type checkBody struct {
	form
	When    moment
	At      *string // the location it is for; nil is any
	Minutes int     // 0 is unknown
	Old     *moment // moving: where the appointment is now
	Left    int     // moving: how often it can be moved after this
	Action  string  // where the form goes
	Back    string  // the way out
}

// checkBook sums up a start before it is booked.
func (c *call) checkBook() {
	if c.visit.Appointment != nil || !c.visit.CanBook {
		c.redirect(c.link(""))
		return
	}
	start, ok := c.start(c.r.URL.Query().Get("start"))
	if !ok {
		c.choose(http.StatusBadRequest, "choose", "choose.again", true)
		return
	}
	p := c.page("check", "check.title", checkBody{
		form: c.form(), When: c.moment(start), At: c.place(), Minutes: c.visit.Service.DurationMin,
		Action: c.link("book"), Back: c.link(""),
	})
	c.at(p, c.place())
	c.show(http.StatusOK, p)
}

// book takes the start. The same form again finds the appointment it made.
func (c *call) book() {
	start, ok := c.start(c.r.PostForm.Get("start"))
	v := c.visit
	switch {
	case !ok:
		c.sorry(http.StatusBadRequest, "bad")
		return
	case v.Appointment != nil && v.Appointment.Start.Equal(start):
		c.redirect(c.link("", "done", "booked"))
		return
	case c.posted() != c.form():
		c.stale()
		return
	}
	_, err := c.engine.Book(c.r.Context(), engine.BookRequest{
		Organisation: v.Organisation.ID, Invitation: v.Invitation.ID, Start: start, Location: c.place(), By: engine.ByRecipient,
	})
	if err != nil {
		c.refused("choose", start, err)
		return
	}
	c.redirect(c.link("", "done", "booked"))
}

// start reads a start as our links and forms write it.
func (c *call) start(raw string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, raw)
	return t, err == nil
}

// ics is the appointment as a file for a calendar program.
func (c *call) ics() {
	if c.visit.Appointment == nil {
		c.redirect(c.link(""))
		return
	}
	file, err := c.o.ICS(c.visit, c.public())
	if err != nil {
		c.trouble("ics", err)
		return
	}
	c.w.Header().Set("Content-Disposition", `attachment; filename="rendez-vous.ics"`)
	c.write(http.StatusOK, "text/calendar; charset=utf-8", file)
}

// public is the address of the visit as a message would give it.
func (c *call) public() string {
	if c.o.BaseURL != "" {
		return trimSlash(c.o.BaseURL) + c.link("")
	}
	return "https://" + c.r.Host + c.link("")
}
