package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"relance/engine"
)

// repeated renders a text once for all who get the same but for their link, which is as long for everybody:
// a simulation writes hundreds of thousands that nobody reads. The parts of an SMS are those it would have;
// of an email, whose length costs nothing, the name is a stand-in too. Safe for concurrent use.
type repeated struct {
	engine.Texts

	mu   sync.RWMutex
	seen map[string]engine.Text
}

func newRepeated(t engine.Texts) *repeated {
	return &repeated{Texts: t, seen: map[string]engine.Text{}}
}

// mostRepeated bounds what is kept; beyond it all are rendered anew.
const mostRepeated = 20_000

// Render implements engine.Texts.
func (r *repeated) Render(language string, ch engine.Channel, kind engine.MessageKind, overrides map[string]string, vars map[string]any) (engine.Text, error) {
	link, _ := vars["link"].(string)
	k := &textKey{bytes: make([]byte, 0, 1024), link: link, nameless: ch == engine.Email}
	if !k.of(language, ch, kind, overrides, vars) {
		return r.Texts.Render(language, ch, kind, overrides, vars)
	}
	r.mu.RLock()
	text, ok := r.seen[string(k.bytes)]
	r.mu.RUnlock()
	if !ok {
		shared := maps.Clone(vars)
		for name := range shared {
			shared[name] = k.shared(name, shared[name])
		}
		var err error
		if text, err = r.Texts.Render(language, ch, kind, overrides, shared); err != nil {
			return text, err
		}
		r.mu.Lock()
		if len(r.seen) >= mostRepeated {
			clear(r.seen)
		}
		r.seen[string(k.bytes)] = text
		r.mu.Unlock()
	}
	if link != "" {
		text.Body = strings.ReplaceAll(text.Body, standIn(link), link)
	}
	return text, nil
}

// standIn is a link like any other, with a token that is nobody's.
func standIn(link string) string {
	cut := strings.LastIndexByte(link, '/') + 1
	return link[:cut] + strings.Repeat("z", len(link)-cut)
}

// textKey is everything a text depends on, written one after the other.
type textKey struct {
	bytes    []byte
	link     string
	nameless bool // the name is a stand-in too
}

// shared is what of a variable all who get the same have.
func (k *textKey) shared(name string, v any) any {
	switch {
	case name == "link" && k.link != "":
		return standIn(k.link)
	case name == "first_name" && k.nameless && v != "":
		return "Prénom"
	}
	return v
}

func (k *textKey) write(s string) {
	k.bytes = append(append(strconv.AppendInt(k.bytes, int64(len(s)), 10), ' '), s...)
}

// of writes the key; false for what it does not know to write down.
func (k *textKey) of(language string, ch engine.Channel, kind engine.MessageKind, overrides map[string]string, vars map[string]any) bool {
	k.write(language)
	k.write(string(ch))
	k.write(string(kind))
	names := make([]string, 0, 32)
	for name := range overrides {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		k.write(name)
		k.write(overrides[name])
	}
	names = names[:0]
	for name := range vars {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		k.write(name)
		switch v := k.shared(name, vars[name]).(type) {
		case string:
			k.write(v)
		case bool:
			k.write(strconv.FormatBool(v))
		case int:
			k.write(strconv.Itoa(v))
		case nil:
			k.write("\x00") // not an empty text
		default:
			return false
		}
	}
	return true
}
