package store

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"relance/engine"
)

var errNoVersion = errors.New("no version before the body")

// Load reads records in one round trip, in the order asked; a missing one has Version 0.
func (s *Store) Load(ctx context.Context, p engine.Partition, ids ...string) ([]engine.Record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return s.loads.do(ctx, p, ids)
}

func (s *Store) load(ctx context.Context, p engine.Partition, ids []string) ([]engine.Record, error) {
	tag := s.tag(p) + "r:"
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = tag + id
	}
	values, err := s.redis.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, unavailable("load", err)
	}
	records := make([]engine.Record, len(ids))
	for i, value := range values {
		if records[i], err = parseRecord(ids[i], value); err != nil {
			return nil, unreadable("load", "a record ("+ids[i]+")", err)
		}
	}
	return records, nil
}

func parseRecord(id string, value any) (engine.Record, error) {
	r := engine.Record{ID: id}
	if value == nil {
		return r, nil
	}
	text, _ := value.(string)
	version, body, ok := strings.Cut(text, "\n")
	if !ok {
		return r, errNoVersion
	}
	var err error
	if r.Version, err = strconv.ParseInt(version, 10, 64); err != nil {
		return r, errNoVersion
	}
	r.Body = []byte(body)
	return r, nil
}

// Find reads one field of each named index; "" where there is none.
func (s *Store) Find(ctx context.Context, p engine.Partition, index string, fields ...string) ([]string, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	values, err := s.redis.HMGet(ctx, s.tag(p)+"x:"+index, fields...).Result()
	if err != nil {
		return nil, unavailable("find", err)
	}
	found := make([]string, len(fields))
	for i, value := range values {
		found[i], _ = value.(string)
	}
	return found, nil
}

// Busy reads the claimed intervals of each calendar that overlap [from, to), by start.
func (s *Store) Busy(ctx context.Context, p engine.Partition, calendars []engine.CalendarID, from, to time.Time) ([][]engine.Claim, error) {
	if len(calendars) == 0 {
		return nil, nil
	}
	within := &redis.ZRangeBy{
		Min: "(" + itoa(from.Add(-maxClaim).Unix()),
		Max: "(" + itoa(ceilUnix(to)),
	}
	tag := s.tag(p) + "c:"
	pipe := s.redis.Pipeline()
	cmds := make([]*redis.StringSliceCmd, len(calendars))
	for i, calendar := range calendars {
		cmds[i] = pipe.ZRangeByScore(ctx, tag+string(calendar), within)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, unavailable("busy", err)
	}
	busy := make([][]engine.Claim, len(calendars))
	for i, cmd := range cmds {
		for _, m := range cmd.Val() {
			c, err := parseMember(calendars[i], m)
			if err != nil {
				return nil, unreadable("busy", "a claim", err)
			}
			if c.Start.Before(to) && c.End.After(from) {
				busy[i] = append(busy[i], c)
			}
		}
	}
	return busy, nil
}

// Starting counts the claims of each calendar that start in [from, to).
func (s *Store) Starting(ctx context.Context, p engine.Partition, calendars []engine.CalendarID, from, to time.Time) ([]int, error) {
	if len(calendars) == 0 {
		return nil, nil
	}
	tag, begin, end := s.tag(p)+"c:", itoa(ceilUnix(from)), "("+itoa(ceilUnix(to))
	pipe := s.redis.Pipeline()
	cmds := make([]*redis.IntCmd, len(calendars))
	for i, calendar := range calendars {
		cmds[i] = pipe.ZCount(ctx, tag+string(calendar), begin, end)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, unavailable("starting", err)
	}
	out := make([]int, len(calendars))
	for i, cmd := range cmds {
		out[i] = int(cmd.Val())
	}
	return out, nil
}

// ceilUnix is t in whole seconds, rounded up.
func ceilUnix(t time.Time) int64 {
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}

// Counts reads a set of counters whole.
func (s *Store) Counts(ctx context.Context, p engine.Partition, name string) (map[string]int64, error) {
	values, err := s.redis.HGetAll(ctx, s.tag(p)+"n:"+name).Result()
	if err != nil {
		return nil, unavailable("counts", err)
	}
	counts := make(map[string]int64, len(values))
	for field, value := range values {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, unreadable("counts", "a counter", err)
		}
		counts[field] = n
	}
	return counts, nil
}
