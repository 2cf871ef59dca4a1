package gateway

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"relance/channels"
	"relance/channels/httpcall"
)

const (
	defaultTimeout     = 10 * time.Second
	defaultConnections = 32
)

// Settings are one account at one gateway, as an operator writes them.
type Settings struct {
	// Name is the provider's name in this installation. Required.
	Name string
	// Description is the text of the gateway's file.
	Description []byte
	// Secrets are what its templates name as secrets.x: tokens, passwords, account names.
	Secrets map[string]string
	// BaseURL replaces scheme and host of every request, and begins their paths: a private
	// proxy, a test server. May be empty.
	BaseURL string
	// Sender is {{ from }} of messages that name none.
	Sender string
	// ValidFor is how long carriers may try messages that do not say; 0 leaves it to them.
	ValidFor time.Duration
	// Timeout bounds one call; 0 is 10 s.
	Timeout time.Duration
	// Connections is how many are kept open, and so how many messages are sent at once at
	// most; 0 is 32.
	Connections int
	// Now is the clock of signatures, of Retry-After dates and of look-ups; nil is time.Now.
	Now func() time.Time
}

// Provider sends through one gateway. It implements channels.Provider, Checker and
// io.Closer; what New returns also implements Hooks, BatchHooks, FormedHooks and Finder
// where the description has them.
type Provider struct {
	set       Settings
	base      *url.URL // nil: the description's own
	secrets   map[string]any
	plan      *plan
	transport *http.Transport
}

// New reads the description and makes a provider. Its error is Mistakes, all there are. It
// does not call the gateway: see Check.
func New(s Settings) (channels.Provider, error) {
	s.Timeout = cmp.Or(s.Timeout, defaultTimeout)
	s.Connections = cmp.Or(s.Connections, defaultConnections)
	if s.Now == nil {
		s.Now = time.Now
	}
	plan, found := parse(s.Description, s.Secrets)
	var base *url.URL
	if s.BaseURL != "" {
		u, err := url.Parse(s.BaseURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			found = append(found, Mistake{"base_url", "must be a whole address, such as https://proxy.example.org"})
		}
		base = u
	}
	if len(found) > 0 {
		return nil, found
	}
	p := &Provider{set: s, base: base, secrets: secretValues(s.Secrets), plan: plan, transport: httpcall.Transport(s.Connections)}
	return p.able(), nil
}

// able is the provider with the abilities that its description has, and no other: a
// provider that gives no receipts must not look as if it did.
func (p *Provider) able() channels.Provider {
	switch calls, finds := p.plan.receipts != nil, p.plan.find != nil; {
	case calls && finds:
		return struct {
			*Provider
			caller
			finder
		}{p, caller{p}, finder{p}}
	case calls:
		return struct {
			*Provider
			caller
		}{p, caller{p}}
	case finds:
		return struct {
			*Provider
			finder
		}{p, finder{p}}
	}
	return p
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

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{5,14}$`)

// Send implements channels.Provider.
func (p *Provider) Send(ctx context.Context, m channels.Message) channels.Answer {
	ctx, cancel := context.WithTimeout(ctx, p.set.Timeout)
	defer cancel()
	from := cmp.Or(m.From, p.set.Sender)
	switch {
	case from == "":
		return unsendable("the message has no sender and the provider has none of its own")
	case m.Body == "" || !e164.MatchString(m.To):
		return unsendable("the message has no text or no number in international form")
	}
	callback, err := p.callback(m)
	if err != nil {
		return unsendable(err.Error())
	}
	vars := withSecrets(variables(m, from, callback, cmp.Or(m.ValidFor, p.set.ValidFor)), p.secrets)
	req, err := p.plan.send.build(ctx, vars, p.base, p.set.Now())
	if err != nil {
		return unsendable(err.Error())
	}
	return p.plan.answer.read(p.do(ctx, req), p.set.Now())
}

func unsendable(reason string) channels.Answer {
	return channels.Answer{Outcome: channels.Permanent, Code: "message", Reason: reason}
}

// callback is the address for the receipts of m, with the secret that they must bring when
// it stands in the query.
func (p *Provider) callback(m channels.Message) (string, error) {
	if m.Callback == "" || p.plan.receipts == nil {
		return "", nil
	}
	address, err := channels.CallbackURL(m.Callback, m.ID)
	if shared := p.plan.receipts.check.query; err == nil && shared.name != "" {
		address += "&" + url.Values{shared.name: {shared.value}}.Encode()
	}
	return address, err
}

// Check implements channels.Checker: it makes the description's probe, or, when there is
// none, tries whether the gateway's host can be reached.
func (p *Provider) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.set.Timeout)
	defer cancel()
	r, probes := p.plan.probe, p.plan.probe != nil
	vars := withSecrets(nil, p.secrets)
	if !probes {
		r, vars = p.plan.send, withSecrets(sendSamples()[0], p.secrets)
	}
	req, err := r.build(ctx, vars, p.base, p.set.Now())
	if err != nil {
		return fmt.Errorf("gateway %q: %w", p.set.Name, err)
	}
	if !probes {
		return p.reach(ctx, req.URL)
	}
	got := p.do(ctx, req)
	if got.status >= 200 && got.status < 300 {
		return nil
	}
	if got.status == 0 {
		return fmt.Errorf("gateway %q: could not be reached (%s); check the address in its description, base_url and the network",
			p.set.Name, httpcall.LostCode(got.err))
	}
	return fmt.Errorf("gateway %q: the probe is answered with HTTP %d; check the provider's secrets and the probe in its description",
		p.set.Name, got.status)
}

// reach opens a connection and sends nothing.
func (p *Provider) reach(ctx context.Context, u *url.URL) error {
	port := cmp.Or(u.Port(), map[string]string{"https": "443", "http": "80"}[u.Scheme])
	conn, err := p.transport.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return fmt.Errorf("gateway %q: its host cannot be reached; check the address in its description, base_url and the network", p.set.Name)
	}
	return conn.Close()
}
