package hooks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"relance/api/hooks"
	"relance/channels"
	"relance/channels/twilio"
	"relance/channels/twilio/twiliotest"
	"relance/engine"
)

const (
	account = "AC00000000000000000000000000000001"
	token   = "0123456789abcdef0123456789abcdef"
	base    = "https://rdv.example.org"
	number  = "+33639980001"
)

var _ hooks.Engine = (*engine.Engine)(nil)

type receipt struct {
	p  engine.Partition
	id engine.MessageID
	r  engine.Receipt
}

// verbs notes what it is asked and answers err.
type verbs struct {
	mu       sync.Mutex
	err      error
	receipts []receipt
	texts    []engine.Inbound
}

func (v *verbs) Receive(_ context.Context, p engine.Partition, id engine.MessageID, r engine.Receipt) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.receipts = append(v.receipts, receipt{p, id, r})
	return v.err
}

func (v *verbs) Reply(_ context.Context, in engine.Inbound) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.texts = append(v.texts, in)
	return v.err
}

func (v *verbs) called() int { return len(v.receipts) + len(v.texts) }

type world struct {
	handler http.Handler
	verbs   *verbs
	log     *bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	p, err := twilio.New(twilio.Settings{AccountSID: account, AuthToken: token, PublicURL: base})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{verbs: &verbs{}, log: &bytes.Buffer{}}
	w.handler = hooks.Handler(map[string]channels.Hooks{"twilio": p}, w.verbs,
		hooks.Options{Log: slog.New(slog.NewTextHandler(w.log, nil))})
	return w
}

// post sends a form as Twilio would to address; signedFor is the address in its signature.
func (w *world) post(t *testing.T, address, signedFor string, form url.Values) *http.Response {
	t.Helper()
	path := strings.TrimPrefix(address, base)
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if signedFor != "" {
		r.Header.Set("X-Twilio-Signature", twiliotest.Signature(token, signedFor, form))
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec.Result()
}

func statusForm(status string) url.Values {
	return url.Values{"MessageSid": {"SM1"}, "MessageStatus": {status}, "AccountSid": {account}, "To": {number}}
}

func textForm() url.Values {
	return url.Values{"MessageSid": {"SM2"}, "AccountSid": {account}, "From": {number}, "To": {"38123"}, "Body": {"Oui"}}
}

func problem(t *testing.T, r *http.Response) string {
	t.Helper()
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %q", got)
	}
	var p struct {
		Type, Title, Detail, Code string
		Status                    int
	}
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		t.Fatal(err)
	}
	if p.Status != r.StatusCode || p.Type == "" || p.Title == "" || p.Detail == "" {
		t.Errorf("an incomplete problem: %+v", p)
	}
	return p.Code
}

func TestReceiptsReachTheirMessage(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]engine.MessageState{
		"queued": engine.MessageSent, "sent": engine.MessageSent, "delivered": engine.MessageDelivered,
		"undelivered": engine.MessageUndelivered, "failed": engine.MessageFailed,
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			address := hooks.StatusURL(base, "twilio", 17, "msg_1")
			if r := w.post(t, address, address, statusForm(status)); r.StatusCode != http.StatusNoContent {
				t.Fatalf("status %d, log %s", r.StatusCode, w.log)
			}
			if len(w.verbs.receipts) != 1 {
				t.Fatalf("%d receipts", len(w.verbs.receipts))
			}
			got := w.verbs.receipts[0]
			if got.p != 17 || got.id != "msg_1" || got.r.ProviderID != "SM1" || got.r.State != want {
				t.Errorf("received %+v, want state %s of msg_1 in partition 17", got, want)
			}
		})
	}
}

func TestReceiptTellsWhatTheCodeMeans(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := statusForm("undelivered")
	form.Set("ErrorCode", "30005")
	address := hooks.StatusURL(base, "twilio", 0, "msg_1")
	w.post(t, address, address, form)
	if got := w.verbs.receipts[0].r; !got.BadAddress || got.Code != "30005" || got.Reason == "" || got.Later {
		t.Errorf("received %+v, want a bad address with its code and reason", got)
	}
	form.Set("ErrorCode", "30003") // the phone is off
	w.post(t, address, address, form)
	if got := w.verbs.receipts[1].r; got.BadAddress || !got.Later {
		t.Errorf("received %+v, want one to try again later", got)
	}
}

func TestTextsThatTwilioAnsweredSaySo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address, form := hooks.SMSURL(base, "twilio"), textForm()
	form.Set("OptOutType", "STOP")
	w.post(t, address, address, form)
	if len(w.verbs.texts) != 1 || w.verbs.texts[0].Handled != engine.HandledStop {
		t.Errorf("replied %+v", w.verbs.texts)
	}
}

