package twilio_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/channels/twilio"
	"relance/channels/twilio/twiliotest"
)

// hooked is a provider whose hooks listen, and what they received.
type hooked struct {
	*twilio.Provider
	server   *twiliotest.Server
	url      string
	receipts chan channels.Receipt
	inbound  chan channels.Inbound
	errs     chan error
}

func listen(t *testing.T) *hooked {
	t.Helper()
	h := &hooked{
		receipts: make(chan channels.Receipt, 16), inbound: make(chan channels.Inbound, 16), errs: make(chan error, 16),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hooks/status", func(w http.ResponseWriter, r *http.Request) {
		receipt, err := h.Receipt(r)
		answer(h, w, h.receipts, receipt, err)
	})
	mux.HandleFunc("POST /hooks/sms", func(w http.ResponseWriter, r *http.Request) {
		in, err := h.Inbound(r)
		answer(h, w, h.inbound, in, err)
	})
	public := httptest.NewServer(mux)
	t.Cleanup(public.Close)
	h.url = public.URL
	h.Provider, h.server = start(t, twiliotest.Config{}, func(s *twilio.Settings) { s.PublicURL = public.URL })
	return h
}

func answer[T any](h *hooked, w http.ResponseWriter, to chan T, v T, err error) {
	if err != nil {
		h.errs <- err
		w.WriteHeader(http.StatusForbidden)
		return
	}
	to <- v
	w.WriteHeader(http.StatusNoContent)
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	h := listen(t)
	m := channeltest.Message(channels.SMS, 1)
	m.Callback = h.url + "/hooks/status"
	sid := h.Send(t.Context(), m).ProviderID
	for _, c := range []struct {
		status string
		code   int
		want   channels.Receipt
	}{
		{"queued", 0, channels.Receipt{State: channels.StateAccepted, Outcome: channels.Sent}},
		{"sending", 0, channels.Receipt{State: channels.StateAccepted, Outcome: channels.Sent}},
		{"sent", 0, channels.Receipt{State: channels.StateSent, Outcome: channels.Sent}},
		{"delivered", 0, channels.Receipt{State: channels.StateDelivered, Outcome: channels.Sent}},
		{"undelivered", 30003, channels.Receipt{State: channels.StateUndelivered, Outcome: channels.Temporary, Code: "30003"}},
		{"undelivered", 30005, channels.Receipt{State: channels.StateUndelivered, Outcome: channels.Permanent, Code: "30005", BadAddress: true}},
		{"undelivered", 30006, channels.Receipt{State: channels.StateUndelivered, Outcome: channels.Permanent, Code: "30006", BadAddress: true}},
		{"undelivered", 30007, channels.Receipt{State: channels.StateUndelivered, Outcome: channels.Permanent, Code: "30007", Alert: true}},
		{"undelivered", 30036, channels.Receipt{State: channels.StateUndelivered, Outcome: channels.Permanent, Code: "30036"}},
		{"failed", 30002, channels.Receipt{State: channels.StateFailed, Outcome: channels.Configuration, Code: "30002"}},
		{"failed", 21610, channels.Receipt{State: channels.StateFailed, Outcome: channels.Permanent, Code: "21610", OptedOut: true}},
		{"failed", 39999, channels.Receipt{State: channels.StateFailed, Outcome: channels.Permanent, Code: "39999", Alert: true}},
		{"undelivered", 0, channels.Receipt{State: channels.StateUndelivered, Outcome: channels.Permanent, Alert: true}},
	} {
		status, err := h.server.Receipt(t.Context(), sid, c.status, c.code)
		if err != nil || status != http.StatusNoContent {
			t.Fatalf("%s %d: answer %d, %v", c.status, c.code, status, err)
		}
		got := <-h.receipts
		if failed := got.Outcome != channels.Sent; failed != (got.Reason != "") {
			t.Errorf("%s %d: reason %q", c.status, c.code, got.Reason)
		}
		c.want.MessageID, c.want.ProviderID, got.Reason = m.ID, sid, ""
		if got != c.want {
			t.Errorf("%s %d:\n got %+v\nwant %+v", c.status, c.code, got, c.want)
		}
	}
}

func TestInbound(t *testing.T) {
	t.Parallel()
	h := listen(t)
	if _, err := h.server.Inbound(t.Context(), h.url+"/hooks/sms", "SM1", "+33612345678", "38123", "oui é 😀"); err != nil {
		t.Fatal(err)
	}
	want := channels.Inbound{ProviderID: "SM1", From: "+33612345678", To: "38123", Text: "oui é 😀"}
	if got := <-h.inbound; got != want {
		t.Errorf("got %+v", got)
	}
}

// TestTwiliosOwnOptOuts: with Advanced Opt-Out, Twilio answers STOP, START and HELP itself and says so.
func TestTwiliosOwnOptOuts(t *testing.T) {
	t.Parallel()
	p, err := twilio.New(twilio.Settings{AccountSID: "AC1", AuthToken: "t", PublicURL: "https://rdv.example"})
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]channels.Handled{
		"STOP": channels.HandledStop, "START": channels.HandledStart, "HELP": channels.HandledHelp, "": "", "LATER": "",
	} {
		form := url.Values{"AccountSid": {"AC1"}, "MessageSid": {"SM1"}, "From": {"+33612345678"}, "Body": {"Arrêt"}, "OptOutType": {kind}}
		r := httptest.NewRequest(http.MethodPost, "/hooks/sms", strings.NewReader(form.Encode()))
		r.Header.Set("X-Twilio-Signature", twiliotest.Signature("t", "https://rdv.example/hooks/sms", form))
		if got, err := p.Inbound(r); err != nil || got.Handled != want {
			t.Errorf("%q: handled %q, %v", kind, got.Handled, err)
		}
	}
}

