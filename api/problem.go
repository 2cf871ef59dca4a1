package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// problemURN opens the type of every problem; the code follows. It never changes, and
// GET /v1/problems explains each code.
const problemURN = "urn:relance:problem:"

// Problem is an error as RFC 9457 writes it.
type Problem struct {
	Type     string  `json:"type" format:"uri" doc:"urn:relance:problem: and the code; stable"`
	Title    string  `json:"title" doc:"What kind of problem this is, the same for every one of its code"`
	Status   int     `json:"status" doc:"The HTTP status"`
	Detail   string  `json:"detail" doc:"What happened here and what to do"`
	Code     string  `json:"code" doc:"Stable name for programs, such as taken or already_invited"`
	Instance string  `json:"instance,omitempty" doc:"Names this request in the logs of the installation"`
	Errors   []Fault `json:"errors,omitempty" doc:"Each mistake of the request"`
	Nearest  []Slot  `json:"nearest,omitempty" doc:"When a slot is taken: the closest free ones"`

	cause error // logged, never shown
}

// Fault is one mistake in a request: in its body, or in a parameter.
type Fault struct {
	Pointer   string `json:"pointer,omitempty" doc:"Where in the body, as RFC 6901: /person/phone"`
	Parameter string `json:"parameter,omitempty" doc:"Which parameter of the path, the query or the headers"`
	Code      string `json:"code" doc:"Stable name of the mistake"`
	Detail    string `json:"detail" doc:"What is wrong and what to do; never repeats the value"`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// Unwrap is the cause, for the log.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus tells huma the status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is application/problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// newProblem makes the problem of a code; no words means the code's own.
func newProblem(code engine.Code, format string, args ...any) *Problem {
	k := kindOf(code)
	detail := k.Help
	if format != "" {
		detail = fmt.Sprintf(format, args...)
	}
	return &Problem{Type: problemURN + string(code), Title: k.Title, Status: k.Status, Detail: detail, Code: string(code)}
}

// problemOf turns whatever a verb answered into a problem. An error that is not ours
// says nothing to the caller: its words may hold anything.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var e *engine.Error
	if !errors.As(err, &e) {
		p = newProblem(engine.CodeInternal, "")
		p.cause = err
		return p
	}
	p = newProblem(e.Code, "")
	if e.Message != "" && e.Code != engine.CodeInternal {
		p.Detail = e.Message
	}
	p.Errors, p.Nearest, p.cause = faultsOf(e.Fields), slotsOf(e.Nearest), err
	return p
}

func faultsOf(fields []engine.Field) []Fault {
	var faults []Fault
	for _, f := range fields {
		faults = append(faults, Fault{Pointer: f.Pointer, Code: f.Code, Detail: f.Message})
		if f.Pointer == engine.CursorPointer {
			faults[len(faults)-1].named(f.Pointer)
		}
	}
	return faults
}

// problemOfHuma rewrites what huma refused by itself. Its values are dropped: they are
// what the caller typed, phones and names included.
func problemOfHuma(m *huma.ErrorModel) *Problem {
	p := newProblem(codeOfStatus(m.Status), "")
	p.Status = m.Status
	for _, d := range m.Errors {
		if d.Location == "body" && m.Status != http.StatusUnprocessableEntity {
			if m.Status == http.StatusBadRequest {
				p.Detail = "The body " + d.Message + "." // the words are decode's
			}
			continue
		}
		p.Errors = append(p.Errors, faultOf(d))
	}
	if m.Status == http.StatusBadRequest && len(m.Errors) == 0 && m.Detail != "" {
		p.Detail = m.Detail
	}
	return p
}

// named says that what the pointer names is a parameter, not a member of the body.
func (f *Fault) named(pointer string) {
	f.Pointer, f.Parameter = "", strings.TrimPrefix(pointer, "/")
}

// missing finds the member that a body lacks, of which huma tells in words.
var missing = regexp.MustCompile(`^expected required property (.+) to be present$`)

func faultOf(d *huma.ErrorDetail) Fault {
	f := Fault{Code: faultCode(d.Message), Detail: d.Message}
	if strings.HasPrefix(d.Message, "invalid date/time") { // the rest is a layout of Go
		f.Detail = "is no RFC 3339 time with offset, such as 2026-05-14T10:00:00+02:00; in an address, + is written %2B"
	}
	place, rest, _ := strings.Cut(d.Location, ".")
	if place == "body" {
		f.Pointer = pointerOf(rest)
		if m := missing.FindStringSubmatch(d.Message); m != nil {
			f.Pointer += pointerOf(m[1])
		}
	} else {
		f.Parameter = rest
	}
	return f
}

// faultCode names huma's refusals; the names are ours and stay when its words change.
func faultCode(message string) string {
	switch {
	case message == "unexpected property", message == "unknown query parameter":
		return "unknown_field"
	case strings.Contains(message, "required"):
		return "required"
	case strings.Contains(message, "one of"):
		return "not_one_of"
	case strings.Contains(message, "number "), strings.Contains(message, "length"):
		return "out_of_range"
	case strings.Contains(message, "RFC 3339"), strings.Contains(message, "date/time"):
		return "not_a_time"
	}
	return "wrong_type"
}

// pointerOf rewrites huma's "a.b[3].c" as RFC 6901's "/a/b/3/c".
func pointerOf(path string) string {
	if path == "" {
		return ""
	}
	path = strings.NewReplacer("~", "~0", "/", "~1").Replace(path)
	return "/" + strings.NewReplacer("].", "/", "[", "/", "]", "", ".", "/").Replace(path)
}

// write answers a request with the problem, outside huma.
func (p *Problem) write(w http.ResponseWriter, r *http.Request) {
	p.note(r)
	h := w.Header()
	h.Set("Content-Type", p.ContentType(""))
	h.Del("Content-Length")
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(p) // the caller may be gone; nothing to do about it
	}
}
