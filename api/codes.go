package api

import (
	"net/http"

	"relance/engine"
)

// The codes that only HTTP can answer with; the others are engine's.
const (
	codeMalformed     engine.Code = "malformed"
	codeUnauthorized  engine.Code = "unauthorized"
	codeForbidden     engine.Code = "forbidden"
	codeNoRoute       engine.Code = "no_route"
	codeMethod        engine.Code = "method_not_allowed"
	codeTimeout       engine.Code = "request_timeout"
	codeTooLarge      engine.Code = "too_large"
	codeMediaType     engine.Code = "unsupported_media_type"
	codeRateLimited   engine.Code = "rate_limited"
	codeKeyReused     engine.Code = "idempotency_key_reused"
	codeStillRunning  engine.Code = "idempotency_still_running"
	codeNotAcceptable engine.Code = "not_acceptable"
)

// kind is what a code means over HTTP.
type kind struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	// Help is what to do about it; also the detail of a problem that has none of its own.
	Help string `json:"help"`
}

// kindOf is the one place where a code becomes a status and a title.
func kindOf(code engine.Code) kind {
	if k, ok := kinds()[code]; ok {
		return k
	}
	return kinds()[engine.CodeInternal]
}

func kinds() map[engine.Code]kind {
	return map[engine.Code]kind{
		engine.CodeInvalid:        {http.StatusUnprocessableEntity, "A field is wrong", "Correct the fields listed in errors and send it again."},
		engine.CodeNotFound:       {http.StatusNotFound, "No such record", "Nothing with this id belongs to the organisation of this key."},
		engine.CodeConflict:       {http.StatusConflict, "Changed by somebody else", "Somebody changed the same record at the same moment; read it and try again."},
		engine.CodeAlreadyInvited: {http.StatusConflict, "Already invited", "This person has an open invitation for this service, or was sent one less than 24 hours ago."},
		engine.CodePending:        {http.StatusConflict, "An appointment is coming", "This person has a coming appointment for this service; cancel it first."},
		engine.CodeUnreachable:    {http.StatusUnprocessableEntity, "No way to reach the person", "Give a mobile phone or an email address that works."},
		engine.CodeTaken:          {http.StatusConflict, "The slot is taken", "Somebody else has this slot; nearest lists the closest free ones."},
		engine.CodeNotBookable:    {http.StatusConflict, "The slot cannot be booked", "Closed, too soon, too far, or outside every window; read the service's slots."},
		engine.CodeTooLate:        {http.StatusConflict, "Too late", "The service no longer lets people change this appointment."},
		engine.CodeTooManyMoves:   {http.StatusConflict, "Moved too often", "The appointment was moved as often as the service allows."},
		engine.CodeLinkDead:       {http.StatusNotFound, "The link opens nothing", "The link is unknown, expired or revoked."},
		engine.CodeWrongState:     {http.StatusConflict, "Not in this state", "The invitation or appointment has ended; read its state."},
		engine.CodePersonOnly:     {http.StatusForbidden, "Only the person may do this", "The person can take it back: by START from their phone, or on the pages behind the links of their messages."},
		engine.CodeUnavailable:    {http.StatusServiceUnavailable, "Unavailable for the moment", "The store cannot be reached; nothing was changed. Try again soon."},
		engine.CodeInternal:       {http.StatusInternalServerError, "A defect of ours", "Something went wrong on our side; give the instance to those who run this installation."},

		codeMalformed:     {http.StatusBadRequest, "The request cannot be read", "Send one well-formed JSON document."},
		codeUnauthorized:  {http.StatusUnauthorized, "No valid key", "Send a key that was issued here and not revoked: Authorization: Bearer <key>."},
		codeForbidden:     {http.StatusForbidden, "Not with this key", "Organisations and keys take the installation's admin key, everything else an organisation's key."},
		codeNoRoute:       {http.StatusNotFound, "No such address", "The routes of this API are listed at /v1/openapi.json."},
		codeMethod:        {http.StatusMethodNotAllowed, "Method not allowed", "The Allow header lists the methods of this address."},
		codeTimeout:       {http.StatusRequestTimeout, "The request took too long", "The body did not arrive in time; send it again."},
		codeTooLarge:      {http.StatusRequestEntityTooLarge, "The body is too large", "Send less at once; lists of people go to /v1/batches."},
		codeMediaType:     {http.StatusUnsupportedMediaType, "Content type not taken", "Send application/json; batches also take application/x-ndjson and text/csv."},
		codeRateLimited:   {http.StatusTooManyRequests, "Too many requests", "Wait for the seconds of Retry-After."},
		codeKeyReused:     {http.StatusUnprocessableEntity, "Idempotency-Key used for something else", "This key came with another request before, whether that was accepted or refused; use a new one for each thing to create, and after correcting a request."},
		codeStillRunning:  {http.StatusConflict, "The first request is still running", "A request with this Idempotency-Key has not ended yet; wait and ask again."},
		codeNotAcceptable: {http.StatusNotAcceptable, "No such answer", "Answers are application/json."},
	}
}

// codeOfStatus names an error that only has a status: one made by the router or by huma.
func codeOfStatus(status int) engine.Code {
	switch status {
	case http.StatusBadRequest:
		return codeMalformed
	case http.StatusNotFound:
		return codeNoRoute
	case http.StatusMethodNotAllowed:
		return codeMethod
	case http.StatusNotAcceptable:
		return codeNotAcceptable
	case http.StatusRequestTimeout:
		return codeTimeout
	case http.StatusRequestEntityTooLarge:
		return codeTooLarge
	case http.StatusUnsupportedMediaType:
		return codeMediaType
	case http.StatusUnprocessableEntity:
		return engine.CodeInvalid
	}
	return engine.CodeInternal
}
