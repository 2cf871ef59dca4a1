package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"relance/engine"
)

// setup is a set-up file: who invites, for what, and when.
type setup struct {
	Organisations []setupOrganisation `yaml:"organisations"`
}

// setupOrganisation is an organisation with what belongs to it.
type setupOrganisation struct {
	engine.Organisation `yaml:",inline"`
	// Keys are the names of its API keys; one without a working key is issued.
	Keys      []string          `yaml:"keys"`
	Calendars []engine.Calendar `yaml:"calendars"`
	Services  []engine.Service  `yaml:"services"`
	// Texts are those it wrote itself, for a service or for all.
	Texts []engine.OwnText `yaml:"texts"`
}

// mistakes is everything wrong with a file, each with its place.
type mistakes struct {
	file  string
	lines []string
}

func (m *mistakes) Error() string {
	return m.file + " needs a change:\n  " + strings.Join(m.lines, "\n  ")
}

func (m *mistakes) add(place, format string, args ...any) {
	m.lines = append(m.lines, place+": "+fmt.Sprintf(format, args...))
}

func (m *mistakes) orNil() error {
	if len(m.lines) == 0 {
		return nil
	}
	return m
}

var unknownKey = regexp.MustCompile(`field (\S+) not found in type \S+`)

// readSetup reads a set-up. Unknown fields, values of a wrong type, missing and doubled
// ids are all found; nil when it is no YAML at all.
func readSetup(text []byte, found *mistakes) *setup {
	var s setup
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	err := d.Decode(&s)
	var types *yaml.TypeError
	switch {
	case errors.Is(err, io.EOF):
		found.add("file", "is empty: name at least one organisation under organisations")
	case errors.As(err, &types):
		for _, line := range types.Errors {
			found.lines = append(found.lines, unknownKey.ReplaceAllString(line, "there is no field $1 here"))
		}
	case err != nil:
		found.lines = append(found.lines, strings.TrimPrefix(err.Error(), "yaml: "))
		return nil
	}
	s.checkIDs(found)
	return &s
}

// checkIDs asks for ids: without them a file applied twice would create everything twice.
func (s *setup) checkIDs(found *mistakes) {
	seen := map[string]bool{}
	check := func(scope, place, id string) {
		if id == "" {
			found.add(place+".id", "is missing: applying the file again finds its records by their ids")
			return
		}
		if key := scope + "\x00" + id; seen[key] {
			found.add(place+".id", "%q stands twice", id)
		} else {
			seen[key] = true
		}
	}
	for i, o := range s.Organisations {
		place := fmt.Sprintf("organisations[%d]", i)
		check("organisation", place, string(o.ID))
		for j, c := range o.Calendars {
			check(string(o.ID)+" calendar", fmt.Sprintf("%s.calendars[%d]", place, j), string(c.ID))
		}
		for j, v := range o.Services {
			check(string(o.ID)+" service", fmt.Sprintf("%s.services[%d]", place, j), string(v.ID))
		}
		for j, t := range o.Texts {
			if key := string(o.ID) + " text\x00" + t.String(); seen[key] {
				found.add(fmt.Sprintf("%s.texts[%d]", place, j), "%s stands twice", t.Name())
			} else {
				seen[key] = true
			}
		}
	}
}

// fieldPlace turns a pointer into the way people write places: /windows/2/rrule is .windows[2].rrule.
func fieldPlace(pointer string) string {
	var b strings.Builder
	for _, part := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		switch {
		case part == "":
		case strings.Trim(part, "0123456789") == "":
			b.WriteString("[" + part + "]")
		default:
			b.WriteString("." + part)
		}
	}
	return b.String()
}
