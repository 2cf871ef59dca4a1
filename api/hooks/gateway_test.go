package hooks_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"relance/api/hooks"
	"relance/channels"
	"relance/channels/gateway"
	"relance/engine"
)

const described = `
send: {url: "https://g.example/", form: {t: "{{ text }}", ref: "{{ reference }}"}}
answer: {id: id}
receipts:
  check: {query: {name: key, value: "{{ secrets.k }}"}}
  list: all
  id: id
  reference: ref
  state: state
  states: {s: sent, d: delivered, u: undelivered bad_address}
inbound:
  read: query
  check: {query: {name: key, value: "{{ secrets.k }}"}}
  reply: {status: 202, content_type: text/xml, body: <ok/>}
  id: id
  from: from
  to: to
  text: text
`

// gatewayWorld is the hooks of a described gateway.
func gatewayWorld(t *testing.T, description string) *world {
	t.Helper()
	p, err := gateway.New(gateway.Settings{Name: "gw", Description: []byte(description), Secrets: map[string]string{"k": "s3cret"}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{verbs: &verbs{}, log: &bytes.Buffer{}}
	w.handler = hooks.Handler(map[string]channels.Hooks{"gw": p.(channels.Hooks)}, w.verbs, hooks.Options{Log: slog.New(slog.NewTextHandler(w.log, nil))})
	return w
}

func (w *world) call(method, target, body string) *http.Response {
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, httptest.NewRequest(method, target, strings.NewReader(body)))
	return rec.Result()
}

// TestManyReceiptsInOneCall: each finds its message by the reference it brings back; what
// is not ours or can never be applied does not hold up the others.
func TestManyReceiptsInOneCall(t *testing.T) {
	t.Parallel()
	w := gatewayWorld(t, described)
	const body = `{"all":[{"id":1,"ref":"m=msg_1&p=3","state":"d"},{"id":2,"ref":"","state":"d"},{"id":3,"ref":"m=msg_3&p=99","state":"d"},{"id":4,"ref":"m=msg_4&p=63","state":"u"}]}`
	if r := w.call("POST", "/hooks/gw/status?key=s3cret", body); r.StatusCode != http.StatusOK {
		t.Fatalf("status %d, log %s", r.StatusCode, w.log)
	}
	got := w.verbs.receipts
	if len(got) != 2 || got[0].id != "msg_1" || got[0].p != 3 || got[1].id != "msg_4" || got[1].p != 63 || !got[1].r.BadAddress || got[1].r.State != engine.MessageUndelivered {
		t.Errorf("received %+v", got)
	}
	w.verbs.err = &engine.Error{Code: engine.CodeInvalid}
	if r := w.call("POST", "/hooks/gw/status?key=s3cret", body); r.StatusCode != http.StatusOK {
		t.Errorf("what can never be applied is asked for again: %d", r.StatusCode)
	}
	w.verbs.err = &engine.Error{Code: engine.CodeUnavailable}
	if r := w.call("POST", "/hooks/gw/status?key=s3cret", body); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("what may be applied later: %d, want 503", r.StatusCode)
	}
	for target, want := range map[string]int{"/hooks/gw/status?key=no": 403, "/hooks/gw/status": 403} {
		if r := w.call("POST", target, body); r.StatusCode != want {
			t.Errorf("%s: %d", target, r.StatusCode)
		}
	}
	for _, alone := range []string{`{"all":[{"id":2,"state":"d"}]}`, `{"all":[]}`, `{`} {
		if r := w.call("POST", "/hooks/gw/status?key=s3cret", alone); r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", alone, r.StatusCode)
		}
	}
}

// TestTheGatewaysOwnForm: its method and the answer it waits for.
func TestTheGatewaysOwnForm(t *testing.T) {
	t.Parallel()
	w := gatewayWorld(t, described)
	const target = "/hooks/gw/sms?key=s3cret&id=i-1&from=33639980001&to=38123&text=Oui"
	r := w.call("GET", target, "")
	body, _ := io.ReadAll(r.Body)
	if r.StatusCode != 202 || string(body) != "<ok/>" || r.Header.Get("Content-Type") != "text/xml" {
		t.Errorf("answered %d %q", r.StatusCode, body)
	}
	want := engine.Inbound{Provider: "gw", ProviderID: "i-1", From: number, To: "38123", Text: "Oui"}
	if len(w.verbs.texts) != 1 || w.verbs.texts[0] != want {
		t.Errorf("replied %+v", w.verbs.texts)
	}
	for _, method := range []string{"POST", "HEAD", "PUT"} {
		if r := w.call(method, target, ""); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET" {
			t.Errorf("%s: %d, Allow %q", method, r.StatusCode, r.Header.Get("Allow"))
		}
	}
	if r := w.call("GET", "/hooks/gw/status?key=s3cret", ""); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "POST" {
		t.Errorf("receipts by GET: %d", r.StatusCode)
	}
}

// TestReceiptsInAnyOrder: doubled and reordered receipts, and one before the answer to its
// send, each reach the engine, which ranks them.
func TestReceiptsInAnyOrder(t *testing.T) {
	t.Parallel()
	description := strings.Replace(described, "form: {t", "form: {c: \"{% if callback %}{{ callback }}{% endif %}\", t", 1)
	description = strings.Replace(strings.Replace(description, "  list: all\n", "", 1), "  reference: ref\n", "", 1)
	var public *httptest.Server
	early := make(chan int, 1)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		resp, err := http.Post(r.PostForm.Get("c"), "application/json", strings.NewReader(`{"id":"g-1","state":"d"}`))
		if err == nil {
			resp.Body.Close()
			early <- resp.StatusCode
		}
		_, _ = io.WriteString(w, `{"id":"g-1"}`)
	}))
	defer api.Close()
	p, err := gateway.New(gateway.Settings{Name: "gw", Description: []byte(description), Secrets: map[string]string{"k": "s3cret"}, BaseURL: api.URL, Sender: "38123"})
	if err != nil {
		t.Fatal(err)
	}
	v := &verbs{}
	public = httptest.NewServer(hooks.Handler(map[string]channels.Hooks{"gw": p.(channels.Hooks)}, v, hooks.Options{}))
	defer public.Close()
	callback := hooks.StatusURL(public.URL, "gw", 63, "msg_9")
	a := p.Send(t.Context(), channels.Message{ID: "msg_9", Channel: channels.SMS, To: number, Body: "Bonjour", Callback: callback})
	if a.Outcome != channels.Sent || <-early != http.StatusOK {
		t.Fatalf("%+v", a)
	}
	for _, state := range []string{"s", "d", "s"} {
		resp, err := http.Post(callback+"&key=s3cret", "application/json", strings.NewReader(`{"id":"g-1","state":"`+state+`"}`))
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v", state, err)
		}
		resp.Body.Close()
	}
	var states []engine.MessageState
	for _, r := range v.receipts {
		if r.id != "msg_9" || r.p != 63 || r.r.ProviderID != "g-1" {
			t.Errorf("received %+v", r)
		}
		states = append(states, r.r.State)
	}
	if len(states) != 4 || states[0] != engine.MessageDelivered || states[3] != engine.MessageSent {
		t.Errorf("states %v", states)
	}
}
