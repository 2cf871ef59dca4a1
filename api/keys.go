package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// Key is an API key of an organisation, without what it opens.
type Key struct {
	ID        engine.KeyID `json:"id"`
	Name      string       `json:"name"`
	CreatedAt time.Time    `json:"created_at"`
	RevokedAt *time.Time   `json:"revoked_at,omitempty"`
}

// NewKey is a key just made: the only time that it is shown.
type NewKey struct {
	Key
	Plain string `json:"key" doc:"The key itself. It is shown this once and kept nowhere"`
}

func keyOf(k engine.Key) Key {
	return Key{ID: k.ID, Name: k.Name, CreatedAt: k.CreatedAt, RevokedAt: k.RevokedAt}
}

// KeyRequest asks for a key.
type KeyRequest struct {
	Name string `json:"name" doc:"What the key is for, for people"`
}

type keys struct {
	*server
	verbs keyVerbs
}

const keysPath = organisationsPath + "/{organisation}/keys"

func (h keys) register(a huma.API) {
	huma.Register(a, creating("create-key", keysPath, forAdmin, "Make an API key", "The key is in this answer only."), h.create)
	huma.Register(a, operation("list-keys", http.MethodGet, keysPath, forAdmin, "List API keys", "Revoked ones too."), h.list)
	huma.Register(a, operation("revoke-key", http.MethodDelete, keysPath+"/{key}", forAdmin, "Revoke an API key", "At once; revoking it again changes nothing."), h.revoke)
}

func (h keys) create(ctx context.Context, in *struct {
	Creates
	AtOrganisation
	Body KeyRequest
}) (*created[NewKey], error) {
	plain, k, err := h.verbs.IssueKey(ctx, in.Organisation, in.Body.Name)
	if err != nil {
		return nil, problemOf(err)
	}
	where := h.o.BaseURL + organisationsPath + "/" + string(in.Organisation) + "/keys"
	return &created[NewKey]{where, NewKey{Key: keyOf(k), Plain: plain}}, nil
}

func (h keys) list(ctx context.Context, in *struct {
	AtOrganisation
	Paging
}) (*pageOut[Key], error) {
	o, err := h.verbs.Organisation(ctx, in.Organisation)
	if err != nil {
		return nil, problemOf(err)
	}
	// Key ids sort by age and keys are only ever appended, so the list is sorted.
	items, next := pageByID(o.Keys, func(k engine.Key) string { return string(k.ID) }, in.Paging)
	path := organisationsPath + "/" + string(in.Organisation) + "/keys"
	return pageOf(h.server, path, in.Paging, each(items, keyOf), next), nil
}

func (h keys) revoke(ctx context.Context, in *struct {
	AtOrganisation
	Key engine.KeyID `path:"key" maxLength:"64" doc:"The key's id, not the key"`
}) (*struct{}, error) {
	if err := h.verbs.RevokeKey(ctx, in.Organisation, in.Key); err != nil {
		return nil, problemOf(err)
	}
	return nil, nil
}
