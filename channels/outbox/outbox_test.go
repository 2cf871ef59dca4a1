package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/channels/outbox"
)

func TestProviders(t *testing.T) {
	t.Parallel()
	for _, c := range []channels.Channel{channels.SMS, channels.Email} {
		t.Run(string(c), func(t *testing.T) {
			t.Parallel()
			channeltest.Run(t, func(*testing.T) channeltest.Subject {
				o := outbox.New(outbox.Config{})
				return channeltest.Subject{Provider: o.Provider(c), Carried: func() (all []string) {
					for _, m := range o.Messages() {
						all = append(all, m.Text)
					}
					return all
				}}
			})
		})
	}
}

func sms(n int) channels.Message { return channeltest.Message(channels.SMS, n) }

func TestKeepsTheNewest(t *testing.T) {
	t.Parallel()
	o := outbox.New(outbox.Config{Limit: 3})
	for i := range 5 {
		o.Provider(channels.SMS).Send(t.Context(), sms(i))
	}
	got := o.Messages()
	if len(got) != 3 || got[0].Number != 3 || got[2].ID != "msg_000004" || o.Dropped() != 2 {
		t.Errorf("dropped %d, kept %+v", o.Dropped(), got)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)
	o := outbox.New(outbox.Config{Now: func() time.Time { return now }})
	p := o.Provider(channels.SMS)
	if _, err := p.Find(t.Context(), sms(1), now); !errors.Is(err, channels.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	sent := p.Send(t.Context(), sms(1))
	if a, err := p.Find(t.Context(), sms(1), now); err != nil || a != sent {
		t.Errorf("answer %+v, %v", a, err)
	}
	if _, err := p.Find(t.Context(), sms(1), now.Add(time.Second)); !errors.Is(err, channels.ErrNotFound) {
		t.Errorf("sent before: error %v", err)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	o := outbox.New(outbox.Config{Limit: 2})
	go func() {
		for i := range 5 {
			o.Provider(channels.SMS).Send(context.Background(), sms(i))
		}
	}()
	if _, err := o.Wait(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	got, err := o.WaitFor(t.Context(), func(m outbox.Message) bool { return m.ID == "msg_000004" })
	if err != nil || got.Number != 5 {
		t.Errorf("got %+v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.WaitFor(ctx, func(outbox.Message) bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// serve puts an outbox under a prefix, as a real mount would.
func serve(t *testing.T, o *outbox.Outbox) string {
	t.Helper()
	s := httptest.NewServer(http.StripPrefix("/dev", o.Handler()))
	t.Cleanup(s.Close)
	return s.URL + "/dev"
}

func get(t *testing.T, address string) (string, http.Header) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", address, resp.StatusCode, err)
	}
	return string(body), resp.Header
}

// elements walks a page and gives the values of an attribute of a tag.
func elements(t *testing.T, page, tag, attribute string) (values []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != tag {
			continue
		}
		value := ""
		for _, a := range n.Attr {
			if a.Key == attribute {
				value = a.Val
			}
		}
		values = append(values, value)
	}
	return values
}

func TestPage(t *testing.T) {
	t.Parallel()
	o := outbox.New(outbox.Config{OnReply: func(context.Context, channels.Inbound) error { return nil }})
	base := serve(t, o)
	if page, _ := get(t, base+"/outbox"); !strings.Contains(page, "Aucun message") {
		t.Error("an empty outbox says so")
	}
	m := sms(1)
	m.From, m.Body = "38123", "Choisissez : https://rdv.example/r/abc?x=1&y=2. <script>alert(1)</script> (https://rdv.example/a)"
	o.Provider(channels.SMS).Send(t.Context(), m)
	mail := channeltest.Message(channels.Email, 2)
	mail.HTML = `<p onclick="x()">Bonjour</p><script>alert(2)</script>`
	mail.Calendar = []byte("BEGIN:VCALENDAR")
	mail.Subject = "</title><script>alert(3)</script>"
	o.Provider(channels.Email).Send(t.Context(), mail)

	list, header := get(t, base+"/outbox")
	links := elements(t, list, "a", "href")
	if len(links) != 2 {
		t.Fatalf("links %v, want one per person", links)
	}
	if csp := header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("policy %q", csp)
	}
	phone, _ := get(t, base+"/outbox"+links[1])
	if got := elements(t, phone, "a", "href"); fmt.Sprint(got) != "[? https://rdv.example/r/abc?x=1&y=2 https://rdv.example/a]" {
		t.Errorf("links %v", got)
	}
	if got := elements(t, phone, "form", "action"); fmt.Sprint(got) != "[outbox/reply]" {
		t.Errorf("forms %v", got)
	}
	mailbox, _ := get(t, base+"/outbox"+links[0])
	if got := elements(t, mailbox, "iframe", "srcdoc"); fmt.Sprint(got) != "["+mail.HTML+"]" {
		t.Errorf("frames %v", got)
	}
	for name, page := range map[string]string{"list": list, "phone": phone, "mailbox": mailbox} {
		if scripts := elements(t, page, "script", "src"); len(scripts) != 0 {
			t.Errorf("%s: what a message holds became a script", name)
		}
	}
	if forms := elements(t, mailbox, "form", "action"); len(forms) != 0 {
		t.Error("an email is not answered here")
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	o := outbox.New(outbox.Config{Limit: 2})
	base := serve(t, o)
	if body, _ := get(t, base+"/outbox.json"); strings.TrimSpace(body) != `{"dropped":0,"limit":2,"messages":[]}` {
		t.Errorf("empty: %s", body)
	}
	for i := range 3 {
		o.Provider(channels.SMS).Send(t.Context(), sms(i))
	}
	for query, want := range map[string]int{
		"": 2, "?to=" + url.QueryEscape(sms(2).To): 1, "?to=" + sms(2).To: 1, "?to=%2B33699999999": 0,
	} {
		body, header := get(t, base+"/outbox.json"+query)
		var got struct {
			Dropped  int
			Messages []outbox.Message
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Messages) != want || got.Dropped != 1 || header.Get("Content-Type") != "application/json" {
			t.Errorf("%q: %s", query, body)
		}
	}
}

func TestReply(t *testing.T) {
	t.Parallel()
	var got []channels.Inbound
	fail := false
	o := outbox.New(outbox.Config{OnReply: func(_ context.Context, in channels.Inbound) error {
		if got = append(got, in); fail {
			return errors.New("no")
		}
		return nil
	}})
	base := serve(t, o)
	form := url.Values{"from": {"+33600000001"}, "to": {"38123"}, "text": {"oui"}}
	if status, location := post(t, base, form, nil); status != http.StatusNoContent || location != "" {
		t.Errorf("a program: %d, %q", status, location)
	}
	status, location := post(t, base, form, http.Header{"Accept": {"text/html"}})
	if status != http.StatusSeeOther || location != "../outbox?to=%2B33600000001" {
		t.Errorf("a browser: %d, %q", status, location)
	}
	if len(got) != 2 || got[0].Text != "oui" || got[0].To != "38123" || got[0].ProviderID == got[1].ProviderID {
		t.Errorf("replies %+v", got)
	}
	if kept := o.Messages(); len(kept) != 2 || kept[0].Direction != outbox.In || kept[0].Person() != "+33600000001" {
		t.Errorf("kept %+v", kept)
	}
	if status, _ := post(t, base, form, http.Header{"Sec-Fetch-Site": {"cross-site"}}); status != http.StatusForbidden {
		t.Errorf("from another site: %d", status)
	}
	if status, _ := post(t, base, url.Values{"from": {"+33600000001"}}, nil); status != http.StatusUnprocessableEntity {
		t.Errorf("no text: %d", status)
	}
	form.Set("text", strings.Repeat("x", 20<<10))
	if status, _ := post(t, base, form, nil); status != http.StatusBadRequest {
		t.Errorf("too long: %d", status)
	}
	form.Set("text", "oui")
	fail = true
	if status, _ := post(t, base, form, nil); status != http.StatusInternalServerError {
		t.Errorf("refused by the engine: %d", status)
	}
	if status, _ := post(t, serve(t, outbox.New(outbox.Config{})), form, nil); status != http.StatusNotImplemented {
		t.Errorf("nobody takes replies: %d", status)
	}
}

func post(t *testing.T, base string, form url.Values, header http.Header) (status int, location string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/outbox/reply", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		req.Header = header
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Location")
}

// FuzzPage: nothing a message holds becomes markup.
func FuzzPage(f *testing.F) {
	f.Add("https://a\"onx=1 <b>", "+336", "<i>")
	f.Add("javascript:alert(1) http://x/'><script>", "a@b\"><script>", "</iframe><script>")
	f.Fuzz(func(t *testing.T, text, to, markup string) {
		o := outbox.New(outbox.Config{})
		m := channels.Message{ID: "a", To: to, Body: text, HTML: markup, Subject: markup, FromName: markup}
		if o.Provider(channels.Email).Send(t.Context(), m).Outcome != channels.Sent {
			return
		}
		for _, target := range []string{"/outbox", "/outbox?" + url.Values{"to": {to}}.Encode()} {
			w := httptest.NewRecorder()
			o.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
			page := w.Body.String()
			if w.Code != http.StatusOK || len(elements(t, page, "script", "src")) > 0 || len(elements(t, page, "h1", "id")) != 1 {
				t.Errorf("%s: %d %s", target, w.Code, page)
			}
			for _, link := range elements(t, page, "a", "href") {
				if !strings.HasPrefix(link, "?") && !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "https://") {
					t.Errorf("link %q", link)
				}
			}
		}
	})
}
