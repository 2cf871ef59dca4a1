package smtptest

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"slices"
	"sync"
	"time"
)

// The stages that only a Rough server has. It asks for faults at Banner, Connect (EHLO and
// HELO), Secure, Auth, From, Rcpt, Text, Data and Accepted, in this order.
const (
	Banner Stage = "banner"   // the client has connected
	Secure Stage = "starttls" // STARTTLS
	Text   Stage = "text"     // DATA, before the text
)

// RoughConfig is how a Rough server behaves. The zero value offers STARTTLS and a login that
// takes everybody.
type RoughConfig struct {
	Plain      bool // no STARTTLS
	Pipelining bool
	// Lax takes DATA though it has taken no recipient.
	Lax bool
	// Fault is asked at each stage; nil, or a nil answer, is no fault.
	Fault func(Stage, Envelope) *Fault
	// Lag is how long each answer is on its way: a server that is far.
	Lag time.Duration
}

// Rough is a server that speaks the protocol by hand, so that it can go wrong where a
// proper one cannot: before it has greeted, in STARTTLS, at DATA itself.
type Rough struct {
	Host string
	Port int
	Pool *x509.CertPool

	cfg    RoughConfig
	secure *tls.Config
	listen net.Listener
	served sync.WaitGroup

	mu      sync.Mutex
	open    map[net.Conn]bool
	total   int
	mails   []Mail
	batches []string
}

// StartRough starts a server on a free loopback port. Close it.
func StartRough(cfg RoughConfig) (*Rough, error) {
	certificate, pool, err := newCertificate()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Rough{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Pool: pool, cfg: cfg, listen: l,
		secure: &tls.Config{Certificates: []tls.Certificate{certificate}}, open: map[net.Conn]bool{},
	}
	s.served.Go(s.serve)
	return s, nil
}

// Close stops the server and every connection.
func (s *Rough) Close() {
	_ = s.listen.Close()
	s.Disconnect()
	s.served.Wait()
}

// Disconnect closes every connection without a word.
func (s *Rough) Disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		_ = c.Close()
	}
}

// Mails are the accepted messages, oldest first.
func (s *Rough) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Connections is how many connections were made in all.
func (s *Rough) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Batches are the verbs of the commands that came together, such as "MAIL RCPT DATA".
func (s *Rough) Batches() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.batches)
}

func (s *Rough) serve() {
	for {
		c, err := s.listen.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.total++
		s.open[c] = true
		talk := &talk{s: s, raw: c, env: Envelope{Connection: s.total}}
		s.mu.Unlock()
		s.served.Go(func() {
			talk.run()
			_ = c.Close()
			s.mu.Lock()
			delete(s.open, c)
			s.mu.Unlock()
		})
	}
}
