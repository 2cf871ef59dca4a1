package intake_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"relance/engine"
	"relance/engine/intake"
)

var errDown = &engine.Error{Code: engine.CodeUnavailable, Message: "the store did not answer"}

// inviter remembers what it was asked. It refuses people without phone.
type inviter struct {
	mu       sync.Mutex
	opened   bool
	state    string
	lines    map[int]string
	chunks   map[int]int // of each line
	calls    int
	busy     atomic.Int64
	most     atomic.Int64
	fail     int // the call of Invite that fails, from 1
	closed   *engine.Batch
	failLast bool // CloseBatch fails
}

func (v *inviter) OpenBatch(_ context.Context, org engine.OrganisationID, service engine.ServiceID, id engine.BatchID) (*engine.Batch, error) {
	v.opened = true
	if v.lines == nil {
		v.lines, v.chunks = map[int]string{}, map[int]int{}
	}
	if v.state == "" {
		v.state = engine.BatchReceiving
	}
	return &engine.Batch{ID: id, Organisation: org, Service: service, State: v.state}, nil
}

func (v *inviter) Invite(_ context.Context, org engine.OrganisationID, reqs []engine.InviteRequest) ([]engine.InviteResult, error) {
	n := v.busy.Add(1)
	defer v.busy.Add(-1)
	for m := v.most.Load(); n > m && !v.most.CompareAndSwap(m, n); m = v.most.Load() {
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.calls++; v.calls == v.fail {
		return nil, errDown
	}
	results := make([]engine.InviteResult, len(reqs))
	for i, r := range reqs {
		if org != "org_1" || r.Service != "srv_1" || r.Batch != "bat_1" {
			return nil, fmt.Errorf("asked for %q %q %q", org, r.Service, r.Batch)
		}
		if r.Person.Phone == "" {
			results[i].Err = &engine.Error{Code: engine.CodeUnreachable, Message: "no phone", Fields: []engine.Field{{Pointer: "/phone", Code: "required"}}}
			continue
		}
		v.lines[r.Line] = r.Person.Phone
		results[i].Invitation = engine.InvitationID("inv_" + r.Person.Phone)
	}
	return results, nil
}

// KeepLines demands that every line asked about has its result, and each chunk its own lines.
func (v *inviter) KeepLines(_ context.Context, _ engine.OrganisationID, _ engine.BatchID, chunk int, lines []engine.BatchLine) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, l := range lines {
		if was, known := v.chunks[l.Line]; known && was != chunk {
			return fmt.Errorf("line %d is in chunk %d and in chunk %d", l.Line, was, chunk)
		}
		v.chunks[l.Line] = chunk
		switch r := l.Refused; {
		case r != nil:
			v.lines[l.Line] = fmt.Sprintf("%s %s%s", r.Code, r.Fields[0].Code, r.Fields[0].Pointer)
		case l.Invitation != engine.InvitationID("inv_"+v.lines[l.Line]):
			return fmt.Errorf("line %d has the invitation %q", l.Line, l.Invitation)
		}
	}
	return nil
}

func (v *inviter) CloseBatch(_ context.Context, b *engine.Batch) error {
	if v.failLast {
		return errDown
	}
	b.State = engine.BatchComplete
	v.closed = b
	return nil
}

func receive(t *testing.T, v *inviter, r io.Reader, f intake.Format) (*engine.Batch, error) {
	return intake.Receive(t.Context(), v, "org_1", "srv_1", "bat_1", r, f)
}

func TestEngineIsAnInviter(t *testing.T) {
	t.Parallel()
	var _ intake.Inviter = (*engine.Engine)(nil)
}

func TestReceive(t *testing.T) {
	t.Parallel()
	v := &inviter{}
	b, err := receive(t, v, strings.NewReader("nom;tel\nA;1\nB;\nC\n\nD;4\n"), intake.CSV)
	if err != nil || b.State != engine.BatchComplete || b.Lines != 4 || b.Accepted != 2 || b.Refused != 2 {
		t.Fatalf("the batch is %+v, %v", b, err)
	}
	want := map[int]string{2: "1", 3: "unreachable required/phone", 4: "invalid columns", 6: "4"}
	if fmt.Sprint(v.lines) != fmt.Sprint(want) {
		t.Errorf("stored %v, want %v", v.lines, want)
	}
}

func TestReceiveManyLines(t *testing.T) {
	t.Parallel()
	v := &inviter{}
	b, err := receive(t, v, people(5000, ""), intake.NDJSON)
	if err != nil || b.Lines != 5000 || b.Accepted != 5000 || len(v.lines) != 5000 {
		t.Fatalf("the batch is %+v, %v; %d lines stored", b, err, len(v.lines))
	}
	if len(v.chunks) != 5000 || v.chunks[1] != 0 || v.chunks[5000] > 5000/200 {
		t.Errorf("%d lines were kept; the first in chunk %d, the last in chunk %d", len(v.chunks), v.chunks[1], v.chunks[5000])
	}
	if v.lines[1] != "06000001" || v.lines[5000] != "06005000" {
		t.Errorf("the first is %q, the last %q", v.lines[1], v.lines[5000])
	}
	if most := v.most.Load(); most > 4 {
		t.Errorf("%d calls at a time", most)
	}
}

