package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func itoa(n int) string { return strconv.Itoa(n) }

// fakeAPI takes batches as the API does, and refuses every line that says "bad".
type fakeAPI struct {
	*httptest.Server
	keys     []string
	types    []string
	failures atomic.Int64 // answers 503 so often to reading lines
}

func newFakeAPI(t *testing.T) *fakeAPI {
	t.Helper()
	f := &fakeAPI{}
	lines := 0
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/batches", func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"status":401,"detail":"This API key is not valid."}`)
			return
		}
		if r.URL.Query().Get("dry_run") == "true" {
			fmt.Fprintf(w, `{"dry_run":true,"lines":3,"accepted":2,"refused":1,"sms":1,"sms_parts":2,"sms_price":0.05,"cost":0.1,"emails":2,"first_at":"2026-05-18T11:00:00+04:00","last_at":"2026-05-18T11:00:00+04:00","results":[`+
				`{"line":1,"messages":[{"channel":"email"}]},{"line":2,"messages":[{"channel":"sms","fails":"too_long"}]},`+
				`{"line":3,"refused":{"code":"invalid","detail":"x","errors":[{"pointer":"/phone","detail":"is not a mobile%s"}]}}]}`, r.Header.Get("Idempotency-Key"))
			return
		}
		f.keys, f.types = append(f.keys, r.Header.Get("Idempotency-Key")), append(f.types, r.Header.Get("Content-Type"))
		lines = bytes.Count(text, []byte("\n"))
		bad := bytes.Count(text, []byte("bad"))
		w.WriteHeader(http.StatusAccepted)
		_ = json.NewEncoder(w).Encode(batchAnswer{ID: "bat_1", Lines: lines, Accepted: lines - bad, Refused: bad})
	})
	mux.HandleFunc("GET /v1/batches/bat_1/lines", func(w http.ResponseWriter, r *http.Request) {
		if f.failures.Add(-1) >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if r.URL.Query().Get("cursor") == "" {
			fmt.Fprint(w, `{"items":[{"line":1,"invitation":"inv_1"},{"line":2,"refused":{"code":"invalid","detail":"x","errors":[{"pointer":"/phone","detail":"is not a mobile"}]}}],"next":"two"}`)
			return
		}
		fmt.Fprint(w, `{"items":[{"line":3,"refused":{"code":"already_invited","detail":"an invitation is open"}}]}`)
	})
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

func peopleFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSendListsEveryRefusedLine(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t)
	api.failures.Store(1)
	code, out, errs := runProgram(t, nil, nil, "send", peopleFile(t, "p.ndjson", "good\nbad\nbad\n"), "-s", "x", "--url", api.URL, "--key", "secret")
	if code != exitPartly {
		t.Errorf("code %d: %s", code, errs)
	}
	for _, want := range []string{"3 lines, 1 accepted, 2 refused", "line 2: phone is not a mobile (invalid)", "line 3: an invitation is open (already_invited)"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %s", want, out)
		}
	}
	if api.types[0] != "application/x-ndjson" {
		t.Errorf("sent as %s", api.types[0])
	}
}

func TestSendTwiceIsOneBatch(t *testing.T) {
	t.Parallel()
	api, file := newFakeAPI(t), peopleFile(t, "p.csv", "good\n")
	send := func(args ...string) {
		t.Helper()
		args = append([]string{"send", "--url", api.URL, "--key", "secret"}, args...)
		if code, _, errs := runProgram(t, nil, strings.NewReader("{}\n"), args...); code != exitOK {
			t.Fatalf("%d %s", code, errs)
		}
	}
	send(file, "-s", "x")
	send(file, "-s", "x")
	send(file, "-s", "x", "--repeat", "again")
	send(file, "-s", "y")
	send("-", "-s", "x", "--format", "ndjson")
	k := api.keys
	if k[0] == "" || k[0] != k[1] || k[2] == k[0] || k[3] == k[0] || k[4] != "" {
		t.Errorf("keys %q", k)
	}
}

