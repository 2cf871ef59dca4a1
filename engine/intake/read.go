package intake

import (
	"bufio"
	"errors"
	"io"
	"iter"

	"relance/engine"
)

// maxLine is how long one line, row or element may be, in bytes.
const maxLine = 64 << 10

// Line is one person to invite, or why the line cannot be read.
type Line struct {
	// N says where: for NDJSON and CSV the line of the file it begins on, for JSON the
	// number of the element; both from 1.
	N        int
	Person   engine.Person
	Channels []engine.Channel
	// Err is nil or has Fields. CodeInvalid: this line is refused. CodeUnavailable: the
	// upload broke off, there are no more lines.
	Err *engine.Error
}

// source reads lines.
type source interface {
	// next is io.EOF at the end, and a *engine.Error when the upload broke off.
	next() (Line, error)
}

// Read reads the lines of a batch, with growing N. Empty lines are left out. A batch that
// cannot be read at all (a CSV without known columns, JSON that is no array) is one bad line.
func Read(r io.Reader, f Format) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		src, err := open(r, f)
		if err != nil {
			yield(lastLine(1, err))
			return
		}
		n := 0
		for {
			line, err := src.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(lastLine(n+1, err))
				return
			}
			n = line.N
			if !yield(line) {
				return
			}
		}
	}
}

func lastLine(n int, err error) Line {
	var known *engine.Error
	if !errors.As(err, &known) {
		known = brokenOff(err)
	}
	return Line{N: n, Err: known}
}

// open begins to read: what is wrong with the batch as a whole is told here.
func open(r io.Reader, f Format) (source, error) {
	// Room for a longest line with its end, so that a longer one is known by overflowing.
	in := bufio.NewReaderSize(r, maxLine+2)
	if err := skipMark(in); err != nil {
		return nil, err
	}
	switch f {
	case JSON:
		return openArray(in)
	case NDJSON:
		return &ndjson{in: &lines{r: in}}, nil
	case CSV:
		return openTable(&lines{r: in})
	}
	return nil, refusal("read batch", "format", "", "a batch is JSON, NDJSON or CSV")
}

// skipMark leaves out the byte order mark that spreadsheets put before UTF-8.
func skipMark(in *bufio.Reader) error {
	switch head, _ := in.Peek(3); { // a read error comes again with the first line
	case len(head) == 3 && string(head) == "\xef\xbb\xbf":
		_, _ = in.Discard(3)
	case len(head) >= 2 && (string(head[:2]) == "\xff\xfe" || string(head[:2]) == "\xfe\xff"):
		return refusal("read batch", "charset", "", "the batch is in UTF-16; save it as UTF-8")
	}
	return nil
}
