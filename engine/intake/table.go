package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"relance/engine"
)

// maxSpan is how many lines of the file one row may take. It bounds what is read again after
// a quote that is never closed.
const maxSpan = 20

// table reads CSV rows under a row of titles.
type table struct {
	in      *lines
	ahead   []physical // lines read while looking for a closing quote
	comma   byte
	columns []column
}

// physical is a line of the file that was kept.
type physical struct {
	n    int
	text []byte
	long bool
}

func openTable(in *lines) (source, error) {
	t := &table{in: in}
	for {
		first, err := t.line()
		switch {
		case errors.Is(err, io.EOF):
			return nil, refusal("read batch", "no_header", "", "the batch is empty; its first line must name the columns: "+columnNames)
		case err != nil:
			return nil, err
		case first.long || !utf8.Valid(first.text):
			return nil, refusal("read batch", "no_header", "", "the first line must name the columns, in UTF-8: "+columnNames)
		case blank(first.text):
			continue
		}
		t.comma = separator(first.text)
		titles, fault := split(string(first.text), t.comma)
		if fault != whole {
			return nil, refusal("read batch", "no_header", "", "the quotes of the first line, which names the columns, do not match")
		}
		if t.columns, err = header(titles); err != nil {
			return nil, err
		}
		return t, nil
	}
}

// header finds the columns of the titles, all of them or none: a list whose columns are
// misread would reach the wrong people.
func header(titles []string) ([]column, error) {
	titles = trimRight(titles, 0)
	found := make([]column, len(titles))
	var wrong []engine.Field
	known := 0
	for i, title := range titles {
		c := titled(title)
		pointer := fmt.Sprintf("/header/%d", i)
		switch {
		case c == none:
			wrong = append(wrong, engine.Field{Pointer: pointer, Code: "unknown_column",
				Message: fmt.Sprintf("column %d%s is not known; remove it or name it one of: %s", i+1, named(title), columnNames)})
		case slices.Contains(found[:i], c):
			wrong = append(wrong, engine.Field{Pointer: pointer, Code: "twice",
				Message: fmt.Sprintf("column %d is %s again; keep one", i+1, c)})
		default:
			known++
		}
		found[i] = c
	}
	if known == 0 {
		return nil, refusal("read batch", "no_header", "/header", "the first line must name the columns: "+columnNames)
	}
	if len(wrong) > 0 {
		return nil, &engine.Error{Code: engine.CodeInvalid, Op: "read batch", Message: wrong[0].Message, Fields: wrong}
	}
	return found, nil
}

func named(title string) string {
	if name := safe(strings.TrimSpace(title)); name != "" {
		return ` ("` + name + `")`
	}
	return ""
}

func (t *table) next() (Line, error) {
	for {
		first, err := t.line()
		switch {
		case err != nil:
			return Line{}, err
		case first.long:
			return tooLong(first.n), nil
		case blank(first.text):
			continue
		}
		line, empty, err := t.row(first)
		if err != nil || !empty {
			return line, err
		}
	}
}

// row reads the row that begins with a line; empty when all its cells are.
func (t *table) row(first physical) (line Line, empty bool, err error) {
	if !utf8.Valid(first.text) {
		return notUTF8(first.n), false, nil
	}
	cells, fault := split(string(first.text), t.comma)
	if fault == unclosed {
		if cells, fault, err = t.spanning(first); err != nil {
			return Line{}, false, err
		}
	}
	switch fault {
	case unclosed:
		return bad(first.n, "quotes", "a quote opens on this line and does not close; the lines after it are read on their own"), false, nil
	case stray:
		return bad(first.n, "quotes", "text follows a closing quote; double the quotes inside a quoted cell"), false, nil
	}
	return t.person(first.n, cells)
}

// spanning reads a row with a cell that goes on over the next lines. They are only taken when they
// complete the row: after a quote too many they are rows of their own.
func (t *table) spanning(first physical) (cells []string, f fault, err error) {
	text := bytes.Clone(first.text)
	for used := 1; used < maxSpan; used++ {
		more, err := t.peek(used - 1)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, unclosed, err
		}
		text = append(append(text, '\n'), more.text...)
		if more.long || len(text) > maxLine || !utf8.Valid(more.text) {
			break
		}
		switch cells, f := split(string(text), t.comma); f {
		case whole:
			t.ahead = t.ahead[used:]
			return cells, whole, nil
		case stray:
			return nil, unclosed, nil
		}
	}
	return nil, unclosed, nil
}

func (t *table) person(n int, cells []string) (line Line, empty bool, err error) {
	cells = trimRight(cells, len(t.columns))
	if len(trimRight(cells, 0)) == 0 {
		return Line{}, true, nil
	}
	if len(cells) != len(t.columns) {
		return bad(n, "columns", fmt.Sprintf("the line has %d columns instead of %d; quote cells that contain the separator", len(cells), len(t.columns))), false, nil
	}
	line.N = n
	for i, c := range t.columns {
		line.set(c, strings.TrimSpace(cells[i]))
	}
	return line, false, nil
}

// line is the next physical line, valid until the next call.
func (t *table) line() (physical, error) {
	if len(t.ahead) > 0 {
		l := t.ahead[0]
		t.ahead = t.ahead[1:]
		return l, nil
	}
	text, long, err := t.in.next()
	return physical{t.in.n, text, long}, err
}

// peek is the i-th line after the current one, without taking it.
func (t *table) peek(i int) (physical, error) {
	for len(t.ahead) <= i {
		text, long, err := t.in.next()
		if err != nil {
			return physical{}, err
		}
		t.ahead = append(t.ahead, physical{t.in.n, bytes.Clone(text), long})
	}
	return t.ahead[i], nil
}

func blank(text []byte) bool { return len(bytes.TrimSpace(text)) == 0 }
