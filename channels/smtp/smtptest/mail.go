package smtptest

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/emersion/go-message/mail"
)

// Mail is an accepted message, taken apart.
type Mail struct {
	Envelope
	Raw    []byte
	Header mail.Header
	// Subject and MessageID are decoded; MessageID has no brackets.
	Subject   string
	MessageID string
	// Text, HTML and Calendar are the parts to read, with \n line ends and without the
	// last one. CalendarMethod is the method parameter of the calendar's type.
	Text           string
	HTML           string
	Calendar       string
	CalendarMethod string
	// Types are the content types of the parts to read, in order.
	Types []string
	Files []File
}

// File is an attachment.
type File struct {
	Name string
	Type string
	Body []byte
}

func parse(raw []byte) (Mail, error) {
	m := Mail{Raw: raw}
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return m, err
	}
	m.Header = r.Header
	if m.Subject, err = r.Header.Subject(); err != nil {
		return m, err
	}
	if m.MessageID, err = r.Header.MessageID(); err != nil {
		return m, err
	}
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		if err := m.add(part); err != nil {
			return m, err
		}
	}
}

func (m *Mail) add(part *mail.Part) error {
	body, err := io.ReadAll(part.Body)
	if err != nil {
		return err
	}
	switch h := part.Header.(type) {
	case *mail.InlineHeader:
		kind, parameters, err := h.ContentType()
		if err != nil {
			return err
		}
		m.Types = append(m.Types, kind)
		m.read(kind, parameters["method"], text(body))
	case *mail.AttachmentHeader:
		kind, _, err := h.ContentType()
		if err != nil {
			return err
		}
		name, err := h.Filename()
		if err != nil {
			return err
		}
		m.Files = append(m.Files, File{Name: name, Type: kind, Body: body})
	}
	return nil
}

func (m *Mail) read(kind, method, body string) {
	switch kind {
	case "text/plain":
		m.Text = body
	case "text/html":
		m.HTML = body
	case "text/calendar":
		m.Calendar, m.CalendarMethod = body, method
	}
}

func text(body []byte) string {
	return strings.TrimSuffix(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n")
}
