package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"relance/config"
	"relance/engine"
	"relance/engine/store/redistest"
)

// testConfig is that of a whole process on a Redis database of its own.
func testConfig(t *testing.T) config.Config {
	t.Helper()
	o := redistest.Database(t)
	c := config.Default()
	c.HTTP.Address, c.Ops.Address, c.PublicURL = "127.0.0.1:0", "127.0.0.1:0", "http://127.0.0.1"
	c.Redis.Addresses, c.Redis.DB = []string{o.Addr}, o.DB
	c.Secret, c.AdminKey = secretWord(), "an-admin-key-of-the-tests"
	c.Providers = []config.Provider{
		{Name: "phone", Type: config.Outbox, Channel: "sms"}, {Name: "mail", Type: config.Outbox, Channel: "email"},
	}
	return c
}

func quietly() *slog.Logger { return slog.New(slog.DiscardHandler) }

// byDay is a clock that began on a Wednesday at ten: at night nothing is sent (RULES §4).
func byDay() engine.Clock {
	return engine.FastClock{Base: time.Date(2026, 5, 13, 8, 0, 0, 0, time.UTC), Start: time.Now(), Speed: 1}
}

// runs runs a process until the test ends, and answers once it serves; ended gives its error.
func runs(t *testing.T, c config.Config) (p *process, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	serving, over := make(chan *process, 1), make(chan error, 1)
	go func() {
		over <- run(ctx, c, surroundings{clock: byDay(), log: quietly(), fast: true, listening: func(p *process) { serving <- p }})
	}()
	stop = sync.OnceValue(func() error { cancel(); return <-over })
	t.Cleanup(func() { _ = stop() })
	select {
	case p = <-serving:
		return p, stop
	case err := <-over:
		over <- err
		t.Fatalf("it does not start: %v", err)
		return nil, stop
	}
}

func body(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// applySample sets the process up with the demo's organisation and returns its API key.
func applySample(t *testing.T, p *process) (key string) {
	t.Helper()
	plan, err := checkSetup(t.Context(), "setup.yaml", sampleSetup)
	if err != nil {
		t.Fatal(err)
	}
	a := &applier{engine: p.engine, tell: func(string, ...any) {}, keep: func(_ engine.OrganisationID, _, plain string) { key = plain }}
	if err := a.apply(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	return key
}

// A batch posted over HTTP reaches the outbox, a reply comes back, and stopping is clean.
func TestAProcessServesWorksAndStops(t *testing.T) {
	t.Parallel()
	p, stop := runs(t, testConfig(t))
	api, _ := newClient("http://"+p.public.address(), applySample(t, p))
	people := "external_id,phone,email\na,06 12 34 56 78,\nb,,b@example.org\n"
	var b batchAnswer
	err := api.call(t.Context(), "POST", "/v1/batches?service=orientation",
		&upload{body: strings.NewReader(people), size: int64(len(people)), contentType: "text/csv"}, &b)
	if err != nil || b.Accepted != 2 {
		t.Fatalf("%+v %v", b, err)
	}
	if _, err := p.carriers.outbox.Wait(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/readyz": `"ready": true`, "/metrics": "relance_due_taken_total", "/providers": `"phone"`, "/outbox": "<html",
		"/outbox.json": "messages", "/dead": "items", "/": "<html",
	} {
		if code, text := body(t, "http://"+p.ops.address()+path); code != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("ops %s: %d %.200s", path, code, text)
		}
	}
	for path, want := range map[string]int{"/v1/openapi.json": 200, "/v1/services": 401, "/r/nothing": 404, "/hooks/x/sms": 405, "/": 404} {
		if code, _ := body(t, "http://"+p.public.address()+path); code != want {
			t.Errorf("public %s: %d, want %d", path, code, want)
		}
	}
	manyRefused(t, api)
	if err := stop(); err != nil {
		t.Errorf("it does not stop well: %v", err)
	}
	if _, err := net.Dial("tcp", p.public.address()); err == nil {
		t.Error("somebody still listens")
	}
}

// manyRefused posts more wrong lines than a page of results holds; each is told.
func manyRefused(t *testing.T, api *client) {
	t.Helper()
	const wrong = 450
	people := "external_id,phone\n" + strings.Repeat("x,01 99 00 12 34\n", wrong)
	var b batchAnswer
	err := api.call(t.Context(), "POST", "/v1/batches?service=orientation",
		&upload{body: strings.NewReader(people), size: int64(len(people)), contentType: "text/csv"}, &b)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var refused *refusedLines
	if err := summary(t.Context(), api, b, &out); !errors.As(err, &refused) || strings.Count(out.String(), "  line ") != wrong {
		t.Errorf("%d lines are told, want %d: %v", strings.Count(out.String(), "  line "), wrong, err)
	}
}

func TestAnAPIProcessAloneStopsToo(t *testing.T) {
	t.Parallel()
	c := testConfig(t)
	c.Roles = []config.Role{config.RoleAPI}
	p, stop := runs(t, c)
	if p.workers != nil {
		t.Error("it has workers")
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() }) // after the parallel cases
	for name, x := range map[string]struct {
		want   string
		change func(*config.Config)
	}{
		"taken":  {"http.address", func(c *config.Config) { c.HTTP.Address = taken.Addr().String() }},
		"ops":    {"ops.address", func(c *config.Config) { c.Ops.Address = taken.Addr().String() }},
		"twilio": {"providers[0]", func(c *config.Config) { c.Providers[0] = config.Provider{Name: "x", Type: config.Twilio} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := testConfig(t)
			x.change(&c)
			err := run(t.Context(), c, surroundings{clock: engine.WallClock{}, log: quietly()})
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("want %s, got %v", x.want, err)
			}
		})
	}
}

