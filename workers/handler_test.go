package workers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hibiken/asynq"

	"relance/engine"
)

func runSteps(t *testing.T, o *office, ids ...string) error {
	t.Helper()
	o.mu.Lock()
	for _, id := range ids {
		o.due[entry{engine.DueInvitation, 5, id}] = o.clock.now
	}
	o.mu.Unlock()
	body, err := Task{Kind: engine.DueInvitation, Partition: 5, IDs: ids}.encode()
	if err != nil {
		t.Fatal(err)
	}
	h := &handler{work: steps(o, orSilent(nil)), metrics: orUnregistered(nil), log: orSilent(nil)}
	return h.ProcessTask(t.Context(), asynq.NewTask(engine.DueInvitation, body))
}

func TestABadRecordFailsAlone(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]func() error{
		"error": func() error { return errors.New("unreadable") },
		"panic": func() error { panic("unreadable") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice()
			o.onAdvance = func(_ context.Context, ids []string) error {
				if slices.Contains(ids, "bad") {
					return breaks()
				}
				return nil
			}
			if err := runSteps(t, o, "one", "bad", "two"); err != nil {
				t.Errorf("the failure is recorded, so asynq must not run the task again: %v", err)
			}
			if o.done["one"] != 1 || o.done["two"] != 1 || o.done["bad"] != 0 || len(o.failed) != 1 || o.failed["bad"] == nil {
				t.Errorf("done %v, failed %v", o.done, o.failed)
			}
		})
	}
}

func TestNothingIsBlamedOnRecordsWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	o := newOffice()
	o.onAdvance = func(context.Context, []string) error { return errAway }
	if err := runSteps(t, o, "one", "two"); engine.CodeOf(err) != engine.CodeUnavailable {
		t.Errorf("got %v; asynq must run the task again", err)
	}
	if len(o.failed) != 0 {
		t.Errorf("failures were recorded: %v", o.failed)
	}
}

func TestForeignTaskIsThrownAway(t *testing.T) {
	t.Parallel()
	h := &handler{metrics: orUnregistered(nil), log: orSilent(nil)}
	if err := h.ProcessTask(t.Context(), asynq.NewTask("sms", []byte("?"))); !errors.Is(err, asynq.SkipRetry) {
		t.Errorf("got %v, want SkipRetry", err)
	}
}

func TestPanicsTellNoSecrets(t *testing.T) {
	t.Parallel()
	err := safely(func() error { panic("+33639980001") })
	if !errors.Is(err, errPanic) || strings.Contains(err.Error(), "3399") || !strings.Contains(err.Error(), "TestPanicsTellNoSecrets") {
		t.Errorf("got %q; want the place and not the value", err)
	}
	ids := []string{"+33639980001"}
	err = safely(func() error { return errors.New(ids[len(ids)]) })
	if !errors.Is(err, errPanic) || !strings.Contains(err.Error(), "out of range") || strings.Contains(err.Error(), "3399") || !strings.Contains(err.Error(), "TestPanicsTellNoSecrets") {
		t.Errorf("got %q; want the runtime's words and the place", err)
	}
}
