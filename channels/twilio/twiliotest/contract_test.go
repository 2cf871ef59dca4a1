package twiliotest_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/channels/twilio"
	"relance/channels/twilio/twiliotest"
)

// schema is the little of OpenAPI that these answers need.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       string            `json:"type"`
	Format     string            `json:"format"`
	Nullable   bool              `json:"nullable"`
	Enum       []string          `json:"enum"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
	Properties map[string]schema `json:"properties"`
}

type content map[string]struct {
	Schema schema `json:"schema"`
}

type operation struct {
	Parameters []struct {
		Name string `json:"name"`
		In   string `json:"in"`
	} `json:"parameters"`
	RequestBody struct {
		Content content `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content content `json:"content"`
	} `json:"responses"`
}

type document struct {
	Paths map[string]struct {
		Get  operation `json:"get"`
		Post operation `json:"post"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

const path = "/2010-04-01/Accounts/{AccountSid}/Messages.json"

func load(t *testing.T) document {
	t.Helper()
	raw, err := os.ReadFile("testdata/messages-openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// check tells where a value does not agree with a schema.
func (d document) check(t *testing.T, at string, s schema, v any) {
	t.Helper()
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s, ok = d.Components.Schemas[name]
		if !ok {
			t.Fatalf("%s: no schema %s", at, name)
		}
	}
	switch v := v.(type) {
	case nil:
		if !s.Nullable {
			t.Errorf("%s: null is not allowed", at)
		}
	case string:
		d.checkString(t, at, s, v)
	case float64:
		if s.Type != "integer" || v != float64(int64(v)) {
			t.Errorf("%s: %v is not a %s", at, v, s.Type)
		}
	case []any:
		for _, item := range v {
			d.check(t, at+"[]", *s.Items, item)
		}
	case map[string]any:
		d.checkObject(t, at, s, v)
	}
}

func (d document) checkString(t *testing.T, at string, s schema, v string) {
	t.Helper()
	if s.Type != "string" {
		t.Errorf("%s: %q is not a %s", at, v, s.Type)
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
		t.Errorf("%s: %q is not one of %v", at, v, s.Enum)
	}
	if s.Format == "date-time-rfc-2822" {
		if _, err := time.Parse(time.RFC1123Z, v); err != nil {
			t.Errorf("%s: %v", at, err)
		}
	}
}

func (d document) checkObject(t *testing.T, at string, s schema, v map[string]any) {
	t.Helper()
	if s.Format == "uri-map" {
		return
	}
	if s.Type != "object" {
		t.Errorf("%s: an object, want %s", at, s.Type)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if got, ok := v[name]; ok {
			d.check(t, at+"."+name, s.Properties[name], got)
			continue
		}
		t.Errorf("%s.%s is missing", at, name)
	}
	for name := range v {
		if _, ok := s.Properties[name]; !ok {
			t.Errorf("%s.%s is not in the description", at, name)
		}
	}
}

func TestAnswersAgreeWithTheDescription(t *testing.T) {
	t.Parallel()
	d := load(t)
	server := twiliotest.Start(twiliotest.Config{})
	t.Cleanup(server.Close)
	address := server.URL + strings.Replace(path, "{AccountSid}", server.AccountSID, 1)

	created := call(t, server, http.MethodPost, address, url.Values{"To": {"+33612345678"}, "MessagingServiceSid": {"MG1"}, "Body": {"é"}})
	op := d.Paths[path].Post
	d.check(t, "created", op.Responses["201"].Content["application/json"].Schema, created)
	call(t, server, http.MethodPost, address, url.Values{"To": {"+33612345678"}, "From": {"38123"}, "Body": {"é"}})
	_, _ = server.Receipt(t.Context(), server.Messages()[0].SID, "undelivered", 30003)

	listed := d.Paths[path].Get.Responses["200"].Content["application/json"].Schema
	first := call(t, server, http.MethodGet, address+"?PageSize=1", nil)
	checkPage(t, d, listed, first)
	next, _ := first["next_page_uri"].(string)
	second := call(t, server, http.MethodGet, server.URL+next, nil)
	checkPage(t, d, listed, second)
	if second["next_page_uri"] != nil || second["previous_page_uri"] == nil {
		t.Error("two messages make two pages of one")
	}
}

// checkPage allows the null that the description's own examples have in previous_page_uri.
func checkPage(t *testing.T, d document, s schema, page map[string]any) {
	t.Helper()
	if previous := s.Properties["previous_page_uri"]; !previous.Nullable {
		previous.Nullable = true
		s.Properties["previous_page_uri"] = previous
	}
	d.check(t, "page", s, page)
}

func call(t *testing.T, s *twiliotest.Server, method, address string, form url.Values) map[string]any {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(s.AccountSID, s.AuthToken)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return v
}

// TestRequestsAgreeWithTheDescription: the provider sends no parameter the API does not
// have, and every one it requires.
func TestRequestsAgreeWithTheDescription(t *testing.T) {
	t.Parallel()
	d := load(t)
	server := twiliotest.Start(twiliotest.Config{})
	t.Cleanup(server.Close)
	p, err := twilio.New(twilio.Settings{
		AccountSID: server.AccountSID, AuthToken: server.AuthToken, BaseURL: server.URL, Sender: "38123",
	})
	if err != nil {
		t.Fatal(err)
	}
	m := channeltest.Message(channels.SMS, 1)
	m.ValidFor, m.Callback = time.Hour, "https://rdv.example/hooks"
	p.Send(t.Context(), m)
	m.From = "MG00000000000000000000000000000001"
	p.Send(t.Context(), m)

	want := d.Paths[path].Post.RequestBody.Content["application/x-www-form-urlencoded"].Schema
	for _, got := range server.Messages() {
		for name := range got.Form {
			if _, ok := want.Properties[name]; !ok {
				t.Errorf("the API has no parameter %s", name)
			}
		}
		for _, name := range want.Required {
			if len(got.Form[name]) != 1 {
				t.Errorf("%s is required", name)
			}
		}
	}
	var filters []string
	for _, parameter := range d.Paths[path].Get.Parameters {
		filters = append(filters, parameter.Name)
	}
	for _, used := range []string{"To", "PageSize", "Page", "PageToken"} {
		if !slices.Contains(filters, used) {
			t.Errorf("the API has no filter %s", used)
		}
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)
	server := twiliotest.Start(twiliotest.Config{Now: func() time.Time { return now }})
	t.Cleanup(server.Close)
	address := server.URL + strings.Replace(path, "{AccountSid}", server.AccountSID, 1)
	for _, to := range []string{"+33611111111", "+33622222222"} {
		call(t, server, http.MethodPost, address, url.Values{"To": {to}, "From": {"38123"}, "Body": {"x"}})
	}
	_, _ = server.Receipt(t.Context(), server.Messages()[0].SID, "sent", 0)
	for query, want := range map[string]int{
		"": 2, "To=%2B33611111111": 1, "To=%2B33699999999": 0, "From=38123": 2,
		"DateSent=2026-05-14": 1, "DateSent%3E=2026-05-14": 1, "DateSent%3E=2026-05-15": 0, "DateSent%3C=2026-05-13": 0,
	} {
		page := call(t, server, http.MethodGet, address+"?"+query, nil)
		if got, _ := page["messages"].([]any); len(got) != want {
			t.Errorf("%q: %d messages, want %d", query, len(got), want)
		}
	}
}