func TestHooksRefuseTheUnsigned(t *testing.T) {
	t.Parallel()
	h := listen(t)
	form := url.Values{"AccountSid": {h.server.AccountSID}, "MessageSid": {"SM1"}, "From": {"+33612345678"}, "Body": {"1"}}
	post := func(signature string, form url.Values) error {
		r := httptest.NewRequest(http.MethodPost, "/hooks/sms", strings.NewReader(form.Encode()))
		r.Header.Set("X-Twilio-Signature", signature)
		_, err := h.Provider.Inbound(r)
		return err
	}
	good := twiliotest.Signature(h.server.AuthToken, h.url+"/hooks/sms", form)
	if err := post(good, form); err != nil {
		t.Fatalf("a good signature: %v", err)
	}
	changed := url.Values{"AccountSid": {h.server.AccountSID}, "MessageSid": {"SM1"}, "From": {"+33612345678"}, "Body": {"3"}}
	foreign := url.Values{"AccountSid": {"AC9"}, "MessageSid": {"SM1"}, "From": {"+33612345678"}}
	for name, err := range map[string]error{
		"none":            post("", form),
		"another token":   post(twiliotest.Signature("other", h.url+"/hooks/sms", form), form),
		"another path":    post(twiliotest.Signature(h.server.AuthToken, h.url+"/hooks/status", form), form),
		"changed form":    post(good, changed),
		"another account": post(twiliotest.Signature(h.server.AuthToken, h.url+"/hooks/sms", foreign), foreign),
	} {
		if !errors.Is(err, channels.ErrUnsigned) {
			t.Errorf("%s: error %v, want ErrUnsigned", name, err)
		}
	}
	long := url.Values{"Body": {strings.Repeat("x", 65<<10)}}
	if err := post("x", long); !errors.Is(err, channels.ErrMalformed) {
		t.Errorf("too long: %v", err)
	}
	empty := url.Values{"AccountSid": {h.server.AccountSID}}
	if err := post(twiliotest.Signature(h.server.AuthToken, h.url+"/hooks/sms", empty), empty); !errors.Is(err, channels.ErrMalformed) {
		t.Errorf("signed but empty: %v", err)
	}
}

// TestPublicURL: what Twilio signed is the outside address, whatever the proxy left of it.
func TestPublicURL(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		public, signed, seen string
		headers              map[string]string
	}{
		"plain":             {"https://rdv.example", "https://rdv.example/hooks/sms?org=o1", "/hooks/sms?org=o1", nil},
		"a slash too many":  {"https://rdv.example/", "https://rdv.example/hooks/sms", "/hooks/sms", nil},
		"prefix taken off":  {"https://example.org/rdv", "https://example.org/rdv/hooks/sms", "/hooks/sms", nil},
		"prefix left":       {"https://example.org/rdv", "https://example.org/rdv/hooks/sms", "/rdv/hooks/sms", nil},
		"port made visible": {"https://rdv.example", "https://rdv.example:443/hooks/sms", "/hooks/sms", nil},
		"nothing set":       {"", "https://example.com/hooks/sms", "/hooks/sms", nil},
		"http seen inside":  {"https://rdv.example", "https://rdv.example/hooks/sms", "/hooks/sms", map[string]string{"X-Forwarded-Proto": "http", "X-Forwarded-Host": "inner:8080"}},
		"told by the proxy": {"", "http://rdv.example/hooks/sms", "/hooks/sms", map[string]string{"X-Forwarded-Proto": "http, https", "X-Forwarded-Host": "rdv.example, inner"}},
	} {
		p, err := twilio.New(twilio.Settings{AccountSID: "AC1", AuthToken: "t", PublicURL: c.public})
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"AccountSid": {"AC1"}, "MessageSid": {"SM1"}, "From": {"+33612345678"}}
		r := httptest.NewRequest(http.MethodPost, c.seen, strings.NewReader(form.Encode()))
		r.Header.Set("X-Twilio-Signature", twiliotest.Signature("t", c.signed, form))
		for name, value := range c.headers {
			r.Header.Set(name, value)
		}
		if _, err := p.Inbound(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzHooks(f *testing.F) {
	f.Add("/hooks/sms?m=a", "MessageSid=SM1&From=%2B336&MessageStatus=sent&AccountSid=AC1", true)
	f.Add("/%zz", "a;b&%", false)
	f.Add("/?bodySHA256=00", "MessageStatus=failed&ErrorCode=x&MessageSid=1&AccountSid=AC1", true)
	p, err := twilio.New(twilio.Settings{AccountSID: "AC1", AuthToken: "t", PublicURL: "https://rdv.example"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target, body string, sign bool) {
		form, _ := url.ParseQuery(body)
		request := func() *http.Request {
			r := &http.Request{
				Method: http.MethodPost, URL: &url.URL{Path: target}, RequestURI: target, Host: "rdv.example",
				Header: http.Header{}, Body: http.NoBody,
			}
			r.Body = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)).Body
			if sign {
				r.Header.Set("X-Twilio-Signature", twiliotest.Signature("t", "https://rdv.example"+target, form))
			}
			return r
		}
		receipt, err := p.Receipt(request())
		if err == nil && (!sign || receipt.ProviderID == "" || receipt.State.Rank() == 0) {
			t.Errorf("took %+v", receipt)
		}
		if in, err := p.Inbound(request()); err == nil && (!sign || in.ProviderID == "" || in.From == "") {
			t.Errorf("took %+v", in)
		}
	})
}
