package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"regexp"

	"relance/config"
)

// personal finds what a log must never hold (RULES §8): addresses, numbers, link tokens
// and API keys. Nothing of ours logs them; this is the last belt, for what a library or
// an error of a provider might quote.
var personal = regexp.MustCompile(
	`[\w.+'-]+@[\w-]+(?:\.[\w-]+)+` + // an email address
		`|(?:\+|\b00)[1-9](?:[ .-]?\d){7,13}\b` + // a number with its country
		`|\b0[1-9](?:\d{8}|(?:(?: \d\d){4})|(?:(?:\.\d\d){4})|(?:(?:-\d\d){4}))\b` + // as people write it
		`|/r/[0-9A-Za-z]{8,}` + // a link
		`|\brk\.[\w.-]+`) // an API key

const hidden = "[hidden]"

// newLogger writes to w; personal data in messages, values and errors is hidden.
func newLogger(w io.Writer, c config.Log) *slog.Logger {
	o := &slog.HandlerOptions{ReplaceAttr: redact}
	// Validation has let only known levels pass; an unknown one is info.
	_ = unmarshalLevel(c.Level, o)
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

func unmarshalLevel(level string, o *slog.HandlerOptions) error {
	var l slog.Level
	err := l.UnmarshalText([]byte(level))
	o.Level = l
	return err
}

// redact hides personal data in one attribute.
func redact(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(personal.ReplaceAllString(a.Value.String(), hidden))
	case slog.KindAny:
		if text := fmt.Sprint(a.Value.Any()); personal.MatchString(text) {
			a.Value = slog.StringValue(personal.ReplaceAllString(text, hidden))
		}
	}
	return a
}

// redisLog is for what the Redis client says on its own, at level debug: whoever asked
// Redis gets the error and tells it.
type redisLog struct{}

// Printf implements the logger of go-redis.
func (redisLog) Printf(ctx context.Context, format string, args ...any) {
	slog.DebugContext(ctx, "redis: "+fmt.Sprintf(format, args...))
}
