package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"relance/channels"
	"relance/channels/bounce"
	"relance/channels/smtp"
	"relance/config"
	"relance/engine"
)

// bounceAddresses are those our emails leave under; nil when none are configured.
func bounceAddresses(c config.Config) (*bounce.Addresses, error) {
	if c.Bounces.Address == "" {
		return nil, nil
	}
	return bounce.NewAddresses(c.Bounces.Address, []byte(c.Secret))
}

// newSMTP makes an SMTP provider.
func newSMTP(c config.Config, p config.Provider) (channels.Provider, error) {
	key := []byte(p.DKIMKey)
	if p.DKIMKeyFile != "" {
		var err error
		if key, err = os.ReadFile(p.DKIMKeyFile); err != nil {
			return nil, fmt.Errorf("dkim_key_file cannot be read: %w", err)
		}
	}
	s := smtp.Settings{
		Name: p.Name, Host: p.Host, Port: p.Port, Mode: smtp.Mode(p.Encryption), Username: p.Username, Password: string(p.Password),
		From: p.From, Domain: p.Domain, Connections: p.Connections, Timeout: p.Timeout, OneByOne: p.NoPipelining,
		DKIM: smtp.DKIM{Selector: p.DKIMSelector, Domain: p.DKIMDomain, Key: key},
	}
	a, err := bounceAddresses(c)
	if err != nil {
		return nil, err
	}
	if a != nil {
		s.Return = a.Return
	}
	return smtp.New(s)
}

// bounces is where other mail servers' reports come in. What is not configured is nil.
type bounces struct {
	listener *bounce.Listener
	folder   *bounce.Maildir
}

// openBounces takes the listener's address and looks whether the folder is one; nothing is
// read before start.
func openBounces(c config.Config, e receiving, log *slog.Logger, registry prometheus.Registerer) (*bounces, error) {
	a, err := bounceAddresses(c)
	if a == nil || err != nil || !c.Has(config.RoleAPI) {
		return nil, err
	}
	desk, out := newDesk(a, e, log, registry), &bounces{}
	if c.Bounces.Maildir != "" {
		if out.folder, err = bounce.OpenMaildir(bounce.MaildirConfig{
			Dir: c.Bounces.Maildir, Every: c.Bounces.Every, MaxSize: int64(c.Bounces.MaxSize), Desk: desk, Log: log,
		}); err != nil {
			return nil, fmt.Errorf("bounces.maildir: %w", err)
		}
	}
	if c.Bounces.Listen != "" {
		out.listener, err = listenForBounces(c.Bounces, desk)
	}
	return out, err
}

func newDesk(a *bounce.Addresses, e receiving, log *slog.Logger, registry prometheus.Registerer) *bounce.Desk {
	counts := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "relance_bounces_total", Help: "Reports of other mail servers, by what they say; known: they name a message of ours.",
	}, []string{"kind", "known"})
	registry.MustRegister(counts)
	return &bounce.Desk{Addresses: a, Receiver: receipts{e, log}, Log: log, OnReport: func(r bounce.Report) {
		counts.WithLabelValues(string(r.Kind), strconv.FormatBool(r.Known)).Inc()
	}}
}

func listenForBounces(b config.Bounces, desk *bounce.Desk) (*bounce.Listener, error) {
	secure, err := certificates(b.Certificate, b.Key)
	if err != nil {
		return nil, fmt.Errorf("bounces.certificate: %w", err)
	}
	_, domain, _ := strings.Cut(b.Address, "@")
	l, err := bounce.Listen(bounce.ListenerConfig{
		Address: b.Listen, LMTP: b.Protocol == "lmtp", Hostname: cmp.Or(b.Hostname, domain), MaxSize: int64(b.MaxSize),
		TLS: secure, Desk: desk,
	})
	if err != nil {
		return nil, fmt.Errorf("bounces.listen: %w", err)
	}
	return l, nil
}

// certificates offers the certificate of two files, as they are at each connection; nil
// without files.
func certificates(certificate, key string) (*tls.Config, error) {
	if certificate == "" {
		return nil, nil
	}
	read := func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		return &pair, err
	}
	if _, err := read(nil); err != nil {
		return nil, fmt.Errorf("the certificate and its key cannot be read: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: read}, nil
}

func (b *bounces) start(ctx context.Context) {
	if b == nil {
		return
	}
	if b.folder != nil {
		b.folder.Start(ctx)
	}
	if b.listener != nil {
		b.listener.Start()
	}
}

func (b *bounces) failed() <-chan error {
	if b == nil || b.listener == nil {
		return nil
	}
	return b.listener.Failed()
}

// stop ends taking reports; those under way are applied.
func (b *bounces) stop(ctx context.Context) error {
	if b == nil {
		return nil
	}
	var err error
	if b.listener != nil {
		err = b.listener.Stop(ctx)
	}
	if b.folder != nil {
		b.folder.Stop()
	}
	return err
}

// receiving is the engine's side of a receipt.
type receiving interface {
	Receive(ctx context.Context, p engine.Partition, id engine.MessageID, r engine.Receipt) error
	Complain(ctx context.Context, p engine.Partition, id engine.MessageID) error
}

// receipts is bounce.Receiver over the engine. A ticket is the message's partition.
type receipts struct {
	engine receiving
	log    *slog.Logger
}

var _ bounce.Receiver = receipts{}

// Receive implements bounce.Receiver.
func (r receipts) Receive(ctx context.Context, ticket string, got channels.Receipt) error {
	state := engine.MessageUndelivered
	if got.State == channels.StateDelivered {
		state = engine.MessageDelivered
	}
	return r.apply(ctx, ticket, got.MessageID, func(p engine.Partition) error {
		return r.engine.Receive(ctx, p, engine.MessageID(got.MessageID), engine.Receipt{
			State: state, Code: got.Code, Reason: got.Reason, BadAddress: got.BadAddress, OptedOut: got.OptedOut,
		})
	})
}

// Complain implements bounce.Receiver.
func (r receipts) Complain(ctx context.Context, ticket, id string) error {
	return r.apply(ctx, ticket, id, func(p engine.Partition) error { return r.engine.Complain(ctx, p, engine.MessageID(id)) })
}

// apply does what a report says in the partition of its message; what can never be applied is only told.
func (r receipts) apply(ctx context.Context, ticket, id string, do func(engine.Partition) error) error {
	n, err := strconv.Atoi(ticket)
	if err != nil || n < 0 || n >= engine.Partitions {
		return nil // the token is good, so this installation made it for something else once
	}
	err = do(engine.Partition(n))
	var known *engine.Error
	switch engine.CodeOf(err) {
	case engine.CodeInvalid, engine.CodeNotFound, engine.CodeWrongState:
		if errors.As(err, &known) {
			r.log.WarnContext(ctx, "a report about an email changes nothing", "message", id, "why", known.Message)
		}
		return nil
	}
	return err
}
