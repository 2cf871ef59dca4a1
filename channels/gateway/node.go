package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// node is a part of a JSON body. Its value is made by the encoder, so that whatever a text
// holds stays inside its string.
type node interface {
	// value is the part for one message; false when it is left out.
	value(vars map[string]any) (any, bool, error)
}

type (
	literal struct{ v any }
	leaf    struct {
		t    *template
		kind string // "", "$number" or "$bool"
	}
	object map[string]node
	array  []node
)

func (l literal) value(map[string]any) (any, bool, error) { return l.v, true, nil }

func (l leaf) value(vars map[string]any) (any, bool, error) {
	s, err := l.t.render(vars)
	if err != nil || s == "" {
		return nil, false, err
	}
	switch l.kind {
	case "$number":
		if _, err := strconv.ParseFloat(s, 64); err != nil || !json.Valid([]byte(s)) {
			return nil, false, errors.New("a $number of the description does not come out as a number")
		}
		return json.Number(s), true, nil
	case "$bool":
		b, err := strconv.ParseBool(s)
		if err != nil {
			return nil, false, errors.New("a $bool of the description does not come out as true or false")
		}
		return b, true, nil
	}
	return s, true, nil
}

func (o object) value(vars map[string]any) (any, bool, error) {
	out := make(map[string]any, len(o))
	for name, n := range o {
		v, there, err := n.value(vars)
		if err != nil {
			return nil, false, err
		}
		if there {
			out[name] = v
		}
	}
	return out, len(out) > 0 || len(o) == 0, nil
}

func (a array) value(vars map[string]any) (any, bool, error) {
	out := make([]any, 0, len(a))
	for _, n := range a {
		v, there, err := n.value(vars)
		if err != nil {
			return nil, false, err
		}
		if there {
			out = append(out, v)
		}
	}
	return out, len(out) > 0 || len(a) == 0, nil
}

// node compiles a part of a JSON body.
func (c *compiler) node(path string, v any, samples []map[string]any) node {
	switch v := v.(type) {
	case string:
		return c.leaf(path, "", v, samples)
	case map[string]any:
		if kind, source, ok := typed(v); ok {
			return c.leaf(path, kind, source, samples)
		}
		out := object{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out[name] = c.node(path+"."+name, v[name], samples)
		}
		return out
	case []any:
		out := make(array, len(v))
		for i := range v {
			out[i] = c.node(fmt.Sprintf("%s[%d]", path, i), v[i], samples)
		}
		return out
	case nil, bool, int, int64, uint64, float64:
		return literal{v}
	}
	c.wrong(path, "must be text, a number, true, false, a list or a group of names")
	return literal{}
}

// typed tells {$number: "…"} and {$bool: "…"} from a group of names.
func typed(v map[string]any) (kind, source string, ok bool) {
	if len(v) != 1 {
		return "", "", false
	}
	for _, kind := range []string{"$number", "$bool"} {
		if source, ok := v[kind].(string); ok {
			return kind, source, true
		}
	}
	return "", "", false
}

func (c *compiler) leaf(path, kind, source string, samples []map[string]any) node {
	before := len(c.found)
	l := leaf{c.text(path, source, samples), kind}
	if l.t == nil {
		return literal{""}
	}
	for _, sample := range samples {
		if len(c.found) > before {
			break
		}
		if _, _, err := l.value(c.with(sample)); err != nil {
			c.wrong(path, "%v", err)
		}
	}
	return l
}

// encode writes a JSON body.
func encode(n node, vars map[string]any) ([]byte, error) {
	v, _, err := n.value(vars)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
