package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"relance/channels/httpcall"
)

// request is a Request, compiled.
type request struct {
	method               string
	url                  *template
	query, headers, form map[string]*template
	json                 node
	bearer, user, pass   *template
	sign                 *sign
}

type sign struct {
	header, prefix string
	over           *template
	key            string
	digest         digest
}

// request compiles a Request whose templates may say what samples hold.
func (c *compiler) request(path string, r *Request, method string, samples []map[string]any) *request {
	at := func(name string) string { return path + "." + name }
	out := &request{
		method: strings.ToUpper(r.Method), url: c.address(at("url"), r.URL, samples),
		query: c.texts(at("query"), r.Query, samples),
		form:  c.texts(at("form"), r.Form, samples),
	}
	if out.method == "" {
		out.method = method
	}
	timed := timedSamples(samples)
	out.headers = c.texts(at("headers"), r.Headers, timed)
	for name := range r.Headers {
		if !httpguts.ValidHeaderFieldName(name) {
			c.wrong(at("headers"), "%q cannot be the name of a header", name)
		}
	}
	if r.JSON != nil {
		out.json = c.node(at("json"), r.JSON, samples)
	}
	c.body(path, r, out)
	c.auth(at("auth"), r.Auth, out)
	c.sign(at("sign"), r.Sign, out, timed)
	return out
}

func (c *compiler) body(path string, r *Request, out *request) {
	if !slices.Contains([]string{"GET", "POST", "PUT", "PATCH"}, out.method) {
		c.wrong(path+".method", "must be GET, POST, PUT or PATCH")
	}
	switch {
	case r.JSON != nil && len(r.Form) > 0:
		c.wrong(path+".form", "a request has one body: json or form")
	case out.method == "GET" && (r.JSON != nil || len(r.Form) > 0):
		c.wrong(path+".method", "a GET has no body: use query instead of form or json")
	}
}

// address compiles the URL. Values are escaped wherever they stand; the host has none.
func (c *compiler) address(path, source string, samples []map[string]any) *template {
	u, err := url.Parse(strings.NewReplacer("{{", "", "}}", "", "{%", "", "%}", "", " ", "").Replace(source))
	switch {
	case source == "":
		c.wrong(path, "is missing: write the address of the gateway, with https://")
		return nil
	case err != nil || u.Host == "" || u.User != nil:
		c.wrong(path, "must be a whole address, such as https://api.example.eu/sms")
	case u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())):
		c.wrong(path, "must begin with https: the request carries a secret and a person's number")
	case strings.Contains(strings.SplitN(source, "/", 4)[2], "{"):
		c.wrong(path, "the host cannot hold a variable")
	}
	t := c.text(path, source, samples)
	if t != nil {
		t.escape = func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	}
	return t
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *compiler) auth(path string, a *Auth, out *request) {
	if a == nil {
		return
	}
	none := []map[string]any{{}}
	out.bearer = c.text(path+".bearer", a.Bearer, none)
	if a.Basic != nil {
		out.user = c.text(path+".basic.username", a.Basic.Username, none)
		out.pass = c.text(path+".basic.password", a.Basic.Password, none)
	}
	if (out.bearer == nil) == (out.user == nil) {
		c.wrong(path, "name one: bearer, or basic with username and password")
	}
}

func timedSamples(samples []map[string]any) []map[string]any {
	var out []map[string]any
	for _, s := range samples {
		s = maps.Clone(s)
		s["timestamp"] = 1_800_000_000
		out = append(out, s)
	}
	return out
}

func (c *compiler) sign(path string, s *Sign, out *request, samples []map[string]any) {
	if s == nil {
		return
	}
	for _, sample := range samples {
		sample["body"], sample["url"], sample["method"] = "{}", "https://gateway.example/sms", out.method
	}
	out.sign = &sign{
		header: s.Header, prefix: s.Prefix, key: c.constant(path+".key", s.Key),
		over: c.text(path+".over", s.Over, samples), digest: c.digest(path, s.Hash, s.Encoding),
	}
	if !httpguts.ValidHeaderFieldName(s.Header) {
		c.wrong(path+".header", "is missing: name the header of the signature")
	}
	if out.sign.over == nil {
		c.wrong(path+".over", "is missing: say what is signed, such as {{ body }}")
	}
	if s.Key == "" && !secretUsed.MatchString(s.Over) {
		c.wrong(path+".key", "is missing: without a secret in key or over anybody could sign")
	}
}

