package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"relance/channels/text"
	"relance/channels/wording"
	"relance/engine"
)

// texts is engine.Texts over the wording of channels. SMS are rewritten to GSM-7 and
// counted here. It is safe for concurrent use.
type texts struct {
	book *wording.Book

	mu    sync.Mutex
	books map[string]*wording.Book // with templates of an organisation, by their content
}

var (
	_ engine.Texts  = (*texts)(nil)
	_ engine.Drafts = (*texts)(nil)
)

// mostBooks bounds the compiled templates that are kept, one or two a book; beyond it all are compiled anew.
const mostBooks = 1024

func newTexts() (*texts, error) {
	book, err := wording.Default()
	if err != nil {
		return nil, fmt.Errorf("the built-in texts: %w", err)
	}
	return &texts{book: book, books: map[string]*wording.Book{}}, nil
}

// with is the book where the overrides replace templates; compiling takes milliseconds, so it is kept.
func (t *texts) with(overrides map[string]string) (*wording.Book, error) {
	if len(overrides) == 0 {
		return t.book, nil
	}
	var content strings.Builder
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		fmt.Fprintf(&content, "%d %s %d %s", len(name), name, len(overrides[name]), overrides[name])
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if b := t.books[content.String()]; b != nil {
		return b, nil
	}
	b, err := t.book.With(overrides)
	if err != nil {
		return nil, err
	}
	if len(t.books) >= mostBooks {
		clear(t.books)
	}
	t.books[content.String()] = b
	return b, nil
}

// Render implements engine.Texts.
func (t *texts) Render(language string, ch engine.Channel, kind engine.MessageKind, overrides map[string]string, vars map[string]any) (engine.Text, error) {
	book, err := t.with(overrides)
	if err != nil {
		return engine.Text{}, err
	}
	out, err := book.Render(language, wording.Channel(ch), wording.Kind(kind), values(vars))
	if err != nil {
		return engine.Text{}, err
	}
	said := engine.Text{Subject: out.Subject, Body: out.Body, HTML: out.HTML, Language: out.Language, Digest: out.Digest}
	if ch == engine.SMS {
		sms := text.Split(text.Rewrite(out.Body))
		said.Body, said.Parts, said.Encoding, said.Units = sms.Text, len(sms.Parts), string(sms.Encoding), sms.Units
	}
	return said, nil
}

// values gives lists the type that templates know.
func values(vars map[string]any) wording.Vars {
	out := make(wording.Vars, len(vars))
	for name, v := range vars {
		if list, ok := v.([]map[string]any); ok {
			items := make([]wording.Vars, len(list))
			for i := range list {
				items[i] = list[i]
			}
			v = items
		}
		out[name] = v
	}
	return out
}

// Day implements engine.Texts.
func (t *texts) Day(language string, at, now time.Time) string { return t.book.Date(language, at, now) }

// Hour implements engine.Texts.
func (t *texts) Hour(language string, at time.Time) string { return t.book.Hour(language, at) }

// Check implements engine.Texts.
func (t *texts) Check(overrides map[string]string, replies bool) error {
	var refused []string
	for _, f := range t.book.Lint(overrides, replies) {
		if !f.Advice {
			refused = append(refused, f.Error())
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return errors.New(strings.Join(refused, "; "))
}

// Lint implements engine.Drafts.
func (t *texts) Lint(templates map[string]string, replies bool) []engine.Finding {
	found := t.book.Lint(templates, replies)
	out := make([]engine.Finding, len(found))
	for i, f := range found {
		out[i] = engine.Finding{Text: f.Text, Line: f.Line, Code: f.Code, Message: f.Message, Advice: f.Advice}
	}
	return out
}

// Source implements engine.Drafts.
func (t *texts) Source(language string, ch engine.Channel, kind engine.MessageKind) (subject, body string, ok bool) {
	return t.book.Source(language, wording.Channel(ch), wording.Kind(kind))
}

// Variables implements engine.Drafts.
func (t *texts) Variables(kind engine.MessageKind) []engine.TextVariable {
	return variables(wording.Variables(wording.Kind(kind)))
}

func variables(in []wording.Variable) []engine.TextVariable {
	out := make([]engine.TextVariable, len(in))
	for i, v := range in {
		out[i] = engine.TextVariable{Name: v.Name, Type: string(v.Type), Required: v.Required, Doc: v.Doc, Fields: variables(v.Fields)}
	}
	return out
}
