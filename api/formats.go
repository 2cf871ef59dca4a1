package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// config is huma's: JSON only, our problems, and none of its own pages, which load
// scripts from elsewhere.
func (s *server) config() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registry.Schema(reflect.TypeFor[Problem](), true, "Problem")
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: decode}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Relance", Version: s.o.Version, Description: aboutAPI},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					string(forAdmin):        {Type: "http", Scheme: "bearer", Description: "The installation's admin key"},
					string(forOrganisation): {Type: "http", Scheme: "bearer", Description: "A key of the organisation"},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{asProblem},
	}
}

// asProblem makes every error one of ours on its way out, huma's own included, and notes it.
func asProblem(ctx huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*Problem)
	if m, isHuma := v.(*huma.ErrorModel); isHuma {
		p, ok = problemOfHuma(m), true
	}
	if !ok {
		return v, nil
	}
	p.noteIn(ctx.Context())
	return p, nil
}

// decode reads JSON; its errors say where and what, never the value.
func decode(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return fmt.Errorf("is not one JSON document: it breaks near byte %d, line %d", syntax.Offset, 1+strings.Count(string(data[:syntax.Offset]), "\n"))
	case errors.As(err, &kind):
		return fmt.Errorf("has a member, %q, that cannot hold what was given", kind.Field)
	}
	return errors.New("is not one JSON document of the shape that this route takes")
}

const aboutAPI = "Invite people by SMS and email to choose an appointment, follow up, remind.\n\n" +
	"Send the header Authorization: Bearer and a key. Errors are RFC 9457 problems with a stable code. " +
	"Times are RFC 3339 with an offset. Lists come in pages: follow the Link header with rel=next.\n\n" +
	"A POST with an Idempotency-Key is done once: the same request again gets the first answer, " +
	"marked Idempotency-Replayed, for 24 hours, a batch for 7 days.\n\n" +
	"Rates are per key: see RateLimit, RateLimit-Policy and Retry-After. " +
	"No-show rate = no_show / (attended + cancelled + no_show)."
