package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/channels/gateway"
)

// TestProvider runs the common suite over each way to write a request.
func TestProvider(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		description string
		text        func(seen) string
	}{
		"json": {plain, func(r seen) string {
			var body struct{ Text string }
			_ = json.Unmarshal([]byte(r.body), &body)
			return body.Text
		}},
		"form": {`{send: {url: "https://g.example/", form: {a: "{{ text }}", to: "{{ to }}"}}, answer: {id: id}}`, func(r seen) string {
			form, _ := url.ParseQuery(r.body)
			return form.Get("a")
		}},
		"query": {`{send: {method: get, url: "https://g.example/", query: {a: "{{ text }}", to: "{{ to }}"}}, answer: {id: id}}`, func(r seen) string {
			return r.query.Get("a")
		}},
		"address": {`{send: {url: "https://g.example/send?a={{ text }}&to={{ to }}"}, answer: {id: id}}`, func(r seen) string {
			return r.query.Get("a")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			channeltest.Run(t, func(t *testing.T) channeltest.Subject {
				s := serve(t, nil)
				return channeltest.Subject{Provider: provider(t, s, c.description), Carried: func() (all []string) {
					for _, r := range s.all() {
						all = append(all, c.text(r))
					}
					return all
				}}
			})
		})
	}
}

func TestSendWritesTheRequest(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	p := provider(t, s, `
send:
  method: put
  url: https://g.example/v1/{{ secrets.account }}/sms
  query: {dry: "", key: "{{ secrets.key }}"}
  headers: {X-Time: "{{ timestamp }}", X-None: "{% if callback %}{% endif %}", X-Ref: "{{ reference }}"}
  auth: {bearer: "{{ secrets.token }}"}
  sign: {header: X-Sign, prefix: "v1=", key: "{{ secrets.key }}", over: "{{ method }} {{ timestamp }} {{ body }}", hash: sha512, encoding: base64}
  json:
    to: [{msisdn: {$number: '{{ to | remove: "+" }}'}}]
    valid: {for: {$number: "{% if valid_minutes %}{{ valid_minutes }}{% endif %}"}, unit: "{% if valid_minutes %}MINUTES{% endif %}"}
    unicode: {$bool: "{{ unicode }}"}
    flash: false
    parts: 3
    nothing: null
    text: "{{ text }}"
    notify: "{% if callback %}{{ callback }}{% endif %}"
answer: {id: id}
receipts:
  check: {query: {name: k, value: "{{ secrets.key }}"}}
  state: s
  states: {ok: delivered}
`, "account", "a/b?c", "key", "s3&t", "token", "tok")
	m := channeltest.Message(channels.SMS, 7)
	m.Body, m.ValidFor, m.Callback = "Ж", 90*time.Minute, "https://rdv.example/hooks/gw/status?p=3"
	if a := p.Send(t.Context(), m); a.Outcome != channels.Sent || a.ProviderID != "g-1" {
		t.Fatalf("answer %+v", a)
	}
	r := s.all()[0]
	if r.method != "PUT" || r.path != "/v1/a/b?c/sms" || r.query.Get("key") != "s3&t" || r.query.Has("dry") {
		t.Errorf("%s %s %v", r.method, r.path, r.query)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer tok", "X-Time": "1778752800", "X-None": "", "X-Ref": "m=msg_000007&p=3",
		"Content-Type": "application/json", "User-Agent": "relance",
	} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	want := `{"flash":false,"nothing":null,"notify":"https://rdv.example/hooks/gw/status?m=msg_000007&p=3&k=s3%26t","parts":3,` +
		`"text":"Ж","to":[{"msisdn":33600000007}],"unicode":true,"valid":{"for":90,"unit":"MINUTES"}}`
	if r.body != want {
		t.Errorf("body\n got %s\nwant %s", r.body, want)
	}
	if sign := r.header.Get("X-Sign"); sign != "v1="+signature("sha512", "base64", "s3&t", "PUT 1778752800 "+r.body) {
		t.Errorf("signature %q", sign)
	}
}

func TestWhatIsEmptyIsLeftOut(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	p := provider(t, s, `
send:
  url: https://g.example/
  json: {text: "{{ text }}", notify: "{% if callback %}{{ callback }}{% endif %}", list: ["{% if callback %}x{% endif %}"], empty: {}, valid: {n: {$number: "{% if valid_seconds %}1{% endif %}"}}}
answer: {id: id}
`)
	p.Send(t.Context(), channeltest.Message(channels.SMS, 1))
	if got := s.all()[0].body; !strings.HasPrefix(got, `{"empty":{},"text":"Agence`) {
		t.Errorf("body %s", got)
	}
}

