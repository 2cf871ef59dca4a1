package store

import (
	"context"
	"time"

	"relance/engine"
)

// Agenda reads up to limit claims of a calendar by start, those that may still run at from first,
// with the cursor of the next page ("" at the end), as List does.
func (s *Store) Agenda(ctx context.Context, p engine.Partition, calendar engine.CalendarID, from time.Time, cursor string, limit int) ([]engine.Claim, string, error) {
	if cursor == "" {
		cursor = s.From(from.Add(-maxClaim).Unix())
	}
	members, next, err := s.list(ctx, s.tag(p)+"c:"+string(calendar), cursor, limit)
	if err != nil {
		return nil, "", err
	}
	out := make([]engine.Claim, len(members))
	for i, m := range members {
		if out[i], err = parseMember(calendar, m.Member); err != nil {
			return nil, "", unreadable("agenda", "a claim", err)
		}
	}
	return out, next, nil
}

// From is the cursor of the place in a list before every member of a score and after those of less.
func (s *Store) From(score int64) string { return formatCursor(engine.Listed{Score: score}) }

// After is the cursor of the place in a list after a member.
func (s *Store) After(last engine.Listed) string { return formatCursor(last) }
