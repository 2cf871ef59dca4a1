package pages

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"relance/engine"
)

// page is what a template sees. It knows nothing of the person.
type page struct {
	kind         string
	call         *call
	Title        string // the heading, and the window's title
	Notice       string // what just happened; "" is nothing
	Alert        bool   // the notice is a no
	Organisation string
	Service      string
	Where        *whereBody // nil when nothing is known of it
	Phone        string
	Body         any // what this kind of page needs
}

// Link is an address below the visit: a page, then pairs of query parameters.
func (p *page) Link(name string, kv ...string) string { return p.call.link(name, kv...) }

// T is a sentence in the page's language.
func (p *page) T(key string, args ...any) (string, error) { return p.call.lang.text(key, args...) }

// Lang is the page's language.
func (p *page) Lang() *language { return p.call.lang }

// Style is the whole style sheet.
func (p *page) Style() template.CSS { return p.call.looks.style }

// Opened tells whether the page belongs to a link that opened.
func (p *page) Opened() bool { return p.call.visit != nil }

// Tel is the phone as a dialler reads it.
func (p *page) Tel() string {
	var out []byte
	for i := 0; i < len(p.Phone); i++ {
		if b := p.Phone[i]; b >= '0' && b <= '9' || b == '+' && len(out) == 0 {
			out = append(out, b)
		}
	}
	return string(out)
}

// PhoneText is the phone as people read it: on one line, and from left to right even in a
// language that is not.
func (p *page) PhoneText() string {
	text := strings.ReplaceAll(p.Phone, " ", "\u00a0")
	if p.call.lang.Dir == "rtl" {
		return "\u2066" + text + "\u2069"
	}
	return text
}

// other is a language the page can be read in too.
type other struct{ Code, Name, Address string }

// Others are the links to the same page in the other languages.
func (p *page) Others() []other {
	var out []other
	for _, l := range p.call.looks.languages {
		if l != p.call.lang {
			out = append(out, other{l.Code, l.Name, p.call.inLanguage(l.Code)})
		}
	}
	return out
}

// inLanguage is this page in another language, or the visit's first page when this one
// answers a POST and cannot be opened again.
func (c *call) inLanguage(code string) string {
	if c.r.Method == http.MethodPost {
		return c.root() + "?lang=" + code
	}
	q := url.Values{"lang": {code}}
	for _, kept := range []string{"from", "after", "start", "at", "by"} {
		if asked := c.r.URL.Query(); asked.Has(kept) && c.visit != nil {
			q.Set(kept, asked.Get(kept))
		}
	}
	return "?" + q.Encode()
}

// page begins a page of a kind under a heading.
func (c *call) page(kind, title string, body any) *page {
	p := &page{kind: kind, call: c, Body: body, Phone: c.o.Phone}
	p.Title, _ = c.lang.text(title) // a missing heading fails the same test as every text
	if v := c.visit; v != nil {
		p.Organisation, p.Service, p.Where, p.Phone = v.Organisation.Name, capital(v.Service.Name), c.where(v.Location), cmp.Or(v.Phone, p.Phone)
	}
	if m := c.mail; m != nil {
		p.Organisation, p.Phone = m.Organisation.Name, cmp.Or(m.Organisation.Phone, p.Phone)
	}
	return p
}

// show answers with a page.
func (c *call) show(status int, p *page) {
	body, err := c.looks.render(p)
	if err != nil {
		c.o.Log.Error("page could not be made", "page", p.kind, "language", c.lang.Code, "error", err)
		c.write(http.StatusInternalServerError, "text/plain; charset=utf-8", []byte("500\n"))
		return
	}
	c.write(status, "text/html; charset=utf-8", body)
}

// moment is a start as people read it.
type moment struct {
	Day, Hour string
	Start     string // RFC 3339, UTC: the same for every page
	Machine   string // for <time>
}

func (c *call) moment(t time.Time) moment {
	local := t.In(c.zone)
	return moment{c.lang.day(local, c.now), c.lang.hour(local), t.UTC().Format(time.RFC3339), local.Format("2006-01-02T15:04Z07:00")}
}

// Title is the day with a capital, for a line of its own.
func (m moment) Title() string { return capital(m.Day) }

// form is a state a page was made for: what the person saw when they pressed the button.
type form struct{ Appointment, Sequence string }

func (c *call) form() form {
	if a := c.visit.Appointment; a != nil {
		return form{string(a.ID), strconv.Itoa(a.Sequence)}
	}
	return form{Appointment: string(c.visit.Invitation.Appointment)}
}

// posted is the state the form in the request was made for.
func (c *call) posted() form {
	return form{c.r.PostForm.Get("apt"), c.r.PostForm.Get("seq")}
}

func (f form) appointment() engine.AppointmentID { return engine.AppointmentID(f.Appointment) }

// Choosing tells whether the person may still refuse the whole invitation.
func (p *page) Choosing() bool { return p.kind == "choose" }

// Stoppable tells whether the links to stop messages belong on the page: not beside a question.
func (p *page) Stoppable() bool { return p.kind == "choose" || p.kind == "appointment" }

// CallFirst tells whether calling is the next thing to do, and so stands in the page itself.
func (p *page) CallFirst() bool {
	switch b := p.Body.(type) {
	case appointmentBody:
		return b.Why != ""
	case chooseBody:
		return len(b.Days) == 0
	case takenBody:
		return len(b.Slots) == 0
	}
	return p.kind == "plain"
}
