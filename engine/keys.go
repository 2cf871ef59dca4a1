package engine

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"io"
	"strings"
)

// An API key is rk.<organisation>.<key id>.<secret>: whose it is can be read, what it
// opens cannot be guessed, and only its hash is kept.
const keyPrefix = "rk"

// IssueKey makes an API key; plain is shown once and never kept.
func (e *Engine) IssueKey(ctx context.Context, org OrganisationID, name string) (plain string, k Key, err error) {
	var f fields
	if f.text("/name", name, 80); len(f) > 0 {
		return "", k, invalid("issue key", f)
	}
	secret := make([]byte, 20)
	if _, err := io.ReadFull(e.Random, secret); err != nil {
		return "", k, &Error{Code: CodeInternal, Op: "issue key", Message: "no randomness to make a key from", Cause: err}
	}
	now := e.Clock.Now()
	k = Key{ID: KeyID(e.Minter.Mint("key", now)), Name: name, CreatedAt: now}
	plain = strings.Join([]string{keyPrefix, string(org), string(k.ID), lower32.EncodeToString(secret)}, ".")
	k.Hash = hashKey(plain)
	err = e.change(ctx, "issue key", org.Partition(), func() (*Change, error) {
		o, err := e.organisation(ctx, org)
		if err != nil {
			return nil, err
		}
		o.Keys = append(o.Keys, k)
		c := &Change{}
		c.put(o)
		return c, nil
	})
	return plain, k, err
}

// RevokeKey ends a key at once; revoking it again changes nothing.
func (e *Engine) RevokeKey(ctx context.Context, org OrganisationID, id KeyID) error {
	return e.change(ctx, "revoke key", org.Partition(), func() (*Change, error) {
		o, err := e.organisation(ctx, org)
		if err != nil {
			return nil, err
		}
		for i := range o.Keys {
			if k := &o.Keys[i]; k.ID == id {
				if k.RevokedAt != nil {
					return nil, nil
				}
				k.RevokedAt = at(e.Clock.Now())
				c := &Change{}
				c.put(o)
				return c, nil
			}
		}
		return nil, refuse("revoke key", CodeNotFound, "there is no such key")
	})
}

// Authenticate finds the organisation of an API key; CodeNotFound for any key that is not valid.
func (e *Engine) Authenticate(ctx context.Context, plain string) (OrganisationID, KeyID, error) {
	bad := refuse("authenticate", CodeNotFound, "this API key is not valid")
	rest, ok := strings.CutPrefix(plain, keyPrefix+".")
	if !ok {
		return "", "", bad
	}
	last := strings.LastIndexByte(rest, '.')
	if last < 0 {
		return "", "", bad
	}
	mid := strings.LastIndexByte(rest[:last], '.')
	if mid < 0 {
		return "", "", bad
	}
	org, id := OrganisationID(rest[:mid]), KeyID(rest[mid+1:last])
	sh, err := e.fetch(ctx, org.Partition(), string(org))
	if err != nil {
		return "", "", err
	}
	o, err := settled[Organisation](sh, string(org))
	if err != nil {
		return "", "", err
	}
	if o == nil {
		return "", "", bad
	}
	for _, k := range o.Keys {
		if k.ID == id && k.RevokedAt == nil && subtle.ConstantTimeCompare([]byte(k.Hash), []byte(hashKey(plain))) == 1 {
			return org, id, nil
		}
	}
	return "", "", bad
}

func hashKey(plain string) string {
	sum := sha256.Sum256([]byte(plain))
	return hex.EncodeToString(sum[:])
}
