package intake

import (
	"mime"
	"strings"

	"relance/engine"
)

// Format is how a batch is written.
type Format string

// The formats.
const (
	JSON   Format = "json"   // one array of objects
	NDJSON Format = "ndjson" // one object a line
	CSV    Format = "csv"    // a row of column names, then one row a person; separated by , ; or tab
)

// FormatOf is the format that a Content-Type names; CodeInvalid for any other, and for a
// charset that is not UTF-8.
func FormatOf(contentType string) (Format, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", refusal("read batch", "content_type", "", "the Content-Type cannot be read; use application/json, application/x-ndjson or text/csv")
	}
	switch strings.ToLower(params["charset"]) {
	case "", "utf-8", "utf8", "us-ascii":
	default:
		return "", refusal("read batch", "charset", "", "a batch is in UTF-8; convert it first")
	}
	switch kind {
	case "application/json":
		return JSON, nil
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines":
		return NDJSON, nil
	case "text/csv", "application/csv":
		return CSV, nil
	}
	return "", refusal("read batch", "content_type", "", "a batch is application/json, application/x-ndjson or text/csv")
}

// refusal is one mistake: which field ("" for the whole), and what to do.
func refusal(op, code, pointer, message string) *engine.Error {
	return &engine.Error{
		Code:    engine.CodeInvalid,
		Op:      op,
		Message: message,
		Fields:  []engine.Field{{Pointer: pointer, Code: code, Message: message}},
	}
}

// bad is a refused line.
func bad(n int, code, message string) Line {
	return Line{N: n, Err: refusal("read line", code, "", message)}
}

// brokenOff is the answer to an upload that ended before its end: not a mistake in a line.
func brokenOff(cause error) *engine.Error {
	return &engine.Error{
		Code:    engine.CodeUnavailable,
		Op:      "read batch",
		Message: "the upload broke off; send it again with the same Idempotency-Key",
		Cause:   cause,
	}
}
