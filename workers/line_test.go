package workers

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"relance/channels"
	"relance/engine"
)

// rates let so many messages leave by provider, and give places a second apart.
type rates struct {
	free   map[string]int
	places map[string]int
	away   error
}

func (r *rates) Take(_ context.Context, provider string) (bool, error) {
	r.free[provider]--
	return r.free[provider] >= 0 && r.away == nil, r.away
}

func (r *rates) Line(_ context.Context, provider string) (time.Duration, error) {
	r.places[provider]++
	return time.Duration(r.places[provider]) * time.Second, r.away
}

func evenly(t *testing.T, names ...string) *channels.Router {
	t.Helper()
	var lanes []channels.Lane
	for _, name := range names {
		lanes = append(lanes, channels.Lane{Provider: &carrier{name: name, ch: channels.SMS}, Weight: 1})
	}
	r, err := channels.NewRouter(channels.RouterConfig{}, lanes...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestMessagesOverTheRateWait: as many leave as may, through whoever has room; each of the others
// has one place in one line, and nobody waits for them.
func TestMessagesOverTheRateWait(t *testing.T) {
	t.Parallel()
	r := &rates{free: map[string]int{"a": 2, "b": 3}, places: map[string]int{}}
	registry := prometheus.NewRegistry()
	metrics, err := NewMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	s := newSender(newOffice(), evenly(t, "a", "b"))
	s.rates, s.parallel, s.metrics = r, 1, metrics
	by, waits := map[string]int{}, map[time.Duration]int{}
	for _, a := range sending(t, s, 20) {
		by[a.Provider]++
		if a.Provider == "" {
			waits[a.After]++
			if a.Outcome != engine.OutcomeTemporary || a.Code != CodeRate {
				t.Errorf("put back with %+v", a)
			}
		}
	}
	if by["a"] != 2 || by["b"] != 3 || by[""] != 15 || r.places["a"]+r.places["b"] != 15 {
		t.Errorf("left by %v; places %v", by, r.places)
	}
	for wait, n := range waits {
		if n > 2 { // one in each line
			t.Errorf("%d come back after %v", n, wait)
		}
	}
	if n := testutil.ToFloat64(metrics.waits.WithLabelValues("sms", CodeRate)); n != 15 {
		t.Errorf("%v are counted as waiting", n)
	}
}

// TestWhereTheRateIsNotKnownMessagesWait.
func TestWhereTheRateIsNotKnownMessagesWait(t *testing.T) {
	t.Parallel()
	s := newSender(newOffice(), evenly(t, "a"))
	s.rates = &rates{free: map[string]int{"a": 9}, places: map[string]int{}, away: errors.New("away")}
	if got := sending(t, s, 1)["sms-3-0"]; got.Provider != "" || got.Code != CodeRate || got.After != unsureWait {
		t.Errorf("%+v", got)
	}
}

// TestASlowProviderHoldsUpItsOwnLaneOnly: of two providers one takes ten seconds for each message;
// it gets as many at a time as its lane has room for, and the others' chunk goes past it.
func TestASlowProviderHoldsUpItsOwnLaneOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := &carrier{name: "slow", ch: channels.SMS, send: func(context.Context, channels.Message) channels.Answer {
			time.Sleep(10 * time.Second) // of the bubble
			return channels.Answer{Outcome: channels.Sent}
		}}
		quick := &carrier{name: "quick", ch: channels.SMS}
		r, err := channels.NewRouter(channels.RouterConfig{},
			channels.Lane{Provider: slow, Weight: 1, AtOnce: 2}, channels.Lane{Provider: quick, Weight: 1, AtOnce: 2})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		sending(t, newSender(newOffice(), r), ChunkSize)
		if took := time.Since(began); took > 11*time.Second || len(slow.messages()) > 2 || len(quick.messages()) < ChunkSize-2 {
			t.Errorf("after %v the slow one had %d messages, the quick one %d", took, len(slow.messages()), len(quick.messages()))
		}
	})
}