func TestTextsAreAnsweredWithEmptyTwiML(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := hooks.SMSURL(base, "twilio")
	r := w.post(t, address, address, textForm())
	body, _ := io.ReadAll(r.Body)
	if r.StatusCode != http.StatusOK || !strings.Contains(string(body), "<Response/>") || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/xml") {
		t.Errorf("answered %d %q %q", r.StatusCode, r.Header.Get("Content-Type"), body)
	}
	want := engine.Inbound{Provider: "twilio", ProviderID: "SM2", From: number, To: "38123", Text: "Oui"}
	if len(w.verbs.texts) != 1 || w.verbs.texts[0] != want {
		t.Errorf("replied %+v, want %+v", w.verbs.texts, want)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	status, sms := hooks.StatusURL(base, "twilio", 3, "msg_1"), hooks.SMSURL(base, "twilio")
	cases := []struct {
		name, address, signed string
		form                  url.Values
		status                int
		code                  string
	}{
		{"no signature", status, "", statusForm("sent"), 403, "unsigned"},
		{"no signature on a text", sms, "", textForm(), 403, "unsigned"},
		{"signed for the address inside the proxy", status, strings.Replace(status, "https", "http", 1), statusForm("sent"), 403, "unsigned"},
		{"signed for another message", status, hooks.StatusURL(base, "twilio", 3, "msg_2"), statusForm("sent"), 403, "unsigned"},
		{"unknown provider", hooks.StatusURL(base, "other", 3, "msg_1"), "", statusForm("sent"), 404, "unknown_provider"},
		{"unknown path", base + "/hooks/twilio/else", "", nil, 404, "not_found"},
		{"unknown status", status, status, statusForm("vanished"), 400, "malformed"},
		{"no message", base + "/hooks/twilio/status?p=3", base + "/hooks/twilio/status?p=3", statusForm("sent"), 400, "malformed"},
		{"no partition", base + "/hooks/twilio/status?m=a", base + "/hooks/twilio/status?m=a", statusForm("sent"), 400, "malformed"},
		{"partition 64", base + "/hooks/twilio/status?m=a&p=64", base + "/hooks/twilio/status?m=a&p=64", statusForm("sent"), 400, "malformed"},
		{"a huge body", sms, sms, url.Values{"Body": {strings.Repeat("a", 70<<10)}}, 400, "malformed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.post(t, c.address, c.signed, c.form)
			if r.StatusCode != c.status {
				t.Errorf("status %d, want %d", r.StatusCode, c.status)
			}
			if got := problem(t, r); got != c.code {
				t.Errorf("code %q, want %q", got, c.code)
			}
			if w.verbs.called() != 0 {
				t.Error("a refused request reached the engine")
			}
			if strings.Contains(w.log.String(), number) || strings.Contains(w.log.String(), "Oui") {
				t.Errorf("the log holds a number or a text: %s", w.log)
			}
			if c.code == "unsigned" && !strings.Contains(w.log.String(), "public_url") {
				t.Errorf("the log does not say which setting to look at: %s", w.log)
			}
		})
	}
}

func TestEngineFailuresAskForAnotherCallOrNot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
	}{
		{&engine.Error{Code: engine.CodeUnavailable}, 503},
		{&engine.Error{Code: engine.CodeConflict}, 503},
		{errors.New("a defect"), 503},
		{&engine.Error{Code: engine.CodeInvalid}, 422},
		{&engine.Error{Code: engine.CodeNotFound}, 422},
	} {
		for _, path := range []string{hooks.StatusURL(base, "twilio", 3, "msg_1"), hooks.SMSURL(base, "twilio")} {
			w := newWorld(t)
			w.verbs.err = c.err
			form := textForm()
			form.Set("MessageStatus", "sent")
			r := w.post(t, path, path, form)
			if r.StatusCode != c.status {
				t.Errorf("%v: status %d, want %d", c.err, r.StatusCode, c.status)
			}
			if again := r.Header.Get("Retry-After") != ""; again != (c.status == 503) {
				t.Errorf("%v: Retry-After is there: %v", c.err, again)
			}
		}
	}
}

func TestOnlyPost(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/hooks/twilio/status", "/hooks/twilio/sms"} {
		w := newWorld(t)
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") != "POST" {
			t.Errorf("GET %s: %d, Allow %q", path, rec.Code, rec.Header().Get("Allow"))
		}
	}
}

// The whole way: the provider adds the message to the callback's address itself, a server
// that speaks Twilio's API signs and posts the receipt.
func TestARealReceiptComesBack(t *testing.T) {
	t.Parallel()
	api := twiliotest.Start(twiliotest.Config{})
	defer api.Close()
	v := &verbs{}
	var handler http.Handler
	public := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	defer public.Close()
	p, err := twilio.New(twilio.Settings{
		AccountSID: api.AccountSID, AuthToken: api.AuthToken, BaseURL: api.URL, Sender: "38123", PublicURL: public.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	handler = hooks.Handler(map[string]channels.Hooks{"twilio": p}, v, hooks.Options{})
	answer := p.Send(t.Context(), channels.Message{
		ID: "msg_9", Channel: channels.SMS, To: number, Body: "Bonjour",
		Callback: hooks.StatusURL(public.URL, "twilio", 63, "msg_9"),
	})
	if answer.Outcome != channels.Sent {
		t.Fatalf("sending: %+v", answer)
	}
	code, err := api.Receipt(t.Context(), answer.ProviderID, "delivered", 0)
	if err != nil || code != http.StatusNoContent {
		t.Fatalf("the receipt was answered %d, %v", code, err)
	}
	if len(v.receipts) != 1 || v.receipts[0].p != 63 || v.receipts[0].id != "msg_9" || v.receipts[0].r.State != engine.MessageDelivered {
		t.Errorf("received %+v", v.receipts)
	}
}

func ExampleStatusURL() {
	fmt.Println(hooks.StatusURL("https://rdv.example.org/", "twilio", 17, "msg_1"))
	// Output: https://rdv.example.org/hooks/twilio/status?m=msg_1&p=17
}
