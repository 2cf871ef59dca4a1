package main

import (
	"hash/maphash"
	"maps"
	"strings"
	"sync"
	"time"

	"relance/engine"
)

// unread renders a text once for all who get the same but for their link, which is as long for everybody, and gives
// all of it but its words: a simulation writes hundreds of thousands that nobody reads. The parts of an SMS are
// those it would have; of an email, whose length costs nothing, the name is a stand-in too. Safe for concurrent use.
type unread struct {
	engine.Texts

	seed maphash.Seed
	mu   sync.RWMutex
	days map[dayAsked]string // what Day said
	// seen is by everything a text depends on, hashed: that two of 20,000 meet in 64 bits is not to be expected.
	seen map[uint64]engine.Text
}

func newUnread(t engine.Texts) *unread {
	return &unread{Texts: t, seed: maphash.MakeSeed(), days: map[dayAsked]string{}, seen: map[uint64]engine.Text{}}
}

// dayAsked is all that the name of a day depends on.
type dayAsked struct {
	language string
	at, now  [3]int
}

// Day implements engine.Texts.
func (u *unread) Day(language string, at, now time.Time) string {
	day := func(t time.Time) [3]int {
		y, m, d := t.Date()
		return [3]int{y, int(m), d}
	}
	asked := dayAsked{language, day(at), day(now.In(at.Location()))}
	u.mu.RLock()
	said, ok := u.days[asked]
	u.mu.RUnlock()
	if ok {
		return said
	}
	said = u.Texts.Day(language, at, now)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.days[asked] = said
	return said
}

// mostSeen bounds what is kept; beyond it all are rendered anew.
const mostSeen = 20_000

// Render implements engine.Texts.
func (u *unread) Render(language string, ch engine.Channel, kind engine.MessageKind, overrides map[string]string, vars map[string]any) (engine.Text, error) {
	link, _ := vars["link"].(string)
	all := sharing{link: link, nameless: ch == engine.Email}
	key, ok := u.key(language, ch, kind, overrides, vars, all)
	if !ok {
		return u.wordless(language, ch, kind, overrides, vars)
	}
	u.mu.RLock()
	text, ok := u.seen[key]
	u.mu.RUnlock()
	if ok {
		return text, nil
	}
	shared := maps.Clone(vars)
	for name := range shared {
		shared[name] = all.of(name, shared[name])
	}
	text, err := u.wordless(language, ch, kind, overrides, shared)
	if err != nil {
		return text, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.seen) >= mostSeen {
		clear(u.seen)
	}
	u.seen[key] = text
	return text, nil
}

func (u *unread) wordless(language string, ch engine.Channel, kind engine.MessageKind, overrides map[string]string, vars map[string]any) (engine.Text, error) {
	text, err := u.Texts.Render(language, ch, kind, overrides, vars)
	text.Subject, text.Body, text.HTML = "", "", ""
	return text, err
}

// standIn is a link like any other, with a token that is nobody's.
func standIn(link string) string {
	cut := strings.LastIndexByte(link, '/') + 1
	return link[:cut] + strings.Repeat("z", len(link)-cut)
}

// sharing is how people who get the same differ.
type sharing struct {
	link     string
	nameless bool // the name is a stand-in too
}

// of is what of a variable all who get the same have.
func (s sharing) of(name string, v any) any {
	switch {
	case name == "link" && s.link != "":
		return standIn(s.link)
	case name == "first_name" && s.nameless && v != "":
		return "Prénom"
	}
	return v
}

// key is the same for the same text; false for what it does not know to compare. What is named has no order.
func (u *unread) key(language string, ch engine.Channel, kind engine.MessageKind, overrides map[string]string, vars map[string]any, all sharing) (k uint64, known bool) {
	type named struct {
		of, name string
		value    any
	}
	add := func(n named) { k += maphash.Comparable(u.seed, n) }
	add(named{"text", language, [2]string{string(ch), string(kind)}})
	for name, v := range overrides {
		add(named{"override", name, v})
	}
	for name, v := range vars {
		switch v.(type) {
		case string, bool, int, nil:
			add(named{"variable", name, all.of(name, v)})
		default:
			return k, false
		}
	}
	return k, true
}
