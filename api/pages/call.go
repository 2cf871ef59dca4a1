package pages

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"relance/engine"
)

// maxForm bounds a posted form; ours are under 200 bytes.
const maxForm = 4 << 10

// call is one request on its way: who asks, in which language, and what the link opens.
type call struct {
	*site
	w      http.ResponseWriter
	r      *http.Request
	token  string
	lang   *language
	chosen bool // the language was asked for by ?lang=
	now    time.Time
	visit  *engine.Visit   // nil until the link opened
	mail   *engine.Mailing // of an unsubscribe button: nil until it opened
	zone   *time.Location
}

// settle ends a change that may have ended the link too: a link that no longer opens leads
// to a page of what was done that belongs to nobody.
func (c *call) settle(done string) {
	if _, err := c.engine.Open(c.r.Context(), c.token); engine.CodeOf(err) == engine.CodeLinkDead {
		address := "/r/-/done/" + done
		if c.chosen {
			address += "?lang=" + c.lang.Code
		}
		c.redirect(address)
		return
	}
	c.redirect(c.link("", "done", done))
}

func (s *site) serve(m methods) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{site: s, w: w, r: r, token: cleanToken(r.PathValue("token")), now: s.o.Now()}
		c.lang, c.chosen = s.looks.language(r, "")
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		act, known := m[method]
		switch {
		case !known:
			c.methodNotAllowed(m)
		case method == http.MethodPost && !c.button() && s.origin.Check(r) != nil:
			c.crossSite()
		case r.PathValue("token") == "" && r.Pattern != "/":
			act(c) // a page of nobody's
		case c.readForm() && c.open():
			act(c)
		}
	}
}

// cleanToken drops the punctuation that phones take for a part of a link in a sentence.
func cleanToken(raw string) string { return strings.TrimRight(raw, ".,;:!?)]>»\"' ") }

func (c *call) readForm() bool {
	if c.r.Method != http.MethodPost {
		return true
	}
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxForm)
	err := c.r.ParseForm()
	if c.button() && strings.HasPrefix(c.r.Header.Get("Content-Type"), "multipart/form-data") { // RFC 8058 §3.1
		err = c.r.ParseMultipartForm(maxForm)
	}
	if err != nil {
		c.sorry(http.StatusBadRequest, "bad")
		return false
	}
	return true
}

// open looks the link up. Every path does it first, so that all dead links cost the same
// and look the same, whatever else the request says.
func (c *call) open() bool {
	if c.button() {
		return c.openMailing()
	}
	v, err := c.engine.Open(c.r.Context(), c.token)
	if !c.opened(err) {
		return false
	}
	c.visit = v
	c.zone = v.Zone
	c.speak(v.Language)
	return true
}

// opened answers for a link that does not open.
func (c *call) opened(err error) bool {
	switch code := engine.CodeOf(err); code {
	case "":
		return true
	case engine.CodeLinkDead, engine.CodeNotFound:
		c.dead()
	default:
		c.trouble("open", err)
	}
	return false
}

// speak takes the person's language, unless another was asked for.
func (c *call) speak(code string) {
	if !c.chosen {
		c.lang, _ = c.looks.language(c.r, code)
	}
}

// dead is the one answer to a link that opens nothing; past the limit it only changes status.
func (c *call) dead() {
	if !c.misses.allow(c.o.ClientIP(c.r), c.now) {
		c.w.Header().Set("Retry-After", "60")
		c.sorry(http.StatusTooManyRequests, "dead")
		return
	}
	c.sorry(http.StatusNotFound, "dead")
}

// link is the address of a page of this visit, in the language that was asked for.
// kv are pairs of query parameters.
func (c *call) link(page string, kv ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		q.Set(kv[i], kv[i+1])
	}
	if c.chosen {
		q.Set("lang", c.lang.Code)
	}
	address := c.root()
	if page != "" {
		address += "/" + page
	}
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	return address
}

// root is the address of the link itself.
func (c *call) root() string {
	if c.button() {
		return "/u/" + url.PathEscape(c.token)
	}
	return "/r/" + url.PathEscape(c.token)
}

// redirect ends a change: the browser then GETs the state, which may be reloaded.
func (c *call) redirect(address string) {
	c.head("")
	c.w.Header().Set("Location", address)
	c.w.WriteHeader(http.StatusSeeOther)
}
