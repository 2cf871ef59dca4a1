package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"relance/engine"
)

// access says whose key a route takes; it is also the name of the security scheme in
// the OpenAPI document, so that the document cannot say otherwise.
type access string

const (
	open            access = ""             // nobody's: the API's own description
	forAdmin        access = "admin"        // the installation's
	forOrganisation access = "organisation" // one organisation's
)

// caller is who a request comes from, once known.
type caller struct {
	org engine.OrganisationID // "" for the admin key
	// limit names the caller for the rate limiter: the key's id.
	limit string
	// secret is what only this caller and nobody's database knows; see seal. Only for the admin key.
	secret string
}

type callerKey struct{}

// orgOf is the organisation that a request acts for.
func orgOf(ctx context.Context) engine.OrganisationID {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c.org
}

// authenticated lets a request through when its key is of the kind the route takes.
func (s *server) authenticated(need access, next http.HandlerFunc) http.HandlerFunc {
	if need == open {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := s.callerOf(r)
		if err == nil && (need == forAdmin) != (c.org == "") {
			err = newProblem(codeForbidden, "%s", forbidden(need))
		}
		if err != nil {
			p := problemOf(err)
			if p.Status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="relance"`)
			}
			p.write(w, r)
			return
		}
		traceOf(r.Context()).org = c.org
		next(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	}
}

func forbidden(need access) string {
	if need == forAdmin {
		return "This route takes the installation's admin key; the key sent is an organisation's."
	}
	return "This route takes an organisation's key; the key sent is the installation's admin key."
}

func (s *server) callerOf(r *http.Request) (caller, error) {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	key = strings.TrimSpace(key)
	if !strings.EqualFold(scheme, "Bearer") || key == "" {
		return caller{}, newProblem(codeUnauthorized, "")
	}
	sum := sha256.Sum256([]byte(key))
	// Hashes are compared, so neither the length nor the first wrong byte shows in the time.
	isAdmin := subtle.ConstantTimeCompare(sum[:], s.o.AdminKey[:]) == 1
	if isAdmin && s.o.AdminKey != [sha256.Size]byte{} {
		return caller{limit: "admin", secret: key}, nil
	}
	org, id, err := s.verbs.Authenticate(r.Context(), key)
	switch {
	case engine.CodeOf(err) == engine.CodeNotFound:
		return caller{}, newProblem(codeUnauthorized, "")
	case err != nil:
		return caller{}, err
	}
	return caller{org: org, limit: string(id)}, nil
}
