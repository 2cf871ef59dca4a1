package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	mail "github.com/wneessen/go-mail"
	wire "github.com/wneessen/go-mail/smtp"
)

// goodbye bounds QUIT: a server that does not answer it is left.
const goodbye = 2 * time.Second

// dialer makes ready connections: greeted, protected, logged in.
type dialer struct {
	set Settings
	tls *tls.Config
}

// conn is one connection. go-mail greets, protects and logs in; the messages are given in our
// own words (dialogue.go), which go-mail has for it to be extended. One goroutine at a time.
type conn struct {
	client *mail.Client
	smtp   *wire.Client
	net    *cutConn
	sent   int // messages tried on it
	// oneByOne waits for each reply though the server offers PIPELINING.
	oneByOne bool
	broken   bool
	idle     time.Time // since when it is unused
}

// dial connects. go-mail leaves a connection open when a later step fails, so the socket
// is taken hold of on the way and closed here.
func (d *dialer) dial(ctx context.Context) (*conn, error) {
	c := &conn{oneByOne: d.set.OneByOne}
	client, err := mail.NewClient(d.set.Host, d.options(c)...)
	if err != nil {
		return nil, &settingsError{err}
	}
	c.client = client
	c.smtp, err = c.connect(ctx)
	if err != nil {
		if c.net != nil {
			c.net.Close()
		}
		return nil, errors.Join(err, context.Cause(ctx))
	}
	return c, nil
}

func (c *conn) connect(ctx context.Context) (*wire.Client, error) {
	// The socket does not exist yet when ctx may end: it is cut as soon as it does.
	stop := func() bool { return false }
	defer func() { stop() }()
	ctx = context.WithValue(ctx, onSocket{}, func(n *cutConn) {
		c.net = n
		stop = context.AfterFunc(ctx, n.cut)
	})
	return c.client.DialToSMTPClientWithContext(ctx)
}

// onSocket carries the function that a new socket is given to.
type onSocket struct{}

func (d *dialer) options(c *conn) []mail.Option {
	options := []mail.Option{
		mail.WithPort(d.set.Port), mail.WithTimeout(d.set.Timeout),
		mail.WithTLSConfig(d.tls), mail.WithTLSPolicy(mail.NoTLS), mail.WithDialContextFunc(d.socket),
	}
	if d.set.Mode == StartTLS {
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if d.set.Helo != "" {
		options = append(options, mail.WithHELO(d.set.Helo))
	}
	if d.set.Username != "" {
		options = append(options, mail.WithUsername(d.set.Username), mail.WithPassword(d.set.Password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin,
				mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthCramMD5))
	}
	return options
}

// socket opens the socket, with TLS in that mode: go-mail leaves it to a dialer of ours.
func (d *dialer) socket(ctx context.Context, network, address string) (net.Conn, error) {
	raw, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	n := &cutConn{Conn: raw}
	if take, ok := ctx.Value(onSocket{}).(func(*cutConn)); ok {
		take(n)
	}
	if d.set.Mode != TLS {
		return n, nil
	}
	secure := tls.Client(n, d.tls)
	return secure, secure.HandshakeContext(ctx)
}

// send carries one letter. After an error that leaves the connection in doubt it is broken.
func (c *conn) send(ctx context.Context, l letter, patience time.Duration) error {
	stop := context.AfterFunc(ctx, c.net.cut)
	c.sent++
	err := c.deliver(l, patience)
	if err != nil {
		c.settle(err)
	}
	if !stop() {
		c.broken = true // it was cut, or is about to be
	}
	return err
}

// settle makes the connection good for the next letter after a refusal, or marks it broken.
func (c *conn) settle(err error) {
	var r *refusal
	switch {
	case !errors.As(err, &r): // it was never asked
	case r.code == 0 || r.code == 421 || r.stage == stageText:
		c.broken = true
	case r.stage != stageEnd && !c.broken: // the server still holds what it took of the envelope
		c.broken = c.smtp.Reset() != nil
	}
}

// alive tries the connection with NOOP.
func (c *conn) alive(ctx context.Context) bool {
	stop := context.AfterFunc(ctx, c.net.cut)
	defer stop()
	return c.net.SetDeadline(time.Now().Add(goodbye)) == nil && c.smtp.Noop() == nil
}

// close says goodbye, unless the connection is broken, and closes.
func (c *conn) close() {
	if !c.broken && c.net.SetDeadline(time.Now().Add(goodbye)) == nil {
		_ = c.smtp.Quit()
	}
	_ = c.net.Close()
}

// cutConn is a socket that can be cut for good: go-mail moves the deadline as it goes, and
// would move it past the end of a context.
type cutConn struct {
	net.Conn
	mu   sync.Mutex
	over bool
}

// SetDeadline implements net.Conn; it does nothing once cut.
func (c *cutConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return nil
	}
	return c.Conn.SetDeadline(t)
}

func (c *cutConn) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	_ = c.Conn.SetDeadline(time.Unix(1, 0))
}
