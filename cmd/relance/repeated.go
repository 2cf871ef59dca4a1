package main

import (
	"fmt"
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
	shared := maps.Clone(vars)
	if link != "" {
		shared["link"] = standIn(link)
	}
	if name, _ := vars["first_name"].(string); ch == engine.Email && name != "" {
		shared["first_name"] = "Prénom"
	}
	key, ok := keyOf(language, ch, kind, overrides, shared)
	if !ok {
		return r.Texts.Render(language, ch, kind, overrides, vars)
	}
	r.mu.RLock()
	text, ok := r.seen[key]
	r.mu.RUnlock()
	if !ok {
		var err error
		if text, err = r.Texts.Render(language, ch, kind, overrides, shared); err != nil {
			return text, err
		}
		r.mu.Lock()
		if len(r.seen) >= mostRepeated {
			clear(r.seen)
		}
		r.seen[key] = text
		r.mu.Unlock()
	}
	if link != "" {
		text.Body = strings.ReplaceAll(text.Body, shared["link"].(string), link)
	}
	return text, nil
}

// standIn is a link like any other, with a token that is nobody's.
func standIn(link string) string {
	cut := strings.LastIndexByte(link, '/') + 1
	return link[:cut] + strings.Repeat("z", len(link)-cut)
}

// keyOf is everything a text depends on; false for what it does not know to write down.
func keyOf(language string, ch engine.Channel, kind engine.MessageKind, overrides map[string]string, vars map[string]any) (string, bool) {
	b := make([]byte, 0, 512)
	write := func(s string) { b = append(append(strconv.AppendInt(b, int64(len(s)), 10), ' '), s...) }
	write(language)
	write(string(ch))
	write(string(kind))
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		write(name)
		write(overrides[name])
	}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		write(name)
		switch v := vars[name].(type) {
		case string:
			write(v)
		case bool, int, nil:
			write(fmt.Sprint(v))
		default:
			return "", false
		}
	}
	return string(b), true
}
