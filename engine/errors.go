package engine

import (
	"errors"
	"fmt"
)

// Code names a kind of error; it is stable and part of the public API.
type Code string

// The codes every verb may answer with.
const (
	CodeInvalid        Code = "invalid"         // a field is wrong; see Fields
	CodeNotFound       Code = "not_found"       // no such record in this organisation
	CodeConflict       Code = "conflict"        // somebody else changed it; try again
	CodeAlreadyInvited Code = "already_invited" // an invitation is open, or was sent under 24 h ago (RULES §1)
	CodePending        Code = "pending"         // an appointment for this service is coming (RULES §1)
	CodeUnreachable    Code = "unreachable"     // neither a usable phone nor an email
	CodeTaken          Code = "taken"           // the slot went to somebody else; Nearest has others
	CodeNotBookable    Code = "not_bookable"    // closed, too soon, too far or outside every window
	CodeTooLate        Code = "too_late"        // inside the cut-off: call the organisation (RULES §2)
	CodeTooManyMoves   Code = "too_many_moves"  // moved as often as the service allows (RULES §2)
	CodeLinkDead       Code = "link_dead"       // unknown, expired or revoked link: all one answer (RULES §5)
	CodeWrongState     Code = "wrong_state"     // the appointment or invitation has ended
	CodePersonOnly     Code = "person_only"     // only the person themselves may do this
	CodeUnavailable    Code = "unavailable"     // the store cannot be reached; nothing was changed
	CodeInternal       Code = "internal"        // a defect of ours
)

// Error is the one error type: what happened, in words safe to show (no phone,
// email, name or token), where, and why underneath.
type Error struct {
	Code    Code
	Message string
	Op      string // the verb or the part that failed, e.g. "book"
	Fields  []Field
	Nearest []Slot // CodeTaken: the three nearest free slots
	Cause   error  // logged, never shown
}

// Field is one mistake in what was given: Pointer as in RFC 6901, without the leading document.
type Field struct {
	Pointer string `json:"pointer"` // "/phone"
	Code    string `json:"code"`    // "not_mobile"
	Message string `json:"message"` // what to do
}

func (e *Error) Error() string {
	s := string(e.Code)
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Cause }

// Is matches by code, so errors.Is(err, &Error{Code: CodeTaken}) reads well.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code
}

// CodeOf is the code of err: CodeInternal for an error that is not ours, "" for nil.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	}
	return CodeInternal
}

// BadCursor refuses a page that nobody was sent to.
func BadCursor(op string) error {
	const why = "this cursor is not one that was given out; start from the first page"
	return &Error{Code: CodeInvalid, Op: op, Message: why, Fields: []Field{{Pointer: CursorPointer, Code: "malformed", Message: why}}}
}

// CursorPointer is where the cursor of a page stands, which is no part of a body.
const CursorPointer = "/cursor"

func refuse(op string, code Code, format string, args ...any) *Error {
	return &Error{Code: code, Op: op, Message: fmt.Sprintf(format, args...)}
}
