package gateway

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"relance/channels"
)

// guard is a Check, compiled: it knows the gateway's calls from others.
type guard struct {
	header, query shared
	user, pass    string
	hmac          *keyed
	jwt           *token
}

type shared struct{ name, value string }

type keyed struct {
	HMAC
	key    string
	digest digest
}

type token struct {
	JWT
	key string
}

// call is what a gateway sent: its body was read.
type call struct {
	r    *http.Request
	body []byte
	doc  document
}

// guard compiles a Check.
func (c *compiler) guard(path string, k *Check) *guard {
	g := &guard{}
	if k == nil {
		c.wrong(path, "is missing: without it anybody could write receipts and replies. Where the gateway has nothing better, use query: a secret in the address that it calls")
		return g
	}
	ways := 0
	if k.Header != nil {
		ways++
		g.header = c.shared(path+".header", k.Header)
	}
	if k.Query != nil {
		ways++
		g.query = c.shared(path+".query", k.Query)
	}
	if k.Basic != nil {
		ways++
		g.user, g.pass = c.secret(path+".basic.username", k.Basic.Username), c.secret(path+".basic.password", k.Basic.Password)
	}
	if k.HMAC != nil {
		ways++
		g.hmac = c.keyed(path+".hmac", k.HMAC)
	}
	if k.JWT != nil {
		ways++
		g.jwt = &token{*k.JWT, c.secret(path+".jwt.key", k.JWT.Key)}
		if k.JWT.Header == "" {
			c.wrong(path+".jwt.header", "is missing: name the header that holds the token")
		}
	}
	if ways != 1 {
		c.wrong(path, "name exactly one way: header, query, basic, hmac or jwt")
	}
	return g
}

func (c *compiler) shared(path string, s *Shared) shared {
	if s.Name == "" {
		c.wrong(path+".name", "is missing")
	}
	return shared{s.Name, c.secret(path+".value", s.Value)}
}

// secret is a constant that must come from the provider's secrets.
func (c *compiler) secret(path, source string) string {
	if !secretUsed.MatchString(source) {
		c.wrong(path, "must name a secret of the provider, such as {{ secrets.webhook }}")
		return ""
	}
	return c.constant(path, source)
}

func (c *compiler) keyed(path string, h *HMAC) *keyed {
	if (h.Header == "") == (h.Parameter == "") {
		c.wrong(path, "name where the signature stands: header or parameter")
	}
	if !slices.Contains([]string{"", "body", "parameters"}, h.Over) {
		c.wrong(path+".over", "must be body or parameters")
	}
	return &keyed{*h, c.secret(path+".key", h.Key), c.digest(path, h.Hash, h.Encoding)}
}

// verify returns the claims of a token, where that is what guards, and ErrUnsigned for a
// call that is not the gateway's.
func (g *guard) verify(c call, now time.Time) (document, error) {
	ok := false
	switch {
	case g.jwt != nil:
		return g.jwt.verify(c, now)
	case g.hmac != nil:
		ok = g.hmac.verify(c)
	case g.header.name != "":
		ok = same(c.r.Header.Get(g.header.name), g.header.value)
	case g.query.name != "":
		ok = same(c.r.URL.Query().Get(g.query.name), g.query.value)
	default:
		user, pass, given := c.r.BasicAuth()
		right := same(user, g.user)
		ok = same(pass, g.pass) && right && given
	}
	if !ok {
		return nil, fmt.Errorf("gateway: a call does not bring the secret or the signature of the description's check: %w", channels.ErrUnsigned)
	}
	return nil, nil
}

// same compares in a time that tells nothing; an empty secret matches nothing.
func same(given, secret string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(secret))
	return secret != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func (k *keyed) verify(c call) bool {
	given := c.r.Header.Get(k.Header)
	if k.Parameter != "" {
		given = c.doc.text(k.Parameter)
	}
	given, ok := strings.CutPrefix(given, k.Prefix)
	over := c.body
	if k.Over == "parameters" {
		over = signedParameters(c.doc, k.Parameter)
	}
	return ok && given != "" && k.key != "" && k.digest.matches(k.key, over, given)
}

// signedParameters writes the parameters as they are signed.
func signedParameters(d document, signature string) []byte {
	all := parameters(d)
	delete(all, signature)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	clean := strings.NewReplacer("&", "_", "=", "_")
	var b strings.Builder
	for _, name := range names {
		b.WriteString("&" + name + "=" + clean.Replace(all[name]))
	}
	return []byte(b.String())
}

const tokenLeeway = time.Minute // between our clock and the gateway's

// verify checks the signature, the end and, when it covers the body, the body.
func (t *token) verify(c call, now time.Time) (document, error) {
	unsigned := fmt.Errorf("gateway: a call does not bring a token signed with the description's key: %w", channels.ErrUnsigned)
	raw, ok := strings.CutPrefix(c.r.Header.Get(t.Header), t.Prefix)
	parts := strings.Split(raw, ".")
	if !ok || len(parts) != 3 || t.key == "" {
		return nil, unsigned
	}
	head, claims := decoded(parts[0]), decoded(parts[1])
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if head == nil || claims == nil || err != nil || head.text("alg") != "HS256" {
		return nil, unsigned
	}
	d := digest{new: sha256.New}
	if subtle.ConstantTimeCompare(signature, d.sum(t.key, []byte(parts[0]+"."+parts[1]))) != 1 {
		return nil, unsigned
	}
	if end, err := strconv.ParseFloat(claims.text("exp"), 64); err == nil && float64(now.Add(-tokenLeeway).Unix()) > end {
		return nil, fmt.Errorf("gateway: the token of a call has ended: %w", channels.ErrUnsigned)
	}
	if t.BodyClaim != "" {
		sum := sha256.Sum256(c.body)
		if !same(strings.ToLower(claims.text(t.BodyClaim)), hex.EncodeToString(sum[:])) {
			return nil, fmt.Errorf("gateway: the token of a call is not for its body: %w", channels.ErrUnsigned)
		}
	}
	return claims, nil
}

func decoded(part string) document {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil {
		return nil
	}
	doc, err := parseJSON(raw)
	if err != nil {
		return nil
	}
	return doc
}
