package gateway_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/config"
)

// shipped makes a provider of one of our descriptions at a server.
func shipped(t testing.TB, name string, s *server, secrets ...string) channels.Provider {
	t.Helper()
	text, err := config.Provider{Description: name}.ReadDescription()
	if err != nil {
		t.Fatal(err)
	}
	return provider(t, s, string(text), secrets...)
}

func TestEveryShippedDescriptionIsTested(t *testing.T) {
	t.Parallel()
	if got := config.ShippedGateways(); !slices.Equal(got, []string{"gatewayapi", "vonage"}) {
		t.Errorf("there are %v: a description without a server that speaks its API may be wrong", got)
	}
}

// gatewayAPI speaks the part of GatewayAPI's REST API that we use, as its documentation
// shows it (https://gatewayapi.com/docs/apis/rest/).
func gatewayAPI(t testing.TB, carried func(string)) *server {
	return serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		refuse := func(status int, code, message string) {
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "message": message, "incident_uuid": "d8127429-fa0c-4316-b1f2-e610c3958f43", "variables": []string{"33612345678"}})
		}
		user, pass, _ := r.BasicAuth()
		if user != "tok" || pass != "" {
			refuse(401, "0x0210", "Invalid username: %1")
			return
		}
		if r.Method == http.MethodGet && r.URL.Path == "/rest/me" {
			_, _ = io.WriteString(w, `{"credit":1234.56,"currency":"EUR","id":1}`)
			return
		}
		if r.Method != http.MethodPost || r.URL.Path != "/rest/mtsms" || r.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(404)
			return
		}
		body := arrivedBody(r)
		var m struct {
			Message    string `json:"message"`
			Sender     string `json:"sender"`
			Userref    string `json:"userref"`
			Encoding   string `json:"encoding"`
			Validity   *int   `json:"validity_period"`
			Recipients []struct {
				Msisdn int64 `json:"msisdn"`
			} `json:"recipients"`
		}
		dec := json.NewDecoder(strings.NewReader(body))
		dec.DisallowUnknownFields()
		if dec.Decode(&m) != nil || m.Message == "" || len(m.Recipients) != 1 || m.Recipients[0].Msisdn < 1e8 || len(m.Sender) > 15 ||
			m.Encoding != "UTF8" && m.Encoding != "UCS2" || m.Validity != nil && *m.Validity < 60 {
			refuse(422, "0x0222", "Missing required parameter %1")
			return
		}
		switch code := map[string]string{"credit": "0x0216", "blacklisted": "0x0215", "country": "0x0217"}[m.Message]; {
		case m.Message == "exception":
			refuse(500, "", "exception")
			return
		case code != "":
			refuse(403, code, "refused")
			return
		}
		carried(m.Message)
		_, _ = io.WriteString(w, `{"ids":[`+strconv.Itoa(421332670+n)+`],"usage":{"countries":{"FR":1},"currency":"EUR","total_cost":0.06}}`)
	})
}

