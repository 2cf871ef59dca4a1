package pages

import (
	"net/http"
	"time"

	"relance/engine"
)

// pageSlots is how many starts a page lists: a few screens of a phone, 2 KB on the wire.
const pageSlots = 60

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
}

func (c *call) showAppointment(status int, notice string, alert bool) {
	v := c.visit
	p := c.page("appointment", "appointment.title", appointmentBody{
		When: c.moment(v.Appointment.Start), Minutes: minutes(v.Appointment.Start, v.Appointment.End),
		CanMove: v.CanMove, CanCancel: v.CanCancel, Coming: v.Appointment.Start.After(c.now), Why: c.why(),
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

// dayBody is the starts of one day.
type dayBody struct {
	ID, Title string
	Slots     []slotBody
}

// slotBody is one start; Address is its summary page.
type slotBody struct {
	moment
	Address string
	Place   string // where; "" when all are at one place
}

// chooseBody lists what can be chosen, to book or to move.
type chooseBody struct {
	Days        []dayBody
	Several     bool    // the starts are at several places
	Old         *moment // moving: the appointment as it is
	Consequence string
	LastDay     string
	First, More string // addresses of the other pages
}

// choose lists the starts; kind is "choose" or "move".
func (c *call) choose(status int, kind, notice string, alert bool) {
	from := c.r.URL.Query().Get("from")
	if _, err := time.Parse(time.DateOnly, from); err != nil {
		from = ""
	}
	slots, next, err := c.engine.Choices(c.r.Context(), c.visit, from, pageSlots)
	if err != nil {
		c.trouble("choices", err)
		return
	}
	body := chooseBody{Days: c.days(kind, slots), Several: several(slots)}
	here := ""
	if kind == "move" {
		old := c.moment(c.visit.Appointment.Start)
		body.Old, here = &old, "move"
	} else {
		body.LastDay, body.Consequence = c.lastDay(), c.visit.Service.Consequence
	}
	if next != "" && len(slots) > 0 {
		body.More = c.link(here, "from", next)
	}
	if from != "" {
		body.First = c.link(here)
	}
	p := c.page(kind, kind+".title", body)
	c.notify(p, notice, alert)
	c.show(status, p)
}

// days groups starts by the day people see; the start an appointment has is left out.
func (c *call) days(kind string, slots []engine.Slot) []dayBody {
	var days []dayBody
	show := several(slots)
	for _, s := range slots {
		if a := c.visit.Appointment; a != nil && a.Start.Equal(s.Start) {
			continue
		}
		buttons := c.slots(kind, s, show)
		id := "d" + s.Start.In(c.zone).Format("20060102")
		if len(days) == 0 || days[len(days)-1].ID != id {
			days = append(days, dayBody{ID: id, Title: buttons[0].Title()})
		}
		last := &days[len(days)-1]
		last.Slots = append(last.Slots, buttons...)
	}
	return days
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
