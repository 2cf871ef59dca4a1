package twilio_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/channels/twilio"
	"relance/channels/twilio/twiliotest"
)

func start(t *testing.T, cfg twiliotest.Config, change ...func(*twilio.Settings)) (*twilio.Provider, *twiliotest.Server) {
	t.Helper()
	server := twiliotest.Start(cfg)
	t.Cleanup(server.Close)
	s := twilio.Settings{
		AccountSID: server.AccountSID, AuthToken: server.AuthToken, BaseURL: server.URL,
		Sender: "38123", Timeout: time.Minute,
	}
	for _, c := range change {
		c(&s)
	}
	p, err := twilio.New(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, server
}

func bodies(server *twiliotest.Server) func() []string {
	return func() (all []string) {
		for _, m := range server.Messages() {
			all = append(all, m.Body)
		}
		return all
	}
}

func TestProvider(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, func(t *testing.T) channeltest.Subject {
		p, server := start(t, twiliotest.Config{})
		return channeltest.Subject{Provider: p, Carried: bodies(server)}
	})
}

func TestSendWritesTheRequest(t *testing.T) {
	t.Parallel()
	p, server := start(t, twiliotest.Config{}, func(s *twilio.Settings) { s.ValidFor = 4 * time.Hour })
	m := channeltest.Message(channels.SMS, 1)
	m.Callback = "https://relance.example/hooks/sms?org=o1"
	if a := p.Send(t.Context(), m); a.Outcome != channels.Sent || !strings.HasPrefix(a.ProviderID, "SM") {
		t.Fatalf("answer %+v", a)
	}
	m.From, m.ValidFor = "MG00000000000000000000000000000001", 100*time.Hour
	p.Send(t.Context(), m)

	got := server.Messages()
	if got[0].From != "38123" || got[0].ValidityPeriod != "14400" || got[0].To != m.To {
		t.Errorf("first request: %+v", got[0])
	}
	if want := "https://relance.example/hooks/sms?m=msg_000001&org=o1"; got[0].Callback != want {
		t.Errorf("callback %q, want %q", got[0].Callback, want)
	}
	if got[1].From != "" || got[1].Service != m.From || got[1].ValidityPeriod != "36000" {
		t.Errorf("second request: %+v", got[1])
	}
}

