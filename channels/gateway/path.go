package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// document is an answer or a call, as fields are read from it.
type document interface {
	// text is the value at a path; empty when it is absent, null, or holds others.
	text(path string) string
	// list is the array at a path.
	list(path string) ([]document, bool)
}

// first is the first of the paths that holds something.
func (p Paths) first(d document) string {
	for _, path := range p {
		if v := d.text(path); v != "" {
			return v
		}
	}
	return ""
}

// tree is a JSON document.
type tree struct{ value any }

// parseJSON reads exactly one document; numbers keep their digits.
func parseJSON(body []byte) (document, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, errors.New("it is not JSON") // the decoder's error may quote the body
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON")
	}
	return tree{v}, nil
}

func (t tree) at(path string) (any, bool) {
	v := t.value
	if path == "" {
		return v, true
	}
	for step := range strings.SplitSeq(path, ".") {
		switch inner := v.(type) {
		case map[string]any:
			next, ok := inner[step]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(inner) {
				return nil, false
			}
			v = inner[n]
		default:
			return nil, false
		}
	}
	return v, true
}

func (t tree) text(path string) string {
	v, _ := t.at(path)
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (t tree) list(path string) ([]document, bool) {
	v, _ := t.at(path)
	items, ok := v.([]any)
	out := make([]document, len(items))
	for i, item := range items {
		out[i] = tree{item}
	}
	return out, ok
}

// fields are the parameters of a form or a query. A name is taken whole, points included.
type fields url.Values

func (f fields) text(path string) string { return url.Values(f).Get(path) }

func (f fields) list(string) ([]document, bool) { return nil, false }

// parameters are the scalar values of a flat document, by name, as signatures are made of them.
func parameters(d document) map[string]string {
	out := map[string]string{}
	switch d := d.(type) {
	case fields:
		for name := range d {
			out[name] = url.Values(d).Get(name)
		}
	case tree:
		object, _ := d.value.(map[string]any)
		for name := range object {
			out[name] = (tree{object[name]}).text("")
		}
	}
	return out
}
