package board

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"relance/channels"
)

const (
	// countsLast is how long nothing must be seen of a provider for its counts to be dropped whole.
	countsLast = time.Hour

	standingField, pauseField = "standing", "pause"
)

// key is one of a provider's keys. They share a hash tag, and no other provider's.
func (b *Board) key(provider, what string) string {
	return b.Prefix + "{provider:" + provider + "}:" + what
}

// Exchange tells what this process saw of the providers and takes over what all processes know,
// in one round trip, two when this one has something new. Counts add up in any order; of standings
// and pauses the newest wins, whoever writes it last: a process whose word is the newest and was
// written over says it again. An error means that Redis did not answer; nothing is forgotten.
func (b *Board) Exchange(ctx context.Context) error {
	b.one.Lock()
	defer b.one.Unlock()
	told := b.Router.Reports()
	counts, states := make([]*redis.MapStringStringCmd, len(told)), make([]*redis.SliceCmd, len(told))
	pipe := b.Redis.Pipeline()
	for i, t := range told {
		key := b.key(t.Provider, "seen")
		for field, n := range fields(t.Seen) {
			pipe.HIncrBy(ctx, key, field, n)
		}
		if len(t.Seen) > 0 {
			pipe.Expire(ctx, key, countsLast)
		}
		counts[i] = pipe.HGetAll(ctx, key)
		states[i] = pipe.HMGet(ctx, b.key(t.Provider, "state"), standingField, pauseField)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("board: share what is known of providers: %w", err)
	}
	known := make([]channels.Report, len(told))
	again := b.Redis.Pipeline()
	old := b.Now().Add(-longestUse)
	for i, t := range told {
		k := channels.Report{Provider: t.Provider}
		var worn []string
		k.Seen, worn = ledger(counts[i].Val(), old)
		if len(worn) > 0 {
			again.HDel(ctx, b.key(t.Provider, "seen"), worn...)
		}
		read(states[i].Val(), &k)
		b.write(ctx, again, t, k)
		known[i] = k
	}
	b.Router.Hear(told, known)
	b.tell()
	if again.Len() == 0 {
		return nil
	}
	if _, err := again.Exec(ctx); err != nil {
		return fmt.Errorf("board: share what is known of providers: %w", err)
	}
	return nil
}

// longestUse is when no provider has a use for a stretch any more.
var longestUse = channels.Horizon(MaxReceipts)

// MaxReceipts is the longest that receipts may be waited for: it bounds what is kept.
const MaxReceipts = 15 * time.Minute

// write says what this process knows better.
func (b *Board) write(ctx context.Context, pipe redis.Pipeliner, told, known channels.Report) {
	key := b.key(told.Provider, "state")
	if told.Standing.Newer(known.Standing) {
		pipe.HSet(ctx, key, standingField, encode(told.Standing))
	}
	if told.Pause.Newer(known.Pause) {
		pipe.HSet(ctx, key, pauseField, encode(told.Pause))
	}
}

func encode(v any) string {
	b, _ := json.Marshal(v) // a few plain fields
	return string(b)
}

// read fills in a state; what cannot be read is as if nobody had written it.
func read(values []any, into *channels.Report) {
	for i, to := range []any{&into.Standing, &into.Pause} {
		if s, ok := values[i].(string); ok {
			_ = json.Unmarshal([]byte(s), to)
		}
	}
}

// The last letter of a field says which count of its stretch it is.
const good, bad, taken, heard = 'g', 'b', 't', 'h'

// fields are the counts of a ledger as Redis keeps them: "1778752800g" and the like.
func fields(l channels.Ledger) map[string]int64 {
	out := map[string]int64{}
	for at, t := range l {
		for letter, n := range map[byte]int64{good: t.Good, bad: t.Bad, taken: t.Taken, heard: t.Heard} {
			if n != 0 {
				out[strconv.FormatInt(at, 10)+string(letter)] = n
			}
		}
	}
	return out
}

// ledger reads fields; worn are those of stretches before old.
func ledger(counts map[string]string, old time.Time) (l channels.Ledger, worn []string) {
	l = channels.Ledger{}
	for field, value := range counts {
		last := max(len(field)-1, 0)
		at, err := strconv.ParseInt(field[:last], 10, 64)
		n, fault := strconv.ParseInt(value, 10, 64)
		if err != nil || fault != nil || at < old.Unix() {
			worn = append(worn, field)
			continue
		}
		t := channels.Tally{}
		switch field[last] {
		case good:
			t.Good = n
		case bad:
			t.Bad = n
		case taken:
			t.Taken = n
		case heard:
			t.Heard = n
		}
		l.Add(time.Unix(at, 0), t)
	}
	return l, worn
}