func TestARedisThatForgetsIsRefused(t *testing.T) {
	t.Parallel()
	m, err := startMemory()
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	c := testConfig(t)
	c.Redis.Addresses, c.Redis.DB = []string{m.redis.Addr()}, 0
	err = run(t.Context(), c, surroundings{clock: engine.WallClock{}, log: quietly()})
	if err == nil {
		t.Error("a Redis without persistence is taken")
	}
}

// The memory's clock goes with the real one, so what expires does.
func TestMemoryAges(t *testing.T) {
	t.Parallel()
	m, err := startMemory()
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	r := redis.NewClient(&redis.Options{Addr: m.redis.Addr()})
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := r.Set(ctx, "k", "v", time.Second).Err(); err != nil {
		t.Fatal(err)
	}
	for r.Get(ctx, "k").Err() == nil {
		if ctx.Err() != nil {
			t.Fatal("the key is still there")
		}
	}
}

func TestClientIP(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		proxies   int
		forwarded []string
		want      string
	}{
		{0, []string{"9.9.9.9"}, "1.2.3.4"}, // not believed
		{1, nil, "1.2.3.4"},
		{1, []string{"9.9.9.9"}, "9.9.9.9"},
		{1, []string{"8.8.8.8, 9.9.9.9"}, "9.9.9.9"}, // what stands before is anybody's
		{2, []string{"7.7.7.7, 8.8.8.8", "9.9.9.9"}, "8.8.8.8"},
		{2, []string{"9.9.9.9"}, "1.2.3.4"},
		{1, []string{"nonsense"}, "1.2.3.4"},
		{1, []string{"2001:DB8::1"}, "2001:db8::1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "1.2.3.4:5678"
		r.Header["X-Forwarded-For"] = x.forwarded
		if got := clientIP(x.proxies)(r); got != x.want {
			t.Errorf("%d proxies, %v: %s, want %s", x.proxies, x.forwarded, got, x.want)
		}
	}
}

// program runs the program with args and gives its code and what it said.
func runProgram(t *testing.T, environ []string, in io.Reader, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = program(t.Context(), args, &streams{In: in, Out: &o, Err: &e, Environ: environ})
	return code, o.String(), e.String()
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		code int
		args string
		says string
	}{
		"help":            {exitOK, "--help", "Exit codes"},
		"help of demo":    {exitOK, "demo --help", "--speed"},
		"help of send":    {exitOK, "send --help", "RELANCE_KEY"},
		"version":         {exitOK, "version", "relance"},
		"no command":      {exitMistake, "", "expected one of"},
		"unknown":         {exitMistake, "fly", "fly"},
		"unknown flag":    {exitMistake, "serve --fly", "fly"},
		"no file":         {exitMistake, "apply -f /nowhere/setup.yaml", "cannot be read"},
		"no config":       {exitMistake, "serve", "public_url"},
		"bad roles":       {exitMistake, "serve --roles cook", "no such role"},
		"nothing there":   {exitFailed, "dead list --ops http://127.0.0.1:1", "does not answer"},
		"half an address": {exitMistake, "dead list --ops localhost", "whole"},
		"retry nothing":   {exitMistake, "dead retry", "--all"},
		"slow demo":       {exitMistake, "demo --speed 0", "--speed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := runProgram(t, nil, nil, strings.Fields(x.args)...)
			if code != x.code || !strings.Contains(out+errs, x.says) {
				t.Errorf("code %d, want %d; said %q", code, x.code, out+errs)
			}
		})
	}
}

func TestServeCheck(t *testing.T) {
	t.Parallel()
	o := redistest.Database(t)
	environ := []string{
		"RELANCE_PUBLIC_URL=https://rdv.example.org", "RELANCE_SECRET=" + string(secretWord()), "RELANCE_ROLES=sms",
		"RELANCE_REDIS_ADDRESSES=" + o.Addr, "RELANCE_PROVIDERS_0_NAME=a", "RELANCE_PROVIDERS_0_TYPE=outbox", "RELANCE_PROVIDERS_0_CHANNEL=sms",
	}
	if code, out, errs := runProgram(t, environ, nil, "serve", "--check"); code != exitOK || !strings.Contains(out, "are well") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	environ[3] = "RELANCE_REDIS_ADDRESSES=127.0.0.1:1"
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // workers are patient with Redis
	defer cancel()
	var out, errs bytes.Buffer
	if code := program(ctx, []string{"serve", "--check"}, &streams{nil, &out, &errs, environ}); code != exitFailed || !strings.Contains(errs.String(), "redis.addresses") {
		t.Errorf("%d %s", code, errs.String())
	}
}

func TestAListenerThatFailsEndsTheProcess(t *testing.T) {
	t.Parallel()
	l, err := open("http.address", "127.0.0.1:0", http.NotFoundHandler(), quietly())
	if err != nil {
		t.Fatal(err)
	}
	l.serve()
	_ = l.on.Close()
	if err := <-l.failed(); err == nil || errors.Is(err, http.ErrServerClosed) {
		t.Errorf("%v", err)
	}
	var none *listener
	none.serve()
	if none.stop(t.Context()) != nil || none.address() != "" || none.failed() != nil {
		t.Error("a listener that is not there does something")
	}
}
