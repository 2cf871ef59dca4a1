// Package smtp sends email through one SMTP server with go-mail, over a few connections
// that each carry many messages.
package smtp

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"time"

	"relance/channels"
)

// Mode is how the connection is protected.
type Mode string

// The modes. None is for a server on the same machine or network that has no TLS.
const (
	StartTLS Mode = "starttls" // plain, then STARTTLS; refused when the server has none
	TLS      Mode = "tls"      // TLS from the first byte
	None     Mode = "none"
)

// Settings are one SMTP server, as an operator writes them.
type Settings struct {
	// Name is the provider's name in this installation; empty is "smtp".
	Name string
	// Host is required. Port 0 is 587 with STARTTLS, 465 with TLS, 25 without either.
	Host string
	Port int
	// Mode empty is StartTLS.
	Mode Mode
	// Username and Password log in when set; never over a connection in clear, except to
	// this machine.
	Username string
	Password string
	// From is the sender of messages that name none: "address" or "Name <address>". Required.
	From string
	// Domain ends the Message-IDs; empty is the domain of From. Changing it breaks
	// References to older messages.
	Domain string
	// Helo is the name this machine gives itself; empty is its host name.
	Helo string
	// Connections is how many are open at most; 0 is 4.
	Connections int
	// Timeout bounds one message, with connecting and waiting for a connection; 0 is 30 s.
	Timeout time.Duration
	// IdleClose is how long an unused connection stays open; 0 is 60 s.
	IdleClose time.Duration
	// ProbeAfter is how long unused before a connection is tried with NOOP first; 0 is 10 s.
	ProbeAfter time.Duration
	// DKIM signs the messages; the zero value does not.
	DKIM DKIM
	// Return, optional, is the envelope's sender of a message, where reports about it go;
	// "" is the address in From.
	Return func(channels.Message) string
	// OneByOne waits for the reply to each command though the server offers PIPELINING: for
	// a server that offers more than it can do.
	OneByOne bool
	// RootCAs are the authorities to trust; nil is the system's.
	RootCAs *x509.CertPool
}

// Provider sends through one server. It implements channels.Provider, Checker and io.Closer.
type Provider struct {
	set    Settings
	from   *netmail.Address
	signer *signer
	pool   *pool
}

// New checks the settings and makes a provider. It does not connect: see Check.
func New(s Settings) (*Provider, error) {
	s = withDefaults(s)
	if err := check(s); err != nil {
		return nil, err
	}
	from, err := netmail.ParseAddress(s.From)
	if err != nil {
		return nil, errors.New("smtp: from must be an address, such as rdv@example.org or Agence <rdv@example.org>")
	}
	s.Domain = cmp.Or(s.Domain, domainOf(from.Address))
	p := &Provider{set: s, from: from}
	if p.signer, err = newSigner(s.DKIM, domainOf(from.Address)); err != nil {
		return nil, err
	}
	p.pool = newPool(s, &dialer{set: s, tls: &tls.Config{
		ServerName: s.Host, MinVersion: tls.VersionTLS12, RootCAs: s.RootCAs,
		ClientSessionCache: tls.NewLRUClientSessionCache(s.Connections),
	}})
	return p, nil
}

func withDefaults(s Settings) Settings {
	s.Name = cmp.Or(s.Name, "smtp")
	s.Mode = cmp.Or(s.Mode, StartTLS)
	s.Port = cmp.Or(s.Port, map[Mode]int{StartTLS: 587, TLS: 465, None: 25}[s.Mode])
	s.Connections = cmp.Or(s.Connections, 4)
	s.Timeout = cmp.Or(s.Timeout, 30*time.Second)
	s.IdleClose = cmp.Or(s.IdleClose, time.Minute)
	s.ProbeAfter = cmp.Or(s.ProbeAfter, 10*time.Second)
	return s
}

func check(s Settings) error {
	switch {
	case s.Host == "":
		return errors.New("smtp: host is missing")
	case s.Mode != StartTLS && s.Mode != TLS && s.Mode != None:
		return fmt.Errorf("smtp: mode is starttls, tls or none, not %q", s.Mode)
	case s.Port < 1 || s.Port > 65535:
		return fmt.Errorf("smtp: port %d is not a port", s.Port)
	case s.Connections < 1:
		return errors.New("smtp: connections must be 1 or more")
	case s.Mode == None && s.Username != "" && !loopback(s.Host):
		return errors.New("smtp: a password is not sent in clear; set mode to starttls or tls, or take username away")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func domainOf(address string) string {
	return address[strings.LastIndexByte(address, '@')+1:]
}

// Name implements channels.Provider.
func (p *Provider) Name() string { return p.set.Name }

// Channel implements channels.Provider.
func (p *Provider) Channel() channels.Channel { return channels.Email }

// Close ends the idle connections; those in use end after their message.
func (p *Provider) Close() error {
	p.pool.close()
	return nil
}

// Send implements channels.Provider. ProviderID is the Message-ID without its brackets:
// delivery reports quote it.
func (p *Provider) Send(ctx context.Context, m channels.Message) channels.Answer {
	ctx, cancel := context.WithTimeout(ctx, p.set.Timeout)
	defer cancel()
	l, err := p.write(m)
	if err != nil {
		return channels.Answer{Outcome: channels.Permanent, Code: "message", Reason: err.Error()}
	}
	for attempt := 0; ; attempt++ {
		c, err := p.pool.get(ctx)
		if err != nil {
			return classifyDial(err)
		}
		reused := c.sent > 0
		err = c.send(ctx, l, p.set.Timeout)
		p.pool.put(c)
		if err == nil {
			return channels.Answer{Outcome: channels.Sent, ProviderID: p.messageID(m.ID)}
		}
		// A kept connection that the server had closed took nothing: once more, on a new one.
		if reused && attempt < p.set.Connections && stale(err) && ctx.Err() == nil {
			continue
		}
		return classify(err, p.own(m))
	}
}

// own tells whether the message goes out under the provider's own address, or the one reports go to.
func (p *Provider) own(m channels.Message) bool {
	from, err := p.sender(m)
	return err == nil && (from.Address == p.from.Address || p.set.Return != nil && p.set.Return(m) != "")
}

// Check implements channels.Checker: it connects, protects the connection and logs in.
func (p *Provider) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.set.Timeout)
	defer cancel()
	c, err := p.pool.get(ctx)
	if err != nil {
		a := classifyDial(err)
		return fmt.Errorf("smtp %q (%s:%d, %s): %s (%s)", p.set.Name, p.set.Host, p.set.Port, p.set.Mode, a.Reason, a.Code)
	}
	p.pool.put(c)
	return nil
}
