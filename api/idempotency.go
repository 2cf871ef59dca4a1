package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"relance/engine"
)

// Idempotency keeps small values for a while, for every process of the installation.
type Idempotency interface {
	// Swap replaces what is kept under key, in the organisation's partition ("" is the
	// installation itself), by next for ttl, if it still is old. Empty old: nothing is
	// kept; empty next: forget. It answers with what was kept before, so the swap was
	// made when that equals old. Errors: CodeUnavailable.
	Swap(ctx context.Context, org engine.OrganisationID, key string, old, next []byte, ttl time.Duration) ([]byte, error)
}

const (
	keepAnswer   = 24 * time.Hour
	keepBatch    = 7 * 24 * time.Hour
	runningLease = 10 * time.Second // renewed while the request runs; a killed process frees its keys after it
	maxKeyLength = 255
)

// The first byte of what is kept, before the 32 bytes that recognise the request:
// an answer follows, sealed, or 16 bytes that name the running attempt.
const (
	keptRunning = 'r'
	keptAnswer  = 'd'
	printSize   = 32
)

// attempt is a request that holds its Idempotency-Key until finish or release.
type attempt struct {
	store  Idempotency
	org    engine.OrganisationID
	secret secret
	mine   []byte
	stop   func() // ends the renewing
}

// answer is what a request was answered with, as it is kept.
type answer struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// begin takes the key for a request recognised by print. When it is taken already, held
// is nil and found is what is kept.
func (s *server) begin(ctx context.Context, org engine.OrganisationID, k secret, print []byte) (held *attempt, found []byte, err error) {
	var owner [16]byte
	if _, err := io.ReadFull(s.o.Random, owner[:]); err != nil {
		return nil, nil, err
	}
	a := &attempt{store: s.o.Idempotency, org: org, secret: k}
	a.mine = append(append([]byte{keptRunning}, print...), owner[:]...)
	found, err = a.store.Swap(ctx, org, k.name(), nil, a.mine, runningLease)
	if err != nil || len(found) > 0 {
		return nil, found, err
	}
	a.renew(ctx)
	return a, nil, nil
}

// renew keeps the key until stop is called or its owner's context ends.
func (a *attempt) renew(ctx context.Context) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	a.stop = func() { cancel(); <-done }
	go func() {
		defer close(done)
		t := time.NewTicker(runningLease / 3)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				// A failure here costs a second attempt its 409, not the request.
				_, _ = a.store.Swap(ctx, a.org, a.secret.name(), a.mine, a.mine, runningLease)
			}
		}
	}()
}

// finish keeps the answer for the next request recognised by print.
func (a *attempt) finish(ctx context.Context, random io.Reader, print []byte, ans answer, keep time.Duration) error {
	plain, err := json.Marshal(ans)
	if err != nil {
		return err
	}
	sealed, err := a.secret.seal(plain, random)
	if err != nil {
		return err
	}
	return a.swap(ctx, append(append([]byte{keptAnswer}, print...), sealed...), keep)
}

// release gives the key back: nothing was made, the same request may come again.
func (a *attempt) release(ctx context.Context) error { return a.swap(ctx, nil, 0) }

// swap ends the attempt. The caller may be gone by now; what was made still counts.
func (a *attempt) swap(ctx context.Context, next []byte, ttl time.Duration) error {
	a.stop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), runningLease)
	defer cancel()
	_, err := a.store.Swap(ctx, a.org, a.secret.name(), a.mine, next, ttl)
	return err
}

// kept reads what another request left under the key: its answer when it was the same
// request, a problem otherwise.
func kept(k secret, found, print []byte) (*answer, error) {
	if len(found) < 1+printSize || !bytes.Equal(found[1:1+printSize], print) {
		return nil, newProblem(codeKeyReused, "")
	}
	if found[0] != keptAnswer {
		return nil, newProblem(codeStillRunning, "")
	}
	plain, err := k.open(found[1+printSize:])
	if err != nil {
		return nil, newProblem(codeKeyReused, "")
	}
	var ans answer
	if err := json.Unmarshal(plain, &ans); err != nil {
		return nil, err
	}
	return &ans, nil
}

// keeps tells whether an answer is kept: not one that says to try again.
func (a answer) keeps(code string) bool {
	switch engine.Code(code) {
	case engine.CodeConflict, codeTimeout, codeRateLimited:
		return false
	}
	return a.Status < http.StatusInternalServerError
}

// write gives the answer; replayed says that it is an old one.
func (a answer) write(w http.ResponseWriter, replayed bool) {
	h := w.Header()
	for name, values := range a.Header {
		h[name] = values
	}
	if replayed {
		h.Set("Idempotency-Replayed", "true")
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}
