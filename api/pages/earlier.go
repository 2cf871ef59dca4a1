package pages

import (
	"net/http"

	"relance/engine"
)

// earlierBody is what the page of an appointment says of earlier slots: one that is offered, one that was and
// is gone, and the form that asks to be told of them, or no longer.
type earlierBody struct {
	Offered, Gone *moment
	Take          checkBody
	CanAsk, Asks  bool
	Wish          checkBody
}

// earlier fills it in; what the notice says already is not said again.
func (c *call) earlier(notice string) earlierBody {
	v := c.visit.Earlier
	out := earlierBody{
		CanAsk: v.CanAsk, Asks: v.Asks,
		Take: checkBody{form: c.form(), Action: c.link("earlier/take")}, Wish: checkBody{form: c.form(), Action: c.link("earlier")},
	}
	if v.Offered != nil {
		m := c.moment(v.Offered.Start)
		out.Offered = &m
	}
	if v.Gone != nil && notice != "earlier.taken" {
		m := c.moment(v.Gone.Start)
		out.Gone = &m
	}
	return out
}

// wish asks to be told of earlier slots, or no longer. It needs no summary before it: it changes no
// appointment, and the same page takes it back.
func (c *call) wish() {
	v := c.visit
	if v.Appointment == nil || c.posted() != c.form() {
		c.stale()
		return
	}
	want, done := c.r.PostForm.Get("want") != "", "later"
	if want {
		done = "earlier"
	}
	if _, err := c.engine.WantEarlier(c.r.Context(), v.Organisation.ID, v.Appointment.ID, want, engine.ByRecipient); err != nil {
		c.refused("earlier", c.now, err)
		return
	}
	c.redirect(c.link("", "done", done))
}

// takeEarlier moves the appointment to the slot that was offered; the page with the button summed it up. The
// same form again finds it moved. Who was too late is told so, beside the appointment that stands.
func (c *call) takeEarlier() {
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
	_, err := c.engine.TakeEarlier(c.r.Context(), engine.EarlierRequest{Organisation: v.Organisation.ID, Appointment: v.Appointment.ID, Start: start})
	switch engine.CodeOf(err) {
	case "":
		c.redirect(c.link("", "done", "moved"))
	case engine.CodeTaken, engine.CodeNotBookable:
		if c.open() && c.visit.Appointment != nil {
			c.showAppointment(http.StatusConflict, "earlier.taken", true)
			return
		}
		c.stale()
	default:
		c.refused("move", start, err)
	}
}
