package intake

import (
	"bytes"
	"encoding/json"
)

// peek is the next byte, 0 at the end.
func (o *object) peek() byte {
	if o.at < len(o.text) {
		return o.text[o.at]
	}
	return 0
}

func (o *object) take(c byte) bool {
	if o.peek() != c {
		return false
	}
	o.at++
	return true
}

func (o *object) space() {
	for o.at < len(o.text) && isSpace(o.text[o.at]) {
		o.at++
	}
}

// done is whether only space is left.
func (o *object) done() bool {
	o.space()
	return o.at == len(o.text)
}

func (o *object) literal(word string) bool {
	if !bytes.HasPrefix(o.text[o.at:], []byte(word)) {
		return false
	}
	o.at += len(word)
	return true
}

// string reads a JSON string, valid as long as the text.
func (o *object) string() ([]byte, bool) {
	start, escaped := o.at, false
	if !o.take('"') {
		return nil, false
	}
	for ; o.at < len(o.text); o.at++ {
		switch c := o.text[o.at]; {
		case c == '"':
			o.at++
			if !escaped {
				return o.text[start+1 : o.at-1], true
			}
			var s string
			if json.Unmarshal(o.text[start:o.at], &s) != nil {
				o.at = start
				return nil, false
			}
			return []byte(s), true
		case c == '\\':
			escaped = true
			o.at++
		case c < ' ':
			return nil, false
		}
	}
	o.at = len(o.text)
	return nil, false
}

// skip passes over any value; false when it is not JSON.
func (o *object) skip(depth int) bool {
	switch c := o.peek(); {
	case c == '"':
		_, ok := o.string()
		return ok
	case c == 't':
		return o.literal("true")
	case c == 'f':
		return o.literal("false")
	case c == 'n':
		return o.literal("null")
	case c == '{' && depth < maxNested:
		return o.skipAll('}', depth+1)
	case c == '[' && depth < maxNested:
		return o.skipAll(']', depth+1)
	}
	return o.number()
}

// skipAll passes over an array, or an object when it ends with a brace.
func (o *object) skipAll(end byte, depth int) bool {
	o.at++
	o.space()
	if o.take(end) {
		return true
	}
	for {
		if end == '}' {
			if _, ok := o.string(); !ok {
				return false
			}
			o.space()
			if !o.take(':') {
				return false
			}
			o.space()
		}
		if !o.skip(depth) {
			return false
		}
		o.space()
		if o.take(end) {
			return true
		}
		if !o.take(',') {
			return false
		}
		o.space()
	}
}

func (o *object) number() bool {
	end := o.at
	for end < len(o.text) && bytes.IndexByte([]byte("+-.0123456789eE"), o.text[end]) >= 0 {
		end++
	}
	if end == o.at || !json.Valid(o.text[o.at:end]) {
		return false
	}
	o.at = end
	return true
}