// vonage speaks the part of Vonage's SMS API that we use, as its OpenAPI description has it
// (https://developer.vonage.com/en/api/sms): refusals come with 200.
func vonage(t testing.TB, carried func(string)) *server {
	return serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		say := func(fields string) { _, _ = io.WriteString(w, `{"message-count":"1","messages":[{`+fields+`}]}`) }
		if r.URL.Path == "/account/get-balance" {
			if q := r.URL.Query(); q.Get("api_key") != "abcd1234" || q.Get("api_secret") != "s3cr3t" {
				w.WriteHeader(401)
			}
			_, _ = io.WriteString(w, `{"value":10.28,"autoReload":false}`)
			return
		}
		form, err := url.ParseQuery(arrivedBody(r))
		if err != nil || r.URL.Path != "/sms/json" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			w.WriteHeader(404)
			return
		}
		known := []string{"api_key", "api_secret", "from", "to", "text", "type", "ttl", "client-ref"}
		ttl, _ := strconv.Atoi(form.Get("ttl"))
		switch code := map[string]string{"throttled": "1", "barred": "7", "credit": "9", "internal": "5", "future": "98"}[form.Get("text")]; {
		case form.Get("api_key") != "abcd1234" || form.Get("api_secret") != "s3cr3t":
			say(`"status":"4","error-text":"Bad Credentials"`)
		case form.Get("from") == "" || form.Get("text") == "":
			say(`"status":"2","error-text":"Missing param"`)
		case strings.Trim(form.Get("to"), "0123456789") != "" || len(form.Get("client-ref")) > 40 || form.Has("ttl") && ttl < 20000 ||
			slices.ContainsFunc(slices.Collect(maps.Keys(form)), func(k string) bool { return !slices.Contains(known, k) }):
			say(`"status":"3","error-text":"Invalid param"`)
		case code != "":
			say(`"status":"` + code + `","error-text":"refused"`)
		default:
			carried(form.Get("text"))
			say(`"to":"33600000001","message-id":"0A0000000123ABC` + strconv.Itoa(n) + `","status":"0","remaining-balance":"3.14","message-price":"0.03","network":"20801"`)
		}
	})
}

// arrivedBody is the body that serve has read already.
func arrivedBody(r *http.Request) string {
	return r.Context().Value(bodyKey{}).(string)
}

type carriedTexts struct {
	mu   sync.Mutex
	list []string
}

func (c *carriedTexts) add(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, s)
}

func (c *carriedTexts) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list)
}

var vonageSecrets = []string{"api_key", "abcd1234", "api_secret", "s3cr3t", "signature", "sign"}

func TestShippedDescriptions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serve   func(testing.TB, func(string)) *server
		secrets []string
	}{"gatewayapi": {gatewayAPI, []string{"token", "tok", "webhook", "hook"}}, "vonage": {vonage, vonageSecrets}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			channeltest.Run(t, func(t *testing.T) channeltest.Subject {
				texts := &carriedTexts{}
				return channeltest.Subject{Provider: shipped(t, name, c.serve(t, texts.add), c.secrets...), Carried: texts.all}
			})
		})
	}
}

// answersTo sends texts that make the server refuse.
func answersTo(t *testing.T, p channels.Provider, want map[string]channels.Answer) {
	t.Helper()
	for text, want := range want {
		m := channeltest.Message(channels.SMS, 1)
		m.Body, m.Callback, m.ValidFor = text, "https://rdv.example/hooks/gw/status?p=63&m=x", time.Hour
		m.ID = "msg_01JABCDEFGHJKMNPQRSTVWXYZ0" // as long as ours are
		got := p.Send(t.Context(), m)
		if want.ProviderID == "*" {
			want.ProviderID = got.ProviderID
		}
		if got.Reason = ""; got != want {
			t.Errorf("%s\n got %+v\nwant %+v", text, got, want)
		}
	}
}

func TestGatewayAPIAnswers(t *testing.T) {
	t.Parallel()
	s := gatewayAPI(t, func(string) {})
	p := shipped(t, "gatewayapi", s, "token", "tok", "webhook", "hook")
	answersTo(t, p, map[string]channels.Answer{
		"Bonjour":     {Outcome: channels.Sent, ProviderID: "*"},
		"Ж":           {Outcome: channels.Sent, ProviderID: "*"},
		"credit":      {Outcome: channels.Configuration, Code: "0x0216"},
		"blacklisted": {Outcome: channels.Permanent, Code: "0x0215", OptedOut: true},
		"country":     {Outcome: channels.Permanent, Code: "0x0217", Alert: true},
		"exception":   {Outcome: channels.Unknown, Code: "http 500"},
	})
	for _, r := range s.all() {
		var body map[string]any
		_ = json.Unmarshal([]byte(r.body), &body)
		want := "UTF8"
		if body["message"] == "Ж" {
			want = "UCS2"
		}
		if body["encoding"] != want || body["userref"] != "m=msg_01JABCDEFGHJKMNPQRSTVWXYZ0&p=63" || body["validity_period"] != 3600.0 {
			t.Errorf("%v", body)
		}
	}
	wrong := shipped(t, "gatewayapi", s, "token", "other", "webhook", "hook")
	answersTo(t, wrong, map[string]channels.Answer{"Bonjour": {Outcome: channels.Configuration, Code: "0x0210"}})
	if err := wrong.(channels.Checker).Check(t.Context()); err == nil {
		t.Error("a wrong token passes the check")
	}
}

