package config

import (
	"fmt"
	"strings"
)

// Mistake is one setting to change.
type Mistake struct {
	Key    string // "redis.addresses", or "line 3" when the file itself cannot be read
	Value  string // as it was given; empty for secrets and missing values
	Advice string // what is wrong and what to do
}

// Error is every mistake of a configuration.
type Error struct{ Mistakes []Mistake }

// Error writes one line per mistake, with the setting, its variable, its value and what to do.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the configuration needs %d change%s:", len(e.Mistakes), plural(len(e.Mistakes)))
	for _, m := range e.Mistakes {
		b.WriteString("\n  " + m.String())
	}
	return b.String()
}

// String is the mistake on one line.
func (m Mistake) String() string {
	s := m.Key
	if v := variableOf(m.Key); v != "" {
		s += " (" + v + ")"
	}
	if m.Value != "" {
		s += fmt.Sprintf(" = %q", m.Value)
	}
	return s + ": " + m.Advice
}

// variableOf is the variable of a setting: RELANCE_PROVIDERS_0_NAME for providers[0].name.
func variableOf(key string) string {
	if strings.ContainsAny(key, " \"") {
		return ""
	}
	r := strings.NewReplacer(".", "_", "[", "_", "]", "")
	v := Prefix + strings.ToUpper(r.Replace(key))
	if secretVariable.MatchString(v) {
		return v
	}
	for _, s := range (Config{Providers: make([]Provider, maxProviders)}).Settings() {
		if s.Variable == v {
			return v
		}
	}
	return ""
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func (e *Error) add(m ...Mistake) { e.Mistakes = append(e.Mistakes, m...) }

func (e *Error) orNil() error {
	if len(e.Mistakes) == 0 {
		return nil
	}
	return e
}
