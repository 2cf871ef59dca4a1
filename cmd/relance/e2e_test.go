package main

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
)

// monday at nine in Paris, with no holiday and no clock change in the two weeks after it.
var e2eStart = time.Date(2026, 6, 1, 7, 0, 0, 0, time.UTC)

// TestTenDays sends a thousand people through the whole system, with the real clients: everybody gets
// exactly the messages they must.
func TestTenDays(t *testing.T) {
	t.Parallel()
	tenDays(t, 1000, 0)
}

// TestTenDaysWithTwentyKills is the same while the process is killed again and again: nobody misses a
// message, nobody gets one twice, no slot is sold twice.
func TestTenDaysWithTwentyKills(t *testing.T) {
	t.Parallel()
	tenDays(t, 1000, 20)
}

func tenDays(t *testing.T, people, kills int) {
	if testing.Short() {
		t.Skip("ten days of a thousand people: run without -short")
	}
	r := newRig(t, e2eStart)
	c := gatherCitizens(r, people)
	r.up()
	k := newKiller(r, kills)
	k.post(c.csv())
	const step = 30 * time.Minute
	for end := e2eStart.Add(11*24*time.Hour + 2*time.Hour); r.clock.Now().Before(end); r.clock.set(r.clock.Now().Add(step)) {
		k.maybe()
		r.settle()
		for c.read(); c.seenAgain(); c.read() {
			k.maybe()
			r.settle()
		}
	}
	r.down()
	c.read()
	c.judge()
	booked := c.slotsSoldOnce()
	if want := people * 3 / 5; booked != want {
		t.Errorf("%d appointments are booked, want %d", booked, want)
	}
	if r.kills != kills {
		t.Errorf("the process was killed %d times, want %d", r.kills, kills)
	}
	counts, err := r.engine.Counts(r.ctx, e2eOrg)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d kills; %d SMS, %d emails; %d emails accepted again under the same Message-ID after a kill, counted as in doubt: %d",
		r.kills, r.seenSMS(), len(r.mail.Mails()), c.doubles, counts["sent.in_doubt"])
	if int64(c.doubles) > counts["sent.in_doubt"] {
		t.Errorf("%d messages arrived twice, only %d sends were known to be in doubt", c.doubles, counts["sent.in_doubt"])
	}
}

func (r *rig) seenSMS() int { return len(r.sms.Messages()) }

// seenAgain lets everybody act and tells whether new messages came of it.
func (c *e2eCrowd) seenAgain() bool {
	before := c.seenSMS + c.seenMail
	c.act()
	c.settle()
	return len(c.sms.Messages())+len(c.mail.Mails()) > before
}

// killer kills the process a number of times, spread over the run by chance.
type killer struct {
	r    *rig
	left int
	rand *rand.Rand
	asks int
}

func newKiller(r *rig, kills int) *killer {
	return &killer{r: r, left: kills, rand: rand.New(rand.NewPCG(1, 2))}
}

// maybe kills a little after work was given, so that something is always under way: more often while
// much is going on, and in the end as often as was promised.
func (k *killer) maybe() {
	k.asks++
	if k.left == 0 || k.asks > 8 && k.rand.IntN(12) > 0 {
		return
	}
	time.Sleep(time.Duration(k.rand.IntN(400)) * time.Millisecond)
	k.left--
	k.r.kill()
}

// post sends the CSV until it is stored: the same key again after a kill goes on where it stood.
func (k *killer) post(csv []byte) {
	k.r.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		req, err := http.NewRequestWithContext(k.r.ctx, http.MethodPost, k.r.cfg.PublicURL+"/v1/batches?service="+string(e2eService), strings.NewReader(string(csv)))
		if err != nil {
			k.r.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+k.r.key)
		req.Header.Set("Content-Type", "text/csv")
		req.Header.Set("Idempotency-Key", "the-one-batch")
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusAccepted {
				return
			}
		}
		if time.Now().After(deadline) {
			k.r.t.Fatalf("the batch is not stored after a minute: %v %v", res, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