// TestGatewayAPICalls reads the example of the documentation, the token of which is signed
// with "secret", and what we sign ourselves.
func TestGatewayAPICalls(t *testing.T) {
	t.Parallel()
	h := shipped(t, "gatewayapi", nil, "token", "tok", "webhook", "secret").(channels.Hooks)
	const documented = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpZCI6MjM4MTcwMywibXNpc2RuIjo0NTQyNjA5MDQ1LCJ0aW1lIjoxNTIyNzY0MDYyLCJzdGF0dXMiOiJERUxJVkVSRUQiLCJlcnJvciI6bnVsbCwiY29kZSI6bnVsbCwidXNlcnJlZiI6bnVsbCwiY2FsbGJhY2tfdXJsIjoiaHR0cDovL2JiYWY3MTQyLm5ncm9rLmlvIiwiYXBpIjo0fQ.KdfDH65bnQtgxEkFnpAQodOciAJedZFB13r9wEo8t3Y"
	got, err := h.Receipt(called("", status, `{}`, "X-Gwapi-Signature", documented))
	if want := (channels.Receipt{ProviderID: "2381703", State: channels.StateDelivered, Outcome: channels.Sent, At: time.Unix(1522764062, 0).UTC()}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	receipt := func(claims string) (channels.Receipt, error) {
		r, err := h.Receipt(called("", status, claims, "X-Gwapi-Signature", jwt(`{"typ":"JWT","alg":"HS256"}`, claims, "secret")))
		r.Reason, r.At = "", time.Time{}
		return r, err
	}
	for claims, want := range map[string]channels.Receipt{
		`{"id":1000001,"msisdn":33612345678,"time":1450000000,"status":"ENROUTE","userref":"m=msg_1&p=3"}`: {State: channels.StateSent, Outcome: channels.Sent},
		`{"id":1000001,"status":"BUFFERED","userref":"m=msg_1&p=3"}`:                                       {State: channels.StateAccepted, Outcome: channels.Sent},
		`{"id":1000001,"status":"EXPIRED","userref":"m=msg_1&p=3"}`:                                        {State: channels.StateUndelivered, Outcome: channels.Permanent, Code: "EXPIRED"},
		`{"id":1000001,"status":"UNDELIVERABLE","code":"0x1010","userref":"m=msg_1&p=3"}`:                  {State: channels.StateUndelivered, Outcome: channels.Permanent, Code: "0x1010", BadAddress: true},
		`{"id":1000001,"status":"UNDELIVERABLE","code":"0x1013","userref":"m=msg_1&p=3"}`:                  {State: channels.StateUndelivered, Outcome: channels.Temporary, Code: "0x1013"},
		`{"id":1000001,"status":"REJECTED","code":"0x1FFF","userref":"m=msg_1&p=3"}`:                       {State: channels.StateFailed, Outcome: channels.Permanent, Code: "0x1FFF", Alert: true},
	} {
		want.ProviderID, want.Reference = "1000001", "m=msg_1&p=3"
		if got, err := receipt(claims); err != nil || got != want {
			t.Errorf("%s\n got %+v, %v\nwant %+v", claims, got, err, want)
		}
	}
	mo := `{"id":1000001,"msisdn":33612345678,"receiver":451204,"message":"foo Hello World","senttime":1450000000,"webhook_label":"test","country_code":"FR","country_prefix":33}`
	in, err := h.Inbound(called("", "/hooks/gw/sms", mo, "X-Gwapi-Signature", jwt(`{"typ":"JWT","alg":"HS256"}`, mo, "secret")))
	if want := (channels.Inbound{ProviderID: "1000001", From: "+33612345678", To: "451204", Text: "foo Hello World"}); err != nil || in != want {
		t.Errorf("%+v, %v", in, err)
	}
	if _, err := h.Inbound(called("", "/hooks/gw/sms", mo)); !errors.Is(err, channels.ErrUnsigned) {
		t.Errorf("unsigned: %v", err)
	}
}

func TestVonageAnswers(t *testing.T) {
	t.Parallel()
	s := vonage(t, func(string) {})
	p := shipped(t, "vonage", s, vonageSecrets...)
	answersTo(t, p, map[string]channels.Answer{
		"Bonjour":   {Outcome: channels.Sent, ProviderID: "*"},
		"Ж":         {Outcome: channels.Sent, ProviderID: "*"},
		"throttled": {Outcome: channels.Temporary, Code: "1", Slower: true},
		"barred":    {Outcome: channels.Permanent, Code: "7", Alert: true},
		"credit":    {Outcome: channels.Configuration, Code: "9"},
		"internal":  {Outcome: channels.Unknown, Code: "5"},
		"future":    {Outcome: channels.Unknown, Code: "98", Alert: true},
	})
	for _, r := range s.all() {
		form, _ := url.ParseQuery(r.body)
		want := "text"
		if form.Get("text") == "Ж" {
			want = "unicode"
		}
		if form.Get("type") != want || form.Get("ttl") != "3600000" || form.Get("client-ref") != "m=msg_01JABCDEFGHJKMNPQRSTVWXYZ0&p=63" {
			t.Errorf("%v", form)
		}
	}
	wrong := shipped(t, "vonage", s, "api_key", "abcd1234", "api_secret", "other", "signature", "sign")
	answersTo(t, wrong, map[string]channels.Answer{"Bonjour": {Outcome: channels.Configuration, Code: "4"}})
	if err := wrong.(channels.Checker).Check(t.Context()); err == nil {
		t.Error("wrong credentials pass the check")
	}
}

// signedByVonage adds the signature of the documentation to a call.
func signedByVonage(call map[string]string) string {
	over := ""
	for _, name := range slices.Sorted(maps.Keys(call)) {
		over += "&" + name + "=" + strings.NewReplacer("&", "_", "=", "_").Replace(call[name])
	}
	call = maps.Clone(call)
	call["sig"] = strings.ToUpper(signature("sha256", "hex", "sign", over))
	body, _ := json.Marshal(call)
	return string(body)
}

func TestVonageCalls(t *testing.T) {
	t.Parallel()
	h := shipped(t, "vonage", nil, vonageSecrets...).(channels.Hooks)
	receipt := func(status, code string) map[string]string {
		return map[string]string{
			"msisdn": "33612345678", "to": "38123", "network-code": "20801", "messageId": "0A0000001234567B", "price": "0.03330000",
			"status": status, "scts": "2001011400", "err-code": code, "api-key": "abcd1234", "client-ref": "m=msg_1&p=3",
			"message-timestamp": "2020-01-01 12:00:00", "timestamp": "1582650446", "nonce": "ec11dd3e-1e7f-4db5-9467-82b02cd223b9",
		}
	}
	for _, c := range []struct {
		status, code string
		want         channels.Receipt
	}{
		{"accepted", "0", channels.Receipt{State: channels.StateSent, Outcome: channels.Sent}},
		{"delivered", "0", channels.Receipt{State: channels.StateDelivered, Outcome: channels.Sent}},
		{"failed", "2", channels.Receipt{State: channels.StateUndelivered, Outcome: channels.Temporary, Code: "2"}},
		{"failed", "3", channels.Receipt{State: channels.StateUndelivered, Outcome: channels.Permanent, Code: "3", BadAddress: true}},
		{"failed", "9", channels.Receipt{State: channels.StateUndelivered, Outcome: channels.Permanent, Code: "9", OptedOut: true}},
		{"rejected", "6", channels.Receipt{State: channels.StateFailed, Outcome: channels.Permanent, Code: "6", Alert: true}},
		{"expired", "", channels.Receipt{State: channels.StateUndelivered, Outcome: channels.Permanent, Code: "expired"}},
	} {
		got, err := h.Receipt(called("", status, signedByVonage(receipt(c.status, c.code))))
		c.want.ProviderID, c.want.Reference, got.Reason = "0A0000001234567B", "m=msg_1&p=3", ""
		if err != nil || got != c.want {
			t.Errorf("%s %s\n got %+v, %v\nwant %+v", c.status, c.code, got, err, c.want)
		}
	}
	text := map[string]string{
		"msisdn": "33612345678", "to": "33939000000", "messageId": "0A0000000123ABCD1", "text": "Oui & merci = 1", "type": "text",
		"keyword": "OUI", "message-timestamp": "2020-01-01 12:00:00", "api-key": "abcd1234", "timestamp": "1578787200", "nonce": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
	}
	in, err := h.Inbound(called("", "/hooks/gw/sms", signedByVonage(text)))
	if want := (channels.Inbound{ProviderID: "0A0000000123ABCD1", From: "+33612345678", To: "+33939000000", Text: "Oui & merci = 1"}); err != nil || in != want {
		t.Errorf("%+v, %v", in, err)
	}
	signed := signedByVonage(text)
	for name, body := range map[string]string{
		"changed":  strings.Replace(signed, "33612345678", "33612345679", 1),
		"unsigned": strings.Replace(signed, `"sig"`, `"gis"`, 1),
	} {
		if _, err := h.Inbound(called("", "/hooks/gw/sms", body)); !errors.Is(err, channels.ErrUnsigned) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAThirdGatewayTakesNoGo: another API, of another shape, from a description alone.
func TestAThirdGatewayTakesNoGo(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Header.Get("X-Ovh-Signature") != "$1$"+plainSHA1("as+ck+POST+http://"+r.Host+r.URL.Path+"+"+arrivedBody(r)+"+1778752800") {
			w.WriteHeader(403)
			return
		}
		_, _ = io.WriteString(w, `{"totalCreditsRemoved":1,"validReceivers":["+33600000001"],"invalidReceivers":[],"ids":[12]}`)
	})
	p := provider(t, s, `
send:
  url: https://eu.api.ovh.com/1.0/sms/{{ secrets.service }}/jobs
  headers: {X-Ovh-Application: "{{ secrets.application }}", X-Ovh-Consumer: "{{ secrets.consumer }}", X-Ovh-Timestamp: "{{ timestamp }}"}
  sign: {header: X-Ovh-Signature, prefix: $1$, hash: sha1, over: "{{ secrets.key }}+{{ secrets.consumer }}+{{ method }}+{{ url }}+{{ body }}+{{ timestamp }}"}
  json: {receivers: ["{{ to }}"], message: "{{ text }}", sender: "{{ from }}", noStopClause: true, tag: "{{ id }}"}
answer: {id: ids.0, statuses: {403: configuration}}
`, "service", "sms-ab1-1", "application", "ak", "consumer", "ck", "key", "as")
	if a := p.Send(t.Context(), channeltest.Message(channels.SMS, 1)); a.Outcome != channels.Sent || a.ProviderID != "12" || s.all()[0].path != "/1.0/sms/sms-ab1-1/jobs" {
		t.Errorf("%+v", a)
	}
}
