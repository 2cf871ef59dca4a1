package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress shows on a terminal how much of an upload has gone; elsewhere it is silent.
type progress struct {
	out   io.Writer
	total int64 // -1: not known
	sent  int64
	now   func() time.Time
	shown time.Time
	live  bool
}

const showEvery = 200 * time.Millisecond

func newProgress(out io.Writer, total int64, now func() time.Time) *progress {
	return &progress{out: out, total: total, now: now, live: isTerminal(out)}
}

// isTerminal tells whether somebody watches.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// reader counts what is read from r.
func (p *progress) reader(r io.Reader) io.Reader { return &countingReader{r, p} }

type countingReader struct {
	from io.Reader
	p    *progress
}

func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	c.p.add(int64(n))
	return n, err
}

func (p *progress) add(n int64) {
	p.sent += n
	if !p.live || p.now().Sub(p.shown) < showEvery {
		return
	}
	p.shown = p.now()
	fmt.Fprintf(p.out, "\r%s", p.line())
}

// line is what is shown: "Sending: 4.2 MB of 10.0 MB (42 %)".
func (p *progress) line() string {
	const mega = 1e6
	if p.total <= 0 {
		return fmt.Sprintf("Sending: %.1f MB", float64(p.sent)/mega)
	}
	return fmt.Sprintf("Sending: %.1f MB of %.1f MB (%d %%)", float64(p.sent)/mega, float64(p.total)/mega, 100*p.sent/p.total)
}

// done ends the line.
func (p *progress) done() {
	if p.live && p.sent > 0 {
		fmt.Fprintf(p.out, "\r%s\n", p.line())
	}
}
