// Package twilio sends SMS through Twilio with the twilio-go client.
package twilio

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"relance/channels"
	"relance/channels/httpcall"
)

const (
	defaultTimeout = 10 * time.Second
	defaultSenders = 64
	longestValid   = 10 * time.Hour // the API's limit for ValidityPeriod
	servicePrefix  = "MG"           // a messaging service's SID, where a sender could stand
)

// Settings are one Twilio account, as an operator writes them.
type Settings struct {
	// Name is the provider's name in this installation; empty is "twilio".
	Name string
	// AccountSID is the account, "AC…". Required.
	AccountSID string
	// AuthToken is the account's token. It signs what Twilio posts to us, so it is needed
	// for receipts and replies even when an API key sends.
	AuthToken string
	// APIKey ("SK…") and APISecret send instead of the token when both are set.
	APIKey    string
	APISecret string
	// BaseURL replaces https://api.twilio.com: a private proxy, a regional host, a test server.
	BaseURL string
	// Region and Edge choose a Twilio data centre ("ie1", "dublin"); both may be empty.
	Region string
	Edge   string
	// Sender is the number, alphanumeric sender or messaging service ("MG…") of messages
	// that name none.
	Sender string
	// PublicURL is where Twilio reaches us, as it stands in callback URLs: scheme and host,
	// and a path when a proxy adds one. Signatures are checked against it.
	PublicURL string
	// ValidFor is how long carriers may try messages that do not say; 0 is Twilio's default.
	ValidFor time.Duration
	// Timeout bounds one call; 0 is 10 s.
	Timeout time.Duration
	// Senders is how many messages are sent at once at most: that many connections are
	// kept open. 0 is 64.
	Senders int
}

// Provider sends through one account. It implements channels.Provider, Finder, Checker,
// Hooks and io.Closer.
type Provider struct {
	set       Settings
	base      *url.URL // nil: Twilio's own host
	transport *http.Transport
	creds     *client.Credentials
	validator client.RequestValidator
}

// New checks the settings and makes a provider. It does not call Twilio: see Check.
func New(s Settings) (*Provider, error) {
	s.Name = cmp.Or(s.Name, "twilio")
	s.Timeout = cmp.Or(s.Timeout, defaultTimeout)
	s.Senders = cmp.Or(s.Senders, defaultSenders)
	if !strings.HasPrefix(s.AccountSID, "AC") {
		return nil, errors.New("twilio: account_sid is missing or does not begin with AC")
	}
	creds := client.NewCredentials(s.AccountSID, s.AuthToken)
	if s.APIKey != "" && s.APISecret != "" {
		creds = client.NewCredentials(s.APIKey, s.APISecret)
	}
	if creds.Password == "" {
		return nil, errors.New("twilio: set auth_token, or api_key and api_secret")
	}
	base, err := parseBase(s.BaseURL)
	if err != nil {
		return nil, err
	}
	return &Provider{
		set: s, base: base, transport: httpcall.Transport(s.Senders), creds: creds,
		validator: client.NewRequestValidator(s.AuthToken),
	}, nil
}

func parseBase(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("twilio: base_url must be a whole URL, such as https://api.ie1.twilio.com")
	}
	return u, nil
}

// Name implements channels.Provider.
func (p *Provider) Name() string { return p.set.Name }

// Channel implements channels.Provider.
func (p *Provider) Channel() channels.Channel { return channels.SMS }

// Close drops the idle connections.
func (p *Provider) Close() error {
	p.transport.CloseIdleConnections()
	return nil
}

// Send implements channels.Provider.
func (p *Provider) Send(ctx context.Context, m channels.Message) channels.Answer {
	ctx, cancel := context.WithTimeout(ctx, p.set.Timeout)
	defer cancel()
	params, err := p.params(m)
	if err != nil {
		return channels.Answer{Outcome: channels.Permanent, Code: "message", Reason: err.Error()}
	}
	call := p.newCall(ctx)
	msg, err := call.api().CreateMessage(params)
	own := m.From == "" || m.From == p.set.Sender
	if err != nil {
		return call.classify(err, own)
	}
	return taken(msg, own)
}

// params writes a message as the API wants it.
func (p *Provider) params(m channels.Message) (*openapi.CreateMessageParams, error) {
	from := cmp.Or(m.From, p.set.Sender)
	if from == "" {
		return nil, errors.New("the message has no sender and the provider has none of its own")
	}
	if m.To == "" || m.Body == "" {
		return nil, errors.New("the message has no recipient or no text")
	}
	params := (&openapi.CreateMessageParams{}).SetTo(m.To).SetBody(m.Body)
	if strings.HasPrefix(from, servicePrefix) && len(from) == 34 {
		params.SetMessagingServiceSid(from)
	} else {
		params.SetFrom(from)
	}
	if valid := cmp.Or(m.ValidFor, p.set.ValidFor); valid > 0 {
		params.SetValidityPeriod(int(min(max(valid, time.Second), longestValid) / time.Second))
	}
	if m.Callback != "" {
		callback, err := channels.CallbackURL(m.Callback, m.ID)
		if err != nil {
			return nil, err
		}
		params.SetStatusCallback(callback)
	}
	return params, nil
}

// taken reads the answer of a call that went through.
func taken(msg *openapi.ApiV2010Message, own bool) channels.Answer {
	if msg.Sid == nil || *msg.Sid == "" {
		return channels.Answer{
			Outcome: channels.Unknown, Code: "no_sid", Reason: "Twilio answered without naming the message",
		}
	}
	code := 0
	if msg.ErrorCode != nil {
		code = *msg.ErrorCode
	}
	if code != 0 || lost(msg.Status) {
		a := byCode(code, 0, own)
		a.ProviderID = *msg.Sid
		return a
	}
	return channels.Answer{Outcome: channels.Sent, ProviderID: *msg.Sid}
}

func lost(status *string) bool {
	if status == nil {
		return false
	}
	state, _ := states(*status)
	return state == channels.StateUndelivered || state == channels.StateFailed
}

// Check implements channels.Checker: it reads one line of the message log, which tries
// the network, the account and the credentials.
func (p *Provider) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.set.Timeout)
	defer cancel()
	call := p.newCall(ctx)
	_, err := call.api().PageMessage((&openapi.ListMessageParams{}).SetPageSize(1), "", "")
	if err == nil {
		return nil
	}
	a := call.classify(err, true)
	return fmt.Errorf("twilio %q: %s (%s); check account_sid, auth_token or api_key, base_url and the network",
		p.set.Name, a.Reason, a.Code)
}
