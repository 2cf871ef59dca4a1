package gateway_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"relance/channels"
	"relance/channels/channeltest"
)

const coded = `
send: {url: "https://g.example/", form: {t: "{{ text }}", to: "{{ to }}"}}
answer:
  id: [result.id, id]
  code: [result.code, error.code]
  ok: ["0", OK]
  codes:
    "7": bad_address
    "8": opted_out
    "9": "configuration: the account has no credit left"
    "10": temporary
    "11": unknown
    "2*": alert
    "20": permanent
    BUSY: temporary
  statuses: {500: temporary, 4xx: permanent, 409: "sent"}
  state: result.state
  states: {queued: accepted, dead: failed bad_address}
`

// TestAnswers is the table of what an answer means; the outcome decides whether a message
// goes again, so it is looked at whole.
func TestAnswers(t *testing.T) {
	t.Parallel()
	sent := channels.Answer{Outcome: channels.Sent, ProviderID: "7"}
	after := channels.Answer{Outcome: channels.Temporary, Code: "http 429", After: 30 * time.Second, Slower: true}
	for name, c := range map[string]struct {
		description string
		answer      func(http.ResponseWriter, *http.Request, int)
		want        channels.Answer
	}{
		"taken":                 {coded, says(200, `{"result":{"code":0,"id":7,"state":"queued"}}`), sent},
		"taken, other place":    {coded, says(202, `{"result":{"code":"OK"},"id":"7"}`), sent},
		"taken, strange state":  {coded, says(200, `{"result":{"code":0,"id":7,"state":"new"}}`), sent},
		"taken and dead":        {coded, says(200, `{"result":{"code":0,"id":7,"state":"dead"}}`), channels.Answer{Outcome: channels.Permanent, Code: "dead", BadAddress: true, ProviderID: "7"}},
		"big number kept":       {plain, says(200, `{"id":12345678901234567890}`), channels.Answer{Outcome: channels.Sent, ProviderID: "12345678901234567890"}},
		"bad number":            {coded, says(200, `{"result":{"code":7}}`), channels.Answer{Outcome: channels.Permanent, Code: "7", BadAddress: true}},
		"opted out":             {coded, says(403, `{"error":{"code":"8"}}`), channels.Answer{Outcome: channels.Permanent, Code: "8", OptedOut: true}},
		"no credit":             {coded, says(200, `{"result":{"code":"9"}}`), channels.Answer{Outcome: channels.Configuration, Code: "9"}},
		"busy by code":          {coded, says(200, `{"result":{"code":"BUSY"}}`, "Retry-After", "5"), channels.Answer{Outcome: channels.Temporary, Code: "BUSY", After: 5 * time.Second}},
		"unsure by code":        {coded, says(200, `{"result":{"code":11}}`), channels.Answer{Outcome: channels.Unknown, Code: "11"}},
		"code by its beginning": {coded, says(400, `{"error":{"code":"21"}}`), channels.Answer{Outcome: channels.Permanent, Code: "21", Alert: true}},
		"exact before it":       {coded, says(400, `{"error":{"code":"20"}}`), channels.Answer{Outcome: channels.Permanent, Code: "20"}},
		"unheard-of code":       {coded, says(200, `{"result":{"code":"77"}}`), channels.Answer{Outcome: channels.Unknown, Code: "77", Alert: true}},
		"no code at all":        {coded, says(200, `{}`), channels.Answer{Outcome: channels.Unknown, Code: "unexplained", Alert: true}},
		"a code with a number":  {coded, says(400, `{"error":{"code":"+33612345678"}}`), channels.Answer{Outcome: channels.Permanent, Code: "other"}},
		"status by number":      {coded, says(500, `oops`), channels.Answer{Outcome: channels.Temporary, Code: "http 500"}},
		"status by hundreds":    {coded, says(422, `{}`), channels.Answer{Outcome: channels.Permanent, Code: "http 422"}},
		"a double is sent":      {coded, says(409, `{}`), channels.Answer{Outcome: channels.Sent}},
		"429":                   {plain, says(429, `slow down`), channels.Answer{Outcome: channels.Temporary, Code: "http 429", Slower: true}},
		"429, seconds":          {plain, says(429, ``, "Retry-After", "30"), after},
		"429, a date":           {plain, says(429, ``, "Retry-After", "Thu, 14 May 2026 10:00:30 GMT"), after},
		"503":                   {plain, says(503, `<html>`, "Retry-After", "30"), channels.Answer{Outcome: channels.Temporary, Code: "http 503", After: 30 * time.Second}},
		"500 may have sent it":  {plain, says(500, `{}`), channels.Answer{Outcome: channels.Unknown, Code: "http 500"}},
		"502 may have sent it":  {plain, says(502, `<html>`), channels.Answer{Outcome: channels.Unknown, Code: "http 502"}},
		"504 may have sent it":  {plain, says(504, ``, "Retry-After", "30"), channels.Answer{Outcome: channels.Unknown, Code: "http 504"}},
		"401":                   {plain, says(401, `{}`), channels.Answer{Outcome: channels.Configuration, Code: "http 401"}},
		"402":                   {plain, says(402, `{}`), channels.Answer{Outcome: channels.Configuration, Code: "http 402"}},
		"404":                   {plain, says(404, `{}`), channels.Answer{Outcome: channels.Configuration, Code: "http 404"}},
		"a proxy's login":       {plain, says(302, ``, "Location", "/login"), channels.Answer{Outcome: channels.Configuration, Code: "http 302"}},
		"400":                   {plain, says(400, `{}`), channels.Answer{Outcome: channels.Permanent, Code: "http 400", Alert: true}},
		"wrong JSON":            {plain, says(200, `{"id":`), channels.Answer{Outcome: channels.Unknown, Code: "unreadable"}},
		"two documents":         {plain, says(200, `{"id":"1"}{"id":"2"}`), channels.Answer{Outcome: channels.Unknown, Code: "unreadable"}},
		"a page for an answer":  {plain, says(200, `<html>`), channels.Answer{Outcome: channels.Unknown, Code: "unreadable"}},
		"no id":                 {plain, says(201, `{"ok":true}`), channels.Answer{Outcome: channels.Unknown, Code: "no_id"}},
		"an id of many":         {plain, says(201, `{"id":["a"]}`), channels.Answer{Outcome: channels.Unknown, Code: "no_id"}},
		"cut in the body": {plain, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"id":"1"`)
		}, channels.Answer{Outcome: channels.Unknown, Code: "unreadable"}},
		"refused, then cut": {plain, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(429)
		}, channels.Answer{Outcome: channels.Temporary, Code: "http 429", Slower: true}},
		"dropped after the body": {plain, func(http.ResponseWriter, *http.Request, int) { panic(http.ErrAbortHandler) },
			channels.Answer{Outcome: channels.Unknown, Code: "connection"}},
		"text, taken": {inWords, says(200, "OK id=7 queued\n"), sent},
		"text, error": {inWords, says(200, "ERR 12 no credit"), channels.Answer{Outcome: channels.Configuration, Code: "12"}},
		"text, else":  {inWords, says(200, "hello"), channels.Answer{Outcome: channels.Unknown, Code: "no_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.answer)
			got := provider(t, s, c.description).Send(t.Context(), channeltest.Message(channels.SMS, 1))
			if (got.Reason == "") != (got.Outcome == channels.Sent) {
				t.Errorf("reason %q for %s", got.Reason, got.Outcome)
			}
			if got.Reason = ""; got != c.want {
				t.Errorf("\n got %+v\nwant %+v", got, c.want)
			}
			if n := len(s.all()); n != 1 {
				t.Errorf("the request went %d times", n)
			}
		})
	}
}

const inWords = `
send: {url: "https://g.example/", form: {t: "{{ text }}", to: "{{ to }}"}}
answer: {read: text, id: '^OK id=(\d+)', code: '^ERR (\d+)', codes: {"12": configuration}}
`

// TestHangIsUnknown: the gateway took the request and says nothing, until our time or our
// caller's ends.
func TestHangIsUnknown(t *testing.T) {
	t.Parallel()
	for want, end := range map[string]func(context.Context) (context.Context, func()){
		"timeout": channeltest.Deadline,
		"cancelled": func(parent context.Context) (context.Context, func()) {
			ctx, cancel := context.WithCancel(parent)
			return ctx, cancel
		},
	} {
		s := serve(t, func(_ http.ResponseWriter, r *http.Request, _ int) {
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		})
		ctx, pass := end(t.Context())
		t.Cleanup(pass)
		go func() {
			<-s.arrived
			pass()
		}()
		if a := provider(t, s, plain).Send(ctx, channeltest.Message(channels.SMS, 1)); a.Outcome != channels.Unknown || a.Code != want {
			t.Errorf("answer %+v, want unknown, %s", a, want)
		}
	}
}

// TestSlowIsSent: an answer that takes its time within ours is an answer.
func TestSlowIsSent(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.(http.Flusher).Flush()
		<-release
		_, _ = io.WriteString(w, `{"id":"1"}`)
	})
	go func() {
		<-s.arrived
		close(release)
	}()
	if a := provider(t, s, plain).Send(t.Context(), channeltest.Message(channels.SMS, 1)); a.Outcome != channels.Sent {
		t.Errorf("answer %+v", a)
	}
}

func TestUnreachableIsTemporary(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	p := provider(t, s, plain)
	s.Close()
	if a := p.Send(t.Context(), channeltest.Message(channels.SMS, 1)); a.Outcome != channels.Temporary || a.Code != "connection" {
		t.Errorf("answer %+v, want temporary", a)
	}
}

// TestNothingIsRepeated: the kept connection breaks after the second request arrived, for
// every way to write one. The transport would repeat a GET by itself.
func TestNothingIsRepeated(t *testing.T) {
	t.Parallel()
	for name, description := range map[string]string{
		"json":  plain,
		"get":   `{send: {method: GET, url: "https://g.example/?t={{ text }}&to={{ to }}"}, answer: {id: id}}`,
		"keyed": `{send: {url: "https://g.example/", headers: {Idempotency-Key: "{{ id }}"}, form: {t: "{{ text }}"}}, answer: {id: id}}`,
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			if n == 2 {
				panic(http.ErrAbortHandler)
			}
			_, _ = io.WriteString(w, `{"id":"1"}`)
		})
		p := provider(t, s, description)
		if a := p.Send(t.Context(), channeltest.Message(channels.SMS, 1)); a.Outcome != channels.Sent {
			t.Fatalf("%s: %+v", name, a)
		}
		if a := p.Send(t.Context(), channeltest.Message(channels.SMS, 2)); a.Outcome != channels.Unknown || len(s.all()) != 2 {
			t.Errorf("%s: %+v after %d requests, want unknown after 2", name, a, len(s.all()))
		}
	}
}

func TestReasonsTellNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, says(400, `{"error":{"code":"zorglub@example.org"},"message":"zorglub +33600000001"}`))
	a := provider(t, s, coded).Send(t.Context(), channeltest.Message(channels.SMS, 1))
	if text := a.Reason + a.Code; strings.Contains(text, "zorglub") || strings.Contains(text, "336") {
		t.Errorf("the answer repeats the gateway: %+v", a)
	}
}
