package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"relance/engine"
)

// teller is what a joint runs: it answers every number with its double, when it is let.
type teller struct {
	mu    sync.Mutex
	calls [][]int
	began chan []int    // told of every call
	let   chan struct{} // one for every call that may go on
	fails func(ask []int) error
}

func newTeller() (*teller, *joint[int, int]) {
	t := &teller{began: make(chan []int, 100), let: make(chan struct{}, 100), fails: func([]int) error { return nil }}
	return t, &joint[int, int]{run: t.run}
}

func (t *teller) run(_ context.Context, _ engine.Partition, ask []int) ([]int, error) {
	t.mu.Lock()
	t.calls = append(t.calls, slices.Clone(ask))
	t.mu.Unlock()
	t.began <- ask
	<-t.let
	if err := t.fails(ask); err != nil {
		return nil, err
	}
	out := make([]int, len(ask))
	for i, n := range ask {
		out[i] = 2 * n
	}
	return out, nil
}

type told struct {
	asked, answers []int
	err            error
}

// busy makes as many calls as go at once, and returns when all are under way.
func busy(t *testing.T, tl *teller, j *joint[int, int], answers chan told) {
	t.Helper()
	for i := range joinedAtOnce {
		ask(context.Background(), j, answers, 1000+i)
		<-tl.began
	}
}

func ask(ctx context.Context, j *joint[int, int], answers chan told, numbers ...int) {
	go func() {
		got, err := j.do(ctx, 7, numbers)
		answers <- told{numbers, got, err}
	}()
}

// gathered waits until n callers wait in partition 7.
func gathered(j *joint[int, int], n int) {
	for {
		j.mu.Lock()
		waiting := len(j.lanes[7].waiting)
		j.mu.Unlock()
		if waiting == n {
			return
		}
		runtime.Gosched()
	}
}

func (a told) doubled() bool {
	if a.err != nil || len(a.answers) != len(a.asked) {
		return false
	}
	for i, n := range a.asked {
		if a.answers[i] != 2*n {
			return false
		}
	}
	return true
}

func TestJoinedCallersGetTheirOwnAnswers(t *testing.T) {
	t.Parallel()
	tl, j := newTeller()
	answers := make(chan told, 100)
	busy(t, tl, j, answers)
	for i := range 5 {
		ask(context.Background(), j, answers, 10*i, 10*i+1)
	}
	gathered(j, 5)
	for range joinedAtOnce + 1 { // those under way, and one for all five
		tl.let <- struct{}{}
	}
	for range joinedAtOnce + 5 {
		if a := <-answers; !a.doubled() {
			t.Errorf("asked %v, told %v, %v", a.asked, a.answers, a.err)
		}
	}
	if last := tl.calls[len(tl.calls)-1]; len(tl.calls) != joinedAtOnce+1 || len(last) != 10 {
		t.Errorf("%d calls, the last asks %d: five callers did not go as one", len(tl.calls), len(last))
	}
}

func TestACallerWhoGivesUpDoesNotHoldTheOthers(t *testing.T) {
	t.Parallel()
	tl, j := newTeller()
	answers := make(chan told, 100)
	busy(t, tl, j, answers)
	ctx, cancel := context.WithCancel(context.Background())
	ask(ctx, j, answers, 1)
	gathered(j, 1)
	ask(context.Background(), j, answers, 2)
	gathered(j, 2)
	cancel()
	if a := <-answers; engine.CodeOf(a.err) != engine.CodeUnavailable {
		t.Errorf("who gave up is told %v, %v", a.answers, a.err)
	}
	for range joinedAtOnce + 1 {
		tl.let <- struct{}{}
	}
	for range joinedAtOnce + 1 {
		if a := <-answers; !a.doubled() {
			t.Errorf("asked %v, told %v, %v", a.asked, a.answers, a.err)
		}
	}
}

// What one caller's ask makes impossible is answered to that caller alone.
func TestOneBadAskDoesNotFailTheOthers(t *testing.T) {
	t.Parallel()
	tl, j := newTeller()
	tl.fails = func(ask []int) error {
		if slices.Contains(ask, 13) {
			return errors.New("thirteen")
		}
		return nil
	}
	answers := make(chan told, 100)
	busy(t, tl, j, answers)
	for i := range 3 {
		ask(context.Background(), j, answers, 12+i)
	}
	gathered(j, 3)
	for range joinedAtOnce + 1 + 3 { // together, then each alone
		tl.let <- struct{}{}
	}
	for range joinedAtOnce + 3 {
		a := <-answers
		if bad := slices.Contains(a.asked, 13); bad != (a.err != nil) || !bad && !a.doubled() {
			t.Errorf("asked %v, told %v, %v", a.asked, a.answers, a.err)
		}
	}
}

// While the store cannot be reached nobody asks alone: that would be one more call each to a server in need.
func TestNobodyAsksAloneOfAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	tl, j := newTeller()
	tl.fails = func([]int) error { return unavailable("test", errors.New("away")) }
	answers := make(chan told, 100)
	busy(t, tl, j, answers)
	for i := range 3 {
		ask(context.Background(), j, answers, i)
	}
	gathered(j, 3)
	for range joinedAtOnce + 1 {
		tl.let <- struct{}{}
	}
	for range joinedAtOnce + 3 {
		if a := <-answers; engine.CodeOf(a.err) != engine.CodeUnavailable {
			t.Errorf("told %v, %v", a.answers, a.err)
		}
	}
	if len(tl.calls) != joinedAtOnce+1 {
		t.Errorf("%d calls, want %d", len(tl.calls), joinedAtOnce+1)
	}
}

func TestJoinedCallsAreBounded(t *testing.T) {
	t.Parallel()
	tl, j := newTeller()
	answers := make(chan told, 200)
	busy(t, tl, j, answers)
	many := make([]int, joinedSmall+1)
	ask(context.Background(), j, answers, many...) // large: it does not wait for others
	if got := <-tl.began; len(got) != len(many) {
		t.Errorf("a large ask went with others: %d", len(got))
	}
	for i := range 2 * joinedMost {
		ask(context.Background(), j, answers, i)
	}
	gathered(j, 2*joinedMost)
	for range joinedAtOnce + 3 {
		tl.let <- struct{}{}
	}
	for range joinedAtOnce + 1 + 2*joinedMost {
		if a := <-answers; !a.doubled() {
			t.Fatal(fmt.Sprint("asked ", a.asked, ", told ", a.answers, a.err))
		}
	}
	for _, call := range tl.calls {
		if len(call) > joinedMost && len(call) != len(many) {
			t.Errorf("a joined call asks %d, at most %d", len(call), joinedMost)
		}
	}
}
