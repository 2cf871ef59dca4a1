package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"relance/engine/simulation"
)

// readBehaviour is how people answer, and what the output says of where that comes from.
func (c *simulateCmd) readBehaviour() (notes []string, b simulation.Behaviour, err error) {
	b = simulation.Default()
	if c.Behaviour == "" {
		return []string{fmt.Sprintf("Behaviour: the built-in defaults (no-show %s chosen, %s imposed, as measured on 35 départements in 2025;\n"+
			"the rest is supposed). --behaviour says what yours is.", share(b.NoShow.Chosen), share(b.NoShow.Imposed))}, b, nil
	}
	text, err := os.ReadFile(c.Behaviour)
	if err != nil {
		return nil, b, fmt.Errorf("the behaviour file cannot be read: %w", err)
	}
	found := &mistakes{file: c.Behaviour}
	parseBehaviour(text, &b, found)
	return []string{"Behaviour: " + c.Behaviour + "; what it does not say is as in the built-in defaults."}, b, found.orNil()
}

var wrongKind = regexp.MustCompile("^line (\\d+): cannot unmarshal !!\\S+(?: `(.*)`)? into (\\S+)$")

// parseBehaviour reads a behaviour file over the defaults and gathers every mistake with its line.
func parseBehaviour(text []byte, b *simulation.Behaviour, found *mistakes) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	err := d.Decode(b)
	var types *yaml.TypeError
	switch {
	case errors.Is(err, io.EOF):
		return // nothing but comments: the defaults
	case errors.As(err, &types):
		for _, line := range types.Errors {
			found.lines = append(found.lines, readable(line))
		}
		return
	case err != nil:
		found.lines = append(found.lines, strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return // it was read above
	}
	for _, m := range b.Check() {
		if line := lineOf(&root, m.Field); line > 0 {
			found.lines = append(found.lines, fmt.Sprintf("line %d: %s %s", line, m.Field, m.Message))
		} else {
			found.add(m.Field, "%s", m.Message)
		}
	}
}

// readable says what a value of a wrong kind should have been.
func readable(line string) string {
	m := wrongKind.FindStringSubmatch(line)
	if m == nil {
		return unknownKey.ReplaceAllString(line, "there is no field $1 here")
	}
	kind := map[string]string{
		"float64": "a number such as 0.25", "int": "a whole number", "uint64": "a whole number from 0", "string": `words such as "08:00"`,
		"[]float64": "a list of shares such as [0.4, 0.3]",
	}[m[3]]
	if kind == "" {
		kind = "fields, such as {median: 5, p90: 40}"
	}
	if m[2] == "" {
		return "line " + m[1] + ": there must be " + kind + " here"
	}
	return "line " + m[1] + ": " + m[2] + " must be " + kind
}

// lineOf is the line of a field such as channels.sms.booked[1], or of the nearest that holds it; 0 when
// the file says nothing of it.
func lineOf(n *yaml.Node, field string) int {
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	line := 0
	for part := range strings.SplitSeq(strings.ReplaceAll(field, "[", "."), ".") {
		next := under(n, strings.TrimSuffix(part, "]"))
		if next == nil {
			break
		}
		n, line = next, next.Line
	}
	return line
}

// under is the value of a name, or of a place in a list.
func under(n *yaml.Node, name string) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	for i := 0; i < len(n.Content); i++ {
		switch {
		case n.Kind == yaml.SequenceNode && fmt.Sprint(i) == name:
			return n.Content[i]
		case n.Kind == yaml.MappingNode && i%2 == 0 && n.Content[i].Value == name:
			return n.Content[i+1]
		}
	}
	return nil
}

func share(v float64) string { return fmt.Sprintf("%.4g %%", 100*v) }
