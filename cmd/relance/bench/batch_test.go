package bench_test

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"relance/api"
)

// BenchmarkBatch posts 100,000 lines of NDJSON over HTTP until every invitation is stored, and compares
// with one pipelined HSET a line. It also reports by how much resident memory grew meanwhile. Of several
// such pairs the one with the median ratio is reported: a shared machine is faster one second than the next.
func BenchmarkBatch(b *testing.B) {
	const people, pairs = 100_000, 5
	for range b.N {
		runs := make([]batchRun, pairs)
		for i := range runs {
			runs[i] = batchRun{hsets: pipelinedHSETs(b, people)}
			runs[i].people, runs[i].grown = postBatch(b, people)
		}
		slices.SortFunc(runs, func(x, y batchRun) int { return cmp.Compare(x.ratio(), y.ratio()) })
		median := runs[pairs/2]
		b.ReportMetric(median.hsets, "hsets/s")
		b.ReportMetric(median.people, "people/s")
		b.ReportMetric(median.ratio(), "ratio")
		b.ReportMetric(runs[0].ratio(), "lowest_ratio")
		grown := slices.MaxFunc(runs, func(x, y batchRun) int { return cmp.Compare(x.grown, y.grown) }).grown
		b.ReportMetric(float64(grown)/(1<<20), "MiB_grown_at_most")
	}
	b.ReportMetric(0, "ns/op")
}

// batchRun is one pair of measurements, both a second.
type batchRun struct {
	hsets, people float64
	grown         int64 // bytes
}

func (r batchRun) ratio() float64 { return r.people / r.hsets }

// postBatch is how many people a second a batch stores, and by how many bytes memory grew.
func postBatch(b *testing.B, people int) (float64, int64) {
	b.Helper()
	in := install(b)
	in.services(1, 1)
	server := httptest.NewServer(api.V1(in.e, api.Options{BaseURL: "http://localhost", Idempotency: in.store}))
	defer server.Close()
	key, _, err := in.e.IssueKey(b.Context(), org, "bench")
	if err != nil {
		b.Fatal(err)
	}
	debug.FreeOSMemory()
	memory := watchMemory()
	start := time.Now()
	post(b, server.URL+"/v1/batches?service=srv0", key, people)
	took := time.Since(start)
	grown := memory()
	counts, err := in.e.Counts(b.Context(), org)
	if err != nil || counts["invitation.created"] != int64(people) {
		b.Fatalf("%d invitations are stored, want %d (%v)", counts["invitation.created"], people, err)
	}
	return float64(people) / took.Seconds(), grown
}

func post(b *testing.B, url, key string, people int) {
	b.Helper()
	r, w := io.Pipe()
	go func() {
		buf := bufio.NewWriterSize(w, 64<<10)
		for i := range people {
			fmt.Fprintf(buf, `{"external_id":"p%d","first_name":"Alix","last_name":"Invente","phone":"06 %02d %02d %02d %02d","email":"p%d@example.org"}`+"\n",
				i, 10+i/1000000%30, i/10000%100, i/100%100, i%100, i)
		}
		_ = buf.Flush()
		_ = w.Close()
	}()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, r)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/x-ndjson")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	answer, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusAccepted {
		b.Fatalf("the server answered %d: %s", res.StatusCode, answer)
	}
}

// pipelinedHSETs is how many lines a second could be written if nothing were checked: 300 bytes a line,
// 256 to a pipeline as intake sends them, one connection.
func pipelinedHSETs(b *testing.B, n int) float64 {
	b.Helper()
	in := install(b)
	body := bytes.Repeat([]byte("x"), 300)
	start := time.Now()
	for i := 0; i < n; i += 256 {
		_, err := in.redis.Pipelined(b.Context(), func(p redis.Pipeliner) error {
			for j := range min(256, n-i) {
				p.HSet(b.Context(), fmt.Sprintf("{p}:inv_%022d", i+j), "body", body)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return float64(n) / time.Since(start).Seconds()
}

// watchMemory samples resident memory until the returned function is called, which tells by how many
// bytes it had grown at most.
func watchMemory() func() int64 {
	before := resident()
	var most atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				most.Store(max(most.Load(), resident()-before))
			}
		}
	})
	return func() int64 { close(stop); wg.Wait(); return most.Load() }
}

// resident is this process's resident memory in bytes; 0 where the system does not tell.
func resident() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseInt(strings.Fields(string(b))[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
