package bounce

import (
	"bytes"
	"io"
	"mime"
	"strings"

	"github.com/emersion/go-message"
)

const (
	deepest    = 6        // nested parts
	mostParts  = 50       // of one mail
	longestOne = 64 << 10 // octets of a part that are read
)

// finding is what the parts of one mail say.
type finding struct {
	addresses *Addresses
	kind      Kind
	status    string
	subject   *Subject
	text      string // the first text for people
	parts     int
}

// Parse reads a mail. to are the recipients of its envelope, where they are known: they say
// best which message it is about. It never fails: mail that is no report reports Nothing.
func (a *Addresses) Parse(raw []byte, to ...string) Report {
	f := &finding{addresses: a, kind: Nothing}
	for _, address := range to {
		f.names(address)
	}
	entity, err := message.Read(bytes.NewReader(raw))
	if entity == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return f.report()
	}
	for _, field := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "To"} {
		for values := entity.Header.FieldsByKey(field); values.Next(); {
			f.written(values.Value())
		}
	}
	f.read(entity, 0)
	if f.kind == Nothing && byServer(entity.Header) {
		f.kind, f.status = plain(f.text)
	}
	return f.report()
}

func (f *finding) report() Report {
	r := Report{Kind: f.kind, Status: f.status}
	if f.subject != nil {
		r.Subject, r.Known = *f.subject, true
	}
	return r
}

// names takes an address as the mail's subject, when it is one of ours and the first.
func (f *finding) names(address string) {
	if f.subject != nil {
		return
	}
	if s, ok := f.addresses.Read(address); ok {
		f.subject = &s
	}
}

// written looks for our addresses in a text.
func (f *finding) written(text string) {
	for _, address := range f.addresses.written.FindAllString(text, mostParts) {
		f.names(address)
	}
}

// read goes through a part and what it holds.
func (f *finding) read(e *message.Entity, depth int) {
	if f.parts++; depth > deepest || f.parts > mostParts {
		return
	}
	parts := e.MultipartReader()
	if parts == nil {
		f.leaf(e)
		return
	}
	for f.parts <= mostParts {
		part, err := parts.NextPart()
		if part == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
			return
		}
		f.read(part, depth+1)
	}
}

func (f *finding) leaf(e *message.Entity) {
	// A part that is cut short or badly encoded is read as far as it goes.
	body, _ := io.ReadAll(io.LimitReader(e.Body, longestOne))
	kind, _, err := mime.ParseMediaType(e.Header.Get("Content-Type"))
	if err != nil && kind == "" {
		kind = "text/plain"
	}
	text := string(body)
	switch kind {
	case "message/delivery-status", "message/global-delivery-status":
		if f.kind == Nothing {
			f.kind, f.status = delivery(text)
		}
	case "message/feedback-report":
		if f.kind == Nothing {
			f.kind = feedback(text)
		}
		f.written(text)
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers":
		f.written(text)
	case "text/plain":
		if f.text == "" {
			f.text = text
		}
		f.written(text) // a bounce for people may quote the message's headers
	}
}

// byServer tells whether a mail is from a server: an answer of a person's, or of their
// holidays, reports nothing whatever it says.
func byServer(h message.Header) bool {
	if h.Get("X-Failed-Recipients") != "" {
		return true
	}
	from := strings.ToLower(h.Get("From"))
	for _, name := range []string{"mailer-daemon@", "postmaster@", "mail-daemon@", "mdaemon@", "<mailer-daemon>"} {
		if strings.Contains(from, name) {
			return true
		}
	}
	return false
}
