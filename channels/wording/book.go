package wording

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/osteele/liquid"
)

// fallback is the language of whoever speaks none of ours: French comes first.
const fallback = "fr"

// Text is a rendered message.
type Text struct {
	// Body is the SMS, or the text/plain part of the email. An SMS still has its
	// accents: text.Rewrite makes it fit GSM-7.
	Body string
	// Subject and HTML are for emails only. HTML says the same as Body.
	Subject, HTML string
	// Language is the one it is written in, which is not always the one asked.
	Language string
	// Digest tells two templates apart, whatever they are filled in with.
	Digest string
}

// Book is a set of templates, all checked and compiled. It never changes, so any
// number of goroutines may render from it.
type Book struct {
	languages map[string]*language
	texts     map[key]*liquid.Template
	sources   map[key]string
	layout    *template.Template
	// variables are the declarations of each kind, made once.
	variables map[Kind][]Variable
}

// key names one template: "fr/sms/invitation", "fr/email/invitation.subject".
type key struct {
	lang    string
	channel Channel
	kind    Kind
	subject bool
}

func (k key) String() string {
	s := k.lang + "/" + string(k.channel) + "/" + string(k.kind)
	if k.subject {
		s += ".subject"
	}
	return s
}

// Render returns the text of kind k for channel ch in lang ("fr", "en-GB"); a
// language without a folder gives French. It fails when a required variable is
// missing, a value has another type than Variables says, or the channel has no
// such text. Errors hold no value. "place_kind" (phone, video, home) puts the words
// that the language has for it into place.
func (b *Book) Render(lang string, ch Channel, k Kind, v Vars) (Text, error) {
	at := key{lang: b.Language(lang), channel: ch, kind: k}
	if b.texts[at] == nil {
		return Text{}, fmt.Errorf("there is no text %s: see Kind and Channel", at)
	}
	vars, err := bind(b.variables[k], b.languages[at.lang].placed(v))
	if err != nil {
		return Text{}, fmt.Errorf("text %s: %w", at, err)
	}
	rtl := b.languages[at.lang].Direction == "rtl"
	if rtl {
		steer(vars)
	}
	var out Text
	if ch == SMS {
		out.Body, err = b.fill(at, vars)
		out.Body = withoutBlankLines(out.Body)
	} else {
		out, err = b.email(at, vars)
	}
	if rtl {
		out.Body, out.Subject = rightToLeft(out.Body), rightToLeft(out.Subject)
	}
	out.Language, out.Digest = at.lang, b.digest(at)
	return out, err
}

// digest is the beginning of a hash of the template, of an email's subject and body.
func (b *Book) digest(at key) string {
	h := sha256.New()
	h.Write([]byte(b.sources[at]))
	if at.channel == Email {
		at.subject = true
		h.Write([]byte("\n=== subject\n" + b.sources[at]))
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// Source returns the template of a kind and its subject, which only an email has. ok is false when there
// is no such text; lang is not replaced by another language here.
func (b *Book) Source(lang string, ch Channel, k Kind) (subject, body string, ok bool) {
	at := key{lang: lang, channel: ch, kind: k}
	body, ok = b.sources[at]
	at.subject = true
	return b.sources[at], body, ok
}

// fill runs one template. The cause stays out of the message: it may quote values.
func (b *Book) fill(at key, vars map[string]any) (string, error) {
	out, err := b.texts[at].RenderString(vars)
	if err != nil {
		return "", fmt.Errorf("text %s, line %d: it cannot be filled in with these variables", at, err.LineNumber())
	}
	return out, nil
}

// Has says whether a kind has a text on a channel.
func (b *Book) Has(ch Channel, k Kind) bool {
	return b.texts[key{lang: fallback, channel: ch, kind: k}] != nil
}

// Language returns the language a text will be in when lang is asked: its folder,
// that of its first part ("en-GB" → "en"), or French.
func (b *Book) Language(lang string) string {
	if b.languages[lang] != nil {
		return lang
	}
	main, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(lang), "_", "-"), "-")
	if b.languages[main] != nil {
		return main
	}
	return fallback
}

// Languages returns every language, sorted.
func (b *Book) Languages() []string {
	return slices.Sorted(maps.Keys(b.languages))
}

// Keys returns the name of every template, sorted: what With accepts.
func (b *Book) Keys() []string {
	keys := make([]string, 0, len(b.texts))
	for at := range b.texts {
		keys = append(keys, at.String())
	}
	slices.Sort(keys)
	return keys
}

// Direction returns "ltr" or "rtl".
func (b *Book) Direction(lang string) string {
	return b.languages[b.Language(lang)].Direction
}

// Date says the day of t, in t's own zone: "jeudi 14 mai", "Thursday 14 May". The
// year is added when it is not that of now.
func (b *Book) Date(lang string, t, now time.Time) string {
	return b.languages[b.Language(lang)].dates.Day(t, now)
}

// Hour says the time of day of t, in t's own zone: "10 h 30", "10:30 am".
func (b *Book) Hour(lang string, t time.Time) string {
	return b.languages[b.Language(lang)].dates.Hour(t)
}

// With returns a book where templates are replaced, by key ("fr/sms/invitation",
// "fr/email/invitation", "fr/email/invitation.subject"); b stays as it was. Every
// template is checked now with every set of variables it may meet: an unknown key,
// tag, filter or variable, an optional variable shown untested, a forgotten link
// or last day are errors, all reported, each with its key and line.
func (b *Book) With(overrides map[string]string) (*Book, error) {
	with := *b
	with.texts, with.sources = maps.Clone(b.texts), maps.Clone(b.sources)
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		at, err := b.find(name)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		compiled, err := compile(newEngine(b.languages[at.lang]), at, overrides[name])
		if err != nil {
			problems = append(problems, err)
			continue
		}
		with.texts[at], with.sources[at] = compiled, overrides[name]
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return &with, nil
}

// find reads a key as people write it.
func (b *Book) find(name string) (key, error) {
	parts := strings.Split(name, "/")
	if len(parts) == 3 {
		kind, subject := strings.CutSuffix(parts[2], ".subject")
		at := key{parts[0], Channel(parts[1]), Kind(kind), subject}
		if b.texts[at] != nil {
			return at, nil
		}
	}
	return key{}, fmt.Errorf("there is no text named %q: write language/channel/kind, such as fr/sms/invitation or fr/email/invitation.subject", name)
}

// withoutBlankLines drops lines that conditions left empty.
func withoutBlankLines(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line)
	}
	return b.String()
}
