package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"relance/channels"
)

// plan is a Description, compiled.
type plan struct {
	send, probe       *request
	answer            *reading
	receipts, inbound *hook
	find              *search
}

var (
	unknownField = regexp.MustCompile(`^line (\d+): field (\S+) not found in type`)
	yamlLine     = regexp.MustCompile(`line \d+`)
	statusKey    = regexp.MustCompile(`^[1-5]([0-9][0-9]|xx)$`)
	httpStatus   = regexp.MustCompile(`^[1-5][0-9][0-9]$`)
)

// parse reads and compiles a description and finds every mistake.
func parse(source []byte, secrets map[string]string) (*plan, Mistakes) {
	var d Description
	dec := yaml.NewDecoder(bytes.NewReader(source))
	dec.KnownFields(true)
	found := explain(dec.Decode(&d))
	if len(found) > 0 {
		return nil, found
	}
	c := &compiler{engine: newEngine(), secrets: secrets, used: map[string]bool{}}
	p := c.plan(&d)
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if !c.used[name] {
			c.wrong("secrets."+name, "nothing in the description names it: take it out, or look at its spelling")
		}
	}
	return p, c.found
}

// explain turns the errors of the YAML library into mistakes that quote nothing.
func explain(err error) Mistakes {
	var types *yaml.TypeError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &types):
		at := yamlLine.FindString(err.Error())
		if at == "" {
			at = "file"
		}
		return Mistakes{{at, "the description is empty or not YAML; look at the indentation, quotes and colons near this line"}}
	}
	var out Mistakes
	for _, text := range types.Errors {
		if m := unknownField.FindStringSubmatch(text); m != nil {
			out = append(out, Mistake{"line " + m[1], fmt.Sprintf("there is no setting %q here; docs/gateways.md names them all", m[2])})
			continue
		}
		out = append(out, Mistake{yamlLine.FindString(text), "the value has another shape than its setting, or stands twice; docs/gateways.md shows each"})
	}
	return out
}

func (c *compiler) plan(d *Description) *plan {
	p := &plan{send: c.request("send", &d.Send, http.MethodPost, sendSamples()), answer: c.reading(&d.Answer)}
	if d.Receipts != nil {
		p.receipts = c.hook("receipts", d.Receipts)
		c.receipts(d)
	}
	if d.Inbound != nil {
		p.inbound = c.hook("inbound", d.Inbound)
		c.needs("inbound.id", d.Inbound.ID)
		c.needs("inbound.from", d.Inbound.From)
		c.needs("inbound.to", d.Inbound.To)
		c.needs("inbound.text", d.Inbound.Text)
		c.handled(d.Inbound)
		if d.Receipts == nil {
			c.wrong("receipts", "is missing: a gateway that calls us must bring receipts too, or every message would count as undelivered after 72 hours")
		}
	}
	if d.Find != nil {
		p.find = c.search(d.Find)
	}
	if d.Probe != nil {
		p.probe = c.request("probe", d.Probe, http.MethodGet, []map[string]any{{}})
	}
	return p
}

// handled checks how the gateway tells that it dealt with a STOP itself.
func (c *compiler) handled(h *Hook) {
	if (len(h.Handled) == 0) != (len(h.HandledAs) == 0) {
		c.wrong("inbound.handled", "handled and handled_as go together")
	}
	for word, as := range h.HandledAs {
		switch channels.Handled(as) {
		case channels.HandledStop, channels.HandledStart, channels.HandledHelp:
		default:
			c.wrong("inbound.handled_as", "%q must be stop, start or help", word)
		}
	}
}

func (c *compiler) needs(path string, p Paths) {
	if len(p) == 0 {
		c.wrong(path, "is missing: say where the gateway writes it")
	}
}

func (c *compiler) reading(a *Answer) *reading {
	r := &reading{
		Answer: *a, plain: a.Read == "text",
		codes: c.table("answer.codes", a.Codes), statuses: c.table("answer.statuses", a.Statuses),
		states: c.states("answer.states", a.States),
	}
	if !slices.Contains([]string{"", "json", "text"}, a.Read) {
		c.wrong("answer.read", "must be json or text")
	}
	for key := range a.Statuses {
		if !statusKey.MatchString(key) {
			c.wrong("answer.statuses", "%q must be an HTTP status such as 503 or 5xx", key)
		}
	}
	c.statuses("answer.accepted", a.Accepted)
	if r.plain {
		for _, path := range slices.Concat(a.ID, a.Code, a.State) {
			if p, err := regexp.Compile(path); err != nil || p.NumSubexp() < 1 {
				c.wrong("answer", "%q must be a pattern with a group, such as ^OK ([0-9]+)", path)
			}
		}
	}
	if len(a.Code) == 0 && len(a.OK)+len(a.Codes) > 0 {
		c.wrong("answer.code", "is missing: ok and codes need it")
	}
	if len(a.ID) == 0 && len(a.OK) == 0 {
		c.wrong("answer.id", "is missing: without an id or ok codes nothing shows that a message was taken")
	}
	if (len(a.State) == 0) != (len(a.States) == 0) {
		c.wrong("answer.state", "state and states go together")
	}
	return r
}

func (c *compiler) statuses(path string, all []string) {
	for _, status := range all {
		if !httpStatus.MatchString(status) {
			c.wrong(path, "%q must be an HTTP status such as 200", status)
		}
	}
}

