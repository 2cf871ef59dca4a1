package gateway_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"relance/channels"
	"relance/channels/channeltest"
)

const finding = plain + `
find:
  url: https://g.example/log
  query: {to: "{{ to }}", since: "{{ since }}", unix: "{{ since_unix }}", key: "{{ secrets.k }}"}
  not_found: [404]
  list: items
  most: 3
  match: {ref: "{{ id }}", text: "{{ text }}"}
  id: id
  state: state
  states: {done: delivered, dead: failed, off: undelivered temporary}
  code: code
  codes: {"5": bad_address}
`

func TestFind(t *testing.T) {
	t.Parallel()
	m := channeltest.Message(channels.SMS, 1)
	ours := func(rest string) string {
		return `{"items":[{"id":1,"ref":"x"},{"id":2,"ref":"msg_000001","text":"` + m.Body + `"` + rest + `}]}`
	}
	for name, c := range map[string]struct {
		status int
		body   string
		want   channels.Answer
		err    error // nil: none; ErrNotFound; another: any other
	}{
		"taken":           {200, ours(""), channels.Answer{Outcome: channels.Sent, ProviderID: "2"}, nil},
		"delivered":       {200, ours(`,"state":"done"`), channels.Answer{Outcome: channels.Sent, ProviderID: "2"}, nil},
		"failed":          {200, ours(`,"state":"dead"`), channels.Answer{Outcome: channels.Permanent, Code: "dead", ProviderID: "2"}, nil},
		"failed, why":     {200, ours(`,"state":"off","code":"5"`), channels.Answer{Outcome: channels.Permanent, Code: "5", BadAddress: true, ProviderID: "2"}, nil},
		"off":             {200, ours(`,"state":"off"`), channels.Answer{Outcome: channels.Temporary, Code: "off", ProviderID: "2"}, nil},
		"others only":     {200, `{"items":[{"id":1,"ref":"x"},{"id":3,"ref":"msg_000001","text":"else"}]}`, channels.Answer{}, channels.ErrNotFound},
		"none":            {200, `{"items":[]}`, channels.Answer{}, channels.ErrNotFound},
		"404":             {404, ``, channels.Answer{}, channels.ErrNotFound},
		"a full page":     {200, `{"items":[{"ref":"a"},{"ref":"b"},{"ref":"c"}]}`, channels.Answer{}, errOther},
		"no list":         {200, `{}`, channels.Answer{}, errOther},
		"not JSON":        {200, `<html>`, channels.Answer{}, errOther},
		"refused":         {401, `{"items":[]}`, channels.Answer{}, errOther},
		"away":            {503, ``, channels.Answer{}, errOther},
		"a login instead": {302, `{"items":[]}`, channels.Answer{}, errOther},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, says(c.status, c.body))
			f := provider(t, s, finding, "k", "v").(channels.Finder)
			got, err := f.Find(t.Context(), m, now.Add(-time.Hour))
			got.Reason = ""
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if notFound := errors.Is(err, channels.ErrNotFound); (err != nil) != (c.err != nil) || notFound != (c.err == channels.ErrNotFound) {
				t.Errorf("error %v", err)
			}
			if err != nil && strings.Contains(err.Error(), m.To) {
				t.Errorf("the error holds the number: %v", err)
			}
			r := s.all()[0]
			if r.method != http.MethodGet || r.query.Get("to") != m.To || r.query.Get("since") != "2026-05-14T09:00:00Z" || r.query.Get("unix") != "1778749200" || r.query.Get("key") != "v" {
				t.Errorf("%s %v", r.method, r.query)
			}
		})
	}
}

var errOther = errors.New("any other")

func TestFindOne(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path != "/sms/msg_000001" {
			w.WriteHeader(404)
			return
		}
		says(200, `{"id":"9"}`)(w, r, 0)
	})
	f := provider(t, s, plain+`
find: {url: "https://g.example/sms/{{ id }}", not_found: [404], id: id, wait: 30s}
`).(channels.Finder)
	m := channeltest.Message(channels.SMS, 1)
	if a, err := f.Find(t.Context(), m, now.Add(-time.Minute)); err != nil || a.ProviderID != "9" || a.Outcome != channels.Sent {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := f.Find(t.Context(), channeltest.Message(channels.SMS, 2), now.Add(-time.Minute)); !errors.Is(err, channels.ErrNotFound) {
		t.Errorf("another: %v", err)
	}
	before := len(s.all())
	if _, err := f.Find(t.Context(), m, now.Add(-time.Second)); err == nil || errors.Is(err, channels.ErrNotFound) || len(s.all()) != before {
		t.Errorf("too early to say that it is nowhere: %v", err)
	}
	s.Close()
	if _, err := f.Find(t.Context(), m, now.Add(-time.Minute)); err == nil || errors.Is(err, channels.ErrNotFound) {
		t.Errorf("nobody there: %v", err)
	}
}
