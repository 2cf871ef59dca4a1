package smtp

import (
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// stage is a moment of a message on its connection.
type stage string

// The stages, in order.
const (
	stageMail stage = "MAIL"
	stageRcpt stage = "RCPT"
	stageData stage = "DATA"
	stageText stage = "text" // being written: without its end the server can accept nothing
	stageEnd  stage = "end"  // the final dot has been given, or may have been
)

// letter is a message as the server gets it.
type letter struct {
	from, to string // of the envelope, bare
	raw      []byte
}

func (l letter) ascii() bool { return ascii(l.from) && ascii(l.to) }

// refusal is where a message stopped and what the server said. code 0: it said nothing.
type refusal struct {
	stage    stage
	code     int
	enhanced string // "5.1.1"; empty when the server gave none
	cause    error
}

// Error leaves out the server's words: they quote addresses.
func (r *refusal) Error() string { return fmt.Sprintf("refused at %s: %s", r.stage, r.text()) }

func (r *refusal) Unwrap() error { return r.cause }

func (r *refusal) text() string {
	return strings.TrimSpace(strconv.Itoa(r.code) + " " + r.enhanced)
}

// enhancedPattern finds the enhanced code at the head of what a server says.
var enhancedPattern = regexp.MustCompile(`^"?([245]\.\d{1,3}\.\d{1,3})\b`)

func refused(at stage, err error) error {
	r := &refusal{stage: at, cause: err}
	var said *textproto.Error
	if errors.As(err, &said) {
		r.code = said.Code
		if found := enhancedPattern.FindStringSubmatch(said.Msg); found != nil {
			r.enhanced = found[1]
		}
	}
	return r
}

// errNoUTF8 is a letter for an address that this server cannot write.
var errNoUTF8 = errors.New("the mail server does not take addresses beyond ASCII (SMTPUTF8)")

// command is one line for the server, and the reply that lets the message go on.
type command struct {
	stage stage
	line  string
	want  int // as textproto.ReadResponse expects it: 25 is any 25x
}

// deliver gives the server one letter. The envelope goes out in one write where the server
// offers PIPELINING (RFC 2920): two round trips for a message instead of four.
func (c *conn) deliver(l letter, patience time.Duration) error {
	if err := c.net.SetDeadline(time.Now().Add(patience)); err != nil {
		return refused(stageMail, err)
	}
	commands, err := c.envelope(l)
	if err != nil {
		return err
	}
	ask := c.askEach
	if ok, _ := c.smtp.Extension("PIPELINING"); ok && !c.oneByOne {
		ask = c.askAll
	}
	if err := ask(commands); err != nil {
		return err
	}
	return c.text(l.raw)
}

func (c *conn) envelope(l letter) ([]command, error) {
	mail := "MAIL FROM:<" + l.from + ">"
	if ok, _ := c.smtp.Extension("SIZE"); ok {
		mail += " SIZE=" + strconv.Itoa(len(l.raw)) // one that is too big is refused before it is written
	}
	if ok, _ := c.smtp.Extension("DSN"); ok {
		mail += " RET=HDRS" // a bounce need not bring the text back: the person's link is in it
	}
	// SMTPUTF8 is asked for only where it is needed: relays refuse it more than they should.
	if !l.ascii() {
		if ok, _ := c.smtp.Extension("SMTPUTF8"); !ok {
			return nil, errNoUTF8
		}
		mail += " BODY=8BITMIME SMTPUTF8"
	}
	return []command{
		{stageMail, mail, 250}, {stageRcpt, "RCPT TO:<" + l.to + ">", 25}, {stageData, "DATA", 354},
	}, nil
}

// askEach gives one command after the other, up to the first refusal.
func (c *conn) askEach(commands []command) error {
	for _, one := range commands {
		if err := c.write(one); err != nil {
			return refused(one.stage, err)
		}
		if _, _, err := c.smtp.Text.ReadResponse(one.want); err != nil {
			return refused(one.stage, err)
		}
	}
	return nil
}

// askAll gives all commands at once and reads all replies; the first refusal counts.
func (c *conn) askAll(commands []command) error {
	if err := c.write(commands...); err != nil {
		return refused(stageMail, err)
	}
	var first error
	for _, one := range commands {
		_, _, err := c.smtp.Text.ReadResponse(one.want)
		switch r := (*refusal)(nil); {
		case err != nil && first == nil:
			first = refused(one.stage, err)
			if silent(first) {
				return first
			}
		case err != nil && silent(refused(one.stage, err)):
			c.broken = true // what was said before it went stays said
			return first
		case err == nil && one.stage == stageData && errors.As(first, &r):
			c.nothing(r)
		}
	}
	return first
}

// nothing ends a text that the server waits for though it refused the message: an empty one
// where nobody can get it (RFC 2920 §3.1), else by leaving.
func (c *conn) nothing(why *refusal) {
	if why.stage != stageRcpt {
		c.broken = true
		return
	}
	if err := c.text(nil); silent(err) {
		c.broken = true
	}
}

// silent tells that the server said nothing, so that the connection is no good any more.
func silent(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.code == 0
}

func (c *conn) write(commands ...command) error {
	w := c.smtp.Text.W
	for _, one := range commands {
		if _, err := w.WriteString(one.line + "\r\n"); err != nil {
			return err
		}
	}
	return w.Flush()
}

// text writes the message and waits for what the server makes of it.
func (c *conn) text(raw []byte) error {
	w := c.smtp.Text.DotWriter()
	if _, err := w.Write(raw); err != nil {
		return refused(stageText, err)
	}
	if err := w.Close(); err != nil {
		return refused(stageEnd, err)
	}
	if _, _, err := c.smtp.Text.ReadResponse(250); err != nil {
		return refused(stageEnd, err)
	}
	return nil
}
