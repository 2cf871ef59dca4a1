package pages

import (
	"slices"

	"relance/engine"
)

// whereBody is where an appointment is, in the page's language.
type whereBody struct {
	Line   string
	Access string
	Link   string // to join a video meeting
}

// where says a location; nil when nothing is known of it.
func (c *call) where(l engine.Location) *whereBody {
	w := &whereBody{Line: l.Line(), Access: l.Access, Link: l.URL}
	if words := c.words(l.Kind); words != "" {
		w.Line = words
	}
	if *w == (whereBody{}) {
		return nil
	}
	return w
}

// words are the language's for a kind of location without an address; "" for an office.
func (c *call) words(kind engine.LocationKind) string {
	key := ""
	switch kind {
	case engine.ByPhone:
		key = "place.phone"
	case engine.ByVideo:
		key = "place.video"
	case engine.AtHome:
		key = "place.home"
	default:
		return ""
	}
	text, _ := c.lang.text(key) // a missing one fails the same test as every text
	return text
}

// short is a location on a button.
func (c *call) short(l engine.Location) string {
	if words := c.words(l.Kind); words != "" {
		return words
	}
	if l.Name != "" {
		return l.Name
	}
	return l.Address
}

// place is the location that the address or the form of this page names; nil when it names none,
// and then the engine chooses.
func (c *call) place() *string {
	q := c.r.URL.Query()
	if c.r.PostForm != nil {
		q = c.r.PostForm
	}
	if !q.Has("at") {
		return nil
	}
	id := q.Get("at")
	return &id
}

// at shows on a summary the location it is about, and keeps it in the form.
func (c *call) at(p *page, id *string) {
	if id == nil {
		p.Where = c.where(c.visit.Where(""))
		return
	}
	p.Where = c.where(c.visit.Where(*id))
}

// several tells whether the person chooses a place with the start.
func several(slots []engine.Slot) bool {
	seen := ""
	for n, s := range slots {
		if len(s.Locations) > 1 || n > 0 && place(s) != seen {
			return true
		}
		seen = place(s)
	}
	return false
}

// place is the only location of a start; "" when there is none.
func place(s engine.Slot) string {
	if len(s.Locations) == 0 {
		return ""
	}
	return s.Locations[0]
}

// slots are the buttons of a start: one for each place it can be at. show puts the place on them.
func (c *call) slots(kind string, s engine.Slot, show bool) []slotBody {
	page := "check"
	if kind == "move" {
		page = "move/check"
	}
	m := c.moment(s.Start)
	if len(s.Locations) == 0 {
		return []slotBody{{moment: m, Address: c.link(page, "start", m.Start), Left: s.Left}}
	}
	var out []slotBody
	for _, id := range slices.Sorted(slices.Values(s.Locations)) {
		one := slotBody{moment: m, Address: c.link(page, "at", id, "start", m.Start), Left: s.Left}
		if show {
			one.Place = c.short(c.visit.Where(id))
		}
		out = append(out, one)
	}
	return out
}
