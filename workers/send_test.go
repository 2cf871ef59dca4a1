package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"relance/channels"
	"relance/engine"
)

func newSender(o *office, r Router) *sender {
	return &sender{
		engine: o, router: r, parallel: 4, timeout: defaultSend, drain: make(chan struct{}),
		metrics: orUnregistered(nil), log: orSilent(nil),
	}
}

// sending runs one task of n SMS and returns the answers that were settled.
func sending(t testing.TB, s *sender, n int) map[string]engine.Answer {
	t.Helper()
	o := s.engine.(*office)
	o.add(engine.DueSMS, n, 3)
	task := Task{Kind: engine.DueSMS, Partition: 3}
	for i := range n {
		task.IDs = append(task.IDs, fmt.Sprintf("sms-3-%d", i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), sendTime)
	defer cancel()
	if err := s.work(ctx, task); err != nil {
		t.Fatal(err)
	}
	return o.answers
}

func answering(a channels.Answer) func(context.Context, channels.Message) channels.Answer {
	return func(context.Context, channels.Message) channels.Answer { return a }
}

func TestAnswersAreSettled(t *testing.T) {
	t.Parallel()
	sent := channels.Answer{Outcome: channels.Sent, ProviderID: "x"}
	busy := channels.Answer{Outcome: channels.Temporary, Code: "503"}
	broken := channels.Answer{Outcome: channels.Configuration, Code: "20003"}
	for name, c := range map[string]struct {
		first, second func(context.Context, channels.Message) channels.Answer
		outcome       engine.Outcome
		provider      string
	}{
		"sent":                      {answering(sent), nil, engine.OutcomeSent, "a"},
		"permanent stays":           {answering(channels.Answer{Outcome: channels.Permanent}), nil, engine.OutcomePermanent, "a"},
		"unknown stays":             {answering(channels.Answer{Outcome: channels.Unknown}), nil, engine.OutcomeUnknown, "a"},
		"temporary goes on":         {answering(busy), answering(sent), engine.OutcomeSent, "b"},
		"configuration goes on":     {answering(broken), answering(sent), engine.OutcomeSent, "b"},
		"both busy":                 {answering(busy), answering(busy), engine.OutcomeTemporary, "b"},
		"busy then broken can wait": {answering(busy), answering(broken), engine.OutcomeTemporary, "a"},
		"both broken":               {answering(broken), answering(broken), engine.OutcomeConfiguration, "b"},
		"panic":                     {func(context.Context, channels.Message) channels.Answer { panic("oh") }, nil, engine.OutcomeUnknown, "a"},
		"nothing":                   {answering(channels.Answer{}), nil, engine.OutcomeUnknown, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &carrier{name: "a", ch: channels.SMS, send: c.first}
			b := &carrier{name: "b", ch: channels.SMS, send: c.second}
			got := sending(t, newSender(newOffice(), routing(t, a, b)), 1)["sms-3-0"]
			if got.Outcome != c.outcome || got.Provider != c.provider || got.Doubt {
				t.Errorf("settled %+v, want %s by %s", got, c.outcome, c.provider)
			}
		})
	}
}

func TestNoProviderIsNoAttempt(t *testing.T) {
	t.Parallel()
	got := sending(t, newSender(newOffice(), routing(t, &carrier{name: "mail", ch: channels.Email})), 1)["sms-3-0"]
	if got.Outcome != engine.OutcomeTemporary || got.Provider != "" || got.After == 0 {
		t.Errorf("settled %+v; want it to wait, with no provider named", got)
	}
}

func TestTheProviderThatFailedComesLast(t *testing.T) {
	t.Parallel()
	a := &carrier{name: "a", ch: channels.SMS}
	b := &carrier{name: "b", ch: channels.SMS}
	s := newSender(newOffice(), routing(t, a, b))
	out := letter("msg_1", engine.SMS, 3, false)
	out.Message.Provider = "a"
	if got := s.one(t.Context(), out); got.Provider != "b" {
		t.Errorf("sent through %q, want b first", got.Provider)
	}
	b.send = answering(channels.Answer{Outcome: channels.Temporary})
	for range 20 { // the router draws
		if got := s.one(t.Context(), out); got.Provider != "a" {
			t.Fatalf("sent through %q, want a after b", got.Provider)
		}
	}
}

