package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"relance/api"
)

// people are n lines of a batch as members; every twentieth is broken.
func people(n int) (names []string, broken []int) {
	for i := range n {
		names = append(names, fmt.Sprintf("p%04d", i))
		if i%20 == 19 {
			broken = append(broken, i)
		}
	}
	return names, broken
}

func asJSON(names []string, broken []int) string {
	var lines []string
	for i, n := range names {
		email := n + "@example.org"
		if slices.Contains(broken, i) {
			email = "nowhere"
		}
		lines = append(lines, fmt.Sprintf(`{"external_id":%q,"email":%q}`, n, email))
	}
	return "[" + strings.Join(lines, ",\n") + "]"
}

func asNDJSON(names []string, broken []int) string {
	s := asJSON(names, broken)
	lines := strings.Split(s[1:len(s)-1], ",\n")
	for i := range lines {
		if slices.Contains(broken, i) && i%40 == 19 {
			lines[i] = lines[i][:len(lines[i])-4] // not even JSON
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func asCSV(names []string, broken []int) string {
	out := "external_id,email\n"
	for i, n := range names {
		switch {
		case !slices.Contains(broken, i):
			out += n + "," + n + "@example.org\n"
		case i%40 == 19:
			out += n + ",a@example.org,too,many\n"
		default:
			out += n + ",nowhere\n"
		}
	}
	return out
}

func TestBatchInThreeFormats(t *testing.T) {
	t.Parallel()
	const n = 400
	names, broken := people(n)
	for contentType, c := range map[string]struct {
		body  string
		first int // the line on which the first person stands
	}{
		"application/json":        {asJSON(names, broken), 1},
		"application/x-ndjson":    {asNDJSON(names, broken), 1},
		"text/csv; charset=utf-8": {asCSV(names, broken), 2},
	} {
		t.Run(contentType, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.want(202, w.post("/v1/batches?service=rsa", c.body, "Content-Type", contentType))
			id := r.text("id")
			if r.header.Get("Location") != "https://api.example.org/v1/batches/"+id || r.text("state") != "stored" {
				t.Errorf("not stored: %v %s", r.header, r.body)
			}
			got := w.want(200, w.get("/v1/batches/"+id))
			if got.json["lines"] != float64(n) || got.json["accepted"] != float64(n-len(broken)) || got.json["refused"] != float64(len(broken)) {
				t.Errorf("totals: %s", got.body)
			}
			if p, _ := got.json["progress"].(map[string]any); p["invitation.created"] != float64(n-len(broken)) {
				t.Errorf("progress: %s", got.body)
			}
			lines := w.walk("/v1/batches/" + id + "/lines?limit=37")
			if len(lines) != n {
				t.Fatalf("%d results for %d lines", len(lines), n)
			}
			for i, l := range lines {
				refused, isRefused := l["refused"].(map[string]any)
				if l["line"] != float64(i+c.first) || isRefused != slices.Contains(broken, i) || isRefused == (l["invitation"] != nil) {
					t.Fatalf("line %d: %v", i, l)
				}
				if isRefused && (refused["code"] == "" || refused["detail"] == "") {
					t.Errorf("line %d does not say why: %v", i, l)
				}
			}
			for path, want := range map[string]int{"/v1/invitations?limit=200": n - len(broken)} {
				if got := len(w.walk(path)); got != want {
					t.Errorf("%s has %d, not %d", path, got, want)
				}
			}
		})
	}
}

func TestBatchWithAKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names, broken := people(60)
	send := func(path, body, key string) response {
		t.Helper()
		return w.post(path, body, "Content-Type", "application/x-ndjson", "Idempotency-Key", key)
	}
	body := asNDJSON(names, broken)
	first := w.want(202, send("/v1/batches?service=rsa", body, "k"))
	again := w.want(202, send("/v1/batches?service=rsa", body, "k"))
	if again.body != first.body || again.header.Get("Location") != first.header.Get("Location") || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("another answer: %s, then %s", first.body, again.body)
	}
	w.refused(422, "idempotency_key_reused", send("/v1/batches?service=rsa", body+"\n{}", "k"))
	w.refused(422, "idempotency_key_reused", send("/v1/batches?service=other", body, "k"))
	if other := w.want(202, send("/v1/batches?service=rsa", body, "k2")); other.text("id") == first.text("id") || other.json["accepted"] != float64(0) {
		t.Errorf("another key is not another batch: %s", other.body)
	}
	if n := len(w.walk("/v1/invitations?limit=200")); n != 57 {
		t.Errorf("%d invitations", n)
	}
}

// broken reads some of a body and then breaks off, as a connection does.
type brokenBody struct {
	io.Reader
	err error
}

func (b *brokenBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = b.err
	}
	return n, err
}

func TestABatchThatBrokeOffGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names, _ := people(600)
	body := asNDJSON(names, nil)
	r, err := http.NewRequest("POST", w.url+"/v1/batches?service=rsa", &brokenBody{strings.NewReader(body[:len(body)/2]), io.ErrClosedPipe})
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.key)
	r.Header.Set("Content-Type", "application/x-ndjson")
	r.Header.Set("Idempotency-Key", "k")
	if res, err := http.DefaultClient.Do(r); err == nil {
		_ = res.Body.Close()
		t.Fatalf("half a batch was answered %d", res.StatusCode)
	}
	var done response
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); { // the server may still be storing the half
		done = w.post("/v1/batches?service=rsa", body, "Content-Type", "application/x-ndjson", "Idempotency-Key", "k")
		if done.status != 409 {
			break
		}
	}
	w.want(202, done)
	if done.json["accepted"] != float64(600) || done.json["refused"] != float64(0) {
		t.Errorf("totals: %s", done.body)
	}
	if n := len(w.walk("/v1/invitations?limit=200")); n != 600 {
		t.Errorf("%d invitations", n)
	}
}

func TestABatchHasABound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *api.Options) { o.Limits.BatchBytes = 1000 })
	names, _ := people(100)
	w.refused(413, "too_large", w.post("/v1/batches?service=rsa", asNDJSON(names, nil), "Content-Type", "application/x-ndjson"))
	w.refused(413, "too_large", w.post("/v1/batches?service=rsa", asNDJSON(names, nil), "Content-Type", "application/x-ndjson", "Idempotency-Key", "k"))
}

func TestASilentSenderIsDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *api.Options) { o.Limits.BatchIdle = 50 * time.Millisecond })
	c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_, err = fmt.Fprintf(c, "POST /v1/batches?service=rsa HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/x-ndjson\r\nContent-Length: 9999\r\n\r\n{", w.key)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != 408 {
		t.Errorf("answered %d", res.StatusCode)
	}
}
