package workers

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
)

// trouble logs when something begins to fail and when it works again, not every time in
// between: Redis away for an hour is two lines. One goroutine at a time.
type trouble struct {
	log  *slog.Logger
	what string
	on   bool
}

func (t *trouble) note(err error) {
	switch {
	case err != nil && !t.on:
		t.log.Error(t.what, "error", err)
	case err == nil && t.on:
		t.log.Info("works again: " + t.what)
	}
	t.on = err != nil
}

// errPanic marks an error that was a panic.
var errPanic = errors.New("panic")

// safely calls f and makes an error of a panic. The error says where, never with what:
// the value of a panic may be somebody's phone number.
func safely(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	return f()
}

func panicked(r any) error {
	if e, ok := r.(runtime.Error); ok { // the runtime's own words hold no data
		return fmt.Errorf("%w in %s: %s", errPanic, culprit(), e.Error())
	}
	return fmt.Errorf("%w of a %T in %s", errPanic, r, culprit())
}

// culprit is the function and line that panicked.
func culprit() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") || !more {
			return fmt.Sprintf("%s:%d", f.Function, f.Line)
		}
	}
}

func orSilent(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
