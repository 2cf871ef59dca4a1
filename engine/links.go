package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"hash"
	"strings"
	"sync"
)

// Links derives link tokens, and the hashes that stand for tokens and phones in
// indexes, so that a copy of the database opens nothing (RULES §5).
type Links struct {
	Key []byte // the installation's secret, at least 32 bytes; another one kills every link. Set before the first use

	macs sync.Pool // *mac: the key is made ready once, not for every token
}

// mac derives from the key.
type mac struct {
	hash.Hash
	text []byte // what it is for, written whole
}

// tokenLetters has no look-alikes (no 0 1 i l o u).
const tokenLetters = "23456789abcdefghjkmnpqrstvwxyz"

// tokenLength is two letters for the partition and 15 drawn from the HMAC: 15 × log2(30) = 73.6 bits.
const tokenLength = 2 + 15

// Token is the link of one generation of an invitation, derived, never stored. It
// begins with its partition so that one lookup in one place finds the invitation.
func (l *Links) Token(p Partition, id InvitationID, generation int) string {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(generation))
	sum := l.mac("link", string(id), string(n[:]))
	const base = len(tokenLetters)
	out := make([]byte, 0, tokenLength)
	out = append(out, tokenLetters[int(p)/base], tokenLetters[int(p)%base])
	for _, b := range sum {
		if int(b) < 256/base*base && len(out) < tokenLength { // whole cycles only: every letter equally likely
			out = append(out, tokenLetters[int(b)%base])
		}
	}
	for i := 0; len(out) < tokenLength; i++ { // fewer than 15 of 32 bytes kept: one in 10^13
		out = append(out, tokenLetters[int(l.mac("more", string(out), string(n[:]))[i])%base])
	}
	return string(out)
}

// letters are a token of so many letters, the first two its partition, derived from what it is for.
func (l *Links) letters(p Partition, length int, purpose string, parts ...string) string {
	const base = len(tokenLetters)
	out := []byte{tokenLetters[int(p)/base], tokenLetters[int(p)%base]}
	for n := uint64(0); ; n++ {
		var count [8]byte
		binary.BigEndian.PutUint64(count[:], n)
		for _, b := range l.mac(purpose, append(parts[:len(parts):len(parts)], string(count[:]))...) {
			if len(out) == length {
				return string(out)
			}
			if int(b) < 256/base*base { // whole cycles only: every letter equally likely
				out = append(out, tokenLetters[int(b)%base])
			}
		}
	}
}

// partitionOf reads a token's first letters; false for what cannot be a token of that length.
func partitionOf(token string, length int) (Partition, bool) {
	if len(token) != length {
		return 0, false
	}
	hi, lo := strings.IndexByte(tokenLetters, token[0]), strings.IndexByte(tokenLetters, token[1])
	p := hi*len(tokenLetters) + lo
	if hi < 0 || lo < 0 || p >= Partitions {
		return 0, false
	}
	return Partition(p), true
}

func sameToken(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// hash stands for a token or a phone in an index: keyed, so that it cannot be looked up backwards.
func (l *Links) hash(purpose, value string) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(l.mac(purpose, value)[:15])
}

func (l *Links) mac(purpose string, parts ...string) []byte {
	m, ok := l.macs.Get().(*mac)
	if !ok {
		m = &mac{Hash: hmac.New(sha256.New, l.Key)}
	}
	defer l.macs.Put(m)
	m.text = append(m.text[:0], purpose...)
	for _, s := range parts {
		m.text = append(append(m.text, 0), s...)
	}
	m.Reset()
	m.Write(m.text)
	return m.Sum(nil)
}

// The indexes of a partition.
const (
	indexFeeds = "feeds" // hash of a feed's token → calendar
	indexLinks = "links" // hash of a token → invitation
	indexUsed  = "used"  // organisation/calendar → unix second of its last booking
)