func (c *compiler) table(path string, sources map[string]string) table {
	out := table{}
	for _, code := range slices.Sorted(maps.Keys(sources)) {
		class, ok := parseClass(sources[code])
		if !ok {
			c.wrong(path+"."+code, "must be %s, and may be followed by a colon and words for people", classWords)
		}
		out[code] = class
	}
	return out
}

func (c *compiler) states(path string, sources map[string]string) map[string]standing {
	out := map[string]standing{}
	for _, word := range slices.Sorted(maps.Keys(sources)) {
		at, ok := parseStanding(sources[word])
		if !ok {
			c.wrong(path+"."+word, "must be %s", stateWords)
		}
		out[word] = at
	}
	return out
}

func (c *compiler) hook(path string, h *Hook) *hook {
	out := &hook{Hook: *h, check: c.guard(path+".check", h.Check), states: c.states(path+".states", h.States), codes: c.table(path+".codes", h.Codes)}
	if !slices.Contains([]string{"", "json", "form", "query", "jwt"}, h.Read) {
		c.wrong(path+".read", "must be json, form, query or jwt")
	}
	if out.Method == "" {
		out.Method = http.MethodPost
		if h.Read == "query" {
			out.Method = http.MethodGet
		}
	}
	if out.Method != http.MethodGet && out.Method != http.MethodPost {
		c.wrong(path+".method", "must be GET or POST")
	}
	if h.List != "" && (h.Read == "form" || h.Read == "query") {
		c.wrong(path+".list", "needs json: forms and queries hold no lists")
	}
	if s := h.Reply.Status; s != 0 && (s < 200 || s > 299) {
		c.wrong(path+".reply.status", "%s must be from 200 to 299: others mean that the call failed", strconv.Itoa(s))
	}
	c.covered(path, h)
	return out
}

// covered: what is read must be what the check signs.
func (c *compiler) covered(path string, h *Hook) {
	if h.Check == nil {
		return
	}
	jwt := h.Check.JWT
	switch {
	case h.Read == "jwt" && jwt == nil:
		c.wrong(path+".read", "jwt needs check.jwt")
	case h.Read != "jwt" && jwt != nil && jwt.BodyClaim == "":
		c.wrong(path+".check.jwt.body_claim", "is missing: a token that does not cover the body could be used again with another; set it, or read: jwt")
	case h.Read == "query" && h.Check.HMAC != nil && h.Check.HMAC.Over != "parameters":
		c.wrong(path+".check.hmac.over", "must be parameters: a query is not in the body")
	}
}

func (c *compiler) receipts(d *Description) {
	h := d.Receipts
	c.needs("receipts.state", h.State)
	if len(h.States) == 0 {
		c.wrong("receipts.states", "is missing: say what each state of the gateway means: %s", stateWords)
	}
	uses := func(name string) bool { return mentions(d.Send, regexp.MustCompile(`\b`+name+`\b`)) }
	switch {
	case len(h.Reference) == 0 && !uses("callback"):
		c.wrong("receipts.reference", "is missing: send gives no {{ callback }}, so receipts must bring {{ reference }} back, or they find no message")
	case len(h.Reference) > 0 && !uses("reference"):
		c.wrong("receipts.reference", "send gives no {{ reference }} that could come back")
	}
	if len(h.Code) == 0 && len(h.Codes) > 0 {
		c.wrong("receipts.code", "is missing: codes need it")
	}
	if f := h.AtFormat; !slices.Contains([]string{"", "unix", "unix_ms", "rfc3339"}, f) && time.Unix(0, 0).UTC().Format(f) == f {
		c.wrong("receipts.at_format", "must be unix, unix_ms, rfc3339 or a layout such as 2006-01-02 15:04:05")
	}
}

// mentions tells whether any template of a request matches.
func mentions(r Request, name *regexp.Regexp) bool {
	all, err := yaml.Marshal(r)
	if err != nil {
		return false
	}
	for m := range bytes.SplitSeq(all, []byte("{{")) {
		if inside, _, ok := strings.Cut(string(m), "}}"); ok && name.MatchString(inside) {
			return true
		}
	}
	return false
}

func (c *compiler) search(f *Find) *search {
	samples := findSamples()
	s := &search{
		Find: *f, request: c.request("find", &f.Request, http.MethodGet, samples),
		match:  c.texts("find.match", f.Match, samples),
		states: c.states("find.states", f.States), codes: c.table("find.codes", f.Codes),
	}
	c.statuses("find.not_found", f.NotFound)
	if f.List != "" && len(f.Match) == 0 && !mentions(f.Request, regexp.MustCompile(`\b(reference|id)\b`)) {
		c.wrong("find.match", "is missing: a list of several messages needs a field to know ours by, such as {userref: \"{{ reference }}\"}")
	}
	if f.List == "" && len(f.NotFound) == 0 && len(f.Match) == 0 {
		c.wrong("find.not_found", "is missing: say with which HTTP status the gateway tells that it has no such message")
	}
	if f.Wait < 0 || f.Wait > time.Hour {
		c.wrong("find.wait", "must be from 0s to 1h")
	}
	if (len(f.State) == 0) != (len(f.States) == 0) {
		c.wrong("find.state", "state and states go together")
	}
	return s
}
