package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"relance/engine"
)

const (
	maxBody  = 1 << 20
	bodyTime = 10 * time.Second
)

// idempotencyKey reads and checks the header; "" when there is none.
func (s *server) idempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	key := values[0]
	ok := len(values) == 1 && key != "" && len(key) <= maxKeyLength
	for _, c := range []byte(key) {
		ok = ok && c > ' ' && c < 0x7f
	}
	if !ok {
		p := newProblem(engine.CodeInvalid, "Idempotency-Key is wrong.")
		p.Errors = []Fault{{Parameter: "Idempotency-Key", Code: "malformed", Detail: "Send it once: 1 to 255 visible ASCII characters without spaces, such as a UUID."}}
		return "", p
	}
	if s.o.Idempotency == nil {
		return "", newProblem(engine.CodeUnavailable, "This installation keeps no Idempotency-Keys; send the request without one.")
	}
	return key, nil
}

// idempotent answers a POST that carries an Idempotency-Key once: the same request again
// gets the first answer, for 24 hours (RULES §6).
func (s *server) idempotent(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key, err := s.idempotencyKey(r)
		if err != nil {
			problemOf(err).write(w, r)
			return
		}
		if key == "" {
			next(w, r)
			return
		}
		if err := s.once(w, r, key, next); err != nil {
			s.refuse(w, r, err)
		}
	}
}

// refuse writes a problem, with the moment to come back when it is worth it.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p.Code == string(codeStillRunning) || p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "2")
	}
	p.write(w, r)
}

func (s *server) once(w http.ResponseWriter, r *http.Request, key string, next http.HandlerFunc) error {
	body, err := s.readBody(w, r)
	if err != nil {
		return err
	}
	c, _ := r.Context().Value(callerKey{}).(caller)
	k := secretOf(c, key)
	print := k.mac("request", r.Method, r.URL.Path, r.URL.RawQuery, string(body))
	held, found, err := s.begin(r.Context(), c.org, k, print)
	if err != nil {
		return err
	}
	if held == nil {
		first, err := kept(k, found, print)
		if err == nil {
			first.write(w, true)
		}
		return err
	}
	s.run(w, r, held, print, body, next)
	return nil
}

// run answers the request and keeps the answer before anybody sees it, so that a repeat
// sent at once finds it.
func (s *server) run(w http.ResponseWriter, r *http.Request, held *attempt, print, body []byte, next http.HandlerFunc) {
	rec := &recorder{header: http.Header{}}
	over := false
	defer func() {
		if !over { // next panicked
			s.logged(r.Context(), held.release(r.Context()))
		}
	}()
	r.Body = io.NopCloser(bytes.NewReader(body))
	next(rec, r)
	over = true
	ans := rec.answer()
	if ans.keeps(traceOf(r.Context()).code) {
		s.logged(r.Context(), held.finish(r.Context(), s.o.Random, print, ans, keepAnswer))
	} else {
		s.logged(r.Context(), held.release(r.Context()))
	}
	ans.write(w, false)
}

// logged notes what went wrong with a key after its request was answered: a repeat may
// get 409 until the lease ends.
func (s *server) logged(ctx context.Context, err error) {
	if err != nil {
		s.o.Log.Warn("an Idempotency-Key could not be settled; its request may be made again", "request", traceOf(ctx).id, "cause", err.Error())
	}
}

func (s *server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime)) // not every writer has one
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody-1))
	if err != nil {
		return nil, bodyProblem(err)
	}
	return body, nil
}

// bodyProblem says why a body could not be read.
func bodyProblem(err error) *Problem {
	var tooLarge *http.MaxBytesError
	var slow net.Error
	switch {
	case errors.As(err, &tooLarge):
		return newProblem(codeTooLarge, "The body is larger than %d bytes.", tooLarge.Limit)
	case errors.As(err, &slow) && slow.Timeout():
		return newProblem(codeTimeout, "")
	}
	p := newProblem(codeMalformed, "The body ended before its end: the connection broke. Send it again.")
	p.cause = err
	return p
}

// recorder holds an answer back.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *recorder) answer() answer {
	w.WriteHeader(http.StatusOK)
	return answer{Status: w.status, Header: w.header, Body: w.body.Bytes()}
}
