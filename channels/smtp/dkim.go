package smtp

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/emersion/go-msgauth/dkim"
)

// DKIM is how messages are signed (RFC 6376). The zero value signs nothing.
type DKIM struct {
	// Selector names the key in the DNS: its public half stands at
	// SELECTOR._domainkey.DOMAIN. Required when Key is set.
	Selector string
	// Domain answers for the message; empty is the domain of From. DMARC counts the
	// signature when it is that domain, or one above or under it.
	Domain string
	// Key is the private half, PEM: RSA of 2048 bits or more, or Ed25519, which some
	// receivers cannot check yet.
	Key []byte
}

const leastRSA = 2048 // RFC 8301 §3.2 asks for it; under 1024 no receiver looks

// signedHeaders are those that say what a message is. Those a message has not are signed as
// absent, so that none can be added on the way.
func signedHeaders() []string {
	return []string{
		"From", "Reply-To", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
		"MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted",
		"List-Unsubscribe", "List-Unsubscribe-Post",
		"From", "Subject", "To", "Date", // once more: a second one would break the signature
	}
}

// signer adds a signature to messages; nil adds none.
type signer struct{ options dkim.SignOptions }

func newSigner(d DKIM, domain string) (*signer, error) {
	if len(d.Key) == 0 && d.Selector == "" {
		return nil, nil
	}
	if d.Selector == "" || len(d.Key) == 0 {
		return nil, errors.New("smtp: dkim needs both a selector and a key")
	}
	key, err := readKey(d.Key)
	if err != nil {
		return nil, err
	}
	if d.Domain != "" {
		domain = d.Domain
	}
	return &signer{dkim.SignOptions{
		Domain: domain, Selector: d.Selector, Signer: key, Hash: crypto.SHA256, HeaderKeys: signedHeaders(),
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	}}, nil
}

// readKey reads a private key in PEM; its errors say nothing of it.
func readKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("smtp: the dkim key is not PEM: it begins with -----BEGIN PRIVATE KEY-----")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return strong(key)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("smtp: the dkim key cannot be read: it must be a private key without a password (PKCS #1 or #8)")
	}
	return strong(key)
}

func strong(key any) (crypto.Signer, error) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if k.N.BitLen() < leastRSA {
			return nil, fmt.Errorf("smtp: the dkim key has %d bits; receivers want %d or more", k.N.BitLen(), leastRSA)
		}
		return k, nil
	case ed25519.PrivateKey:
		return k, nil
	}
	return nil, errors.New("smtp: the dkim key must be RSA or Ed25519")
}

// sign returns the message with its signature before it.
func (s *signer) sign(raw []byte) ([]byte, error) {
	if s == nil {
		return raw, nil
	}
	var out bytes.Buffer
	out.Grow(len(raw) + 1024)
	options := s.options
	if err := dkim.Sign(&out, bytes.NewReader(raw), &options); err != nil {
		return nil, errors.New("the message cannot be signed")
	}
	return out.Bytes(), nil
}
