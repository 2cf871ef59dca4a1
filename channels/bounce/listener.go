package bounce

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"
)

// ListenerConfig is how reports come in. All fields but Address and Desk are optional.
type ListenerConfig struct {
	// Address is host:port. LMTP speaks RFC 2033, for a mail server of ours that hands the
	// reports on; without it, SMTP, for one that is far or for the world (port 25).
	Address string
	LMTP    bool
	// Hostname is what the listener calls itself; empty is "localhost".
	Hostname string
	// MaxSize is what a report may have, in octets; 0 is 1 MiB.
	MaxSize int64
	// Patience is how long a silent client is waited for; 0 is 1 minute.
	Patience time.Duration
	// TLS offers STARTTLS; nil offers none. Reports hold addresses.
	TLS  *tls.Config
	Desk *Desk
}

const (
	defaultSize  = 1 << 20
	mostClients  = 64 // at once; others wait
	mostForOne   = 10 // recipients of one mail: a report has one
	applyTimeout = 30 * time.Second
)

// Listener is a mail server that takes reports and nothing else: no mail for another
// address, none to be passed on, nobody logs in.
type Listener struct {
	on     net.Listener
	server *gosmtp.Server
	desk   *Desk
	served sync.WaitGroup
	failed chan error

	mu      sync.Mutex
	stopped bool
	busy    sync.WaitGroup  // reports being applied
	ctx     context.Context // of applying; ends when a stop has waited long enough
	quit    context.CancelFunc
}

// Listen takes the address; nothing is answered before Start.
func Listen(c ListenerConfig) (*Listener, error) {
	on, err := net.Listen("tcp", c.Address)
	if err != nil {
		return nil, fmt.Errorf("nothing can listen for bounces at %s; is another mail server there? %w", c.Address, err)
	}
	l := &Listener{on: netutil.LimitListener(on, mostClients), desk: c.Desk, failed: make(chan error, 1)}
	l.ctx, l.quit = context.WithCancel(context.Background())
	l.server = gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) {
		return &session{l: l}, nil
	}))
	l.server.LMTP = c.LMTP
	l.server.Domain = or(c.Hostname, "localhost")
	l.server.MaxMessageBytes = or(c.MaxSize, defaultSize)
	l.server.MaxRecipients = mostForOne
	l.server.ReadTimeout = or(c.Patience, time.Minute)
	l.server.WriteTimeout = l.server.ReadTimeout
	l.server.EnableSMTPUTF8 = true
	l.server.TLSConfig = c.TLS
	l.server.ErrorLog = silence{} // it quotes addresses
	return l, nil
}

func or[T comparable](value, otherwise T) T {
	if value == *new(T) {
		return otherwise
	}
	return value
}

// Address is where it listens.
func (l *Listener) Address() string { return l.on.Addr().String() }

// Start answers from now on. Failed tells when it no longer can.
func (l *Listener) Start() {
	l.served.Go(func() {
		if err := l.server.Serve(l.on); err != nil && !errors.Is(err, net.ErrClosed) {
			l.failed <- fmt.Errorf("the listener for bounces at %s failed: %w", l.Address(), err)
		}
	})
}

// Failed gives the error that ended the listener on its own.
func (l *Listener) Failed() <-chan error { return l.failed }

// Stop takes no new report, waits for those being applied until ctx ends, and closes every
// connection, idle ones too: a mail server that got no answer brings its report again, and a
// second time it changes nothing.
func (l *Listener) Stop(ctx context.Context) error {
	l.mu.Lock()
	l.stopped = true
	l.mu.Unlock()
	stop := context.AfterFunc(ctx, l.quit)
	l.busy.Wait()
	stop()
	l.quit()
	err := errors.Join(l.server.Close(), l.on.Close()) // the server knows its listener only once it serves
	l.served.Wait()
	if errors.Is(err, gosmtp.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// begin counts a report as being applied; false once the listener stops.
func (l *Listener) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return false
	}
	l.busy.Add(1)
	return true
}

// session is one connection.
type session struct {
	l  *Listener
	to []string
}

var (
	errNotOurs = &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no mailbox here; reports about our messages only"}
	errLater   = &gosmtp.SMTPError{Code: 451, EnhancedCode: gosmtp.EnhancedCode{4, 3, 0}, Message: "the report cannot be recorded now; bring it again"}
)

// Mail implements gosmtp.Session. Any sender will do: reports have none.
func (s *session) Mail(string, *gosmtp.MailOptions) error { return nil }

// Rcpt implements gosmtp.Session.
func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	if !s.l.desk.Addresses.Takes(to) {
		return errNotOurs
	}
	s.to = append(s.to, to)
	return nil
}

// Data implements gosmtp.Session. What is no report is taken too, and changes nothing: to
// refuse it would make one more bounce.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if !s.l.begin() {
		return errLater
	}
	defer s.l.busy.Done()
	ctx, cancel := context.WithTimeout(s.l.ctx, applyTimeout)
	defer cancel()
	for _, to := range s.to { // each may name a message of its own
		if _, err := s.l.desk.Take(ctx, raw, to); err != nil {
			return errLater
		}
	}
	return nil
}

// Reset implements gosmtp.Session.
func (s *session) Reset() { s.to = nil }

// Logout implements gosmtp.Session.
func (s *session) Logout() error { return nil }

type silence struct{}

// Printf implements gosmtp.Logger.
func (silence) Printf(string, ...any) {}

// Println implements gosmtp.Logger.
func (silence) Println(...any) {}
