package gateway_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
)

// signature is made here by itself, not by the code under test.
func signature(name, encoding, key, over string) string {
	h := hmac.New(map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New, "sha1": sha1.New, "md5": md5.New}[name], []byte(key))
	h.Write([]byte(over))
	if encoding == "base64" {
		return base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// jwt is a token with a header, claims and a key.
func jwt(header, claims, key string) string {
	part := base64.RawURLEncoding.EncodeToString
	over := part([]byte(header)) + "." + part([]byte(claims))
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(over))
	return over + "." + part(h.Sum(nil))
}

func sha256hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func plainSHA1(s string) string {
	sum := sha1.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}
