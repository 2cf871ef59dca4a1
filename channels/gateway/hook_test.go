package gateway_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"relance/channels"
	"relance/channels/gateway"
)

// hooked is a description whose hooks are read and checked as told.
func hooked(read, check string) string {
	return `
send: {url: "https://g.example/", form: {t: "{{ text }}", ref: "{{ reference }}"}}
answer: {id: id}
receipts:
  read: ` + read + `
  check: ` + check + `
  id: id
  reference: ref
  state: state
  states: {q: accepted, s: sent, d: delivered, u: undelivered, x: "failed alert: refused by the network"}
  code: code
  codes: {"5": bad_address, "6": opted_out, "7": temporary, "8": configuration}
  at: at
inbound:
  read: ` + read + `
  check: ` + check + `
  id: id
  from: from
  to: to
  text: text
`
}

const (
	status    = "/hooks/gw/status"
	receiptIn = `{"id":"g-1","ref":"m=msg_1&p=3","state":"d"}`
	textIn    = `{"id":"i-1","from":"33612345678","to":38123,"text":"oui é 😀"}`
)

func asHooks(t testing.TB, description string) channels.BatchHooks {
	t.Helper()
	return provider(t, nil, description, "k", "s3cret").(channels.BatchHooks)
}

// TestChecks: each way to know the gateway lets the right call through, and no other.
func TestChecks(t *testing.T) {
	t.Parallel()
	form := url.Values{"id": {"g-1"}, "state": {"d"}, "ref": {"m=msg_1&p=3"}}
	signed := "&id=g-1&ref=m_msg_1_p_3&state=d"
	other := `{"id":"g-1","ref":"m=msg_2&p=3","state":"d"}`
	for name, c := range map[string]struct {
		read, check string
		good        *http.Request
		bad         []*http.Request
	}{
		"header": {"json", `{header: {name: X-Key, value: "{{ secrets.k }}"}}`, called("", status, receiptIn, "X-Key", "s3cret"), []*http.Request{
			called("", status, receiptIn), called("", status, receiptIn, "X-Key", "s3cre"), called("", status+"?X-Key=s3cret", receiptIn),
		}},
		"query": {"json", `{query: {name: key, value: "{{ secrets.k }}"}}`, called("", status+"?key=s3cret", receiptIn), []*http.Request{
			called("", status, receiptIn), called("", status+"?key=", receiptIn), called("", status, receiptIn, "key", "s3cret"),
		}},
		"basic": {"json", `{basic: {username: "{{ secrets.k }}", password: "{{ secrets.k }}"}}`, called("", status, receiptIn, "Authorization", "Basic czNjcmV0OnMzY3JldA=="), []*http.Request{
			called("", status, receiptIn), called("", status, receiptIn, "Authorization", "Basic czNjcmV0Og=="), called("", status, receiptIn, "Authorization", "Basic OnMzY3JldA=="),
		}},
		"hmac of the body": {"json", `{hmac: {header: X-Sign, prefix: "sha256=", key: "{{ secrets.k }}"}}`,
			called("", status, receiptIn, "X-Sign", "sha256="+signature("sha256", "hex", "s3cret", receiptIn)), []*http.Request{
				called("", status, receiptIn), called("", status, other, "X-Sign", "sha256="+signature("sha256", "hex", "s3cret", receiptIn)),
				called("", status, receiptIn, "X-Sign", "sha256="+signature("sha256", "hex", "other", receiptIn)),
				called("", status, receiptIn, "X-Sign", signature("sha256", "hex", "s3cret", receiptIn)),
				called("", status, receiptIn, "X-Sign", "sha256="), called("", status, receiptIn, "X-Sign", "sha256=zz"),
			}},
		"hmac sha1 base64": {"json", `{hmac: {header: X-Sign, key: "{{ secrets.k }}", hash: sha1, encoding: base64}}`,
			called("", status, receiptIn, "X-Sign", signature("sha1", "base64", "s3cret", receiptIn)), []*http.Request{
				called("", status, receiptIn, "X-Sign", signature("sha1", "hex", "s3cret", receiptIn)),
			}},
		"hmac of parameters, form": {"form", `{hmac: {parameter: sig, key: "{{ secrets.k }}", over: parameters}}`,
			called("", status, form.Encode()+"&sig="+strings.ToUpper(signature("sha256", "hex", "s3cret", signed))), []*http.Request{
				called("", status, form.Encode()), called("", status, form.Encode()+"&x=1&sig="+signature("sha256", "hex", "s3cret", signed)),
			}},
		"hmac of parameters, query": {"query", `{hmac: {parameter: sig, key: "{{ secrets.k }}", over: parameters, hash: md5}}`,
			called("GET", status+"?"+form.Encode()+"&sig="+signature("md5", "hex", "s3cret", signed), ""), []*http.Request{
				called("GET", status+"?"+form.Encode(), ""), called("GET", status+"?"+form.Encode()+"&sig="+signature("md5", "hex", "", signed), ""),
			}},
		"hmac of parameters, json": {"json", `{hmac: {parameter: sig, key: "{{ secrets.k }}", over: parameters}}`,
			called("", status, `{"id":"g-1","ref":"m=msg_1&p=3","state":"d","sig":"`+signature("sha256", "hex", "s3cret", signed)+`"}`), []*http.Request{
				called("", status, receiptIn), called("", status, `[]`), called("", status, ``),
			}},
		"token": {"jwt", `{jwt: {header: X-Token, prefix: "Bearer ", key: "{{ secrets.k }}"}}`,
			called("", status, other, "X-Token", "Bearer "+jwt(`{"alg":"HS256"}`, receiptIn, "s3cret")), []*http.Request{
				called("", status, receiptIn), called("", status, receiptIn, "X-Token", jwt(`{"alg":"HS256"}`, receiptIn, "s3cret")),
				called("", status, receiptIn, "X-Token", "Bearer "+jwt(`{"alg":"HS256"}`, receiptIn, "other")),
				called("", status, receiptIn, "X-Token", "Bearer "+jwt(`{"alg":"none"}`, receiptIn, "s3cret")),
				called("", status, receiptIn, "X-Token", "Bearer "+jwt(`{"alg":"HS256"}`, `{"exp":1778752000,"id":"g-1","state":"d"}`, "s3cret")),
				called("", status, receiptIn, "X-Token", "Bearer a.b"), called("", status, receiptIn, "X-Token", "Bearer ..")},
		},
		"token over the body": {"json", `{jwt: {header: X-Token, key: "{{ secrets.k }}", body_claim: hash}}`,
			called("", status, receiptIn, "X-Token", jwt(`{"alg":"HS256"}`, `{"exp":1778752790,"hash":"`+sha256hex(receiptIn)+`"}`, "s3cret")), []*http.Request{
				called("", status, other, "X-Token", jwt(`{"alg":"HS256"}`, `{"hash":"`+sha256hex(receiptIn)+`"}`, "s3cret")),
				called("", status, receiptIn, "X-Token", jwt(`{"alg":"HS256"}`, `{}`, "s3cret")),
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := asHooks(t, hooked(c.read, c.check))
			got, err := h.Receipts(c.good)
			if err != nil || len(got) != 1 || got[0].Reference != "m=msg_1&p=3" || got[0].ProviderID != "g-1" || got[0].State != channels.StateDelivered {
				t.Errorf("the gateway's own call: %+v, %v", got, err)
			}
			for i, r := range c.bad {
				if got, err := h.Receipts(r); !errors.Is(err, channels.ErrUnsigned) {
					t.Errorf("call %d: %+v, %v, want ErrUnsigned", i, got, err)
				}
			}
		})
	}
}

