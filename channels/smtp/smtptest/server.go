// Package smtptest is an SMTP server for tests, with STARTTLS or TLS under a certificate of
// its own, logins, faults at each stage, and every message kept and taken apart.
package smtptest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"sync"
	"time"

	gosmtp "github.com/emersion/go-smtp"
)

// Config is how a server behaves. The zero value offers STARTTLS, asks for no login and
// accepts everything.
type Config struct {
	// TLS speaks TLS from the first byte. Plain offers none.
	TLS   bool
	Plain bool
	// Username and Password are asked for when Username is set. Mechanisms are those
	// offered; nil is PLAIN and LOGIN.
	Username   string
	Password   string
	Mechanisms []string
	// Fault is asked at each stage of each message; nil, or a nil answer, is no fault. At
	// Connect and Auth, the envelope is empty.
	Fault func(Stage, Envelope) *Fault
}

// Stage is a moment of a conversation.
type Stage string

// The stages, in order.
const (
	Connect  Stage = "connect"  // EHLO
	Auth     Stage = "auth"     // AUTH
	From     Stage = "mail"     // MAIL FROM
	Rcpt     Stage = "rcpt"     // RCPT TO
	Data     Stage = "data"     // the text has come, nothing is accepted yet
	Accepted Stage = "accepted" // the message is kept, the client does not know yet
)

// Envelope is what is known of a message at a stage.
type Envelope struct {
	From string
	To   []string
	// Options are what stands behind the sender; a Rough server keeps them.
	Options string
	// Connection numbers the connections from 1; Nth numbers the messages on it from 1.
	Connection int
	Nth        int
}

// Fault is something that goes wrong.
type Fault struct {
	// Code and Enhanced ("5.1.1", or empty for none) are the server's answer.
	Code     int
	Enhanced string
	// Drop closes the connection instead. Hang answers nothing until the server closes or
	// the client leaves.
	Drop bool
	Hang bool
}

// Server is a running server.
type Server struct {
	// Host and Port are where it listens; Pool holds its certificate.
	Host string
	Port int
	Pool *x509.CertPool

	cfg    Config
	server *gosmtp.Server
	listen net.Listener
	done   chan struct{}
	served sync.WaitGroup

	mu      sync.Mutex
	mails   []Mail
	total   int
	open    map[net.Conn]bool
	numbers map[string]int // by remote address
	changed chan struct{}  // closed and replaced at each change
}

// Start starts a server on a free loopback port. Close it.
func Start(cfg Config) (*Server, error) {
	certificate, pool, err := newCertificate()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Pool: pool,
		cfg: cfg, done: make(chan struct{}), open: map[net.Conn]bool{}, numbers: map[string]int{}, changed: make(chan struct{}),
	}
	s.server = gosmtp.NewServer(gosmtp.BackendFunc(s.session))
	s.server.Domain = "smtp.test"
	s.server.AllowInsecureAuth = cfg.Plain
	s.server.MaxMessageBytes = 10 << 20
	s.server.ReadTimeout, s.server.WriteTimeout = time.Minute, time.Minute
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	l = &counted{Listener: l, s: s}
	secure := &tls.Config{Certificates: []tls.Certificate{certificate}}
	switch {
	case cfg.TLS:
		l = tls.NewListener(l, secure)
	case !cfg.Plain:
		s.server.TLSConfig = secure
	}
	s.listen = l
	s.served.Go(func() { _ = s.server.Serve(l) })
	return s, nil
}

// Close stops the server and closes every connection.
func (s *Server) Close() {
	close(s.done)
	_ = s.server.Close()
	_ = s.listen.Close() // the server knows it only once it serves
	s.Disconnect()
	s.served.Wait()
}

// Disconnect closes every connection without a word, as a restart does.
func (s *Server) Disconnect() {
	s.mu.Lock()
	var all []net.Conn
	for c := range s.open {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		_ = c.Close()
	}
}

// Connections is how many connections were made in all.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

func (s *Server) number(c net.Conn) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.numbers[c.RemoteAddr().String()]
}

// Mails are the accepted messages, oldest first.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Wait returns once n messages are accepted, or with ctx's error.
func (s *Server) Wait(ctx context.Context, n int) ([]Mail, error) {
	err := s.until(ctx, func() bool { return len(s.mails) >= n })
	return s.Mails(), err
}

// WaitOpen returns once exactly n connections are open, or with ctx's error.
func (s *Server) WaitOpen(ctx context.Context, n int) error {
	return s.until(ctx, func() bool { return len(s.open) == n })
}

func (s *Server) until(ctx context.Context, reached func() bool) error {
	for {
		s.mu.Lock()
		ok, changed := reached(), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// change runs a change of the server's state and wakes those who wait for it.
func (s *Server) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

// counted counts connections as they come and go.
type counted struct {
	net.Listener
	s *Server
}

func (l *counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	n := &socket{Conn: c, s: l.s}
	l.s.change(func() {
		l.s.total++
		l.s.numbers[c.RemoteAddr().String()] = l.s.total
		l.s.open[n] = true
	})
	return n, nil
}

type socket struct {
	net.Conn
	s *Server
}

func (c *socket) Close() error {
	err := c.Conn.Close()
	c.s.change(func() { delete(c.s.open, c) })
	return err
}