// build writes the request for one message. base replaces scheme and host; nil keeps them.
func (r *request) build(ctx context.Context, vars map[string]any, base *url.URL, now time.Time) (*http.Request, error) {
	address, err := r.address(vars, base)
	if err != nil {
		return nil, err
	}
	body, kind, err := r.content(vars)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the request cannot be written")
	}
	req.GetBody = nil // nobody repeats it but us
	if len(body) == 0 {
		req.Body, req.ContentLength = httpcall.Once(), 0
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("User-Agent", "relance")
	vars = maps.Clone(vars)
	vars["timestamp"] = int(now.Unix())
	vars["body"], vars["url"], vars["method"] = string(body), address.String(), r.method
	return req, r.header(req, vars)
}

func (r *request) address(vars map[string]any, base *url.URL) (*url.URL, error) {
	raw, err := r.url.render(vars)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("the address cannot be written")
	}
	q, err := values(r.query, vars)
	if err != nil {
		return nil, err
	}
	if len(q) > 0 {
		u.RawQuery = strings.Trim(u.RawQuery+"&"+q.Encode(), "&")
	}
	if base != nil {
		u.Scheme, u.Host = base.Scheme, base.Host
		u.Path = strings.TrimRight(base.Path, "/") + u.Path
		u.RawPath = ""
	}
	return u, nil
}

// values fills in named templates; those that come out empty are left out.
func values(texts map[string]*template, vars map[string]any) (url.Values, error) {
	out := url.Values{}
	for name, t := range texts {
		s, err := t.render(vars)
		if err != nil {
			return nil, err
		}
		if s != "" {
			out.Set(name, s)
		}
	}
	return out, nil
}

func (r *request) content(vars map[string]any) (body []byte, kind string, err error) {
	if r.json != nil {
		body, err = encode(r.json, vars)
		return body, "application/json", err
	}
	if len(r.form) == 0 {
		return nil, "", nil
	}
	form, err := values(r.form, vars)
	return []byte(form.Encode()), "application/x-www-form-urlencoded", err
}

// header adds what stands above the body.
func (r *request) header(req *http.Request, vars map[string]any) error {
	for name, t := range r.headers {
		if err := put(req.Header, name, t, "", vars); err != nil {
			return err
		}
	}
	if err := put(req.Header, "Authorization", r.bearer, "Bearer ", vars); err != nil {
		return err
	}
	if r.user != nil {
		user, err := r.user.render(vars)
		pass, err2 := r.pass.render(vars)
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		req.SetBasicAuth(user, pass)
	}
	if s := r.sign; s != nil {
		over, err := s.over.render(vars)
		if err != nil {
			return err
		}
		req.Header.Set(s.header, s.prefix+s.digest.write(s.digest.sum(s.key, []byte(over))))
	}
	return nil
}

// put sets a header to a template's result; one that is empty is left out.
func put(h http.Header, name string, t *template, prefix string, vars map[string]any) error {
	s, err := t.render(vars)
	if err != nil || s == "" {
		return err
	}
	if !httpguts.ValidHeaderFieldValue(s) {
		return fmt.Errorf("the header %s cannot hold this value", strconv.Quote(name))
	}
	h.Set(name, prefix+s)
	return nil
}

// result is what came back of a request.
type result struct {
	status int // 0: no answer
	header http.Header
	body   []byte
	left   bool  // it may have arrived
	err    error // the answer, or a part of it, is missing
}

// do makes the request, once, and reads the whole answer.
func (p *Provider) do(ctx context.Context, req *http.Request) result {
	var w httpcall.Watch
	resp, err := p.transport.RoundTrip(req.WithContext(w.Trace(ctx)))
	if err != nil {
		return result{left: w.Left(), err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, httpcall.MaxAnswer))
	return result{status: resp.StatusCode, header: resp.Header, body: body, left: true, err: err}
}