// TestClasses goes through the table of RULES §4 from the outside.
func TestClasses(t *testing.T) {
	t.Parallel()
	const own, given = "", "38999"
	for name, c := range map[string]struct {
		fault twiliotest.Fault
		from  string
		want  channels.Answer
	}{
		"wrong number":        {twiliotest.Fault{Status: 400, Code: 21211}, own, channels.Answer{Outcome: channels.Permanent, Code: "21211", BadAddress: true}},
		"not a mobile":        {twiliotest.Fault{Status: 400, Code: 21614}, own, channels.Answer{Outcome: channels.Permanent, Code: "21614", BadAddress: true}},
		"opted out":           {twiliotest.Fault{Status: 400, Code: 21610}, own, channels.Answer{Outcome: channels.Permanent, Code: "21610", OptedOut: true}},
		"country not allowed": {twiliotest.Fault{Status: 400, Code: 21408}, own, channels.Answer{Outcome: channels.Permanent, Code: "21408", Alert: true}},
		"our sender":          {twiliotest.Fault{Status: 400, Code: 21606}, own, channels.Answer{Outcome: channels.Configuration, Code: "21606", Alert: true}},
		"another's sender":    {twiliotest.Fault{Status: 400, Code: 21606}, given, channels.Answer{Outcome: channels.Permanent, Code: "21606", Alert: true}},
		"credentials":         {twiliotest.Fault{Status: 401, Code: 20003}, own, channels.Answer{Outcome: channels.Configuration, Code: "20003"}},
		"suspended":           {twiliotest.Fault{Status: 403, Code: 30002}, own, channels.Answer{Outcome: channels.Configuration, Code: "30002"}},
		"too fast":            {twiliotest.Fault{Status: 429, Code: 20429, RetryAfter: 7}, own, channels.Answer{Outcome: channels.Temporary, Code: "20429", After: 7 * time.Second, Slower: true}},
		"too fast, no code":   {twiliotest.Fault{Status: 429, Raw: "slow down"}, own, channels.Answer{Outcome: channels.Temporary, Code: "http 429", Slower: true}},
		"outage":              {twiliotest.Fault{Status: 503, Raw: "<html>"}, own, channels.Answer{Outcome: channels.Temporary, Code: "http 503"}},
		"outage with a code":  {twiliotest.Fault{Status: 500, Code: 20500}, own, channels.Answer{Outcome: channels.Temporary, Code: "20500"}},
		"unheard-of refusal":  {twiliotest.Fault{Status: 400, Code: 29999}, own, channels.Answer{Outcome: channels.Permanent, Code: "29999", Alert: true}},
		"a proxy's login":     {twiliotest.Fault{Status: 302, Raw: "moved"}, own, channels.Answer{Outcome: channels.Configuration, Code: "http 302"}},
		"accepted then cut":   {twiliotest.Fault{Accept: true, Drop: true}, own, channels.Answer{Outcome: channels.Unknown, Code: "connection"}},
		"accepted, no sense":  {twiliotest.Fault{Accept: true, Status: 200, Raw: "not json"}, own, channels.Answer{Outcome: channels.Unknown, Code: "connection"}},
		"accepted, no name":   {twiliotest.Fault{Accept: true, Status: 201, Raw: "{}"}, own, channels.Answer{Outcome: channels.Unknown, Code: "no_sid"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := start(t, twiliotest.Config{Fault: func(twiliotest.Message) *twiliotest.Fault { return &c.fault }})
			m := channeltest.Message(channels.SMS, 1)
			m.From = c.from
			got := p.Send(t.Context(), m)
			if got.Reason == "" {
				t.Error("no reason for people")
			}
			got.Reason = ""
			if got != c.want {
				t.Errorf("\n got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestHangIsUnknown(t *testing.T) {
	t.Parallel()
	for want, end := range map[string]func(context.Context) (context.Context, func()){
		"timeout": channeltest.Deadline,
		"cancelled": func(parent context.Context) (context.Context, func()) {
			ctx, cancel := context.WithCancel(parent)
			return ctx, cancel
		},
	} {
		ctx, pass := end(t.Context())
		t.Cleanup(pass)
		p, server := start(t, twiliotest.Config{Fault: func(twiliotest.Message) *twiliotest.Fault {
			return &twiliotest.Fault{Accept: true, Hang: true}
		}})
		go func() {
			_, _ = server.Wait(t.Context(), 1)
			pass()
		}()
		if a := p.Send(ctx, channeltest.Message(channels.SMS, 1)); a.Outcome != channels.Unknown || a.Code != want {
			t.Errorf("answer %+v, want unknown, %s", a, want)
		}
	}
}

func TestUnreachableIsTemporary(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String()
	l.Close()
	p, _ := start(t, twiliotest.Config{}, func(s *twilio.Settings) { s.BaseURL = nobody })
	if a := p.Send(t.Context(), channeltest.Message(channels.SMS, 1)); a.Outcome != channels.Temporary || a.Code != "connection" {
		t.Errorf("answer %+v, want temporary", a)
	}
}

// TestKeptConnectionClosed: the server goes away with the connection kept for it. Whether
// the transport notices before it writes is a race of the network; either way nothing
// must be given up or taken for sent.
func TestKeptConnectionClosed(t *testing.T) {
	t.Parallel()
	server := twiliotest.Start(twiliotest.Config{})
	p, err := twilio.New(twilio.Settings{AccountSID: server.AccountSID, AuthToken: server.AuthToken, BaseURL: server.URL, Sender: "38123"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	if a := p.Send(t.Context(), channeltest.Message(channels.SMS, 1)); a.Outcome != channels.Sent {
		t.Fatalf("answer %+v", a)
	}
	server.Close()
	if a := p.Send(t.Context(), channeltest.Message(channels.SMS, 2)); a.Outcome != channels.Temporary && a.Outcome != channels.Unknown {
		t.Errorf("answer %+v, want temporary or unknown", a)
	}
}

func TestErrorsKeepTheConnection(t *testing.T) {
	t.Parallel()
	n := 0
	p, server := start(t, twiliotest.Config{Fault: func(twiliotest.Message) *twiliotest.Fault {
		if n++; n%2 == 0 {
			return &twiliotest.Fault{Status: 400, Code: 21211}
		}
		return nil
	}})
	for i := range 20 {
		p.Send(t.Context(), channeltest.Message(channels.SMS, i))
	}
	if got := server.Dialled(); got != 1 {
		t.Errorf("%d connections for 20 messages in a row, want 1", got)
	}
}

func TestAPIKey(t *testing.T) {
	t.Parallel()
	p, _ := start(t, twiliotest.Config{APIKey: "SK1", APISecret: "secret"}, func(s *twilio.Settings) {
		s.APIKey, s.APISecret, s.AuthToken = "SK1", "secret", ""
	})
	if a := p.Send(t.Context(), channeltest.Message(channels.SMS, 1)); a.Outcome != channels.Sent {
		t.Errorf("answer %+v", a)
	}
	if _, err := p.Inbound(&http.Request{}); !errors.Is(err, channels.ErrUnsigned) {
		t.Errorf("without a token nothing can be verified: %v", err)
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	p, _ := start(t, twiliotest.Config{}, func(s *twilio.Settings) { s.AuthToken = "wrong" })
	err := p.Check(t.Context())
	if err == nil || !strings.Contains(err.Error(), "20003") || !strings.Contains(err.Error(), "auth_token") {
		t.Errorf("error %v", err)
	}
	if err != nil && strings.Contains(err.Error(), "wrong") {
		t.Error("the error shows the token")
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := twilio.Settings{AccountSID: "AC1", AuthToken: "t"}
	for name, change := range map[string]func(*twilio.Settings){
		"account_sid": func(s *twilio.Settings) { s.AccountSID = "SK1" },
		"auth_token":  func(s *twilio.Settings) { s.AuthToken = "" },
		"base_url":    func(s *twilio.Settings) { s.BaseURL = "api.twilio.com" },
	} {
		s := good
		change(&s)
		if _, err := twilio.New(s); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
