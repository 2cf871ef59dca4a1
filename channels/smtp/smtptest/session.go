package smtptest

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
)

var errLogin = errors.New("LOGIN takes a name, then a password")

// session is one connection.
type session struct {
	s      *Server
	conn   *gosmtp.Conn
	env    Envelope
	logged bool
}

func (s *Server) session(c *gosmtp.Conn) (gosmtp.Session, error) {
	one := &session{s: s, conn: c, env: Envelope{Connection: s.number(c.Conn())}}
	if err := one.fault(Connect); err != nil {
		return nil, err
	}
	if s.cfg.Username == "" {
		return one, nil
	}
	return &login{one}, nil
}

// fault asks the configuration and does what it says.
func (c *session) fault(at Stage) error {
	if c.s.cfg.Fault == nil {
		return nil
	}
	f := c.s.cfg.Fault(at, c.env)
	switch {
	case f == nil:
		return nil
	case f.Hang:
		<-c.s.done
		fallthrough
	case f.Drop:
		_ = c.conn.Conn().Close()
		return io.ErrClosedPipe
	}
	e := &gosmtp.SMTPError{Code: f.Code, EnhancedCode: gosmtp.NoEnhancedCode, Message: "refused by the test"}
	if f.Enhanced != "" {
		fmt.Sscanf(f.Enhanced, "%d.%d.%d", &e.EnhancedCode[0], &e.EnhancedCode[1], &e.EnhancedCode[2])
	}
	return e
}

// Mail implements gosmtp.Session.
func (c *session) Mail(from string, _ *gosmtp.MailOptions) error {
	if c.s.cfg.Username != "" && !c.logged {
		return &gosmtp.SMTPError{Code: 530, EnhancedCode: gosmtp.EnhancedCode{5, 7, 0}, Message: "log in first"}
	}
	c.env.From, c.env.To = from, nil
	c.env.Nth++
	return c.fault(From)
}

// Rcpt implements gosmtp.Session.
func (c *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	c.env.To = append(c.env.To, to)
	return c.fault(Rcpt)
}

// Data implements gosmtp.Session.
func (c *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := c.fault(Data); err != nil {
		return err
	}
	m, err := parse(bytes.Clone(raw))
	if err != nil {
		return &gosmtp.SMTPError{Code: 554, EnhancedCode: gosmtp.EnhancedCode{5, 6, 0}, Message: "not an email: " + err.Error()}
	}
	m.Envelope = c.env
	c.s.change(func() { c.s.mails = append(c.s.mails, m) })
	return c.fault(Accepted)
}

// Reset implements gosmtp.Session.
func (c *session) Reset() { c.env.From, c.env.To = "", nil }

// Logout implements gosmtp.Session.
func (c *session) Logout() error { return nil }

// login is a session that asks for a name and a password.
type login struct{ *session }

// AuthMechanisms implements gosmtp.AuthSession.
func (c *login) AuthMechanisms() []string {
	if c.s.cfg.Mechanisms != nil {
		return c.s.cfg.Mechanisms
	}
	return []string{sasl.Plain, sasl.Login}
}

// Auth implements gosmtp.AuthSession.
func (c *login) Auth(mechanism string) (sasl.Server, error) {
	if err := c.fault(Auth); err != nil {
		return nil, err
	}
	try := func(username, password string) error {
		if username != c.s.cfg.Username || password != c.s.cfg.Password {
			return gosmtp.ErrAuthFailed
		}
		c.logged = true
		return nil
	}
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, username, password string) error { return try(username, password) }), nil
	case sasl.Login:
		return &loginServer{try: try}, nil
	}
	return nil, gosmtp.ErrAuthUnknownMechanism
}

// loginServer is the server's side of AUTH LOGIN.
type loginServer struct {
	try      func(username, password string) error
	username string
	step     int
}

// Next implements sasl.Server.
func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil && l.step == 0 {
		return []byte("Username:"), false, nil
	}
	l.step++
	switch l.step {
	case 1:
		l.username = string(response)
		return []byte("Password:"), false, nil
	case 2:
		return nil, true, l.try(l.username, string(response))
	}
	return nil, true, errLogin
}
