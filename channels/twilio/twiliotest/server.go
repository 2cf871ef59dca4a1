// Package twiliotest is a server that speaks the part of Twilio's API that the twilio
// provider uses: sending, the message log, signed receipts and signed replies. It keeps
// what it accepted and fails on demand. It listens on a loopback port, so a program under
// test in another process can use it too.
package twiliotest

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// Config is how a server behaves. The zero value accepts everything and sends no receipt.
type Config struct {
	// AccountSID and AuthToken are the account; empty is an account of its own.
	AccountSID string
	AuthToken  string
	// APIKey and APISecret are accepted too when set.
	APIKey    string
	APISecret string
	// Fault is asked about each message before it is accepted; nil, or a nil answer, is no fault.
	Fault func(Message) *Fault
	// Receipts are the statuses posted to a message's StatusCallback after it is accepted,
	// in order, such as "sent", "delivered". Receipt posts others by hand.
	Receipts []string
	// Now is the clock of the dates in answers; nil is time.Now.
	Now func() time.Time
}

// Fault is something that goes wrong with a message.
type Fault struct {
	// Accept keeps the message as sent before the fault: the answer is what is lost.
	Accept bool
	// Hang gives no answer until the client leaves. Drop closes the connection instead.
	Hang bool
	Drop bool
	// Early are receipts that are posted before the answer; with Accept. Without another fault
	// the answer is the usual one.
	Early []string
	// Until holds the answer back until it is closed: a slow server.
	Until <-chan struct{}
	// Status and Code are the HTTP status and Twilio's error code of the answer.
	Status int
	Code   int
	// Raw replaces Twilio's JSON error, as a proxy on the way would.
	Raw string
	// RetryAfter is that header, in seconds; 0 is none.
	RetryAfter int
}

// Message is a message the server was asked to send.
type Message struct {
	SID            string
	To, From, Body string
	// Service is the messaging service the message named instead of From.
	Service  string
	Callback string
	// ValidityPeriod is as written, in seconds; empty when absent.
	ValidityPeriod string
	Created        time.Time
	// Status is Twilio's word; it follows the receipts.
	Status    string
	ErrorCode int
	// Form is the whole request, for what has no field here.
	Form map[string][]string
}

// Server is a running server.
type Server struct {
	URL        string
	AccountSID string
	AuthToken  string

	cfg  Config
	http *httptest.Server
	post *http.Client

	mu       sync.Mutex
	messages []Message
	arrived  chan struct{} // closed and replaced at each accepted message
	refused  int
	dialled  int

	closing  chan struct{}
	receipts sync.WaitGroup
}

// Start starts a server on a free loopback port. Close it.
func Start(cfg Config) *Server {
	cfg.AccountSID = cmp.Or(cfg.AccountSID, "AC00000000000000000000000000000001")
	cfg.AuthToken = cmp.Or(cfg.AuthToken, "0123456789abcdef0123456789abcdef")
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Server{
		AccountSID: cfg.AccountSID, AuthToken: cfg.AuthToken, cfg: cfg,
		post:    &http.Client{Timeout: 10 * time.Second},
		arrived: make(chan struct{}), closing: make(chan struct{}),
	}
	s.http = httptest.NewUnstartedServer(s.routes())
	s.http.Config.ConnState = s.count
	s.http.Start()
	s.URL = s.http.URL
	return s
}

// Close stops the server; hanging requests end, pending receipts are waited for.
func (s *Server) Close() {
	close(s.closing)
	s.receipts.Wait()
	s.http.CloseClientConnections()
	s.http.Close()
	s.post.CloseIdleConnections()
}

func (s *Server) count(_ net.Conn, state http.ConnState) {
	if state == http.StateNew {
		s.mu.Lock()
		s.dialled++
		s.mu.Unlock()
	}
}

// Dialled is how many connections were made to the server.
func (s *Server) Dialled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dialled
}

// Messages are the accepted messages, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.messages...)
}

// Refused is how many requests to send were answered with an error or not at all, and
// not accepted.
func (s *Server) Refused() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// Wait returns once n messages are accepted, or with ctx's error.
func (s *Server) Wait(ctx context.Context, n int) ([]Message, error) {
	for {
		s.mu.Lock()
		got, arrived := len(s.messages), s.arrived
		s.mu.Unlock()
		if got >= n {
			return s.Messages(), nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return s.Messages(), ctx.Err()
		}
	}
}
