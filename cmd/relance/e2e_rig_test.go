package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"relance/calendars"
	"relance/channels/smtp/smtptest"
	"relance/channels/twilio/twiliotest"
	"relance/config"
	"relance/engine"
	"relance/engine/store"
	"relance/engine/store/redistest"
)

// The end-to-end test runs this very binary as relance, to be killed and started again. Its clock
// is a file that the test writes: ten days pass as fast as the work allows, and no faster.
const (
	childConfig = "RELANCE_E2E_CONFIG"
	childClock  = "RELANCE_E2E_CLOCK"
)

func TestMain(m *testing.M) {
	if os.Getenv(childConfig) != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

func child() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	cfg, err := config.Load(os.Getenv(childConfig), nil)
	if err == nil {
		err = run(ctx, cfg, surroundings{clock: fileClock(os.Getenv(childClock)), log: newLogger(os.Stderr, cfg.Log), fast: true})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// fileClock is a time in a file, eight bytes of unix nanoseconds. A second of patience is a second
// of it: the file is moved on when everything is done, or when nothing moves any more.
type fileClock string

func (f fileClock) Now() time.Time {
	b, err := os.ReadFile(string(f))
	if err != nil || len(b) != 8 {
		panic("the clock of the test cannot be read")
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(b)))
}

func (fileClock) Span(d time.Duration) time.Duration { return d }

func (f fileClock) set(t time.Time) {
	b := binary.BigEndian.AppendUint64(nil, uint64(t.UnixNano()))
	if err := os.WriteFile(string(f)+".new", b, 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(string(f)+".new", string(f)); err != nil { // never half written
		panic(err)
	}
}

// rig is everything around a relance process: Redis with its file, Twilio, a mail server, a clock.
type rig struct {
	t       *testing.T
	ctx     context.Context
	clock   fileClock
	cfg     config.Config
	file    string
	redis   *redis.Client
	store   *store.Store
	engine  *engine.Engine // reads what the process wrote
	queues  *asynq.Inspector
	sms     *twiliotest.Server
	mail    *smtptest.Server
	process *exec.Cmd
	log     *os.File
	key     string
	kills   int
}

const (
	e2eOrg     = engine.OrganisationID("departement")
	e2eService = engine.ServiceID("orientation")
)

// newRig starts the servers, writes the configuration and the set-up. The process is started by up.
func newRig(t *testing.T, start time.Time) *rig {
	t.Helper()
	dir := t.TempDir()
	r := &rig{t: t, ctx: t.Context(), clock: fileClock(filepath.Join(dir, "clock")), file: filepath.Join(dir, "relance.yaml")}
	r.clock.set(start)
	opts := redistest.Database(t)
	r.redis = redis.NewClient(opts)
	r.store = store.New(r.redis, "")
	r.queues = asynq.NewInspector(asynq.RedisClientOpt{Addr: opts.Addr, DB: opts.DB})
	r.sms = twiliotest.Start(twiliotest.Config{Receipts: []string{"sent", "delivered"}, Now: r.clock.Now})
	var err error
	if r.mail, err = smtptest.Start(smtptest.Config{Plain: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	r.configure(opts)
	if r.cfg, err = config.Load(r.file, nil); err != nil {
		t.Fatal(err)
	}
	if r.engine, err = newEngine(r.store, partsOf(r.cfg, r.clock)); err != nil {
		t.Fatal(err)
	}
	r.setUp()
	if r.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) configure(opts *redis.Options) {
	r.t.Helper()
	text := fmt.Sprintf(`
public_url: http://%[1]s
secret: the-end-to-end-test-has-a-secret-of-its-own
redis: {addresses: ["%[2]s"], db: %[3]d}
http: {address: "%[1]s"}
ops: {address: "%[4]s"}
workers: {lease: 10s}
providers:
  - {name: twilio, type: twilio, account_sid: %[5]s, auth_token: %[6]s, base_url: "%[7]s", sender: "+33937123456", timeout: 10s}
  - {name: mail, type: smtp, host: %[8]s, port: %[9]d, encryption: none, from: rdv@example.org, timeout: 10s}
`, loopback(r.t), opts.Addr, opts.DB, loopback(r.t), r.sms.AccountSID, r.sms.AuthToken, r.sms.URL, r.mail.Host, r.mail.Port)
	if err := os.WriteFile(r.file, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// loopback is a loopback address that the process can take again after each kill.
func loopback(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// setUp saves an organisation with a service over ten calendars, 320 slots a day.
func (r *rig) setUp() {
	r.t.Helper()
	_, err := r.engine.SaveOrganisation(r.ctx, engine.Organisation{
		ID: e2eOrg, Name: "Département", Phone: "01 99 00 12 34", Email: "insertion@example.org", Region: calendars.Metropole,
		SMS: engine.Sender{From: "+33937123456", Replies: true},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	s := engine.Service{ID: e2eService, Name: "rendez-vous d'orientation", DurationMin: 15, Address: "12 rue de l'Invention"}
	for i := range 10 {
		id := engine.CalendarID(fmt.Sprintf("desk-%d", i))
		s.Calendars = append(s.Calendars, id)
		_, err := r.engine.SaveCalendar(r.ctx, e2eOrg, engine.Calendar{Name: string(id), Calendar: calendars.Calendar{
			ID: id, Zone: "Europe/Paris", Windows: []calendars.Window{{FirstDay: "2026-01-01", Start: "09:00", End: "17:00", RRule: "FREQ=DAILY"}},
		}})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	if _, err := r.engine.SaveService(r.ctx, e2eOrg, s); err != nil {
		r.t.Fatal(err)
	}
	if r.key, _, err = r.engine.IssueKey(r.ctx, e2eOrg, "e2e"); err != nil {
		r.t.Fatal(err)
	}
}

// up starts the process and waits until it is ready.
func (r *rig) up() {
	r.t.Helper()
	r.process = exec.Command(os.Args[0])
	r.process.Env = append(os.Environ(), childConfig+"="+r.file, childClock+"="+string(r.clock))
	r.process.Stderr, r.process.Stdout = r.log, r.log
	if err := r.process.Start(); err != nil {
		r.t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for !r.answers() {
		if time.Now().After(deadline) {
			r.t.Fatalf("the process is not ready after a minute:\n%s", r.tail())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (r *rig) answers() bool {
	res, err := http.Get("http://" + r.cfg.Ops.Address + "/readyz")
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// kill ends the process without a word, and starts it again.
func (r *rig) kill() {
	r.t.Helper()
	_ = r.process.Process.Kill()
	_ = r.process.Wait()
	r.kills++
	r.up()
}

// down stops the process in order.
func (r *rig) down() {
	r.t.Helper()
	_ = r.process.Process.Signal(syscall.SIGTERM)
	if err := r.process.Wait(); err != nil {
		r.t.Errorf("the process did not stop well: %v\n%s", err, r.tail())
	}
}

func (r *rig) close() {
	if r.process != nil && r.process.ProcessState == nil {
		_ = r.process.Process.Kill()
		_ = r.process.Wait()
	}
	r.sms.Close()
	r.mail.Close()
	_ = r.queues.Close()
	_ = r.redis.Close()
}

func (r *rig) tail() string {
	b, err := os.ReadFile(r.log.Name())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(b), "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}

// settle waits until everything due now is done. After a kill the queue may hold tasks of the dead
// process; then it is enough that nothing has moved for a while.
func (r *rig) settle() {
	r.t.Helper()
	const patience = 2 * time.Second
	last, since := "", time.Now()
	for {
		idle, state := r.idle()
		if idle {
			return
		}
		if state != last {
			last, since = state, time.Now()
		}
		if time.Since(since) > patience && r.kills > 0 || time.Since(since) > time.Minute {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// idle tells whether nothing is due, queued or being worked on, and a fingerprint of the state.
func (r *rig) idle() (bool, string) {
	r.t.Helper()
	overdue, err := r.store.Overdue(r.ctx, r.clock.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	waiting := int64(0)
	for _, b := range overdue {
		waiting += b.Entries
	}
	busy := 0
	names, err := r.queues.Queues()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, q := range names {
		info, err := r.queues.GetQueueInfo(q)
		if err != nil {
			r.t.Fatal(err)
		}
		busy += info.Pending + info.Active + info.Scheduled + info.Retry
	}
	state := fmt.Sprint(waiting, busy, len(r.sms.Messages()), len(r.mail.Mails()))
	return waiting == 0 && busy == 0, state
}
