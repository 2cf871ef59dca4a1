package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/caarlos0/env/v11"
	"go.yaml.in/yaml/v3"
)

// Load reads defaults, then the file at path ("" for none), then the environment
// (entries "KEY=value", as os.Environ gives them), then makes the changes (flags), and
// validates the whole. Its error is an *Error with every mistake; an unreadable file is
// told alone.
func Load(path string, environ []string, changes ...func(*Config)) (Config, error) {
	c, err := Read(path, environ)
	for _, change := range changes {
		change(&c)
	}
	return c, join(err, c.Validate())
}

// Read is Load without the final validation: for commands that need a part of the
// configuration only, or change it before they use it.
func Read(path string, environ []string) (Config, error) {
	c := Default()
	var mistakes Error
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return c, fmt.Errorf("the configuration file cannot be read: %w", err)
		}
		mistakes.add(c.readYAML(text)...)
	}
	vars := env.ToMap(environ)
	mistakes.add(c.readEnvironment(vars)...)
	c.readSecrets(vars)
	c.locate(path)
	c.tidy()
	return c, mistakes.orNil()
}

// join puts the mistakes of reading and of validation together; a setting that could
// not be read is not told twice.
func join(read, checked error) error {
	var r, v *Error
	if read == nil || !errors.As(read, &r) || !errors.As(checked, &v) {
		if read != nil {
			return read
		}
		return checked
	}
	known := map[string]bool{}
	for _, m := range r.Mistakes {
		known[m.Key] = true
	}
	for _, m := range v.Mistakes {
		if !known[m.Key] {
			r.add(m)
		}
	}
	return r
}

var (
	unknownField = regexp.MustCompile(`^line (\d+): field (\S+) not found in type`)
	wrongType    = regexp.MustCompile("(?s)^line (\\d+): cannot unmarshal \\S+(?: `(.*)`)? into (.+)$")
	yamlLine     = regexp.MustCompile(`line (\d+)`)
)

// readYAML reads the file over c. Unknown settings and values of a wrong type are mistakes.
func (c *Config) readYAML(text []byte) []Mistake {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return []Mistake{{Key: yamlLine.FindString(err.Error()),
			Advice: "the file is not YAML; look at the indentation, quotes and colons near this line"}}
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	err := dec.Decode(c)
	var types *yaml.TypeError
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return nil
	case errors.As(err, &types):
		return explain(types, placesOf(&root, ""))
	}
	return []Mistake{{Key: "file", Advice: "write each setting once, as in relance.example.yaml"}}
}

func explain(types *yaml.TypeError, places []place) []Mistake {
	var out []Mistake
	for _, text := range types.Errors {
		if m := unknownField.FindStringSubmatch(text); m != nil {
			out = append(out, Mistake{Key: m[2], Advice: "line " + m[1] + ": there is no such setting here; relance.example.yaml names them all"})
			continue
		}
		m := wrongType.FindStringSubmatch(text)
		if m == nil {
			out = append(out, Mistake{Key: yamlLine.FindString(text), Advice: "write this setting once"})
			continue
		}
		line, _ := strconv.Atoi(m[1])
		out = append(out, Mistake{Key: keyAt(places, line, m[2]), Advice: "line " + m[1] + ": must be " + wanted(m[3])})
	}
	return out
}

// wanted says a Go type for people.
func wanted(goType string) string {
	switch goType {
	case "int":
		return "a whole number"
	case "bool":
		return "true or false"
	case "time.Duration":
		return `a duration such as "30s" or "2m"`
	case "string", "config.Secret":
		return "text"
	}
	if strings.HasPrefix(goType, "[]") {
		return "a list"
	}
	return "a group of settings"
}

// place is where a value stands in the file.
type place struct {
	line       int
	key, value string
}

// placesOf lists the values of a file, inner ones first.
func placesOf(n *yaml.Node, key string) []place {
	var out []place
	for i, child := range n.Content {
		switch n.Kind {
		case yaml.MappingNode:
			if i%2 == 1 {
				out = append(out, placesOf(child, strings.TrimPrefix(key+"."+n.Content[i-1].Value, "."))...)
			}
		case yaml.SequenceNode:
			out = append(out, placesOf(child, fmt.Sprintf("%s[%d]", key, i))...)
		default:
			out = append(out, placesOf(child, key)...)
		}
	}
	return append(out, place{n.Line, key, n.Value})
}

// keyAt is the key of the value on a line that begins as the library quotes it: it cuts long ones.
func keyAt(places []place, line int, quoted string) string {
	quoted = strings.TrimSuffix(quoted, "...")
	for _, p := range places {
		if p.line == line && strings.HasPrefix(p.value, quoted) && (quoted != "" || p.value == "") {
			return p.key
		}
	}
	return fmt.Sprintf("line %d", line)
}

// readEnvironment reads the RELANCE_ variables over c. The library does not say which
// variable was wrong, so after an error each is tried alone.
func (c *Config) readEnvironment(vars map[string]string) []Mistake {
	if env.ParseWithOptions(c, env.Options{Prefix: Prefix, Environment: vars}) == nil {
		return nil
	}
	var out []Mistake
	for _, s := range c.Settings() {
		value, set := vars[s.Variable]
		if !set {
			continue
		}
		try := *c
		try.Providers = append([]Provider(nil), c.Providers...)
		var p env.ParseError
		if err := env.ParseWithOptions(&try, env.Options{Prefix: Prefix, Environment: map[string]string{s.Variable: value}}); errors.As(err, &p) {
			out = append(out, Mistake{Key: s.Key, Value: value, Advice: "must be " + wanted(typeName(p.Type))})
		}
	}
	return out
}

func typeName(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.String()
}

// tidy takes away what people add without meaning: spaces, a last slash.
func (c *Config) tidy() {
	for i, r := range c.Roles {
		c.Roles[i] = Role(strings.TrimSpace(string(r)))
	}
	for _, list := range [][]string{c.Redis.Addresses, c.SMS.Countries} {
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
	}
	c.PublicURL = strings.TrimRight(strings.TrimSpace(c.PublicURL), "/")
}
