package api_test

import (
	"slices"
	"strings"
	"testing"
)

func TestProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const secret = "0699999999"
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		code               string
		faults             []string
	}{
		"no route":            {method: "GET", path: "/v1/nothing", status: 404, code: "no_route"},
		"method":              {method: "PATCH", path: "/v1/services/rsa", status: 405, code: "method_not_allowed"},
		"no such record":      {method: "GET", path: "/v1/invitations/inv_none", status: 404, code: "not_found"},
		"another kind of id":  {method: "GET", path: "/v1/invitations/rcp_none", status: 404, code: "not_found"},
		"not JSON":            {method: "POST", path: "/v1/invitations", body: `{"service":"rsa","person":{"phone":` + secret + `x`, status: 400, code: "malformed"},
		"two documents":       {method: "POST", path: "/v1/invitations", body: `{} {}`, status: 400, code: "malformed"},
		"no body":             {method: "POST", path: "/v1/invitations", status: 400, code: "malformed"},
		"not an object":       {method: "POST", path: "/v1/invitations", body: `[]`, status: 422, code: "invalid", faults: []string{" wrong_type"}},
		"content type":        {method: "POST", path: "/v1/invitations", body: `a=b`, headers: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 415, code: "unsupported_media_type"},
		"too large":           {method: "POST", path: "/v1/invitations", body: `{"service":"` + strings.Repeat("x", 1<<20) + `"}`, status: 413, code: "too_large"},
		"too large, with key": {method: "POST", path: "/v1/invitations", body: `{"service":"` + strings.Repeat("x", 1<<20) + `"}`, headers: []string{"Idempotency-Key", "k"}, status: 413, code: "too_large"},
		"unknown member": {method: "POST", path: "/v1/invitations", body: `{"service":"rsa","person":{"email":"a@b.c","telephone":"` + secret + `"}}`,
			status: 422, code: "invalid", faults: []string{"/person/telephone unknown_field"}},
		"missing members": {method: "POST", path: "/v1/invitations", body: `{}`, status: 422, code: "invalid", faults: []string{"/person required", "/service required"}},
		"a member of a list lacks one": {method: "PUT", path: "/v1/calendars/desk-9", body: `{"name":"x","windows":[{"start":"09:00","end":"10:00"}]}`,
			status: 422, code: "invalid", faults: []string{"/windows/0/first_day required"}},
		"wrong type": {method: "POST", path: "/v1/invitations", body: `{"service":"rsa","person":{"phone":` + strings.TrimPrefix(secret, "0") + `}}`,
			status: 422, code: "invalid", faults: []string{"/person/phone wrong_type"}},
		"wrong channel": {method: "POST", path: "/v1/invitations", body: `{"service":"rsa","channels":["sms","fax"],"person":{"email":"a@b.c"}}`,
			status: 422, code: "invalid", faults: []string{"/channels/1 not_one_of"}},
		"bad phone, said by the engine": {method: "POST", path: "/v1/invitations", body: `{"service":"rsa","person":{"phone":"` + secret + `1"}}`,
			status: 422, code: "invalid", faults: []string{"/person/phone invalid_number"}},
		"no such service": {method: "POST", path: "/v1/invitations", body: `{"service":"none","person":{"email":"a@b.c"}}`,
			status: 422, code: "invalid", faults: []string{"/service unknown"}},
		"a time without offset": {method: "POST", path: "/v1/appointments", body: `{"invitation":"inv_x","start":"2026-05-21T10:00:00"}`,
			status: 422, code: "invalid", faults: []string{"/start not_a_time"}},
		"a day instead of a time": {method: "GET", path: "/v1/services/rsa/slots?from=2026-05-21", status: 422, code: "invalid", faults: []string{"from not_a_time"}},
		"a plus that is a space":  {method: "GET", path: "/v1/services/rsa/slots?from=2026-05-21T10:00:00+02:00", status: 422, code: "invalid", faults: []string{"from not_a_time"}},
		"a span backwards":        {method: "GET", path: "/v1/services/rsa/slots?from=2026-05-21T10:00:00Z&to=2026-05-20T10:00:00Z", status: 422, code: "invalid", faults: []string{"to out_of_range"}},
		"a page too large":        {method: "GET", path: "/v1/invitations?limit=201", status: 422, code: "invalid", faults: []string{"limit out_of_range"}},
		"an unknown parameter":    {method: "GET", path: "/v1/invitations?page=2", status: 422, code: "invalid", faults: []string{"page unknown_field"}},
		"a cursor of nobody's":    {method: "GET", path: "/v1/invitations?cursor=%21%21", status: 422, code: "invalid", faults: []string{"cursor malformed"}},
		"both ways to book": {method: "POST", path: "/v1/appointments", body: `{"invitation":"inv_x","service":"rsa","start":"2026-05-21T10:00:00Z"}`,
			status: 422, code: "invalid", faults: []string{"/invitation ambiguous"}},
		"no way to book": {method: "POST", path: "/v1/appointments", body: `{"start":"2026-05-21T10:00:00Z"}`, status: 422, code: "invalid", faults: []string{"/invitation required"}},
		"an outcome that is none": {method: "POST", path: "/v1/appointments/apt_x/outcome", body: `{"outcome":"late"}`,
			status: 422, code: "invalid", faults: []string{"/outcome not_one_of"}},
		"a service without calendar": {method: "PUT", path: "/v1/services/other", body: `{"name":"x","calendars":["nowhere"],"duration_min":30}`,
			status: 422, code: "invalid", faults: []string{"/calendars/0 unknown"}},
		"a template's name with a slash": {method: "PUT", path: "/v1/services/other", body: `{"name":"x","calendars":["desk-1"],"duration_min":30,"texts":{"fr/sms/invitation":3}}`,
			status: 422, code: "invalid", faults: []string{"/texts/fr~1sms~1invitation wrong_type"}},
		"a batch without service": {method: "POST", path: "/v1/batches", body: `[]`, status: 422, code: "invalid", faults: []string{"service required"}},
		"a batch with more":       {method: "POST", path: "/v1/batches?service=rsa&dry=1", body: `[]`, status: 422, code: "invalid", faults: []string{"dry unknown_field"}},
		"a batch in XML":          {method: "POST", path: "/v1/batches?service=rsa", body: `<a/>`, headers: []string{"Content-Type", "text/xml"}, status: 415, code: "unsupported_media_type"},
		"a batch in gzip":         {method: "POST", path: "/v1/batches?service=rsa", body: `x`, headers: []string{"Content-Encoding", "gzip"}, status: 415, code: "unsupported_media_type"},
		"a batch to nowhere":      {method: "POST", path: "/v1/batches?service=none", body: `[]`, status: 404, code: "not_found"},
		"a key with spaces":       {method: "POST", path: "/v1/invitations", body: `{}`, headers: []string{"Idempotency-Key", "a b"}, status: 422, code: "invalid", faults: []string{"Idempotency-Key malformed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := w.on(t)
			r := w.do(c.method, c.path, c.body, c.headers...)
			w.refused(c.status, c.code, r)
			if c.faults != nil && !slices.Equal(r.faults(), c.faults) {
				t.Errorf("faults %q, not %q: %s", r.faults(), c.faults, r.body)
			}
			if strings.Contains(r.body, strings.TrimPrefix(secret, "0")) {
				t.Errorf("the problem repeats what was typed: %s", r.body)
			}
			if strings.Contains(r.body, "2006-01-02") {
				t.Errorf("the problem shows a layout: %s", r.body)
			}
			if c.status == 405 && r.header.Get("Allow") == "" {
				t.Error("no Allow")
			}
		})
	}
}

func TestEveryAnswerIsPrivate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/v1/invitations", "/v1/nothing", "/v1/openapi.json", "/v1/docs"} {
		h := w.get(path).header
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("Strict-Transport-Security") == "" || h.Get("X-Request-Id") == "" {
			t.Errorf("%s: headers are missing: %v", path, h)
		}
	}
}

func TestLogHoldsNoPersonalData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.post("/v1/invitations", `{"service":"rsa","person":{"external_id":"ext-7","first_name":"Zoé","phone":"0639980001"}}`)
	w.get("/v1/invitations/token-in-a-path")
	w.get("/v1/invitations?cursor=token-in-a-query")
	w.get("/v1/token-in-a-path")
	w.post("/v1/invitations", `{"service":"rsa","person":{"phone":"063998000x"}}`)
	log := w.log.String()
	for _, secret := range []string{"token-in", "Zo", "6399800", "ext-7", w.key, adminKey} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	for _, want := range []string{"route=/v1/invitations/{invitation}", "organisation=" + w.org, "status=404", "code=not_found", "method=POST", "took="} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}
