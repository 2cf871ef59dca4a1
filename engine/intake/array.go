package intake

import (
	"bufio"
	"errors"
	"io"
	"strconv"

	"relance/engine"
)

// array reads the elements of one JSON array. After a syntax error nothing tells where the
// next element begins, so it is the end.
type array struct {
	in   *bufio.Reader
	n    int
	buf  []byte // the element being read, reused
	over bool
}

func openArray(in *bufio.Reader) (source, error) {
	s := &array{in: in}
	switch c, err := s.skipSpace(); {
	case errors.Is(err, io.EOF):
		return nil, refusal("read batch", "syntax", "", "the batch is empty; it must be a JSON array")
	case err != nil:
		return nil, brokenOff(err)
	case c != '[':
		return nil, refusal("read batch", "syntax", "", "the batch is not a JSON array; begin with [, or send one object a line as application/x-ndjson")
	}
	return s, nil
}

func (s *array) next() (Line, error) {
	if s.over {
		return Line{}, io.EOF
	}
	c, err := s.begin()
	s.n++
	if err != nil || s.over {
		return s.end(err)
	}
	s.buf = s.buf[:0]
	long, err := s.frame(c)
	if err != nil {
		return s.end(err)
	}
	if long {
		return bad(s.n, "too_long", "the element is longer than 64 KiB"), nil
	}
	line, readable := parseObject(s.n, s.buf)
	if !readable {
		s.over = true
		line.Err = broken(s.n, "is not valid JSON")
	}
	return line, nil
}

// begin finds the first byte of the next element, or the end of the array.
func (s *array) begin() (byte, error) {
	c, err := s.skipSpace()
	if err != nil {
		return 0, err
	}
	if c == ']' {
		s.over = true
		if _, err = s.skipSpace(); errors.Is(err, io.EOF) {
			return 0, nil
		}
		if err == nil {
			err = broken(s.n+1, "stands after the end of the array")
		}
		return 0, err
	}
	if s.n == 0 {
		return c, nil
	}
	if c != ',' {
		return 0, broken(s.n+1, "has no comma before it")
	}
	return s.skipSpace()
}

// frame reads one element that begins with c into buf; long when it was too long to keep. It
// only counts brackets and knows strings: whether the element is JSON is for the parser.
func (s *array) frame(c byte) (long bool, err error) {
	depth, quoted := 0, false
	for {
		if len(s.buf) < maxLine {
			s.buf = append(s.buf, c)
		} else {
			long = true
		}
		switch {
		case quoted && c == '\\':
			if c, err = s.in.ReadByte(); err != nil {
				return long, err
			}
			if len(s.buf) < maxLine {
				s.buf = append(s.buf, c)
			}
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth <= 0 && !quoted && (c == '}' || c == ']' || s.scalarEnds()) {
			return long, nil
		}
		if c, err = s.in.ReadByte(); err != nil {
			return long, err
		}
	}
}

// scalarEnds looks whether the value that stands outside all brackets ends here.
func (s *array) scalarEnds() bool {
	next, err := s.in.Peek(1)
	return err == nil && (next[0] == ',' || next[0] == ']' || isSpace(next[0]))
}

// end turns what stopped the reading into the last line, or into an error of the upload.
func (s *array) end(err error) (Line, error) {
	s.over = true
	var known *engine.Error
	switch {
	case err == nil:
		return Line{}, io.EOF
	case errors.As(err, &known):
		return Line{N: s.n, Err: known}, nil
	case errors.Is(err, io.EOF):
		return Line{N: s.n, Err: broken(s.n, "is not there or not complete: the array must end with ]")}, nil
	}
	return Line{}, brokenOff(err)
}

// broken says that reading ends here.
func broken(n int, how string) *engine.Error {
	return refusal("read line", "syntax", "", "element "+strconv.Itoa(n)+" "+how+
		"; the elements before it are kept, it and those after it could not be read")
}

func (s *array) skipSpace() (byte, error) {
	for {
		c, err := s.in.ReadByte()
		if err != nil || !isSpace(c) {
			return c, err
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
