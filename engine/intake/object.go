package intake

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"relance/engine"
)

// maxNested bounds how deep a value that is skipped may be.
const maxNested = 32

// object parses one JSON object by hand: faster than reflection, and able to say for every
// field what is wrong without quoting it.
type object struct {
	text  []byte
	at    int
	seen  []column
	line  *Line
	wrong []engine.Field
}

// parseObject reads a person. readable is false when the text is not JSON, as opposed to JSON
// that says something else.
func parseObject(n int, text []byte) (line Line, readable bool) {
	line.N = n
	if !utf8.Valid(text) {
		return notUTF8(n), true
	}
	o := object{text: text, line: &line, seen: make([]column, 0, 8)}
	o.space()
	if o.peek() != '{' {
		ok := o.skip(0) && o.done()
		if !ok {
			return o.syntax(), false
		}
		return bad(n, "not_an_object", "a person is a JSON object"), true
	}
	if !o.members() || !o.done() {
		return o.syntax(), false
	}
	if len(o.wrong) > 0 {
		err := &engine.Error{Code: engine.CodeInvalid, Op: "read line", Message: o.wrong[0].Message, Fields: o.wrong}
		return Line{N: n, Err: err}, true
	}
	return line, true
}

func (o *object) syntax() Line {
	return bad(o.line.N, "syntax", "not valid JSON at byte "+strconv.Itoa(o.at+1)+" of the line")
}

// members reads {"name": value, …}; false at a syntax error, which is then at o.at.
func (o *object) members() bool {
	o.at++
	o.space()
	if o.take('}') {
		return true
	}
	for {
		name, ok := o.string()
		if !ok {
			return false
		}
		o.space()
		if !o.take(':') {
			return false
		}
		o.space()
		if !o.member(name) {
			return false
		}
		o.space()
		if o.take('}') {
			return true
		}
		if !o.take(',') {
			return false
		}
		o.space()
	}
}

// member reads the value of a field. null is the same as leaving it out.
func (o *object) member(name []byte) bool {
	c := columnOf(name)
	switch {
	case c == none:
		o.mistake(safe(string(name)), "unknown_field", "this field is not known; a person has "+columnNames)
		return o.skip(0)
	case slices.Contains(o.seen, c):
		o.mistake(string(c), "twice", "this field is given twice")
		return o.skip(0)
	}
	o.seen = append(o.seen, c)
	if o.peek() == 'n' {
		return o.literal("null")
	}
	if c == channels {
		return o.channels()
	}
	if o.peek() != '"' {
		o.mistake(string(c), "not_a_string", "must be a string")
		return o.skip(0)
	}
	value, ok := o.string()
	if ok {
		o.line.set(c, string(value))
	}
	return ok
}

// channels reads ["sms", "email"].
func (o *object) channels() bool {
	start := o.at
	if o.take('[') {
		o.space()
		if o.take(']') {
			return true
		}
		for o.peek() == '"' {
			name, ok := o.string()
			if !ok {
				return false
			}
			o.line.Channels = append(o.line.Channels, channelOf(name))
			o.space()
			if o.take(']') {
				return true
			}
			if !o.take(',') {
				return false
			}
			o.space()
		}
	}
	o.mistake(string(channels), "not_strings", `must be an array of strings, such as ["sms", "email"]`)
	o.at = start
	return o.skip(0)
}

// channelOf names a channel; whether there is one of this name is for the engine to say.
func channelOf(name []byte) engine.Channel {
	switch string(name) { // the two that exist cost no memory
	case string(engine.SMS):
		return engine.SMS
	case string(engine.Email):
		return engine.Email
	}
	return engine.Channel(name)
}

func (o *object) mistake(name, code, message string) {
	pointer := "/" + name
	if name == "" {
		pointer = "" // a name that may be somebody's is not repeated
	}
	o.wrong = append(o.wrong, engine.Field{Pointer: pointer, Code: code, Message: message})
}