func TestCallbackNamesTheProviderAsked(t *testing.T) {
	t.Parallel()
	a := &carrier{name: "a", ch: channels.SMS, send: answering(channels.Answer{Outcome: channels.Temporary})}
	b := &carrier{name: "b", ch: channels.SMS}
	s := newSender(newOffice(), routing(t, a, b))
	s.callback = func(provider string, p engine.Partition, id engine.MessageID) string {
		return fmt.Sprintf("https://example.org/hooks/%s?p=%d&m=%s", provider, p, id)
	}
	sending(t, s, 1)
	for _, c := range []*carrier{a, b} {
		want := "https://example.org/hooks/" + c.name + "?p=3&m=sms-3-0"
		if got := c.messages(); len(got) != 1 || got[0].Callback != want {
			t.Errorf("%s was given %+v, want the callback %s", c.name, got, want)
		}
	}
}

func TestFindingOut(t *testing.T) {
	t.Parallel()
	found := func() (channels.Answer, error) {
		return channels.Answer{Outcome: channels.Sent, ProviderID: "SM1"}, nil
	}
	absent := func() (channels.Answer, error) {
		return channels.Answer{}, fmt.Errorf("look up: %w", channels.ErrNotFound)
	}
	silent := func() (channels.Answer, error) { return channels.Answer{}, errors.New("503") }
	crash := func() (channels.Answer, error) { panic("oh") }
	type finds = []func() (channels.Answer, error) // nil: a provider that cannot be asked
	for name, c := range map[string]struct {
		named   string // by the record
		finds   finds  // of the providers p0, p1
		outcome engine.Outcome
		sends   int
		doubt   bool
	}{
		"found":                            {"p0", finds{found}, engine.OutcomeSent, 0, false},
		"never left":                       {"p0", finds{absent}, engine.OutcomeSent, 1, false},
		"cannot say":                       {"p0", finds{silent}, engine.OutcomeUnknown, 0, false},
		"finder panics":                    {"p0", finds{crash}, engine.OutcomeUnknown, 0, false},
		"cannot be asked":                  {"p0", finds{nil}, engine.OutcomeSent, 1, true},
		"no longer configured":             {"gone", finds{absent}, engine.OutcomeSent, 1, true},
		"only the named one":               {"p1", finds{found, absent}, engine.OutcomeSent, 1, false},
		"died before naming: second has":   {"", finds{absent, found}, engine.OutcomeSent, 0, false},
		"died before naming: nobody has":   {"", finds{absent, absent}, engine.OutcomeSent, 1, false},
		"died before naming: one is mute":  {"", finds{absent, nil}, engine.OutcomeSent, 1, true},
		"died before naming: one is away":  {"", finds{absent, silent}, engine.OutcomeUnknown, 0, false},
		"died before naming: away, found":  {"", finds{silent, found}, engine.OutcomeSent, 0, false},
		"died before naming: mute, found":  {"", finds{nil, found}, engine.OutcomeSent, 0, false},
		"died before naming: mute, absent": {"", finds{nil, absent}, engine.OutcomeSent, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var carriers []*carrier
			var providers []channels.Provider
			for i, find := range c.finds {
				p := &carrier{name: fmt.Sprintf("p%d", i), ch: channels.SMS}
				carriers = append(carriers, p)
				if find == nil {
					providers = append(providers, p)
				} else {
					providers = append(providers, &seeker{p, find})
				}
			}
			providers = append(providers, &carrier{name: "mail", ch: channels.Email})
			out := letter("msg_1", engine.SMS, 3, true)
			out.Message.Provider = c.named
			got := newSender(newOffice(), routing(t, providers...)).one(t.Context(), out)
			sends := 0
			for _, p := range carriers {
				sends += len(p.messages())
			}
			if got.Outcome != c.outcome || sends != c.sends || got.Doubt != c.doubt {
				t.Errorf("settled %+v after %d sends; want %s, %d sends, doubt %v", got, sends, c.outcome, c.sends, c.doubt)
			}
			if got.Outcome == engine.OutcomeUnknown && got.Provider != c.named {
				t.Errorf("the suspect became %q, was %q", got.Provider, c.named)
			}
		})
	}
}

