package pages_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"relance/api/pages"
	"relance/engine"
)

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.book(0)
	for _, path := range []string{"/r/tok", "/r/nobody", "/r/tok/rdv.ics", "/r/tok/book", "/r/tok/check", "/elsewhere", "/r/-/done/declined", "/u/tok", "/u/nobody", "/r/tok/start"} {
		p := w.get(path)
		for key, want := range map[string]string{
			"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
			"Strict-Transport-Security": "max-age=31536000", "X-Robots-Tag": "noindex, nofollow, noarchive",
		} {
			if got := p.Header.Get(key); got != want {
				t.Errorf("%s: %s is %q, want %q", path, key, got, want)
			}
		}
		if p.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie", path)
		}
	}
}

func TestPolicyAllowsTheOneStyle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.get("/r/tok")
	style := p.all("style")
	if len(style) != 1 {
		t.Fatalf("%d styles", len(style))
	}
	sum := sha256.Sum256([]byte(style[0].FirstChild.Data))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	if got := p.Header.Get("Content-Security-Policy"); got != want {
		t.Errorf("policy %q\nwant   %q", got, want)
	}
	for _, name := range []string{"script", "img", "link", "iframe", "object"} {
		if len(p.all(name)) != 0 {
			t.Errorf("the page has a <%s>", name)
		}
	}
	if strings.Contains(p.body, "style=") || strings.Contains(p.body, "onclick") {
		t.Error("the page has inline attributes that the policy forbids")
	}
}

func TestSmallEnough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.get("/r/tok?from=2026-05-12") // whole days: the heaviest
	if len(p.slots()) < 60 {
		t.Fatalf("only %d slots to weigh", len(p.slots()))
	}
	if first := w.get("/r/tok"); first.wire > p.wire {
		t.Errorf("the first page weighs %d bytes, whole days %d", first.wire, p.wire)
	}
	t.Logf("%d slots: %d bytes, %d compressed", len(p.slots()), len(p.body), p.wire)
	if p.wire > 14<<10 || p.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%d bytes on the wire", p.wire)
	}
	if p.Header.Get("Content-Length") != fmt.Sprint(p.wire) {
		t.Errorf("Content-Length %s for %d bytes", p.Header.Get("Content-Length"), p.wire)
	}
}

func TestCompressionIsAChoice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for header, want := range map[string]string{"": "", "br": "", "gzip": "gzip", "br, GZIP;q=0.5": "gzip", "gzip;q=0": "", "gzip; q=0.0": "", "gzip;q=x": ""} {
		r := httptest.NewRequest(http.MethodGet, "/r/tok", nil)
		r.Header.Set("Accept-Encoding", header)
		if got := w.do(r).Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: %q, want %q", header, got, want)
		}
	}
}

// Every dead link takes the same way: one lookup, no other verb, the same bytes.
func TestDeadLinksAreOnePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.engine.Invite("expired", "en")
	w.engine.Invite("revoked", "en")
	past := monday.Add(-time.Hour)
	w.engine.Change("expired", func(i *engine.Invitation, _ *engine.Appointment) { i.ExpiresAt = &past })
	w.engine.Change("revoked", func(i *engine.Invitation, _ *engine.Appointment) { i.State = engine.InvitationClosed })
	w.engine.Fail = func(verb string) error {
		if verb != "open" {
			t.Errorf("a dead link reached %q", verb)
		}
		return nil
	}
	var first string
	for _, token := range []string{"unknown", "expired", "revoked", "%00", strings.Repeat("a", 5000)} {
		for _, rest := range []string{"", "/check?start=2026-05-14T08:00:00Z", "/move", "/cancel", "/stop", "/decline", "/rdv.ics"} {
			opens := w.engine.Opens()
			p := w.get("/r/" + token + rest)
			if first == "" {
				first = p.body
			}
			if p.StatusCode != http.StatusNotFound || p.body != first {
				t.Errorf("/r/%.20s%s: %d %q", token, rest, p.StatusCode, p.h1())
			}
			if n := w.engine.Opens() - opens; n != 1 {
				t.Errorf("/r/%.20s%s: %d lookups, want 1", token, rest, n)
			}
			w.now = w.now.Add(10 * time.Second) // within the limit on misses
		}
		if p := w.post("/r/"+token+"/book", "start", "2026-05-14T08:00:00Z"); p.StatusCode != http.StatusNotFound {
			t.Errorf("POST: %d", p.StatusCode)
		}
	}
	if !strings.Contains(first, "01\u00a099\u00a000\u00a000\u00a000") {
		t.Error("the dead link's page gives no phone number")
	}
}

func TestADeadLinkWithoutAPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *pages.Options) { o.Phone = "" })
	if p := w.get("/r/nobody"); !strings.Contains(p.says(), "appeler le service qui vous a écrit") || p.link("tel:") != "" {
		t.Errorf("it says %s", p.says())
	}
}

func TestMissesAreLimitedHitsAreNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *pages.Options) {
		o.Misses = pages.Limit{Burst: 5, Every: time.Second}
		o.ClientIP = func(r *http.Request) string { return r.Header.Get("Client") }
	})
	from := func(client, token string) int {
		r := httptest.NewRequest(http.MethodGet, "/r/"+token, nil)
		r.Header.Set("Client", client)
		return w.do(r).StatusCode
	}
	for i := range 5 {
		if got := from("192.0.2.1", "nobody"); got != http.StatusNotFound {
			t.Fatalf("miss %d: %d", i, got)
		}
	}
	if got := from("192.0.2.1", "nobody"); got != http.StatusTooManyRequests {
		t.Errorf("the sixth miss: %d, want 429", got)
	}
	for range 50 {
		if got := from("192.0.2.1", "tok"); got != http.StatusOK {
			t.Fatalf("a hit from the same address: %d", got)
		}
	}
	if got := from("192.0.2.2", "nobody"); got != http.StatusNotFound {
		t.Errorf("another address: %d", got)
	}
	w.now = w.now.Add(time.Second)
	if got := from("192.0.2.1", "nobody"); got != http.StatusNotFound {
		t.Errorf("a second later: %d", got)
	}
	for range 5 {
		from("2001:db8::1", "nobody")
	}
	if got := from("2001:db8::ffff", "nobody"); got != http.StatusTooManyRequests {
		t.Errorf("another address of the same IPv6 network: %d, want 429", got)
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *pages.Options) { o.BaseURL = "https://rdv.example.org/" })
	check := w.get(w.get("/r/tok").slots()[0])
	action, form := check.form()
	try := func(kv ...string) *page {
		r := postOf(action, form)
		for i := 0; i < len(kv); i += 2 {
			r.Header.Set(kv[i], kv[i+1])
		}
		return w.do(r)
	}
	for _, bad := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
	} {
		if p := try(bad...); p.StatusCode != http.StatusForbidden || w.engine.Changes() != 0 {
			t.Errorf("%v: %d, %d changes", bad, p.StatusCode, w.engine.Changes())
		}
	}
	for _, good := range [][]string{
		{"Sec-Fetch-Site", "same-origin"}, {"Origin", "http://example.com"}, {"Origin", "https://rdv.example.org"}, nil,
	} {
		if p := try(good...); p.StatusCode != http.StatusSeeOther {
			t.Errorf("%v: %d", good, p.StatusCode)
		}
	}
}

func TestWrongMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, allow := range map[string]string{"/r/tok": "GET, HEAD", "/r/tok/book": "POST", "/r/tok/move": "GET, POST, HEAD"} {
		r := httptest.NewRequest(http.MethodDelete, path, nil)
		p := w.do(r)
		if p.StatusCode != http.StatusMethodNotAllowed || p.Header.Get("Allow") != allow || p.h1() == "" {
			t.Errorf("DELETE %s: %d, Allow %q, want %q", path, p.StatusCode, p.Header.Get("Allow"), allow)
		}
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := httptest.NewServer(w.handler)
	defer server.Close()
	for path, want := range map[string]int{"/r/tok": 200, "/r/nobody": 404} {
		r, err := http.Head(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != want || r.Header.Get("Content-Security-Policy") == "" || r.ContentLength <= 0 {
			t.Errorf("HEAD %s: %d, length %d", path, r.StatusCode, r.ContentLength)
		}
	}
}

func TestNamesAreTextNotMarkup(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	w := newWorld(t)
	w.engine.Organisation.Name, w.engine.Service.Name = evil, evil
	w.engine.Service.Address, w.engine.Service.Consequence, w.engine.Organisation.Phone = evil, evil, `javascript:alert(1) 01"`
	for _, path := range []string{"/r/tok", "/r/tok/check?start=2026-05-14T08:00:00Z", "/r/tok/decline", `/r/tok?lang="><script>`, `/r/tok?from="><script>`, `/r/"><script>alert(1)<%2Fscript>`} {
		p := w.get(strings.ReplaceAll(strings.ReplaceAll(path, `"`, "%22"), "<s", "%3Cs"))
		if len(p.all("script")) != 0 || len(p.all("img")) != 0 {
			t.Errorf("%s: markup came through", path)
		}
		for _, l := range p.links() {
			if u, err := url.Parse(l); err != nil || u.Scheme != "" && u.Scheme != "tel" {
				t.Errorf("%s: a link to %q", path, l)
			}
		}
	}
}

func TestNothingOfThePersonAndNoTokenInLogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.engine.Fail = func(verb string) error {
		if verb == "choices" {
			return &engine.Error{Code: engine.CodeUnavailable, Op: "choices"}
		}
		return nil
	}
	p := w.get("/r/tok")
	if p.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("%d", p.StatusCode)
	}
	if log := w.log.String(); !strings.Contains(log, "route=/r/{token}") || strings.Contains(log, "/r/tok") || strings.Contains(log, "=tok") {
		t.Errorf("the log: %s", log)
	}
	w.engine.Fail = nil
	if p := w.get("/r/tok"); strings.Contains(p.body, "rcp_") || strings.Contains(p.body, "inv_") {
		t.Error("the page names the recipient or the invitation")
	}
}

func TestLinksMangledByPhonesStillOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/r/tok.", "/r/tok)", "/r/tok/", "/r/tok,", "/r/tok%C2%BB", "/r/tok?utm_source=sms"} {
		if p := w.get(path); p.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, p.StatusCode)
		}
	}
}

func TestHugeAndBrokenForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if p := w.post("/r/tok/book", "start", strings.Repeat("1", 8<<10)); p.StatusCode != http.StatusBadRequest {
		t.Errorf("a huge form: %d", p.StatusCode)
	}
	if p := w.post("/r/tok/book", "start", "tomorrow"); p.StatusCode != http.StatusBadRequest {
		t.Errorf("a broken start: %d", p.StatusCode)
	}
	if w.engine.Changes() != 0 {
		t.Error("something changed")
	}
}

// FuzzGet reads any address: never a failure of ours, never a change.
func FuzzGet(f *testing.F) {
	for _, s := range []string{"tok", "tok/check?start=2026-05-14T08:00:00Z", "tok/move?from=2026-05-14", "tok/rdv.ics", "x?lang=en", "-/done/declined", "tok/check?start=0001-01-01T00:00:00Z"} {
		f.Add(s)
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, rest string) {
		u, err := url.Parse("http://example.com/r/" + rest)
		if err != nil {
			t.Skip()
		}
		rec := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL, r.RequestURI = u, u.RequestURI()
		w.handler.ServeHTTP(rec, r)
		if rec.Code >= 500 || w.engine.Changes() != 0 {
			t.Errorf("%d, %d changes", rec.Code, w.engine.Changes())
		}
	})
}
