package bounce

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"net/mail"
	"regexp"
	"strings"

	"relance/channels"
)

// Addresses makes and reads the addresses that reports about messages go to (VERP): the
// envelope's sender of each message is bounce+TOKEN@domain. A token holds the message's
// ticket and id, which say nothing to others, and an HMAC of both: who has not had the message
// cannot make one, and whoever has can only report about that message.
type Addresses struct {
	local, domain string
	key           []byte
	written       *regexp.Regexp // finds addresses that may be ours in a text
}

// Complaints is what stands after the plus in the address to give to feedback loops, which
// report about any message: bounce+complaints@domain.
const Complaints = "complaints"

const (
	longestLocal = 64 // octets before the @ (RFC 5321 §4.5.3.1.1)
	macLetters   = 16 // 80 bits
	// longestToken is ticket, id and HMAC with the hyphens between them.
	longestToken = 2 + 1 + 30 + 1 + macLetters
	// LongestName is what the part before the plus may have, so that a token fits behind it.
	LongestName = longestLocal - 1 - longestToken
)

var (
	namePattern   = regexp.MustCompile(`^[a-z0-9]+(?:[._-][a-z0-9]+)*$`)
	domainPattern = regexp.MustCompile(`^[a-z0-9-]+(?:\.[a-z0-9-]+)+$`)
	ticketPattern = regexp.MustCompile(`^[a-z0-9]{1,8}$`)
	idPattern     = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)
	letters       = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
)

// NewAddresses makes addresses under base, such as bounce@example.org. secret is the
// installation's; another one makes the tokens already sent worthless.
func NewAddresses(base string, secret []byte) (*Addresses, error) {
	parsed, err := mail.ParseAddress(base)
	if err != nil || parsed.Address != base {
		return nil, errors.New("the address of bounces must be a bare address, such as bounce@example.org")
	}
	local, domain, _ := strings.Cut(strings.ToLower(base), "@")
	if !namePattern.MatchString(local) || len(local) > LongestName || !domainPattern.MatchString(domain) {
		return nil, errors.New("the address of bounces must have at most 13 letters, digits, dots and hyphens before the @, and an ASCII domain")
	}
	if len(secret) < 32 {
		return nil, errors.New("the secret that bounce addresses are made with must have 32 bytes or more")
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("bounce addresses")) // a key of their own: links are made with the secret too
	written := regexp.MustCompile(`(?i)` + regexp.QuoteMeta(local+"+") + `[a-z0-9_-]{1,64}@` + regexp.QuoteMeta(domain))
	return &Addresses{local: local, domain: domain, key: mac.Sum(nil), written: written}, nil
}

// Return is the envelope's sender of a message; "" when the message has no ticket, or an id
// that an address cannot hold.
func (a *Addresses) Return(m channels.Message) string {
	if !ticketPattern.MatchString(m.Ticket) || !idPattern.MatchString(m.ID) {
		return ""
	}
	local := a.local + "+" + m.Ticket + "-" + m.ID + "-" + a.mac(m.Ticket, m.ID)
	if len(local) > longestLocal {
		return ""
	}
	return local + "@" + a.domain
}

// Subject is the message that a report is about.
type Subject struct{ Ticket, ID string }

// Read finds the message of an address we made; false for every other address. Case does
// not matter: some servers change it.
func (a *Addresses) Read(address string) (Subject, bool) {
	token, ok := a.token(address)
	if !ok {
		return Subject{}, false
	}
	parts := strings.Split(token, "-")
	if len(parts) != 3 || !ticketPattern.MatchString(parts[0]) || !idPattern.MatchString(parts[1]) {
		return Subject{}, false
	}
	if !hmac.Equal([]byte(parts[2]), []byte(a.mac(parts[0], parts[1]))) {
		return Subject{}, false
	}
	return Subject{Ticket: parts[0], ID: parts[1]}, true
}

// Takes tells whether mail to address is for us: a token of ours, or complaints.
func (a *Addresses) Takes(address string) bool {
	if token, ok := a.token(address); ok && token == Complaints {
		return true
	}
	_, ok := a.Read(address)
	return ok
}

// token is what stands after the plus.
func (a *Addresses) token(address string) (string, bool) {
	address = strings.ToLower(strings.Trim(strings.TrimSpace(address), "<>"))
	rest, mine := strings.CutPrefix(address, a.local+"+")
	token, domain, at := strings.Cut(rest, "@")
	return token, mine && at && domain == a.domain && len(address) <= 320
}

func (a *Addresses) mac(ticket, id string) string {
	h := hmac.New(sha256.New, a.key)
	h.Write([]byte(ticket + "-" + id)) // neither holds a hyphen
	return letters.EncodeToString(h.Sum(nil))[:macLetters]
}