// What nobody could be asked about must not become a plain retry because no provider was
// free this time.
func TestDoubtSurvivesAPausedProvider(t *testing.T) {
	t.Parallel()
	r := routing(t, &carrier{name: "a", ch: channels.SMS})
	r.Pause("a", "test")
	out := letter("msg_1", engine.SMS, 3, true)
	if got := newSender(newOffice(), r).one(t.Context(), out); got.Outcome != engine.OutcomeUnknown || got.Doubt {
		t.Errorf("settled %+v, want unknown again", got)
	}
}

// A host that never answers holds a chunk for its window at most: every message is
// settled before the engine would look into it.
func TestASlowHostDoesNotHoldAChunk(t *testing.T) {
	t.Parallel()
	for name, deaf := range map[string]bool{"heeds its context": false, "ignores its context": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				freed := make(chan struct{})
				slow := &carrier{name: "slow", ch: channels.SMS, send: func(ctx context.Context, _ channels.Message) channels.Answer {
					if deaf {
						<-freed
					} else {
						<-ctx.Done()
					}
					return channels.Answer{Outcome: channels.Unknown, Code: "timeout"}
				}}
				began := time.Now()
				answers := sending(t, newSender(newOffice(), routing(t, slow)), ChunkSize)
				close(freed)
				count := map[engine.Outcome]int{}
				for _, a := range answers {
					count[a.Outcome]++
				}
				if took := time.Since(began); took > sendTime-settleTime+grace {
					t.Errorf("it took %v", took)
				}
				if len(answers) != ChunkSize || count[engine.OutcomeUnknown] != len(slow.messages()) || count[engine.OutcomeTemporary] == 0 {
					t.Errorf("%d sends gave %v", len(slow.messages()), count)
				}
			})
		})
	}
}

func TestSettleWaitsForTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		back := time.Now().Add(20 * time.Second)
		o.onSettle = func([]engine.Settled) error {
			if time.Now().Before(back) {
				return errAway
			}
			return nil
		}
		c := &carrier{name: "a", ch: channels.SMS}
		if got := sending(t, newSender(o, routing(t, c)), 3); len(got) != 3 || len(c.messages()) != 3 {
			t.Errorf("settled %v after %d sends", got, len(c.messages()))
		}
	})
}

func TestSettleGivesUpWithTheTask(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		o.add(engine.DueSMS, 1, 3)
		o.onSettle = func([]engine.Settled) error { return errAway }
		s := newSender(o, routing(t, &carrier{name: "a", ch: channels.SMS}))
		began := time.Now()
		err := s.work(t.Context(), Task{Kind: engine.DueSMS, Partition: 3, IDs: []string{"sms-3-0"}})
		if engine.CodeOf(err) != engine.CodeUnavailable || time.Since(began) != settleTime || len(o.failed) != 0 {
			t.Errorf("gave up after %v with %v, failures %v", time.Since(began), err, o.failed)
		}
	})
}

func TestABadRecordSpoilsNoOtherAnswer(t *testing.T) {
	t.Parallel()
	o := newOffice()
	o.onSettle = func(done []engine.Settled) error {
		if slices.ContainsFunc(done, func(s engine.Settled) bool { return s.Message.ID == "sms-3-1" }) {
			return errors.New("unreadable")
		}
		return nil
	}
	got := sending(t, newSender(o, routing(t, &carrier{name: "a", ch: channels.SMS})), 3)
	if len(got) != 2 || o.failed["sms-3-1"] == nil {
		t.Errorf("settled %v, failed %v", got, o.failed)
	}
}

func TestAnUnclaimableMessageFailsAlone(t *testing.T) {
	t.Parallel()
	o := newOffice()
	o.onClaim = func(ids []engine.MessageID) error {
		if slices.Contains(ids, "sms-3-1") {
			return errors.New("unreadable")
		}
		return nil
	}
	got := sending(t, newSender(o, routing(t, &carrier{name: "a", ch: channels.SMS})), 3)
	if len(got) != 2 || len(o.failed) != 1 || o.failed["sms-3-1"] == nil {
		t.Errorf("settled %v, failed %v", got, o.failed)
	}
}