const byQuery = `{query: {name: key, value: "{{ secrets.k }}"}}`

func TestReceipts(t *testing.T) {
	t.Parallel()
	h := asHooks(t, hooked("json", byQuery)).(channels.Hooks)
	for body, want := range map[string]channels.Receipt{
		`{"id":1,"state":"q"}`:                       {State: channels.StateAccepted, Outcome: channels.Sent},
		`{"id":1,"state":"s","code":"5"}`:            {State: channels.StateSent, Outcome: channels.Sent},
		`{"id":1,"state":"d","at":1778752800.25}`:    {State: channels.StateDelivered, Outcome: channels.Sent, At: now},
		`{"id":1,"state":"u"}`:                       {State: channels.StateUndelivered, Outcome: channels.Permanent, Code: "u"},
		`{"id":1,"state":"u","code":5}`:              {State: channels.StateUndelivered, Outcome: channels.Permanent, Code: "5", BadAddress: true},
		`{"id":1,"state":"u","code":"6","at":"x"}`:   {State: channels.StateUndelivered, Outcome: channels.Permanent, Code: "6", OptedOut: true},
		`{"id":1,"state":"u","code":"7"}`:            {State: channels.StateUndelivered, Outcome: channels.Temporary, Code: "7"},
		`{"id":1,"state":"x","code":"8"}`:            {State: channels.StateFailed, Outcome: channels.Configuration, Code: "8"},
		`{"id":1,"state":"x","code":"99"}`:           {State: channels.StateFailed, Outcome: channels.Permanent, Code: "99", Alert: true, Reason: "refused by the network"},
		`{"id":1,"state":"x","code":"33612345678 "}`: {State: channels.StateFailed, Outcome: channels.Permanent, Code: "other", Alert: true},
	} {
		got, err := h.Receipt(called("", status+"?key=s3cret&m=msg_1&p=3", body))
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if (got.Reason == "") != (got.Outcome == channels.Sent) {
			t.Errorf("%s: reason %q", body, got.Reason)
		}
		if want.Reason == "" {
			got.Reason = ""
		}
		want.MessageID, want.ProviderID = "msg_1", "1"
		if got != want {
			t.Errorf("%s\n got %+v\nwant %+v", body, got, want)
		}
	}
	for _, body := range []string{``, `[]`, `{`, `{"id":1}`, `{"id":1,"state":"new"}`, `{"state":"d"}`, strings.Repeat("x", 65<<10)} {
		if _, err := h.Receipt(called("", status+"?key=s3cret", body)); !errors.Is(err, channels.ErrMalformed) {
			t.Errorf("%.20q: %v, want ErrMalformed", body, err)
		}
	}
}

