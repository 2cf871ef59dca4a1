package engine

import (
	"crypto/sha256"
	"encoding/base32"
	"hash/fnv"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"relance/calendars"
)

// Ids are opaque, prefixed and sort by creation time; a RecipientID is derived from
// the organisation's own external id instead, so one person is one record.
type (
	OrganisationID string // org_…
	ServiceID      string // srv_…, or the name given in a set-up file
	CalendarID     = calendars.ID
	RecipientID    string // rcp_…
	InvitationID   string // inv_…
	AppointmentID  string // apt_…
	MessageID      string // msg_…
	BatchID        string // bat_…
	KeyID          string // key_…
	CallID         string // call_…
)

// Partitions is how many hash tags the records are spread over. It never changes
// in the life of an installation.
const Partitions = 64

// Partition is one of the hash tags {p0}…{p63}; everything of an organisation lives in one.
type Partition uint8

// Partition is where everything of the organisation is kept.
func (o OrganisationID) Partition() Partition {
	h := fnv.New32a()
	_, _ = io.WriteString(h, string(o))
	return Partition(h.Sum32() % Partitions)
}

var lower32 = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Minter makes ids from the clock and a source of randomness. Safe for concurrent use.
type Minter struct {
	mu      sync.Mutex
	entropy *ulid.MonotonicEntropy
}

// NewMinter makes a Minter; random must be cryptographically good in production.
func NewMinter(random io.Reader) *Minter {
	return &Minter{entropy: ulid.Monotonic(random, 0)}
}

// Mint makes an id such as inv_01jdk3…, later ones sorting after earlier ones.
func (m *Minter) Mint(prefix string, now time.Time) string {
	m.mu.Lock()
	id := ulid.MustNew(ulid.Timestamp(now), m.entropy)
	m.mu.Unlock()
	return prefix + "_" + strings.ToLower(id.String())
}

// RecipientOf is the id of the person an organisation knows under externalID.
func RecipientOf(org OrganisationID, externalID string) RecipientID {
	sum := sha256.Sum256([]byte(string(org) + "\x00" + externalID))
	return RecipientID("rcp_" + lower32.EncodeToString(sum[:16]))
}
