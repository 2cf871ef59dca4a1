package intake

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// lines reads the physical lines of a file.
type lines struct {
	r *bufio.Reader
	n int // of the last line read, from 1
}

// next is the next line without its end (LF or CRLF), valid until the next call. A line over
// maxLine is skipped, and long. io.EOF after the last one; *engine.Error when reading fails.
func (l *lines) next() (text []byte, long bool, err error) {
	text, err = l.r.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		long = true
		_, err = l.r.ReadSlice('\n')
	}
	switch {
	case err == nil:
	case !errors.Is(err, io.EOF):
		return nil, false, brokenOff(err)
	case len(text) == 0 && !long:
		return nil, false, io.EOF
	}
	l.n++
	if long {
		return nil, true, nil
	}
	text = bytes.TrimSuffix(text, []byte("\n"))
	text = bytes.TrimSuffix(text, []byte("\r"))
	if len(text) > maxLine {
		return nil, true, nil
	}
	return text, false, nil
}

func tooLong(n int) Line {
	return bad(n, "too_long", "the line is longer than 64 KiB")
}

func notUTF8(n int) Line {
	return bad(n, "charset", "the line is not UTF-8; save the file as UTF-8")
}
