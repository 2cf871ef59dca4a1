package engine

import "time"

// Batch is a list of people to invite, as an integrator posted it.
type Batch struct {
	ID           BatchID        `json:"id"`
	Organisation OrganisationID `json:"organisation"`
	Version      int64          `json:"-"`
	Service      ServiceID      `json:"service"`
	State        string         `json:"state"` // receiving, stored
	Lines        int            `json:"lines"`
	Accepted     int            `json:"accepted"`
	Refused      int            `json:"refused"`
	CreatedAt    time.Time      `json:"created_at"`
	StoredAt     *time.Time     `json:"stored_at,omitempty"`
}

// The states of a batch.
const (
	BatchReceiving = "receiving" // lines are arriving, or their sender went away: send it again with the same Idempotency-Key
	BatchComplete  = "stored"    // every line has its result
)
