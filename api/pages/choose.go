package pages

import (
	"time"

	"relance/engine"
)

const (
	// bestSlots is how many starts are shown first: two screens of a phone.
	bestSlots = 10
	// pageSlots is how many a page of whole days lists: a few screens, 2 KB on the wire.
	pageSlots = 60
	// weeksShown bounds the links to other weeks.
	weeksShown = 8
)

// dayBody is the starts of one day.
type dayBody struct {
	ID, Title string
	Halves    []halfBody
	All       string // the page of all its starts; "" when they are all here
}

// Last tells whether a half is the last one shown.
func (d dayBody) Last(n int) bool { return n == len(d.Halves)-1 }

// halfBody is the starts before noon, or from noon on.
type halfBody struct {
	ID, Title string
	Slots     []slotBody
}

// slotBody is one start; Address is its summary page.
type slotBody struct {
	moment
	Address string
	Place   string // where; "" when all are at one place
	Left    int    // the seats left of a group session; 0 when the start is for one person
}

// weekBody leads to the starts of one week and those that follow.
type weekBody struct{ Title, Label, Address string }

// chooseBody lists what can be chosen, to book or to move.
type chooseBody struct {
	Days        []dayBody
	Whole       bool    // days with all of their starts; otherwise the best of several
	Several     bool    // the starts are at several places
	Old         *moment // moving: the appointment as it is
	Consequence string
	LastDay     string
	None        string  // key of why nothing is listed
	Next, Opens *moment // nothing listed: the first start later on, and when it can be chosen here
	Weeks       []weekBody
	First, More string // addresses of the other pages
}

// choose shows the best starts, those after them (?after=), or whole days (?from=); kind is
// "choose" or "move".
func (c *call) choose(status int, kind, notice string, alert bool) {
	body := chooseBody{None: "choose.none"}
	var err error
	switch from, after := c.asked(); {
	case from != "":
		body.Whole, body.First, body.None = true, c.here(kind), "choose.none.from"
		err = c.wholeDays(kind, from, &body)
	case !after.IsZero():
		body.First, body.None = c.here(kind), "choose.none.from"
		err = c.best(kind, after, &body)
	default:
		err = c.best(kind, after, &body)
	}
	if err != nil {
		c.trouble("choices", err)
		return
	}
	if kind == "move" {
		old := c.moment(c.visit.Appointment.Start)
		body.Old = &old
	} else {
		body.LastDay, body.Consequence = c.lastDay(), c.visit.Service.Consequence
	}
	p := c.page(kind, kind+".title", body)
	c.notify(p, notice, alert)
	c.show(status, p)
}

// asked is the day or the moment that the list begins with; what cannot be read is not asked.
func (c *call) asked() (from string, after time.Time) {
	q := c.r.URL.Query()
	if _, err := time.Parse(time.DateOnly, q.Get("from")); err == nil {
		return q.Get("from"), time.Time{}
	}
	after, _ = time.Parse(time.RFC3339, q.Get("after")) // zero when it is not one
	return "", after
}

// here is the address of the list itself, with pairs of query parameters.
func (c *call) here(kind string, kv ...string) string {
	if kind == "move" {
		return c.link("move", kv...)
	}
	return c.link("", kv...)
}

// wholeDays lists every start of the days from one on.
func (c *call) wholeDays(kind, from string, body *chooseBody) error {
	slots, next, err := c.engine.Choices(c.r.Context(), c.visit, from, pageSlots)
	if err != nil {
		return err
	}
	body.Days, body.Several = c.days(kind, slots), several(slots)
	if next != "" && len(slots) > 0 {
		body.More = c.here(kind, "from", next)
	}
	return nil
}

// best lists the best starts after a moment, and where the others are.
func (c *call) best(kind string, after time.Time, body *chooseBody) error {
	list, err := c.engine.Shortlist(c.r.Context(), c.visit, after, bestSlots)
	if err != nil {
		return err
	}
	body.Days, body.Several = c.days(kind, list.Slots), several(list.Slots)
	for i := range body.Days {
		c.others(kind, list, &body.Days[i])
	}
	if list.More {
		body.More = c.here(kind, "after", list.Slots[len(list.Slots)-1].Start.UTC().Format(time.RFC3339))
	}
	body.Weeks = c.weeks(kind, list)
	if a := list.Next; a != nil && after.IsZero() {
		next, opens := c.moment(a.Start), c.moment(a.BookableFrom)
		body.Next = &next
		if end := c.visit.Invitation.ExpiresAt; !a.BookableFrom.IsZero() && (end == nil || a.BookableFrom.Before(*end)) {
			body.Opens = &opens
		}
	}
	return nil
}

// others leads to all the starts of a day that has more than are shown.
func (c *call) others(kind string, list *engine.Shortlist, d *dayBody) {
	day, shown := "", 0
	for _, s := range list.Slots {
		if local := s.Start.In(c.zone); dayID(local) == d.ID {
			day = local.Format(time.DateOnly)
			shown++
		}
	}
	if list.Free[day] > shown {
		d.All = c.here(kind, "from", day)
	}
}

// weeks are those that begin after the first start shown.
func (c *call) weeks(kind string, list *engine.Shortlist) []weekBody {
	var out []weekBody
	for _, day := range list.Weeks {
		monday, err := time.ParseInLocation(time.DateOnly, day, c.zone)
		if err != nil || len(out) == weeksShown || !monday.After(list.Slots[0].Start) {
			continue
		}
		title := c.lang.day(monday, c.now)
		label, _ := c.lang.text("choose.week", title) // a missing one fails the same test as every text
		out = append(out, weekBody{title, label, c.here(kind, "from", day)})
	}
	return out
}

// days groups starts by the day and its half that people see; the start an appointment has is
// left out.
func (c *call) days(kind string, slots []engine.Slot) []dayBody {
	var days []dayBody
	show := several(slots)
	for _, s := range slots {
		if a := c.visit.Appointment; a != nil && a.Start.Equal(s.Start) {
			continue
		}
		buttons := c.slots(kind, s, show)
		local := s.Start.In(c.zone)
		if id := dayID(local); len(days) == 0 || days[len(days)-1].ID != id {
			days = append(days, dayBody{ID: id, Title: buttons[0].Title()})
		}
		half := days[len(days)-1].half(c.lang, local)
		half.Slots = append(half.Slots, buttons...)
	}
	return days
}

func dayID(local time.Time) string { return "d" + local.Format("20060102") }

// half is the half of the day that a start belongs to.
func (d *dayBody) half(l *language, local time.Time) *halfBody {
	id, key := d.ID+"a", "choose.morning"
	if local.Hour() >= 12 {
		id, key = d.ID+"p", "choose.afternoon"
	}
	if n := len(d.Halves); n == 0 || d.Halves[n-1].ID != id {
		title, _ := l.text(key) // a missing one fails the same test as every text
		d.Halves = append(d.Halves, halfBody{ID: id, Title: title})
	}
	return &d.Halves[len(d.Halves)-1]
}
