package api

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"

	"relance/engine"
	"relance/engine/intake"
)

// upload receives a batch: huma would hold it whole in memory and validate it at twice
// the cost of reading it, so the body goes from the socket to the intake and is written
// down line by line; the OpenAPI document describes the route by hand.
func (s *server) upload(w http.ResponseWriter, r *http.Request) {
	if err := s.receiveBatch(w, r); err != nil {
		s.refuse(w, r, err)
	}
}

func (s *server) receiveBatch(w http.ResponseWriter, r *http.Request) error {
	service, format, dry, err := batchParameters(r)
	if err != nil {
		return err
	}
	if dry {
		return s.preview(w, r, service, format)
	}
	key, err := s.idempotencyKey(r)
	if err != nil {
		return err
	}
	body := s.batchBody(w, r)
	if key == "" {
		b, err := s.receive(r.Context(), orgOf(r.Context()), service, "", body, format)
		if err != nil {
			return body.why(err)
		}
		s.batchAnswer(b).write(w, false)
		return nil
	}
	return s.uploadOnce(w, r, key, service, format, body)
}

// batchParameters reads what stands beside the body.
func batchParameters(r *http.Request) (service engine.ServiceID, format intake.Format, dry bool, err error) {
	format, err = intake.FormatOf(r.Header.Get("Content-Type"))
	if err != nil {
		return "", "", false, newProblem(codeMediaType, "%s", problemOf(err).Detail)
	}
	if c := r.Header.Get("Content-Encoding"); c != "" && c != "identity" {
		return "", "", false, newProblem(codeMediaType, "Send the batch without Content-Encoding.")
	}
	p := newProblem(engine.CodeInvalid, "")
	query := r.URL.Query()
	for name := range query {
		if name != "service" && name != "dry_run" {
			p.Errors = append(p.Errors, Fault{Parameter: name, Code: "unknown_field", Detail: "a batch only takes service and dry_run"})
		}
	}
	dry = dryRun(r, p)
	if service = engine.ServiceID(query.Get("service")); service == "" {
		p.Errors = append(p.Errors, Fault{Parameter: "service", Code: "required", Detail: "name the service to invite to: ?service=…"})
	}
	if len(p.Errors) > 0 {
		return "", "", false, p
	}
	return service, format, dry, nil
}

// uploadOnce is upload for a batch with an Idempotency-Key. The batch's id comes from the
// key, so an upload that broke off is sent again and goes on where it stood.
func (s *server) uploadOnce(w http.ResponseWriter, r *http.Request, key string, service engine.ServiceID, format intake.Format, body *batchBody) error {
	c, _ := r.Context().Value(callerKey{}).(caller)
	k := secretOf(c, key)
	head := []string{r.Method, r.URL.Path, r.URL.RawQuery, string(format)}
	started := k.mac("batch", head...) // its body is not known before it was read
	held, found, err := s.begin(r.Context(), c.org, k, started)
	if err != nil {
		return err
	}
	if held == nil {
		return repeated(w, k, found, started, head, body)
	}
	over := false
	defer func() {
		if !over { // refused, broken off, or a panic
			s.logged(r.Context(), held.release(r.Context()))
		}
	}()
	b, err := s.receive(r.Context(), c.org, service, k.batch(), body, format)
	if err == nil {
		err = body.rest()
	}
	if err != nil {
		return body.why(err)
	}
	over = true
	ans := s.batchAnswer(b)
	s.logged(r.Context(), held.finish(r.Context(), s.o.Random, k.mac("batch", append(head, body.sum())...), ans, keepBatch))
	ans.write(w, false)
	return nil
}

// repeated answers a batch whose key is known: the body is read to compare it, and kept nowhere.
func repeated(w http.ResponseWriter, k secret, found, started []byte, head []string, body *batchBody) error {
	if found[0] == keptRunning {
		_, err := kept(k, found, started)
		return err
	}
	if err := body.rest(); err != nil {
		return body.why(err)
	}
	first, err := kept(k, found, k.mac("batch", append(head, body.sum())...))
	if err == nil {
		first.write(w, true)
	}
	return err
}

// batch is the id of the batch that an Idempotency-Key makes.
func (k secret) batch() engine.BatchID {
	id := base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(k.mac("batch id")[:16])
	return engine.BatchID("bat_" + strings.ToLower(id))
}

// batchAnswer is 202: everything is stored, the messages are not yet sent.
func (s *server) batchAnswer(b *engine.Batch) answer {
	body, _ := json.Marshal(batchOf(b)) // plain fields cannot fail
	return answer{
		Status: http.StatusAccepted,
		Header: http.Header{
			"Content-Type": {"application/json"},
			"Location":     {s.o.BaseURL + batchesPath + "/" + string(b.ID)},
		},
		Body: append(body, '\n'),
	}
}

// batchBody is the body of a batch on its way: bounded, summed, and dropped when its
// sender falls silent. It remembers why reading failed, whatever the reader makes of it.
type batchBody struct {
	r      io.Reader
	hash   hash.Hash
	extend func()
	err    error
}

func (s *server) batchBody(w http.ResponseWriter, r *http.Request) *batchBody {
	c := http.NewResponseController(w)
	// Deadlines of the whole server would cut a long upload; this one moves with every read.
	_ = c.SetWriteDeadline(time.Time{})
	return &batchBody{
		r:      http.MaxBytesReader(w, r.Body, s.o.Limits.BatchBytes),
		hash:   sha256.New(),
		extend: func() { _ = c.SetReadDeadline(time.Now().Add(s.o.Limits.BatchIdle)) },
	}
}

// Read reads the body.
func (b *batchBody) Read(p []byte) (int, error) {
	b.extend()
	n, err := b.r.Read(p)
	b.hash.Write(p[:n])
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// rest reads what was left unread, so that the sum is of the whole.
func (b *batchBody) rest() error {
	_, err := io.Copy(io.Discard, b)
	return err
}

// sum is the hash of what was read.
func (b *batchBody) sum() string { return hex.EncodeToString(b.hash.Sum(nil)) }

// why says what went wrong: when the body broke off, that and not what it led to.
func (b *batchBody) why(err error) error {
	if b.err != nil {
		return bodyProblem(b.err)
	}
	return err
}
