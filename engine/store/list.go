package store

import (
	"context"
	"encoding/base64"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/segmentio/encoding/json"

	"relance/engine"
)

var eventID = regexp.MustCompile(`^[0-9]{1,19}-[0-9]{1,19}$`)

// List reads up to limit members of a list after the cursor ("" from the start), by score
// then member, with the cursor of the next page ("" at the end). The cursor is a place, not a
// count: members that come and go meanwhile make none appear twice or vanish. CodeInvalid for
// a cursor that List did not give.
func (s *Store) List(ctx context.Context, p engine.Partition, list, cursor string, limit int) ([]engine.Listed, string, error) {
	return s.list(ctx, s.tag(p)+"l:"+list, cursor, limit)
}

// list pages through a sorted set.
func (s *Store) list(ctx context.Context, key, cursor string, limit int) ([]engine.Listed, string, error) {
	if limit < 1 {
		return nil, "", invalid("list", "a page holds at least one entry")
	}
	args := []any{limit + 1} // one more tells whether there is a next page
	if cursor != "" {
		last, err := parseCursor(cursor)
		if err != nil {
			return nil, "", err
		}
		args = append(args, last.Score, last.Member)
	}
	values, err := listScript.Run(ctx, s.redis, []string{key}, args...).StringSlice()
	if err != nil {
		return nil, "", unavailable("list", err)
	}
	page := make([]engine.Listed, 0, len(values)/2)
	for i := 0; i+1 < len(values); i += 2 {
		score, err := parseScore(values[i+1])
		if err != nil {
			return nil, "", unreadable("list", "a list entry", err)
		}
		page = append(page, engine.Listed{Score: score, Member: values[i]})
	}
	if len(page) <= limit {
		return page, "", nil
	}
	page = page[:limit]
	return page, formatCursor(page[limit-1]), nil
}

func formatCursor(l engine.Listed) string {
	return base64.RawURLEncoding.EncodeToString([]byte(itoa(l.Score) + ":" + l.Member))
}

func parseCursor(cursor string) (engine.Listed, error) {
	var l engine.Listed
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		score, member, ok := strings.Cut(string(text), ":")
		if l.Score, err = strconv.ParseInt(score, 10, 64); err == nil && ok {
			l.Member = member
			return l, nil
		}
	}
	return l, engine.BadCursor("list")
}

// parseScore reads a score as Redis writes it: large ones may come with an exponent.
func parseScore(s string) (int64, error) {
	f, err := strconv.ParseFloat(s, 64)
	return int64(math.Round(f)), err
}

// Events reads up to limit events of an organisation after the cursor, which is the ID of the
// last event read; the next cursor is "" when this page ends with the newest one. CodeInvalid
// for a cursor that is not the ID of an event.
func (s *Store) Events(ctx context.Context, org engine.OrganisationID, cursor string, limit int) ([]engine.Event, string, error) {
	from := "-"
	switch {
	case limit < 1:
		return nil, "", invalid("events", "a page holds at least one event")
	case cursor == "":
	case !eventID.MatchString(cursor):
		return nil, "", invalid("events", "this cursor is not the id of an event; start without one")
	default:
		from = "(" + cursor
	}
	key := s.tag(org.Partition()) + "e:" + string(org)
	messages, err := s.redis.XRangeN(ctx, key, from, "+", int64(limit)+1).Result()
	if err != nil {
		return nil, "", unavailable("events", err)
	}
	events := make([]engine.Event, 0, len(messages))
	for _, m := range messages {
		var e engine.Event
		text, _ := m.Values["e"].(string)
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			return nil, "", unreadable("events", "an event ("+m.ID+")", nil)
		}
		e.ID = m.ID
		events = append(events, e)
	}
	if len(events) <= limit {
		return events, "", nil
	}
	return events[:limit], events[limit-1].ID, nil
}
