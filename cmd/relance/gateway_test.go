package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/channels/twilio/twiliotest"
	"relance/config"
	"relance/engine"
)

func around() surroundings {
	return surroundings{clock: engine.WallClock{}, log: slog.New(slog.DiscardHandler)}
}

// loaded is a configuration of SMS providers, read from a file as an operator writes it.
func loaded(t *testing.T, providers string, files map[string]string, environ ...string) config.Config {
	t.Helper()
	dir := t.TempDir()
	files["relance.yaml"] = "public_url: https://rdv.example.org\nsecret: 0123456789abcdef0123456789abcdef\nroles: [sms]\nproviders:\n" + providers
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "relance.yaml"), environ)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func carry(t *testing.T, cfg config.Config) *carriers {
	t.Helper()
	c, err := newCarriers(cfg, around())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.close() })
	return c
}

// TestGatewayIsTheReserve: Twilio is away, a described gateway carries the message; then
// Twilio does.
func TestGatewayIsTheReserve(t *testing.T) {
	t.Parallel()
	var away atomic.Bool
	away.Store(true)
	twilio := twiliotest.Start(twiliotest.Config{Fault: func(twiliotest.Message) *twiliotest.Fault {
		if away.Load() {
			return &twiliotest.Fault{Status: 503, Raw: "closed"}
		}
		return nil
	}})
	t.Cleanup(twilio.Close)
	vonage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		if r.PostForm.Get("api_secret") != "from:the,environment" || r.PostForm.Get("from") != "38123" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"message-count":"1","messages":[{"message-id":"V1","status":"0"}]}`)
	}))
	t.Cleanup(vonage.Close)
	cfg := loaded(t, `
  - {name: twilio, type: twilio, account_sid: `+twilio.AccountSID+`, auth_token: `+twilio.AuthToken+`, base_url: "`+twilio.URL+`", sender: "+33939000000"}
  - {name: spare, type: gateway, weight: 0, description: vonage, base_url: "`+vonage.URL+`", sender: "38123", secrets: {api_key: abcd1234, signature: s}}
`, map[string]string{}, "RELANCE_PROVIDERS_1_SECRETS_API_SECRET=from:the,environment")
	c := carry(t, cfg)
	m := channeltest.Message(channels.SMS, 1)
	if d := c.router.Send(t.Context(), m); d.Outcome != channels.Sent || d.Provider != "spare" || d.ProviderID != "V1" {
		t.Errorf("%+v", d)
	}
	away.Store(false)
	if d := c.router.Send(t.Context(), m); d.Outcome != channels.Sent || d.Provider != "twilio" {
		t.Errorf("back again: %+v", d)
	}
	if got := c.hooks(); len(got) != 2 || got["spare"] == nil {
		t.Errorf("hooks of %v", got)
	}
}

// TestASecondTwilioAccount is failover by one more entry: the first account is suspended.
func TestASecondTwilioAccount(t *testing.T) {
	t.Parallel()
	suspended := twiliotest.Start(twiliotest.Config{AccountSID: "AC1", AuthToken: "one", Fault: func(twiliotest.Message) *twiliotest.Fault {
		return &twiliotest.Fault{Status: 403, Code: 30002}
	}})
	t.Cleanup(suspended.Close)
	second := twiliotest.Start(twiliotest.Config{AccountSID: "AC2", AuthToken: "two"})
	t.Cleanup(second.Close)
	cfg := loaded(t, `
  - {name: twilio, type: twilio, account_sid: AC1, auth_token: one, base_url: "`+suspended.URL+`", sender: "+33939000000"}
  - {name: twilio-two, type: twilio, weight: 0, account_sid: AC2, auth_token: two, base_url: "`+second.URL+`", sender: "+33939000001"}
`, map[string]string{})
	c := carry(t, cfg)
	for i := range 3 {
		if d := c.router.Send(t.Context(), channeltest.Message(channels.SMS, i)); d.Outcome != channels.Sent || d.Provider != "twilio-two" {
			t.Errorf("%+v", d)
		}
	}
	if states := c.router.States(); !states[0].Paused || states[1].Paused || suspended.Refused() != 1 {
		t.Errorf("states %+v after %d tries of the first", states, suspended.Refused())
	}
	// A receipt signed by one account is not taken by the other's hook.
	form := url.Values{"AccountSid": {"AC1"}, "MessageSid": {"SM1"}, "MessageStatus": {"delivered"}}
	for name, good := range map[string]bool{"twilio": true, "twilio-two": false} {
		address := "https://rdv.example.org/hooks/" + name + "/status?m=a&p=1"
		r := httptest.NewRequest(http.MethodPost, strings.TrimPrefix(address, "https://rdv.example.org"), strings.NewReader(form.Encode()))
		r.Header.Set("X-Twilio-Signature", twiliotest.Signature("one", address, form))
		if _, err := c.hooks()[name].Receipt(r); (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDescriptionsAreToldWhole: every mistake of every description at once, with the
// setting's path, and no secret.
func TestDescriptionsAreToldWhole(t *testing.T) {
	t.Parallel()
	cfg := loaded(t, `
  - {name: one, type: gateway, description: ./one.yaml, sender: "38123", secrets: {tokn: zorglub}}
  - {name: two, type: gateway, description: gatewayapi, sender: "38123"}
`, map[string]string{"one.yaml": `
send: {url: "http://g.example/", form: {a: "{{ txt }}", k: "{{ secrets.token }}"}}
answer: {id: id}
`})
	_, err := newCarriers(cfg, around())
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"one.yaml: send.url: must begin with https", "one.yaml: send.form.a: there is no variable \"txt\"",
		"providers[0].secrets.token (RELANCE_PROVIDERS_0_SECRETS_TOKEN): is missing", "providers[0].secrets.tokn",
		"providers[1].secrets.token", "providers[1].secrets.webhook (RELANCE_PROVIDERS_1_SECRETS_WEBHOOK)",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "zorglub") {
		t.Error("a secret is told")
	}
}

// TestCheckTriesGateways: what serve --check does with them.
func TestCheckTriesGateways(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, _, _ := r.BasicAuth(); r.URL.Path != "/rest/me" || user != "right" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(s.Close)
	for token, good := range map[string]bool{"right": true, "wrong": false} {
		c := carry(t, loaded(t, `
  - {name: gw, type: gateway, description: gatewayapi, base_url: "`+s.URL+`", sender: "38123", secrets: {token: `+token+`, webhook: w}}
`, map[string]string{}))
		err := c.check(t.Context())
		if (err == nil) != good || !good && (!strings.Contains(err.Error(), "gw") || !strings.Contains(err.Error(), "secrets")) {
			t.Errorf("%s: %v", token, err)
		}
	}
}
