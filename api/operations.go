package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Creates is in the input of every POST that creates; the server answers for it before
// the handler is called, see idempotent.
type Creates struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" doc:"The same key and request within 24 hours get the first answer; the same key with another request is refused"`
}

// created is where the new thing is.
type created[T any] struct {
	Location string `header:"Location" doc:"Where to read it again"`
	Body     T
}

// one is an answer with one thing.
type one[T any] struct {
	Body T
}

// operation describes a route; who may call it is part of it.
func operation(id, method, path string, need access, summary, description string) huma.Operation {
	op := huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Description: description,
		Tags:                         []string{tagOf(path)},
		RejectUnknownQueryParameters: true,
		Responses:                    map[string]*huma.Response{"default": problemResponse()},
	}
	if need != open {
		op.Security = []map[string][]string{{string(need): {}}}
	}
	return op
}

// creating is an operation that answers 201.
func creating(id, path string, need access, summary, description string) huma.Operation {
	op := operation(id, http.MethodPost, path, need, summary, description)
	op.DefaultStatus = http.StatusCreated
	return op
}

// tagOf groups operations by what they are about.
func tagOf(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/v1/"), "/")
	if len(parts) > 2 && parts[2] == "keys" {
		return "keys"
	}
	return parts[0]
}

func problemResponse() *huma.Response {
	return &huma.Response{
		Description: "A problem (RFC 9457); its codes are listed at /v1/problems",
		Content: map[string]*huma.MediaType{
			"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}},
		},
	}
}
