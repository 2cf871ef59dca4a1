package api

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
)

// secret is what an Idempotency-Key gives: a name to keep the answer under, a way to
// recognise the same request, and a key to seal the answer with. The Idempotency-Key
// itself is never kept, so a copy of the database tells neither what was asked nor what
// was answered, not even an API key that was just made.
type secret [sha256.Size]byte

func secretOf(c caller, idempotencyKey string) secret {
	h := hmac.New(sha256.New, []byte("relance idempotency "+c.secret))
	writeParts(h, string(c.org), idempotencyKey)
	return secret(h.Sum(nil))
}

// writeParts writes strings so that no two lists of them look the same.
func writeParts(w io.Writer, parts ...string) {
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p))
		_, _ = w.Write(sum[:])
	}
}

func (k secret) mac(purpose string, parts ...string) []byte {
	h := hmac.New(sha256.New, k[:])
	writeParts(h, append([]string{purpose}, parts...)...)
	return h.Sum(nil)
}

// name is what the answer is kept under.
func (k secret) name() string { return hex.EncodeToString(k.mac("name")[:16]) }

func (k secret) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.mac("seal"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal hides plain behind a nonce drawn from random.
func (k secret) seal(plain []byte, random io.Reader) ([]byte, error) {
	aead, err := k.aead()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, err
	}
	return aead.Seal(nonce, nonce, plain, nil), nil
}

// open undoes seal; it fails for anything that was not sealed with the same secret.
func (k secret) open(sealed []byte) ([]byte, error) {
	aead, err := k.aead()
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return nil, errors.New("the kept answer is cut short")
	}
	return aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], nil)
}
