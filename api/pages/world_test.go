package pages_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"relance/api/pages"
	"relance/api/pages/pagestest"
	"relance/engine"
)

var _ pages.Engine = (*engine.Engine)(nil)

// monday is a Monday morning in Paris.
var monday = time.Date(2026, 5, 11, 7, 0, 0, 0, time.UTC)

// world is the pages over an engine in memory, at a time that stands still.
type world struct {
	t       testing.TB
	engine  *pagestest.Engine
	handler http.Handler
	log     *bytes.Buffer
	now     time.Time
}

// newWorld has one open link, "tok"; o changes the options.
func newWorld(t testing.TB, o ...func(*pages.Options)) *world {
	t.Helper()
	w := &world{t: t, now: monday, log: &bytes.Buffer{}}
	w.engine = pagestest.New(func() time.Time { return w.now })
	w.engine.Invite("tok", "fr")
	options := pages.Options{Phone: "01 99 00 00 00", Now: func() time.Time { return w.now }, Log: slog.New(slog.NewTextHandler(w.log, nil))}
	for _, f := range o {
		f(&options)
	}
	w.handler = pages.Handler(w.engine, options)
	return w
}

func (w *world) do(r *http.Request) *page {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	raw := rec.Body.Bytes()
	p := &page{t: w.t, Response: rec.Result(), wire: len(raw), url: r.URL}
	if p.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			w.t.Fatal(err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			w.t.Fatal(err)
		}
	}
	p.body = string(raw)
	if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
		doc, err := html.Parse(strings.NewReader(p.body))
		if err != nil {
			w.t.Fatal(err)
		}
		p.doc = doc
	}
	return p
}

func (w *world) get(path string) *page {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	return w.do(r)
}

// post sends a form; the keys and values come in pairs.
func (w *world) post(path string, kv ...string) *page {
	w.t.Helper()
	form := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		form.Set(kv[i], kv[i+1])
	}
	return w.do(postOf(path, form))
}

func postOf(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// submit posts the one form of a page as a browser would.
func (w *world) submit(p *page) *page {
	w.t.Helper()
	action, form := p.form()
	return w.do(postOf(action, form))
}

// follow goes where a redirect leads.
func (w *world) follow(p *page) *page {
	w.t.Helper()
	if p.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("answered %d %q, want a redirect", p.StatusCode, p.h1())
	}
	return w.get(p.Header.Get("Location"))
}

// book takes the n-th slot on the page and returns the page it leads to.
func (w *world) book(n int) *page {
	w.t.Helper()
	return w.follow(w.submit(w.get(w.get("/r/tok").slots()[n])))
}

// page is an answer, parsed.
type page struct {
	*http.Response
	t    testing.TB
	url  *url.URL
	body string
	wire int // bytes of the body as sent
	doc  *html.Node
}

// all finds the elements of a name, in order.
func (p *page) all(name string) []*html.Node {
	p.t.Helper()
	if p.doc == nil {
		p.t.Fatalf("%s is no page: %d %s", p.url, p.StatusCode, p.Header.Get("Location"))
	}
	var out []*html.Node
	for n := range p.doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			out = append(out, n)
		}
	}
	return out
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// text is what an element says, spaces made plain.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(b.String(), "\u00a0", " ")), " ")
}

func (p *page) h1() string {
	if p.doc == nil {
		return ""
	}
	if all := p.all("h1"); len(all) == 1 {
		return text(all[0])
	}
	p.t.Errorf("%s: not one h1", p.url)
	return ""
}

// says is all the text of the page.
func (p *page) says() string { return text(p.all("body")[0]) }

// notice is the sentence about what just happened.
func (p *page) notice() string {
	for _, n := range p.all("p") {
		if attr(n, "role") == "status" {
			return text(n)
		}
	}
	return ""
}

// links are the addresses on the page.
func (p *page) links() []string {
	var out []string
	for _, n := range p.all("a") {
		out = append(out, attr(n, "href"))
	}
	return out
}

// link is the first address that contains part, or "".
func (p *page) link(part string) string {
	for _, l := range p.links() {
		if strings.Contains(l, part) {
			return l
		}
	}
	return ""
}

// slots are the addresses of the starts on the page.
func (p *page) slots() []string {
	var out []string
	for _, l := range p.links() {
		if strings.Contains(l, "start=") {
			out = append(out, l)
		}
	}
	return out
}

// form is where the page's form goes, and with what.
func (p *page) form() (string, url.Values) {
	p.t.Helper()
	forms := p.all("form")
	if len(forms) != 1 {
		p.t.Fatalf("%s has %d forms: %s", p.url, len(forms), p.says())
	}
	if attr(forms[0], "method") != "post" {
		p.t.Errorf("the form's method is %q", attr(forms[0], "method"))
	}
	v := url.Values{}
	for _, n := range p.all("input") {
		v.Set(attr(n, "name"), attr(n, "value"))
	}
	return attr(forms[0], "action"), v
}
