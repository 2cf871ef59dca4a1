package twilio_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/channels/twilio"
	"relance/channels/twilio/twiliotest"
)

// described is what these tests need of Twilio's own description of messages.
type described struct {
	Paths map[string]struct {
		Get  operation `json:"get"`
		Post operation `json:"post"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]struct {
			Enum []string `json:"enum"`
		} `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Parameters []struct {
		Name, In string
		Schema   valueSchema
	} `json:"parameters"`
	RequestBody struct {
		Content map[string]struct {
			Schema struct {
				Properties map[string]valueSchema `json:"properties"`
			} `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]struct {
			Examples map[string]struct {
				Value json.RawMessage `json:"value"`
			} `json:"examples"`
		} `json:"content"`
	} `json:"responses"`
}

type valueSchema struct {
	Type, Format, Pattern string
	Minimum, Maximum      *int
}

const messagesPath = "/2010-04-01/Accounts/{AccountSid}/Messages.json"

func description(t *testing.T) described {
	t.Helper()
	raw, err := os.ReadFile("twiliotest/testdata/messages-openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var d described
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// fits tells what is wrong with a value as it was written.
func (s valueSchema) fits(v string) string {
	switch {
	case s.Type == "integer":
		n, err := strconv.Atoi(v)
		if err != nil || s.Minimum != nil && n < *s.Minimum || s.Maximum != nil && n > *s.Maximum {
			return "not an integer within its limits"
		}
	case s.Type == "array" || s.Type == "boolean":
		return "we send none of these"
	case s.Format == "uri":
		u, err := url.Parse(v)
		if err != nil || u.Host == "" || strings.Contains(u.Hostname(), "_") {
			return "not a URI with a host"
		}
	}
	if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v) {
		return "not of the pattern " + s.Pattern
	}
	return ""
}

// TestWhatIsSentFitsTheDescription: path, query, form and headers of every request we make.
func TestWhatIsSentFitsTheDescription(t *testing.T) {
	t.Parallel()
	d := description(t)
	var mu sync.Mutex
	var requests []*http.Request
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		mu.Lock()
		requests = append(requests, r)
		mu.Unlock()
		_, _ = io.WriteString(w, `{"sid":"SM1","messages":[]}`)
	}))
	t.Cleanup(s.Close)
	account := "AC" + strings.Repeat("0a", 16)
	p, err := twilio.New(twilio.Settings{AccountSID: account, AuthToken: "t", BaseURL: s.URL, Sender: "38123"})
	if err != nil {
		t.Fatal(err)
	}
	m := channeltest.Message(channels.SMS, 1)
	m.Callback = "https://rdv.example.org/hooks/twilio/status?p=17"
	for _, valid := range []time.Duration{0, time.Millisecond, time.Minute, 90 * time.Minute, 24 * time.Hour} { // as kinds of messages ask
		m.ValidFor = valid
		p.Send(t.Context(), m)
	}
	_, _ = p.Find(t.Context(), m, time.Now())
	_ = p.Check(t.Context())
	if len(requests) != 7 {
		t.Fatalf("%d requests", len(requests))
	}
	for _, r := range requests {
		fitsOperation(t, d, r, account)
	}
}

func fitsOperation(t *testing.T, d described, r *http.Request, account string) {
	t.Helper()
	if r.URL.Path != strings.Replace(messagesPath, "{AccountSid}", account, 1) {
		t.Errorf("path %s", r.URL.Path)
	}
	known := map[string]valueSchema{}
	sent := r.URL.Query()
	if r.Method == http.MethodPost {
		const form = "application/x-www-form-urlencoded"
		known, sent = d.Paths[messagesPath].Post.RequestBody.Content[form].Schema.Properties, r.PostForm
		if len(r.URL.Query()) > 0 || r.Header.Get("Content-Type") != form {
			t.Errorf("query %v, type %s", r.URL.Query(), r.Header.Get("Content-Type"))
		}
		if v := sent.Get("ValidityPeriod"); v != "" { // its limits stand in the words of the description only
			if n, _ := strconv.Atoi(v); n < 1 || n > 36000 {
				t.Errorf("ValidityPeriod %s", v)
			}
		}
	} else {
		for _, p := range d.Paths[messagesPath].Get.Parameters {
			if p.In == "query" {
				known[p.Name] = p.Schema
			}
		}
	}
	for name, values := range sent {
		s, ok := known[name]
		if !ok || len(values) != 1 {
			t.Errorf("%s: %s is sent %d times; the API has it: %v", r.Method, name, len(values), ok)
			continue
		}
		if fault := s.fits(values[0]); fault != "" {
			t.Errorf("%s: %s = %q is %s", r.Method, name, values[0], fault)
		}
	}
}

// answering is a provider whose server gives one answer.
func answering(t *testing.T, status int, body []byte) *twilio.Provider {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	t.Cleanup(s.Close)
	p, err := twilio.New(twilio.Settings{AccountSID: "AC1", AuthToken: "t", BaseURL: s.URL, Sender: "38123"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// TestDescribedAnswersAreRead: every example of an answer in the description, to a send and
// to a look-up.
func TestDescribedAnswersAreRead(t *testing.T) {
	t.Parallel()
	d := description(t)
	created := d.Paths[messagesPath].Post.Responses["201"].Content["application/json"].Examples
	for _, name := range slices.Sorted(maps.Keys(created)) {
		var want struct{ Sid string }
		_ = json.Unmarshal(created[name].Value, &want)
		a := answering(t, 201, created[name].Value).Send(t.Context(), channeltest.Message(channels.SMS, 1))
		if a.Outcome != channels.Sent || a.ProviderID != want.Sid || want.Sid == "" {
			t.Errorf("%s: %+v, want sent, %s", name, a, want.Sid)
		}
	}
	listed := d.Paths[messagesPath].Get.Responses["200"].Content["application/json"].Examples
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		describedPage(t, name, listed[name].Value)
	}
	if len(created) < 3 || len(listed) < 3 {
		t.Errorf("%d and %d examples: is this the description?", len(created), len(listed))
	}
}

// describedPage looks for each of the messages of a page.
func describedPage(t *testing.T, name string, raw []byte) {
	t.Helper()
	var page struct {
		Messages []struct {
			Sid, Body, To, Direction string
			DateCreated              string `json:"date_created"`
		}
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		t.Fatal(err)
	}
	p := answering(t, 200, raw)
	m := channeltest.Message(channels.SMS, 1)
	if _, err := p.Find(t.Context(), m, time.Unix(0, 0)); len(page.Messages) == 0 && !errors.Is(err, channels.ErrNotFound) {
		t.Errorf("%s: an empty page: %v", name, err)
	}
	for _, listed := range page.Messages {
		if listed.Direction == "inbound" {
			continue
		}
		created, err := time.Parse(time.RFC1123Z, listed.DateCreated)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		m.To, m.Body = listed.To, listed.Body
		if a, err := p.Find(t.Context(), m, created); err != nil || a.ProviderID == "" {
			t.Errorf("%s: %s is not found: %+v, %v", name, listed.Sid, a, err)
		}
	}
}

// TestEveryDescribedStatusIsKnown in receipts, but for those of messages that come in.
func TestEveryDescribedStatusIsKnown(t *testing.T) {
	t.Parallel()
	p, err := twilio.New(twilio.Settings{AccountSID: "AC1", AuthToken: "t", PublicURL: "https://rdv.example"})
	if err != nil {
		t.Fatal(err)
	}
	statuses := description(t).Components.Schemas["message_enum_status"].Enum
	if len(statuses) < 10 {
		t.Fatalf("only %v", statuses)
	}
	for _, status := range statuses {
		form := url.Values{"AccountSid": {"AC1"}, "MessageSid": {"SM1"}, "MessageStatus": {status}}
		r := httptest.NewRequest(http.MethodPost, "/hooks/twilio/status?m=msg_1", strings.NewReader(form.Encode()))
		r.Header.Set("X-Twilio-Signature", twiliotest.Signature("t", "https://rdv.example/hooks/twilio/status?m=msg_1", form))
		_, err := p.Receipt(r)
		if comesIn := status == "receiving" || status == "received"; (err == nil) == comesIn {
			t.Errorf("%s: %v", status, err)
		}
	}
}

// TestClassesOfTheRules: RULES §4, sentence by sentence, in receipts and in answers.
func TestClassesOfTheRules(t *testing.T) {
	t.Parallel()
	bad := channels.Answer{Outcome: channels.Permanent, BadAddress: true}
	for code, want := range map[int]channels.Answer{
		21211: bad, 21614: bad, 30005: bad, 30006: bad, 21635: bad,
		21610: {Outcome: channels.Permanent, OptedOut: true},
		30003: {Outcome: channels.Temporary, After: 7 * time.Second},
		30007: {Outcome: channels.Permanent, Alert: true},
		20429: {Outcome: channels.Temporary, After: 7 * time.Second, Slower: true},
		20500: {Outcome: channels.Temporary, After: 7 * time.Second},
		20003: {Outcome: channels.Configuration},
		30002: {Outcome: channels.Configuration},
		30036: {Outcome: channels.Permanent},
		21659: {Outcome: channels.Configuration, Alert: true},
	} {
		p, _ := start(t, twiliotest.Config{Fault: func(twiliotest.Message) *twiliotest.Fault {
			return &twiliotest.Fault{Status: 400, Code: code, RetryAfter: 7}
		}})
		got := p.Send(t.Context(), channeltest.Message(channels.SMS, 1))
		want.Code, got.Reason = strconv.Itoa(code), ""
		if got != want {
			t.Errorf("%d\n got %+v\nwant %+v", code, got, want)
		}
	}
}
