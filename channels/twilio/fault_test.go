package twilio_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/channels/twilio"
	"relance/channels/twilio/twiliotest"
)

// TestFaults: a server that misbehaves once the request has arrived. What may have been
// taken is unknown, what was refused may go again, and nothing goes twice by itself.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		want   channels.Answer
	}{
		"slow, then sent": {func(w http.ResponseWriter) {
			w.WriteHeader(201)
			w.(http.Flusher).Flush() // the rest in another packet
			_, _ = io.WriteString(w, `{"sid":"SM1","status":"queued"}`)
		}, channels.Answer{Outcome: channels.Sent, ProviderID: "SM1"}},
		"cut in the body": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(201)
			_, _ = io.WriteString(w, `{"sid":"SM1"`)
		}, channels.Answer{Outcome: channels.Unknown, Code: "connection"}},
		"dropped after the body": {func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
			channels.Answer{Outcome: channels.Unknown, Code: "connection"}},
		"half a document": {func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"sid":`) },
			channels.Answer{Outcome: channels.Unknown, Code: "connection"}},
		"429 with a date": {func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
			w.WriteHeader(429)
		}, channels.Answer{Outcome: channels.Temporary, Code: "http 429", After: time.Hour, Slower: true}},
		"429 without": {func(w http.ResponseWriter) { w.WriteHeader(429) },
			channels.Answer{Outcome: channels.Temporary, Code: "http 429", Slower: true}},
		"500": {func(w http.ResponseWriter) { w.WriteHeader(500) },
			channels.Answer{Outcome: channels.Temporary, Code: "http 500"}}, // RULES §4: safe at Twilio
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var arrived atomic.Int32
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				arrived.Add(1)
				c.answer(w)
			}))
			t.Cleanup(s.Close)
			p, err := twilio.New(twilio.Settings{AccountSID: "AC1", AuthToken: "t", BaseURL: s.URL, Sender: "38123"})
			if err != nil {
				t.Fatal(err)
			}
			got := p.Send(t.Context(), channeltest.Message(channels.SMS, 1))
			got.Reason = ""
			if c.want.After > 0 && got.After > c.want.After-time.Minute && got.After <= c.want.After {
				got.After = c.want.After // the date has whole seconds
			}
			if got != c.want || arrived.Load() != 1 {
				t.Errorf("got %+v after %d requests\nwant %+v after one", got, arrived.Load(), c.want)
			}
		})
	}
}

// TestReceiptsInAnyOrder: a receipt before the answer to its send, doubled ones, and an old
// one after the final: each is read for what it says; ranking them is the engine's.
func TestReceiptsInAnyOrder(t *testing.T) {
	t.Parallel()
	var p *twilio.Provider
	var read []string
	receive := func(address, status string) {
		form := url.Values{"AccountSid": {"AC1"}, "MessageSid": {"SM1"}, "MessageStatus": {status}}
		r := httptest.NewRequest(http.MethodPost, strings.TrimPrefix(address, "https://rdv.example"), strings.NewReader(form.Encode()))
		r.Header.Set("X-Twilio-Signature", twiliotest.Signature("t", address, form))
		got, err := p.Receipt(r)
		read = append(read, fmt.Sprint(got.MessageID, " ", got.ProviderID, " ", got.State, " ", err))
	}
	callback := ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		callback = r.PostForm.Get("StatusCallback")
		receive(callback, "delivered")
		_, _ = io.WriteString(w, `{"sid":"SM1","status":"queued"}`)
	}))
	t.Cleanup(s.Close)
	p, err := twilio.New(twilio.Settings{AccountSID: "AC1", AuthToken: "t", BaseURL: s.URL, Sender: "38123", PublicURL: "https://rdv.example"})
	if err != nil {
		t.Fatal(err)
	}
	m := channeltest.Message(channels.SMS, 1)
	m.Callback = "https://rdv.example/hooks/twilio/status?p=3"
	if a := p.Send(t.Context(), m); a.Outcome != channels.Sent {
		t.Fatalf("%+v", a)
	}
	receive(callback, "delivered")
	receive(callback, "sent")
	want := "[msg_000001 SM1 delivered <nil> msg_000001 SM1 delivered <nil> msg_000001 SM1 sent <nil>]"
	if got := fmt.Sprint(read); got != want {
		t.Errorf("read %s\nwant %s", got, want)
	}
}
