package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// BatchPerson is one line of a batch. In CSV the members are columns.
type BatchPerson struct {
	Person
	Channels []engine.Channel `json:"channels,omitempty" enum:"sms,email" doc:"Of the first messages; default every one that reaches the person"`
}

// registerPost registers the one route that is not huma's, and describes it by hand.
func (h batches) registerPost(a huma.API) {
	h.route(http.MethodPost, batchesPath, forOrganisation, h.upload)
	r := a.OpenAPI().Components.Schemas
	person := r.Schema(reflect.TypeFor[BatchPerson](), true, "BatchPerson")
	op := operation("create-batch", http.MethodPost, batchesPath, forOrganisation, "Invite many people",
		"Up to 100,000 people, read as they arrive. The answer comes when every line is stored: messages leave afterwards. "+
			"A bad line never fails the others; read each line's result at /v1/batches/{id}/lines. "+
			"With dry_run nothing is stored, and the answer tells of the first messages alone: their times, SMS parts and cost. "+
			"With an Idempotency-Key, an upload that broke off can be sent again and no one is invited twice.")
	op.Parameters = []*huma.Param{
		{Name: "service", In: "query", Required: true, Description: "The service to invite to", Schema: &huma.Schema{Type: "string"}},
		{Name: "dry_run", In: "query", Description: "true: answer what first messages would be sent to whom and when, in how many SMS parts and at what cost, and store nothing", Schema: &huma.Schema{Type: "boolean"}},
		{Name: "Idempotency-Key", In: "header", Description: "The same key and batch within 7 days get the first answer", Schema: &huma.Schema{Type: "string"}},
	}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json":     {Schema: &huma.Schema{Type: "array", Items: person}},
		"application/x-ndjson": {Schema: &huma.Schema{Type: "string", Description: "One BatchPerson a line"}},
		"text/csv":             {Schema: &huma.Schema{Type: "string", Description: "A header line with the members of BatchPerson, then one person a line"}},
	}}
	op.Responses["202"] = &huma.Response{
		Description: "Every line is stored",
		Headers:     map[string]*huma.Header{"Location": {Description: "Where its progress can be read", Schema: &huma.Schema{Type: "string"}}},
		Content:     map[string]*huma.MediaType{"application/json": {Schema: r.Schema(reflect.TypeFor[Batch](), true, "Batch")}},
	}
	op.Responses["200"] = &huma.Response{
		Description: "With dry_run: the first messages the batch would send (relances depend on what people do); nothing is stored",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: r.Schema(reflect.TypeFor[BatchPreview](), true, "BatchPreview")}},
	}
	a.OpenAPI().AddOperation(&op)
}

// describe serves what the API says about itself. Each document is made at its first
// request, by one of those who ask: huma's own routes would race.
func (s *server) describe(a huma.API) {
	doc := a.OpenAPI()
	schemas := doc.Components.Schemas.Map()
	delete(schemas, "ErrorModel") // huma's own shape of errors, never sent
	delete(schemas, "ErrorDetail")
	if s.o.BaseURL != "" {
		doc.Servers = []*huma.Server{{URL: s.o.BaseURL}}
	}
	s.serve("/v1/openapi.json", "application/openapi+json", func() ([]byte, error) { return json.Marshal(doc) })
	s.serve("/v1/openapi.yaml", "application/openapi+yaml", doc.YAML)
	s.serve("/v1/problems", "application/json", func() ([]byte, error) { return json.Marshal(problemList()) })
	s.serve("/v1/docs", "text/html; charset=utf-8", func() ([]byte, error) { return docsPage(doc) })
}

// serve answers a GET with what write makes, once.
func (s *server) serve(path, contentType string, write func() ([]byte, error)) {
	once := sync.OnceValues(write)
	s.route(http.MethodGet, path, open, func(w http.ResponseWriter, r *http.Request) {
		body, err := once()
		if err != nil {
			problemOf(err).write(w, r)
			return
		}
		w.Header().Set("Content-Type", contentType)
		if strings.HasPrefix(contentType, "text/html") {
			w.Header().Set("Content-Security-Policy", docsPolicy())
		}
		_, _ = w.Write(body) // the reader may be gone
	})
}