func TestReceiveNothing(t *testing.T) {
	t.Parallel()
	for f, text := range map[intake.Format]string{intake.JSON: "[]", intake.NDJSON: "", intake.CSV: "tel\n"} {
		v := &inviter{}
		if b, err := receive(t, v, strings.NewReader(text), f); err != nil || b.Lines != 0 || v.closed == nil {
			t.Errorf("%s: %+v, %v", f, b, err)
		}
	}
}

// TestTooManyLines: what fits is taken, the rest is refused as one and left unread.
func TestTooManyLines(t *testing.T) {
	t.Parallel()
	const limit = 100_000
	for _, extra := range []int{0, 5000} {
		v := &inviter{}
		b, err := receive(t, v, people(limit+extra, ""), intake.NDJSON)
		refused := min(extra, 1)
		if err != nil || b.Accepted != limit || b.Refused != refused || b.Lines != limit+refused {
			t.Fatalf("%d more: %+v, %v", extra, b, err)
		}
		if got := v.lines[limit+1]; (got == "invalid too_many_lines") != (extra > 0) {
			t.Errorf("%d more: line %d says %q", extra, limit+1, got)
		}
		if len(v.lines) != limit+refused {
			t.Errorf("%d more: %d lines have a result", extra, len(v.lines))
		}
	}
}

// TestUnreadable: a batch that makes no sense as a whole leaves nothing.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for f, text := range map[intake.Format]string{intake.JSON: "{}", intake.CSV: "nom,adresse\nA,x", "xml": "<a/>"} {
		v := &inviter{}
		b, err := receive(t, v, strings.NewReader(text), f)
		if b != nil || engine.CodeOf(err) != engine.CodeInvalid || v.opened {
			t.Errorf("%s: %+v, %v, opened: %v", f, b, err, v.opened)
		}
	}
}

// TestResume: an upload that broke off is not closed, and the second one completes it.
func TestResume(t *testing.T) {
	t.Parallel()
	v := &inviter{}
	cause := errors.New("connection reset")
	_, err := receive(t, v, io.MultiReader(people(600, ""), iotest.ErrReader(cause)), intake.NDJSON)
	if engine.CodeOf(err) != engine.CodeUnavailable || !errors.Is(err, cause) || v.closed != nil {
		t.Fatalf("broken off: %v, closed %+v", err, v.closed)
	}
	if len(v.lines) != 600 {
		t.Errorf("%d lines were kept of those that came", len(v.lines))
	}
	v.fail = v.calls + 2
	if _, err = receive(t, v, people(1000, ""), intake.NDJSON); !errors.Is(err, errDown) || v.closed != nil {
		t.Fatalf("the store is down: %v, closed %+v", err, v.closed)
	}
	v.failLast = true
	if _, err = receive(t, v, people(1000, ""), intake.NDJSON); !errors.Is(err, errDown) {
		t.Fatalf("the store is down at the end: %v", err)
	}
	v.failLast = false
	b, err := receive(t, v, people(1000, ""), intake.NDJSON)
	if err != nil || b.Lines != 1000 || b.Accepted != 1000 {
		t.Fatalf("the whole: %+v, %v", b, err)
	}
	v.state = engine.BatchComplete
	calls := v.calls
	if b, err = receive(t, v, people(1000, ""), intake.NDJSON); err != nil || b.State != engine.BatchComplete || v.calls != calls {
		t.Fatalf("again: %+v, %v, %d calls", b, err, v.calls-calls)
	}
}

// TestCallerGone: nothing is closed when nobody waits for it.
func TestCallerGone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	v := &inviter{}
	r := io.MultiReader(people(300, ""), readerFunc(func([]byte) (int, error) {
		cancel()
		return 0, io.EOF
	}))
	if _, err := intake.Receive(ctx, v, "org_1", "srv_1", "bat_1", r, intake.NDJSON); !errors.Is(err, context.Canceled) || v.closed != nil {
		t.Errorf("%v, closed %+v", err, v.closed)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// people writes n lines as they are read: the test holds no batch either.
func people(n int, more string) io.Reader {
	i := 0
	var rest []byte
	return readerFunc(func(p []byte) (int, error) {
		for len(rest) < len(p) && i < n {
			i++
			rest = fmt.Appendf(rest, "{\"phone\":\"06%06d\"%s}\n", i, more)
		}
		if len(rest) == 0 {
			return 0, io.EOF
		}
		n := copy(p, rest)
		rest = slices.Delete(rest, 0, n)
		return n, nil
	})
}
