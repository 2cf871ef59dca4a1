package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"relance/engine"
)

// Take leases up to limit entries of each partition that are due at now, the longest due first
// over all kinds: their times are pushed to until, so that no other Take returns them before,
// and one that dies loses nothing. What a Commit writes meanwhile stands. At is when the entry
// was due; the answer is sorted by it. No kinds means all.
//
// When a node of a cluster cannot be reached, the entries taken from the others come with the
// error: they are leased, and wait for the end of it if they are not used.
func (s *Store) Take(ctx context.Context, now, until time.Time, limit int, kinds []string, partitions ...engine.Partition) ([]engine.Due, error) {
	switch {
	case len(partitions) == 0 || limit == 0:
		return nil, nil
	case limit < 0:
		return nil, invalid("take", "the limit is negative")
	case !until.After(now):
		return nil, invalid("take", "a lease must end after it begins")
	}
	args := append(make([]any, 0, 3+len(kinds)), now.UnixMilli(), until.UnixMilli(), limit)
	for _, kind := range kinds {
		args = append(args, kind)
	}
	var due []engine.Due
	var failed error
	for i, cmd := range s.everywhere(ctx, takeScript, partitions, args...) {
		entries, err := parseDue(partitions[i], cmd)
		due = append(due, entries...)
		if failed == nil {
			failed = err
		}
	}
	slices.SortStableFunc(due, func(a, b engine.Due) int { return a.At.Compare(b.At) })
	return due, failed
}

// parseDue reads the answer of take.lua.
func parseDue(p engine.Partition, cmd *redis.Cmd) ([]engine.Due, error) {
	values, err := cmd.StringSlice()
	if err != nil {
		return nil, unavailable("take", err)
	}
	due := make([]engine.Due, 0, len(values)/3)
	for ; len(values) >= 3; values = values[3:] {
		at, err := parseScore(values[2])
		if err != nil {
			return due, unreadable("take", "a due time", err)
		}
		due = append(due, engine.Due{Partition: p, Kind: values[0], ID: values[1], At: time.UnixMilli(at).UTC()})
	}
	return due, nil
}

// Overdue counts the entries due at now by kind over all partitions, and the earliest due time
// of each. Kinds that once had entries and have none due now are there with zeros.
func (s *Store) Overdue(ctx context.Context, now time.Time) (map[string]engine.Backlog, error) {
	partitions := make([]engine.Partition, engine.Partitions)
	for i := range partitions {
		partitions[i] = engine.Partition(i)
	}
	backlogs := map[string]engine.Backlog{}
	for _, cmd := range s.everywhere(ctx, overdueScript, partitions, now.UnixMilli()) {
		values, err := cmd.StringSlice()
		if err != nil {
			return nil, unavailable("overdue", err)
		}
		for ; len(values) >= 3; values = values[3:] {
			b, err := addBacklog(backlogs[values[0]], values[1], values[2])
			if err != nil {
				return nil, unreadable("overdue", "a due time", err)
			}
			backlogs[values[0]] = b
		}
	}
	return backlogs, nil
}

func addBacklog(b engine.Backlog, entries, oldest string) (engine.Backlog, error) {
	n, err := strconv.ParseInt(entries, 10, 64)
	if err != nil || n == 0 {
		return b, err
	}
	ms, err := parseScore(oldest)
	if err != nil {
		return b, err
	}
	b.Entries += n
	if at := time.UnixMilli(ms).UTC(); b.Oldest.IsZero() || at.Before(b.Oldest) {
		b.Oldest = at
	}
	return b, nil
}