func TestInbound(t *testing.T) {
	t.Parallel()
	h := asHooks(t, hooked("json", byQuery)).(channels.Hooks)
	for body, want := range map[string]channels.Inbound{
		textIn: {ProviderID: "i-1", From: "+33612345678", To: "38123", Text: "oui é 😀"},
		`{"id":"2","from":"+33612345678","to":"0033939000000"}`:  {ProviderID: "2", From: "+33612345678", To: "+33939000000"},
		`{"id":"3","from":"Banque","to":"33939000000","text":1}`: {ProviderID: "3", From: "Banque", To: "+33939000000", Text: "1"},
	} {
		if got, err := h.Inbound(called("", "/hooks/gw/sms?key=s3cret", body)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	if _, err := h.Inbound(called("", "/hooks/gw/sms?key=s3cret", `{"id":"1"}`)); !errors.Is(err, channels.ErrMalformed) {
		t.Errorf("nobody wrote: %v", err)
	}
	if _, err := h.Inbound(called("", "/hooks/gw/sms", textIn)); !errors.Is(err, channels.ErrUnsigned) {
		t.Errorf("unsigned: %v", err)
	}
}

// TestLists: one call tells of several messages.
func TestLists(t *testing.T) {
	t.Parallel()
	description := strings.Replace(hooked("json", byQuery), "  id: id\n", "  list: data.results\n  id: id\n", 1)
	h := asHooks(t, description)
	got, err := h.Receipts(called("", status+"?key=s3cret", `{"data":{"results":[{"id":1,"ref":"m=a&p=1","state":"d"},{"id":2,"ref":"m=b&p=2","state":"u"}]}}`))
	if err != nil || len(got) != 2 || got[0].Reference != "m=a&p=1" || got[1].State != channels.StateUndelivered {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := h.(channels.Hooks).Receipt(called("", status+"?key=s3cret", `{"data":{"results":[{"id":1,"state":"d"},{"id":2,"state":"u"}]}}`)); !errors.Is(err, channels.ErrMalformed) {
		t.Errorf("two are not one: %v", err)
	}
	for _, body := range []string{`{"data":{"results":[]}}`, `{"data":[]}`, `{"data":{"results":[{"id":1,"state":"d"},{"id":2}]}}`} {
		if got, err := h.Receipts(called("", status+"?key=s3cret", body)); !errors.Is(err, channels.ErrMalformed) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	asForms := func(d string) channels.FormedHooks { return asHooks(t, d).(channels.FormedHooks) }
	if got := asForms(hooked("json", byQuery)).ReceiptForm(); got != (channels.HookForm{Method: "POST", Status: 200}) {
		t.Errorf("json: %+v", got)
	}
	f := asForms(strings.Replace(hooked("query", byQuery), "  id: id\n", "  reply: {status: 202, content_type: text/xml, body: <ok/>}\n  id: id\n", 2))
	if got := f.ReceiptForm(); got != (channels.HookForm{Method: "GET", Status: 202, ContentType: "text/xml", Body: "<ok/>"}) || f.InboundForm() != got {
		t.Errorf("query: %+v", got)
	}
	mute := strings.Split(hooked("json", byQuery), "inbound:")[0]
	h := asHooks(t, mute)
	if _, err := h.Inbounds(called("", "/hooks/gw/sms?key=s3cret", textIn)); !errors.Is(err, channels.ErrMalformed) {
		t.Errorf("no inbound: %v", err)
	}
	if got := h.(channels.FormedHooks).InboundForm(); got != (channels.HookForm{}) {
		t.Errorf("no inbound: %+v", got)
	}
}

func TestReceiptTimes(t *testing.T) {
	t.Parallel()
	for format, v := range map[string]string{
		"unix": "1778752800", "unix_ms": "1778752800000", "rfc3339": "2026-05-14T12:00:00+02:00", `"2006-01-02 15:04:05"`: "2026-05-14 10:00:00",
	} {
		h := asHooks(t, strings.Replace(hooked("json", byQuery), "  at: at", "  at: at\n  at_format: "+format, 1)).(channels.Hooks)
		got, err := h.Receipt(called("", status+"?key=s3cret", `{"id":1,"state":"d","at":"`+v+`"}`))
		if err != nil || !got.At.Equal(now) {
			t.Errorf("%s: %v, %v", format, got.At, err)
		}
	}
}

func FuzzHooks(f *testing.F) {
	f.Add("json", receiptIn, "/hooks/gw/status?key=s3cret&m=a")
	f.Add("form", "id=1&state=d&from=33612345678", "/?key=s3cret")
	f.Add("query", "", "/?key=s3cret&id=1&state=u&code=5")
	f.Add("json", `{"id":{"a":[1]},"state":null}`, "/?key=x")
	hooks := map[string]channels.BatchHooks{}
	for _, read := range []string{"json", "form", "query"} {
		hooks[read] = asHooks(f, hooked(read, byQuery))
	}
	f.Fuzz(func(t *testing.T, read, body, target string) {
		h, ok := hooks[read]
		u, err := url.ParseRequestURI(target)
		if !ok || err != nil {
			t.Skip()
		}
		request := func() *http.Request {
			return &http.Request{Method: "POST", URL: u, Header: http.Header{}, Body: http.NoBody}
		}
		signed := u.Query().Get("key") == "s3cret"
		r := request()
		r.Body = called("", "/", body).Body
		got, err := h.Receipts(r)
		if err == nil && (!signed || got[0].ProviderID == "" || got[0].State.Rank() == 0) {
			t.Errorf("took %+v", got)
		}
		r = request()
		r.Body = called("", "/", body).Body
		if in, err := h.Inbounds(r); err == nil && (!signed || in[0].ProviderID == "" || in[0].From == "") {
			t.Errorf("took %+v", in)
		}
	})
}

func FuzzNew(f *testing.F) {
	f.Add(plain)
	f.Add(coded)
	f.Add(hooked("jwt", byQuery))
	f.Add("send: {url: '{{'}")
	f.Add("send: {json: [{$number: '{% for i in (1..9) %}{{ i }}{% endfor %}'}]}")
	f.Fuzz(func(t *testing.T, description string) {
		p, err := gateway.New(gateway.Settings{Name: "g", Description: []byte(description), Secrets: map[string]string{"k": "v"}})
		if err != nil {
			if p != nil || len(err.Error()) < 20 {
				t.Errorf("an error without words: %v", err)
			}
			return
		}
		if p.Name() != "g" {
			t.Error("a provider without its name")
		}
	})
}

// TestTheGatewaysOwnStops: what the gateway did about a STOP is told in its own words.
func TestTheGatewaysOwnStops(t *testing.T) {
	t.Parallel()
	h := asHooks(t, hooked("json", `{query: {name: key, value: "{{ secrets.k }}"}}`)+"  handled: optout.kind\n  handled_as: {OUT: stop, IN: start, INFO: help}\n")
	for word, want := range map[string]channels.Handled{"OUT": channels.HandledStop, "IN": channels.HandledStart, "INFO": channels.HandledHelp, "out": "", "": ""} {
		body := `{"id":"i-1","from":"33612345678","to":38123,"text":"stop","optout":{"kind":"` + word + `"}}`
		got, err := h.Inbounds(httptest.NewRequest(http.MethodPost, "/hooks/gw/sms?key=s3cret", strings.NewReader(body)))
		if err != nil || len(got) != 1 || got[0].Handled != want {
			t.Errorf("%q: %+v, %v", word, got, err)
		}
	}
}
