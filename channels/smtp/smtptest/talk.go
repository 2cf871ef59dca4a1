package smtptest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// talk is one connection.
type talk struct {
	s     *Rough
	raw   net.Conn
	r     *bufio.Reader
	w     *bufio.Writer
	env   Envelope
	tls   bool
	batch []string
}

func (t *talk) use(c net.Conn) { t.r, t.w = bufio.NewReader(c), bufio.NewWriter(c) }

func (t *talk) run() {
	t.use(t.raw)
	if t.fails(Banner) || t.say(220, "", "rough.test ready") != nil {
		return
	}
	for {
		line, err := t.r.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		verb = strings.ToUpper(verb)
		t.note(verb)
		if !t.obey(verb, rest) {
			return
		}
	}
}

// note remembers which commands came together.
func (t *talk) note(verb string) {
	if t.batch = append(t.batch, verb); t.r.Buffered() > 0 {
		return
	}
	t.s.mu.Lock()
	t.s.batches = append(t.s.batches, strings.Join(t.batch, " "))
	t.s.mu.Unlock()
	t.batch = nil
}

// obey answers a command; false when the connection is over.
func (t *talk) obey(verb, rest string) bool {
	var err error
	switch verb {
	case "EHLO", "HELO":
		err = t.at(Connect, t.hello)
	case "STARTTLS":
		err = t.at(Secure, t.startTLS)
	case "AUTH":
		err = t.at(Auth, func() error { return t.say(235, "2.7.0", "welcome") })
	case "MAIL":
		t.env.From, t.env.To = path(rest), nil
		_, t.env.Options, _ = strings.Cut(rest, "> ")
		t.env.Nth++
		err = t.at(From, func() error { return t.say(250, "2.1.0", "ok") })
	case "RCPT":
		to := path(rest)
		err = t.at(Rcpt, func() error {
			t.env.To = append(t.env.To, to)
			return t.say(250, "2.1.5", "ok")
		})
	case "DATA":
		err = t.at(Text, t.data)
	case "RSET", "NOOP":
		err = t.say(250, "2.0.0", "ok")
	default:
		_ = t.say(221, "2.0.0", "bye")
		return false
	}
	return err == nil
}

// at does what the command asks for, unless something goes wrong at the stage.
func (t *talk) at(stage Stage, do func() error) error {
	f := t.fault(stage)
	if f == nil {
		return do()
	}
	return t.suffer(*f)
}

func (t *talk) fails(stage Stage) bool {
	f := t.fault(stage)
	return f != nil && t.suffer(*f) != nil
}

func (t *talk) fault(stage Stage) *Fault {
	if t.s.cfg.Fault == nil {
		return nil
	}
	return t.s.cfg.Fault(stage, t.env)
}

// suffer lets a fault happen; an error ends the connection.
func (t *talk) suffer(f Fault) error {
	switch {
	case f.Hang:
		_, _ = io.Copy(io.Discard, t.r) // until the client leaves, or the server
		return io.ErrClosedPipe
	case f.Drop:
		return io.ErrClosedPipe
	case f.Code == 421:
		_ = t.say(421, f.Enhanced, "closing")
		return io.ErrClosedPipe
	}
	return t.say(f.Code, f.Enhanced, "refused by the test")
}

func (t *talk) hello() error {
	lines := []string{"rough.test", "SIZE 1000000", "ENHANCEDSTATUSCODES", "DSN"}
	if t.s.cfg.Pipelining {
		lines = append(lines, "PIPELINING")
	}
	if !t.s.cfg.Plain && !t.tls {
		lines = append(lines, "STARTTLS")
	}
	for _, l := range lines {
		fmt.Fprintf(t.w, "250-%s\r\n", l)
	}
	return t.say(250, "", "AUTH PLAIN")
}

func (t *talk) startTLS() error {
	if err := t.say(220, "2.0.0", "go"); err != nil {
		return err
	}
	c := tls.Server(t.raw, t.s.secure)
	if err := c.Handshake(); err != nil {
		return err
	}
	t.use(c)
	t.tls = true
	return nil
}

func (t *talk) data() error {
	if len(t.env.To) == 0 && !t.s.cfg.Lax {
		return t.say(554, "5.5.1", "no recipient")
	}
	if err := t.say(354, "", "go on"); err != nil {
		return err
	}
	var raw []byte
	for {
		line, err := t.r.ReadBytes('\n')
		if err != nil {
			return err
		}
		if string(line) == ".\r\n" {
			break
		}
		raw = append(raw, strings.TrimPrefix(string(line), ".")...)
	}
	return t.at(Data, func() error { return t.accept(raw) })
}

func (t *talk) accept(raw []byte) error {
	m, err := parse(raw)
	if err != nil {
		return t.say(554, "5.6.0", "not an email")
	}
	m.Envelope = t.env
	t.s.mu.Lock()
	t.s.mails = append(t.s.mails, m)
	t.s.mu.Unlock()
	return t.at(Accepted, func() error { return t.say(250, "2.0.0", "taken") })
}

// say answers; what was asked together is answered together.
func (t *talk) say(code int, enhanced, text string) error {
	fmt.Fprintf(t.w, "%d %s\r\n", code, strings.TrimSpace(enhanced+" "+text))
	if t.r.Buffered() > 0 {
		return nil
	}
	if t.s.cfg.Lag > 0 {
		time.Sleep(t.s.cfg.Lag)
	}
	return t.w.Flush()
}

func path(argument string) string {
	_, rest, _ := strings.Cut(argument, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}