// TestNothingBreaksOut: whatever a text, a sender or a reference holds, the request keeps its shape.
func TestNothingBreaksOut(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	p := provider(t, s, `
send:
  url: https://g.example/x/{{ from }}/end?a={{ text }}&b=2
  query: {c: "{{ text }}"}
  json: {a: "{{ text }}", b: ["{{ from }}"], c: 1}
answer: {id: id}
`)
	f := provider(t, s, `{send: {url: "https://g.example/", form: {a: "{{ text }}", b: "2"}}, answer: {id: id}}`)
	rapid.Check(t, func(t *rapid.T) {
		m := channeltest.Message(channels.SMS, 1)
		m.Body = rapid.OneOf(
			rapid.StringMatching(`["\\{}&=%+#?/;\r\n\t{%}{{ a-z.]{1,40}`), rapid.SampledFrom([]string{`","b":"x`, `{{ secrets.a }}`, `&b=3`, "{% if %}", "\x00", "\u2028"}),
			rapid.StringN(1, 60, -1)).Draw(t, "text")
		m.From = rapid.StringMatching(`[a-z"&/?#. ]{1,11}`).Draw(t, "from")
		if a := p.Send(t.Context(), m); a.Outcome != channels.Sent {
			t.Fatalf("%+v", a)
		}
		all := s.all()
		r := all[len(all)-1]
		var body map[string]any
		if err := json.Unmarshal([]byte(r.body), &body); err != nil || len(body) != 3 {
			t.Fatalf("body %q: %v", r.body, err)
		}
		if body["a"] != m.Body || body["c"] != 1.0 || body["b"].([]any)[0] != m.From {
			t.Fatalf("body %q", r.body)
		}
		if len(r.query) != 3 || r.query.Get("a") != m.Body || r.query.Get("b") != "2" || r.query.Get("c") != m.Body || r.path != "/x/"+m.From+"/end" {
			t.Fatalf("address %q %v", r.path, r.query)
		}
		f.Send(t.Context(), m)
		all = s.all()
		form, err := url.ParseQuery(all[len(all)-1].body)
		if err != nil || len(form) != 2 || form.Get("a") != m.Body || form.Get("b") != "2" {
			t.Fatalf("form %q", all[len(all)-1].body)
		}
	})
}

func TestAHeaderCannotBeSplit(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	p := provider(t, s, `{send: {url: "https://g.example/", headers: {X-From: "{{ from }}"}, form: {t: "{{ text }}"}}, answer: {id: id}}`)
	m := channeltest.Message(channels.SMS, 1)
	m.From = "a\r\nX-Evil: 1"
	if a := p.Send(t.Context(), m); a.Outcome != channels.Permanent || len(s.all()) != 0 {
		t.Errorf("answer %+v after %d requests", a, len(s.all()))
	}
}

// TestAbilities: a provider has those of its description and no other.
func TestAbilities(t *testing.T) {
	t.Parallel()
	const receipts = `
receipts: {check: {query: {name: k, value: "{{ secrets.k }}"}}, reference: r, state: s, states: {ok: delivered}}
`
	const find = `
find: {url: "https://g.example/{{ reference }}", not_found: [404]}
`
	withReference := strings.Replace(plain, "{{ id }}", "{{ reference }}", 1)
	for name, c := range map[string]struct {
		description  string
		secrets      []string
		hooks, finds bool
	}{
		"none":  {plain, nil, false, false},
		"hooks": {withReference + receipts, []string{"k", "v"}, true, false},
		"find":  {plain + find, nil, false, true},
		"both":  {withReference + receipts + find, []string{"k", "v"}, true, true},
	} {
		p := provider(t, nil, c.description, c.secrets...)
		_, hooks := p.(channels.Hooks)
		_, batch := p.(channels.BatchHooks)
		_, formed := p.(channels.FormedHooks)
		_, finds := p.(channels.Finder)
		if hooks != c.hooks || batch != c.hooks || formed != c.hooks || finds != c.finds {
			t.Errorf("%s: hooks %v %v %v, finds %v", name, hooks, batch, formed, finds)
		}
		if p.Name() != "gw" || p.Channel() != channels.SMS {
			t.Errorf("%s: %s %s", name, p.Name(), p.Channel())
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const probing = plain + `
probe: {url: "https://g.example/me", headers: {X-Key: "{{ secrets.key }}"}}
`
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path != "/me" || r.Method != http.MethodGet || r.Header.Get("X-Key") != "right" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	if err := provider(t, s, probing, "key", "right").(channels.Checker).Check(t.Context()); err != nil {
		t.Error(err)
	}
	err := provider(t, s, probing, "key", "zorglub").(channels.Checker).Check(t.Context())
	if err == nil || !strings.Contains(err.Error(), "401") || !strings.Contains(err.Error(), "secrets") || strings.Contains(err.Error(), "zorglub") {
		t.Errorf("wrong key: %v", err)
	}
	before := len(s.all())
	if err := provider(t, s, plain).(channels.Checker).Check(t.Context()); err != nil || len(s.all()) != before {
		t.Errorf("without a probe a connection is all: %v, %d requests", err, len(s.all())-before)
	}
	s.Close()
	for _, description := range []string{plain, strings.Replace(probing, "{{ secrets.key }}", "x", 1)} {
		if err := provider(t, s, description).(channels.Checker).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "reached") {
			t.Errorf("nobody there: %v", err)
		}
	}
}

func TestSenderAndValidityOfTheProvider(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	set := settings(s, `{send: {url: "https://g.example/", form: {f: "{{ from }}", t: "{{ text }}", v: "{% if valid_hours %}{{ valid_hours }}/{{ valid_ms | plus: 1 }}{% endif %}"}}, answer: {id: id}}`)
	set.ValidFor = 2 * time.Hour
	p, err := gateway.New(set)
	if err != nil {
		t.Fatal(err)
	}
	m := channeltest.Message(channels.SMS, 1)
	p.Send(t.Context(), m)
	m.From, m.ValidFor = "Agence", 10*time.Minute // a kind of message that is pointless sooner
	p.Send(t.Context(), m)
	for i, want := range []string{"f=38123&t=Agence+Nord+%3A+choisissez+votre+rendez-vous%2C+no+1.&v=2%2F7200001", "f=Agence&t=Agence+Nord+%3A+choisissez+votre+rendez-vous%2C+no+1.&v=1%2F600001"} {
		if got := s.all()[i].body; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
