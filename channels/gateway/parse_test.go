package gateway_test

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"relance/channels/gateway"
)

// faults are the paths of what is wrong with a description.
func faults(t *testing.T, description string, secrets ...string) (map[string]string, string) {
	t.Helper()
	_, err := gateway.New(gateway.Settings{Name: "g", Description: []byte(description), Secrets: pairs(secrets)})
	if err == nil {
		return nil, ""
	}
	var found gateway.Mistakes
	if !errors.As(err, &found) {
		t.Fatalf("want Mistakes, got %v", err)
	}
	out := map[string]string{}
	for _, m := range found {
		out[m.Path] = m.Advice
	}
	return out, err.Error()
}

// TestMistakes: each fault is told, alone, with its path and words that help.
func TestMistakes(t *testing.T) {
	t.Parallel()
	const k = `{query: {name: key, value: "{{ secrets.k }}"}}`
	base := func(more string) string {
		return `
send: {url: "https://g.example/", form: {t: "{{ text }}", r: "{{ reference }}"}}
answer: {id: id}
` + more
	}
	send := func(s string) string { return "send: {" + s + "}\nanswer: {id: id}" }
	answer := func(s string) string { return "send: {url: \"https://g.example/\", form: {t: x}}\nanswer: {" + s + "}" }
	receipts := func(s string) string { return base("receipts: {" + s + "}") }
	find := func(s string) string { return base("find: {" + s + "}") }
	for name, c := range map[string]struct {
		description, path, advice string
	}{
		"empty":              {"", "file", "empty"},
		"not YAML":           {"send: [", "line 1", "YAML"},
		"unknown setting":    {base("sned: {}"), "line 4", `"sned"`},
		"wrong shape":        {"send: text", "line 1", "shape"},
		"no address":         {send(`form: {t: x}`), "send.url", "missing"},
		"half an address":    {send(`url: "g.example/sms"`), "send.url", "whole"},
		"in clear":           {send(`url: "http://g.example/sms"`), "send.url", "https"},
		"a host by variable": {send(`url: "https://{{ from }}.example/"`), "send.url", "host"},
		"method":             {send(`url: "https://g.example/", method: delete`), "send.method", "GET"},
		"two bodies":         {send(`url: "https://g.example/", form: {a: b}, json: {a: b}`), "send.form", "one body"},
		"a GET with a body":  {send(`url: "https://g.example/", method: GET, form: {a: b}`), "send.method", "query"},
		"a header's name":    {send(`url: "https://g.example/", headers: {"a b": c}`), "send.headers", `"a b"`},
		"unknown variable":   {send(`url: "https://g.example/", form: {a: "{{ txet }}"}`), "send.form.a", "there are"},
		"unknown in a test":  {send(`url: "https://g.example/", form: {a: "{% if vald %}x{% endif %}"}`), "send.form.a", `"vald"`},
		"untested variable":  {send(`url: "https://g.example/", form: {a: "{{ valid_seconds }}"}`), "send.form.a", "if"},
		"unknown filter":     {send(`url: "https://g.example/", form: {a: "{{ text | shout }}"}`), "send.form.a", "filters"},
		"a loop":             {send(`url: "https://g.example/", form: {a: "{% for i in (1..999999999) %}x{% endfor %}"}`), "send.form.a", "for"},
		"a range":            {send(`url: "https://g.example/", form: {a: "{{ (1..999999999) | join }}"}`), "send.form.a", "ranges"},
		"broken template":    {send(`url: "https://g.example/", form: {a: "{% if text %}"}`), "send.form.a", "{{ }}"},
		"in the tree":        {send(`url: "https://g.example/", json: {a: [{b: "{{ x }}"}]}`), "send.json.a[0].b", `"x"`},
		"not a number":       {send(`url: "https://g.example/", json: {a: {$number: "{{ text }}"}}`), "send.json.a", "number"},
		"not a truth":        {send(`url: "https://g.example/", json: {a: {$bool: "{{ text }}"}}`), "send.json.a", "true"},
		"two ways in":        {send(`url: "https://g.example/", auth: {bearer: x, basic: {username: y}}`), "send.auth", "one"},
		"no way in":          {send(`url: "https://g.example/", auth: {}`), "send.auth", "one"},
		"sign nothing":       {send(`url: "https://g.example/", sign: {header: S, key: x}`), "send.sign.over", "missing"},
		"sign nowhere":       {send(`url: "https://g.example/", sign: {key: x, over: "{{ body }}"}`), "send.sign.header", "missing"},
		"sign without":       {send(`url: "https://g.example/", sign: {header: S, over: "{{ body }}"}`), "send.sign.key", "secret"},
		"sign how":           {send(`url: "https://g.example/", sign: {header: S, key: x, over: "{{ body }}", hash: crc}`), "send.sign.hash", "sha256"},
		"write how":          {send(`url: "https://g.example/", sign: {header: S, key: x, over: "{{ body }}", encoding: hax}`), "send.sign.encoding", "hex"},
		"a missing secret":   {send(`url: "https://g.example/", form: {a: "{{ secrets.token }}"}`), "secrets.token", "send.form.a"},
		"no sign of taken":   {answer(``), "answer.id", "missing"},
		"codes of nowhere":   {answer(`id: id, codes: {"1": permanent}`), "answer.code", "missing"},
		"a class":            {answer(`id: id, code: c, codes: {"1": lost}`), "answer.codes.1", "temporary"},
		"a status":           {answer(`id: id, statuses: {"600": permanent}`), "answer.statuses", `"600"`},
		"an accepted":        {answer(`id: id, accepted: [2xx]`), "answer.accepted", `"2xx"`},
		"a pattern":          {answer(`read: text, id: "OK"`), "answer", "group"},
		"read how":           {answer(`read: xml, id: a`), "answer.read", "json"},
		"state alone":        {answer(`id: id, state: s`), "answer.state", "together"},
		"a state":            {answer(`id: id, state: s, states: {a: lost}`), "answer.states.a", "delivered"},
		"a state's class":    {answer(`id: id, state: s, states: {a: failed sent}`), "answer.states.a", "class"},
		"a good with class":  {answer(`id: id, state: s, states: {a: delivered alert}`), "answer.states.a", "class"},
		"no check":           {receipts(`reference: r, state: s, states: {a: sent}`), "receipts.check", "anybody"},
		"empty check":        {receipts(`check: {}, reference: r, state: s, states: {a: sent}`), "receipts.check", "exactly one"},
		"a literal secret":   {receipts(`check: {header: {name: A, value: abc}}, reference: r, state: s, states: {a: sent}`), "receipts.check.header.value", "secrets."},
		"no states":          {receipts(`check: ` + k + `, reference: r, state: s`), "receipts.states", "missing"},
		"no state":           {receipts(`check: ` + k + `, reference: r, states: {a: sent}`), "receipts.state", "missing"},
		"no way back":        {receipts(`check: ` + k + `, state: s, states: {a: sent}`), "receipts.reference", "callback"},
		"codes of nothing":   {receipts(`check: ` + k + `, reference: r, state: s, states: {a: sent}, codes: {"1": alert}`), "receipts.code", "missing"},
		"read what":          {receipts(`read: xml, check: ` + k + `, reference: r, state: s, states: {a: sent}`), "receipts.read", "form"},
		"called how":         {receipts(`method: PUT, check: ` + k + `, reference: r, state: s, states: {a: sent}`), "receipts.method", "POST"},
		"a list in a form":   {receipts(`read: form, list: a, check: ` + k + `, reference: r, state: s, states: {a: sent}`), "receipts.list", "json"},
		"a refusing reply":   {receipts(`reply: {status: 500}, check: ` + k + `, reference: r, state: s, states: {a: sent}`), "receipts.reply.status", "299"},
		"a time's format":    {receipts(`at: t, at_format: date, check: ` + k + `, reference: r, state: s, states: {a: sent}`), "receipts.at_format", "rfc3339"},
		"a token unchecked":  {receipts(`read: jwt, check: ` + k + `, reference: r, state: s, states: {a: sent}`), "receipts.read", "check.jwt"},
		"a token for all":    {receipts(`check: {jwt: {header: T, key: "{{ secrets.k }}"}}, reference: r, state: s, states: {a: sent}`), "receipts.check.jwt.body_claim", "again"},
		"a token nowhere":    {receipts(`read: jwt, check: {jwt: {key: "{{ secrets.k }}"}}, reference: r, state: s, states: {a: sent}`), "receipts.check.jwt.header", "missing"},
		"a query unsigned":   {receipts(`read: query, check: {hmac: {header: S, key: "{{ secrets.k }}"}}, reference: r, state: s, states: {a: sent}`), "receipts.check.hmac.over", "parameters"},
		"a sign nowhere":     {receipts(`check: {hmac: {key: "{{ secrets.k }}"}}, reference: r, state: s, states: {a: sent}`), "receipts.check.hmac", "where"},
		"a sign over":        {receipts(`check: {hmac: {header: S, over: all, key: "{{ secrets.k }}"}}, reference: r, state: s, states: {a: sent}`), "receipts.check.hmac.over", "body"},
		"a nameless secret":  {receipts(`check: {query: {value: "{{ secrets.k }}"}}, reference: r, state: s, states: {a: sent}`), "receipts.check.query.name", "missing"},
		"inbound alone":      {base(`inbound: {check: ` + k + `, id: a, from: b, to: c, text: d}`), "receipts", "72 hours"},
		"inbound's handling": {receipts(`check: `+k+`, reference: r, state: s, states: {a: sent}`) + "\ninbound: {check: " + k + ", id: a, from: b, to: c, text: d, handled: e, handled_as: {x: gone}}", "inbound.handled_as", "stop, start or help"},
		"handled without as": {receipts(`check: `+k+`, reference: r, state: s, states: {a: sent}`) + "\ninbound: {check: " + k + ", id: a, from: b, to: c, text: d, handled: e}", "inbound.handled", "together"},
		"inbound's sender":   {receipts(`check: `+k+`, reference: r, state: s, states: {a: sent}`) + "\ninbound: {check: " + k + ", id: a, to: c, text: d}", "inbound.from", "missing"},
		"find among many":    {find(`url: "https://g.example/", list: a`), "find.match", "missing"},
		"find nothing":       {find(`url: "https://g.example/{{ id }}"`), "find.not_found", "missing"},
		"find too late":      {find(`url: "https://g.example/{{ id }}", not_found: [404], wait: 2h`), "find.wait", "1h"},
		"find by a probe":    {base(`probe: {url: "https://g.example/{{ to }}"}`), "probe.url", `"to"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var secrets []string
			if strings.Contains(c.description, "secrets.k ") {
				secrets = []string{"k", "v"}
			}
			got, text := faults(t, c.description, secrets...)
			if len(got) != 1 || !strings.Contains(got[c.path], c.advice) {
				t.Errorf("want one at %s with %q, got %s", c.path, c.advice, text)
			}
		})
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	got, text := faults(t, `
send: {url: "http://g.example/", form: {a: "{{ b }}", c: "{{ secrets.key }}"}}
answer: {codes: {"1": x}}
receipts: {state: s}
`, "spare", "zorglub")
	for _, path := range []string{"send.url", "send.form.a", "secrets.key", "secrets.spare", "answer.code", "answer.codes.1", "answer.id", "receipts.check", "receipts.states", "receipts.reference"} {
		if got[path] == "" {
			t.Errorf("%s is not told", path)
		}
	}
	if strings.Contains(text, "zorglub") {
		t.Error("a secret is in the error")
	}
	if _, text := faults(t, plain+"\nfind: {url: x, not_found: [404]}"); !strings.Contains(text, "find.url") {
		t.Errorf("%s", text)
	}
}

func TestBaseURLIsChecked(t *testing.T) {
	t.Parallel()
	_, err := gateway.New(gateway.Settings{Name: "g", Description: []byte(plain), BaseURL: "proxy"})
	if err == nil || !strings.Contains(err.Error(), "base_url") {
		t.Errorf("%v", err)
	}
}

// TestDocumentation: every setting stands in docs/gateways.md, and every class and variable.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/gateways.md")
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(v reflect.Type) {
		for v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct || seen[v] {
			return
		}
		seen[v] = true
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Field(i).Tag.Get("yaml"), ",")
			if name != "" && !regexp.MustCompile("`[a-z_.]*"+name+"`").Match(raw) {
				missing = append(missing, v.Name()+"."+name)
			}
			walk(v.Field(i).Type)
		}
	}
	walk(reflect.TypeFor[gateway.Description]())
	words := "sent temporary permanent bad_address opted_out alert configuration unknown accepted delivered undelivered failed " +
		"id reference to from text unicode callback valid_ms valid_seconds valid_minutes valid_hours timestamp body url method since since_unix $number $bool"
	for word := range strings.FieldsSeq(words) {
		if !strings.Contains(string(raw), "`"+word+"`") {
			missing = append(missing, word)
		}
	}
	if len(missing) > 0 {
		t.Errorf("docs/gateways.md does not explain %v", missing)
	}
}

func ExampleNew() {
	_, err := gateway.New(gateway.Settings{Name: "mine", Description: []byte(`
send:
  url: https://api.gateway.example/sms
  auth: {bearer: "{{ secrets.token }}"}
  json: {to: "{{ to }}", text: "{{ txet }}"}
answer: {id: id}
`)})
	fmt.Println(err)
	// Output:
	// the description of the gateway needs changes:
	//   send.json.text: there is no variable "txet" here; there are callback, from, id, reference, text, to, unicode, valid_hours, valid_minutes, valid_ms, valid_seconds and secrets
	//   secrets.token: is missing: send.auth.bearer needs it
}