func TestSendDryRun(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t)
	code, out, errs := runProgram(t, nil, nil, "send", peopleFile(t, "p.csv", "a\n"), "-s", "x", "--dry-run", "--url", api.URL, "--key", "secret")
	if code != exitPartly {
		t.Errorf("exit code %d: %s", code, errs)
	}
	for _, want := range []string{
		"3 lines, 2 would be accepted, 1 refused", "First messages that would leave: 1 SMS (2 parts, cost 0.10 at 0.05 a part) and 2 emails, from Mon 18 May 11:00 on.", "line 2: the sms would not leave (too_long)",
		"line 3: phone is not a mobile (invalid)",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %s", want, out)
		}
	}
	if len(api.keys) != 0 {
		t.Error("a dry run sent a batch")
	}
}

func TestSendSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t)
	for name, x := range map[string]struct {
		code int
		args []string
		says string
	}{
		"key":     {exitMistake, []string{peopleFile(t, "p.csv", "a\n"), "--key", "wrong"}, "the batch for the service x was not taken: the server answered 401: This API key is not valid."},
		"format":  {exitMistake, []string{peopleFile(t, "p.txt", "a\n"), "--key", "secret"}, "--format"},
		"missing": {exitMistake, []string{"/nowhere/p.csv", "--key", "secret"}, "cannot be read"},
	} {
		code, _, errs := runProgram(t, nil, nil, append([]string{"send", "-s", "x", "--url", api.URL}, x.args...)...)
		if code != x.code || !strings.Contains(errs, x.says) {
			t.Errorf("%s: %d %s", name, code, errs)
		}
	}
}

func TestProgressLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := newProgress(&out, 10_000_000, func() time.Time { return now })
	p.live, p.shown = true, now.Add(-time.Minute)
	r := p.reader(strings.NewReader(strings.Repeat("x", 5_000_000)))
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\r"); n != 1 {
		t.Errorf("shown %d times in no time", n)
	}
	p.done()
	if !strings.HasSuffix(out.String(), "Sending: 5.0 MB of 10.0 MB (50 %)\n") {
		t.Errorf("%q", out.String())
	}
	if p := newProgress(&out, -1, time.Now); p.live || p.line() != "Sending: 0.0 MB" {
		t.Error("a buffer is no terminal")
	}
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	retried := make(chan string, 10)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /dead", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"items":[{"id":"17-a","kind":"sms","attempts":8,"reason":"no route"},{"id":"17-b","kind":"email"}]}`)
	})
	mux.HandleFunc("GET /dead/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"id":%q}`, r.PathValue("id"))
	})
	mux.HandleFunc("POST /dead/{id}/retry", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") == "gone" {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"status":404,"detail":"There is no such dead letter."}`)
			return
		}
		retried <- r.PathValue("id")
		fmt.Fprint(w, `{}`)
	})
	ops := httptest.NewServer(mux)
	t.Cleanup(ops.Close)
	for args, want := range map[string]string{
		"dead list": "no route", "dead": "17-b", "dead show 17-a": `{"id":"17-a"}`,
		"dead retry 17-a": "due now: 17-a", "dead retry --all": "due now: 17-b",
	} {
		if code, out, errs := runProgram(t, []string{}, nil, append(strings.Fields(args), "--ops", ops.URL)...); code != exitOK || !strings.Contains(out, want) {
			t.Errorf("%s: %d %s %s", args, code, out, errs)
		}
	}
	if len(retried) != 3 {
		t.Errorf("%d were retried, want 3", len(retried))
	}
	if code, _, errs := runProgram(t, nil, nil, "dead", "retry", "gone", "--ops", ops.URL); code != exitMistake || !strings.Contains(errs, "no such") {
		t.Errorf("%d %s", code, errs)
	}
}

// A problem whose detail tells the mistakes already does not tell them twice; what the same request would meet
// again is for people to change.
func TestAProblemIsToldOnce(t *testing.T) {
	t.Parallel()
	p := &problem{Status: 422, Detail: "from must be a month", Errors: []fault{{Pointer: "/from", Detail: "must be a month"}, {Parameter: "to", Detail: "is before from"}}}
	if got := p.Error(); got != "the server answered 422: from must be a month; to is before from" {
		t.Error(got)
	}
	for status, mistake := range map[int]bool{401: true, 404: true, 422: true, 409: false, 429: false, 503: false} {
		if isMistake(fmt.Errorf("x: %w", &problem{Status: status})) != mistake {
			t.Errorf("%d: a mistake is %v", status, !mistake)
		}
	}
	if lines(1) != "1 line" || lines(2) != "2 lines" {
		t.Error(lines(1), lines(2))
	}
}
