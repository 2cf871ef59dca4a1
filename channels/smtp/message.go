package smtp

import (
	"bytes"
	"cmp"
	"errors"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	mail "github.com/wneessen/go-mail"

	"relance/channels"
)

var (
	idPattern     = regexp.MustCompile(`^[A-Za-z0-9._-]{1,200}$`)
	methodPattern = regexp.MustCompile(`^[A-Z]{1,20}$`)
)

// write makes the letter of a message of ours: its envelope and its signed text. Its errors
// are for people and hold nothing of the message.
func (p *Provider) write(m channels.Message) (letter, error) {
	msg, err := p.compose(m)
	if err != nil {
		return letter{}, err
	}
	var raw bytes.Buffer
	if _, err := msg.WriteTo(&raw); err != nil {
		return letter{}, errors.New("the message cannot be written as an email")
	}
	signed, err := p.signer.sign(raw.Bytes())
	return letter{from: p.envelopeFrom(m, msg), to: m.To, raw: signed}, err
}

// envelopeFrom is where reports about the message go.
func (p *Provider) envelopeFrom(m channels.Message, msg *mail.Msg) string {
	if p.set.Return != nil {
		if from := p.set.Return(m); from != "" {
			return from
		}
	}
	return msg.GetFrom()[0].Address
}

// compose writes a message of ours as an email (RULES §4).
func (p *Provider) compose(m channels.Message) (*mail.Msg, error) {
	if !idPattern.MatchString(m.ID) {
		return nil, errors.New("the message has no id that can stand in a Message-ID")
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithEncoding(mail.EncodingQP))
	if err := p.address(msg, m); err != nil {
		return nil, err
	}
	msg.Subject(oneLine(m.Subject))
	msg.SetMessageIDWithValue(p.messageID(m.ID))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if err := unsubscribe(msg, m.Unsubscribe); err != nil {
		return nil, err
	}
	if m.References != "" {
		if !idPattern.MatchString(m.References) {
			return nil, errors.New("the message it continues has no id that can stand in a Message-ID")
		}
		ref := "<" + p.messageID(m.References) + ">"
		msg.SetGenHeader(mail.HeaderReferences, ref)
		msg.SetGenHeader(mail.HeaderInReplyTo, ref)
	}
	return msg, fill(msg, m)
}

// unsubscribe offers the button of mail programs (RFC 8058), where the message has one.
func unsubscribe(msg *mail.Msg, address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || strings.ContainsAny(address, "<>, \t\r\n") || !ascii(address) {
		return errors.New("the address that stops these emails is not one with https")
	}
	msg.SetGenHeader(mail.HeaderListUnsubscribe, "<"+address+">")
	msg.SetGenHeader(mail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	return nil
}

func (p *Provider) address(msg *mail.Msg, m channels.Message) error {
	from, err := p.sender(m)
	if err != nil {
		return err
	}
	to, err := netmail.ParseAddress(m.To)
	if err != nil || to.Address != m.To {
		return errors.New("the recipient is not a bare email address")
	}
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	if m.ReplyTo == "" {
		return nil
	}
	reply, err := netmail.ParseAddress(m.ReplyTo)
	if err != nil || reply.Address != m.ReplyTo {
		return errors.New("the address for answers is not a bare email address")
	}
	return msg.ReplyTo(m.ReplyTo)
}

// sender is the From of a message: its own or the provider's, under the organisation's name.
func (p *Provider) sender(m channels.Message) (*netmail.Address, error) {
	from := *p.from
	if m.From != "" {
		parsed, err := netmail.ParseAddress(m.From)
		if err != nil {
			return nil, errors.New("the sender is not an email address")
		}
		from = *parsed
	}
	from.Name = oneLine(cmp.Or(m.FromName, from.Name))
	return &from, nil
}

func (p *Provider) messageID(id string) string { return id + "@" + p.set.Domain }

// fill sets the text, its alternatives and the attachment.
func fill(msg *mail.Msg, m channels.Message) error {
	if m.Body == "" {
		return errors.New("the message has no text")
	}
	msg.SetBodyString(mail.TypeTextPlain, m.Body)
	if m.HTML != "" {
		msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	}
	if len(m.Calendar) == 0 {
		return nil
	}
	if !methodPattern.MatchString(m.CalendarMethod) {
		return errors.New("the calendar part has no method, such as REQUEST")
	}
	// The alternative is what mail programs act on; the file is for those that do not.
	msg.AddAlternativeString(mail.ContentType("text/calendar; method="+m.CalendarMethod), string(m.Calendar),
		mail.WithPartEncoding(mail.EncodingB64))
	return msg.AttachReader("rendez-vous.ics", bytes.NewReader(m.Calendar),
		mail.WithFileContentType("application/ics"))
}

// oneLine keeps a header on its line: controls become spaces, runs of spaces one.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}
