package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"

	"relance/channels"
)

// settingsError is a refusal of go-mail's that only an operator can mend.
type settingsError struct{ error }

func (e *settingsError) Unwrap() error { return e.error }

// stale tells that a kept connection was over before the message began: nothing was taken.
func stale(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.stage != stageText && r.stage != stageEnd && (r.code == 0 || r.code == 421)
}

// classify turns an error of a message into an answer (RULES §4): 4xx is temporary, 5xx
// final, and silence after the text was given is unknown. own: the sender is the
// provider's own, not the message's.
func classify(err error, own bool) channels.Answer {
	var r *refusal
	switch ok := errors.As(err, &r); {
	case errors.Is(err, errNoUTF8):
		return channels.Answer{Outcome: channels.Permanent, Code: "smtputf8", Reason: errNoUTF8.Error()}
	case ok && r.code >= 500:
		a := r.final(own)
		a.Code = r.text()
		return a
	case ok && r.code >= 400:
		return temporary(r.text(), "the mail server asks to try later")
	case ok && r.stage == stageEnd:
		return channels.Answer{Outcome: channels.Unknown, Code: "connection", Reason: "the connection was lost after the text; the message may have left"}
	}
	return temporary("connection", "the connection to the mail server was lost before the message left")
}

// final answers for a 5xx.
func (r *refusal) final(own bool) channels.Answer {
	switch {
	case r.needsLogin():
		return channels.Answer{Outcome: channels.Configuration, Reason: "the mail server asks for a user name and password it accepts"}
	case r.code == 552 || r.enhanced == "5.3.4" || r.enhanced == "5.2.3":
		return channels.Answer{Outcome: channels.Permanent, Reason: "the message is too big, or the mailbox is full"}
	case r.stage == stageMail || r.enhanced == "5.1.7" || r.enhanced == "5.1.8":
		return refusedSender(own)
	case strings.HasPrefix(r.enhanced, "5.7."):
		return channels.Answer{Outcome: channels.Permanent, Alert: true, Reason: "the mail server refuses the message by its policy"}
	case r.badAddress():
		return channels.Answer{Outcome: channels.Permanent, BadAddress: true, Reason: "the address does not exist"}
	}
	return channels.Answer{Outcome: channels.Permanent, Reason: "the mail server refuses the message"}
}

func refusedSender(own bool) channels.Answer {
	a := channels.Answer{Outcome: channels.Permanent, Alert: true, Reason: "the mail server refuses the sender"}
	if own {
		a.Outcome = channels.Configuration // every message has this sender
	}
	return a
}

func (r *refusal) needsLogin() bool {
	switch r.enhanced {
	case "5.7.8", "5.7.9", "5.7.11", "5.7.13", "5.7.14":
		return true
	case "5.7.0":
		return r.stage == stageMail
	}
	return r.code == 530 || r.code == 534 || r.code == 535 || r.code == 538
}

// badAddress: 5.1.x, or without an enhanced code what RFC 5321 says of the recipient.
func (r *refusal) badAddress() bool {
	if r.enhanced != "" && r.enhanced != "5.0.0" {
		return strings.HasPrefix(r.enhanced, "5.1.")
	}
	return r.stage == stageRcpt && (r.code == 550 || r.code == 551 || r.code == 553)
}

// classifyDial turns an error of connecting into an answer: nothing has left.
func classifyDial(err error) channels.Answer {
	var reply *textproto.Error
	switch {
	case errors.Is(err, context.Canceled):
		return temporary(channels.CodeCancelled, "sending was stopped before the message left")
	case errors.Is(err, errBusy):
		return temporary("busy", "every connection to the mail server was busy; allow more connections or send less at once")
	case errors.As(err, &reply) && reply.Code < 500:
		return temporary(strconv.Itoa(reply.Code), "the mail server asks to try later")
	case errors.As(err, &reply) && (&refusal{code: reply.Code}).needsLogin():
		return configuration(strconv.Itoa(reply.Code), "the mail server refuses the user name or the password")
	case errors.As(err, &reply):
		return configuration(strconv.Itoa(reply.Code), "the mail server refuses this client")
	case badTLS(err):
		return configuration("tls", "the mail server's certificate or TLS is not accepted; check host, mode, port and the authorities trusted")
	case unreachable(err):
		return temporary(lostCode(err), "the mail server could not be reached")
	}
	return configuration("features", "the mail server does not offer the STARTTLS or the login that the settings ask for; check mode and username")
}

func badTLS(err error) bool {
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var record tls.RecordHeaderError
	var op *net.OpError
	return errors.As(err, &certificate) || errors.As(err, &authority) || errors.As(err, &name) ||
		errors.As(err, &record) || errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error")
}

func unreachable(err error) bool {
	var network net.Error
	var garbled textproto.ProtocolError
	return errors.As(err, &network) || errors.As(err, &garbled) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errClosed)
}

func lostCode(err error) string {
	var network net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout() {
		return "timeout"
	}
	return "connection"
}

func temporary(code, reason string) channels.Answer {
	return channels.Answer{Outcome: channels.Temporary, Code: code, Reason: reason}
}

func configuration(code, reason string) channels.Answer {
	return channels.Answer{Outcome: channels.Configuration, Code: code, Reason: reason}
}
