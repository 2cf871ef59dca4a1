package channels

import "time"

// Stretch is the length of time that one Tally counts.
const Stretch = 5 * time.Second

const (
	lookBack = 5 * time.Minute // how far evidence reaches
	newest   = 50              // answers or receipts that are enough: older ones are not looked at then
)

// Tally is what one stretch of time saw of a provider. Tallies of several processes are added.
type Tally struct {
	// Good and Bad are the answers that came then.
	Good, Bad int64
	// Taken are the messages taken then whose receipts are awaited; Heard are those of them
	// whose final receipt came in time and was no failure of the provider.
	Taken, Heard int64
}

// Ledger is what was seen of a provider, by the unix second at which each stretch began.
type Ledger map[int64]Tally

func stretchOf(t time.Time) int64 {
	const length = int64(Stretch / time.Second)
	return t.Unix() - t.Unix()%length
}

// Add counts t in the stretch of a moment.
func (l Ledger) Add(at time.Time, t Tally) { l.add(stretchOf(at), t) }

func (l Ledger) add(stretch int64, t Tally) {
	sum := l[stretch]
	sum.Good, sum.Bad = sum.Good+t.Good, sum.Bad+t.Bad
	sum.Taken, sum.Heard = sum.Taken+t.Taken, sum.Heard+t.Heard
	if sum == (Tally{}) {
		delete(l, stretch)
		return
	}
	l[stretch] = sum
}

// less takes away what another ledger holds.
func (l Ledger) less(o Ledger) {
	for at, t := range o {
		l.add(at, Tally{-t.Good, -t.Bad, -t.Taken, -t.Heard})
	}
}

// Horizon is how long a stretch is of use when receipts are expected within a time.
func Horizon(within time.Duration) time.Duration { return within + lookBack + 2*Stretch }

// Forget drops what began before a moment.
func (l Ledger) Forget(before time.Time) {
	for at := range l {
		if at < before.Unix() {
			delete(l, at)
		}
	}
}

// evidence is what ledgers together show since a moment, the newest first. A receipt counts when
// it comes; one that does not come counts when it was due, within after the message was taken.
// 0 expects none.
func evidence(now, since time.Time, within time.Duration, ledgers ...Ledger) (e Evidence) {
	const step = int64(Stretch / time.Second)
	sum := func(at int64) (t Tally) {
		for _, l := range ledgers {
			one := l[at]
			t.Good, t.Bad, t.Taken, t.Heard = t.Good+one.Good, t.Bad+one.Bad, t.Taken+one.Taken, t.Heard+one.Heard
		}
		return t
	}
	wait := stretchOf(time.Unix(int64(within/time.Second), 0)) + step // whole stretches, the whole of the last over
	last := stretchOf(now)
	for at := last; at > last-int64(lookBack/time.Second) && at >= since.Unix(); at -= step {
		seen := sum(at)
		if e.Answers.Good+e.Answers.Bad < newest {
			e.Answers.Good, e.Answers.Bad = e.Answers.Good+seen.Good, e.Answers.Bad+seen.Bad
		}
		if within == 0 || e.Receipts.Good+e.Receipts.Bad >= newest {
			continue
		}
		if at+wait > last { // still awaited
			e.Receipts.Good += seen.Heard
		}
		due := sum(at - wait)
		e.Receipts.Good, e.Receipts.Bad = e.Receipts.Good+due.Heard, e.Receipts.Bad+max(0, due.Taken-due.Heard)
	}
	return e
}
