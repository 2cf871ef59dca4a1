package engine

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
)

// RefusedLine is a line of a batch that could not be taken, and why.
type RefusedLine struct {
	Line    int     `json:"line"`
	Code    Code    `json:"code"`
	Message string  `json:"message"`
	Fields  []Field `json:"fields,omitempty"`
}

// BatchLine is the result of one line: an invitation or a refusal. The invitation's id stays when
// the person is erased; it says nothing of them.
type BatchLine struct {
	Line       int          `json:"line"`
	Invitation InvitationID `json:"invitation,omitempty"`
	Refused    *RefusedLine `json:"refused,omitempty"`
}

// lineChunk is the results of neighbouring lines of a batch: one record, as a record a line would
// cost more than the invitations themselves. It keeps ids, places and reasons, no values.
type lineChunk struct {
	ID      string     `json:"-"`
	Version int64      `json:"-"`
	Lines   []keptLine `json:"l"`
}

// keptLine is a BatchLine written short: there are many.
type keptLine struct {
	Line       int          `json:"n"`
	Invitation InvitationID `json:"i,omitempty"`
	Code       Code         `json:"c,omitempty"`
	Message    string       `json:"m,omitempty"`
	Fields     []Field      `json:"f,omitempty"`
}

func (k *lineChunk) recordID() string { return k.ID }
func (k *lineChunk) version() *int64  { return &k.Version }

const chunkPrefix = "lin_"

func chunkKey(id BatchID, chunk int) string {
	return chunkPrefix + string(id) + "_" + strconv.Itoa(chunk)
}

// KeepLines keeps the results of a chunk of a batch's lines and counts the invitations among them.
// Chunks are numbered from 0 in the order of their lines. Keeping the same again changes nothing;
// of a line that has another result now (its upload was cut off and sent again), the new one stays.
func (e *Engine) KeepLines(ctx context.Context, org OrganisationID, id BatchID, chunk int, lines []BatchLine) error {
	kept, k := shorten(lines), &lineChunk{ID: chunkKey(id, chunk)}
	unread := false // most chunks are new: the first try reads nothing
	return e.change(ctx, "keep lines", org.Partition(), func() (*Change, error) {
		if unread {
			sh, err := e.fetch(ctx, org.Partition(), k.ID)
			if err != nil {
				return nil, err
			}
			was, err := pick[lineChunk](sh, k.ID)
			if err != nil {
				return nil, err
			}
			if was != nil {
				was.ID, k = k.ID, was
			}
		}
		unread = true
		c := k.keep(org, id, chunk, kept)
		if c != nil && k.Version == 0 {
			c.Lists = append(c.Lists, ListEntry{List: listOf("invitations", org), Score: e.Clock.Now().UnixMilli(), Member: k.ID})
		}
		return c, nil
	})
}

// keep is the change that adds the results to the chunk; nil when it has them already.
func (k *lineChunk) keep(org OrganisationID, id BatchID, chunk int, lines []keptLine) *Change {
	before := make(map[int]InvitationID, len(k.Lines))
	for _, l := range k.Lines {
		before[l.Line] = l.Invitation
	}
	created, changed := int64(0), k.Version == 0
	for _, l := range lines {
		inv, known := before[l.Line]
		if l.Invitation != "" && l.Invitation != inv {
			created++
		}
		changed = changed || !known || l.Invitation != inv
	}
	if !changed {
		return nil
	}
	k.merge(lines)
	c := &Change{Lists: []ListEntry{{List: "lines:" + string(id), Score: int64(chunk), Member: k.ID}}}
	c.put(k)
	for _, name := range []string{"org:" + string(org), "batch:" + string(id)} {
		if created > 0 {
			c.Counts = append(c.Counts, Count{Name: name, Field: string(EventInvitationCreated), N: created})
		}
	}
	return c
}

// merge takes the new results, by line.
func (k *lineChunk) merge(lines []keptLine) {
	told := make(map[int]bool, len(lines))
	for _, l := range lines {
		told[l.Line] = true
	}
	k.Lines = append(slices.DeleteFunc(k.Lines, func(l keptLine) bool { return told[l.Line] }), lines...)
	slices.SortFunc(k.Lines, func(a, b keptLine) int { return cmp.Compare(a.Line, b.Line) })
}

func shorten(lines []BatchLine) []keptLine {
	out := make([]keptLine, len(lines))
	for i, l := range lines {
		out[i] = keptLine{Line: l.Line, Invitation: l.Invitation}
		if r := l.Refused; r != nil {
			out[i].Code, out[i].Message, out[i].Fields = r.Code, r.Message, r.Fields
		}
	}
	return out
}

func (l keptLine) result() BatchLine {
	out := BatchLine{Line: l.Line, Invitation: l.Invitation}
	if l.Code != "" {
		out.Refused = &RefusedLine{Line: l.Line, Code: l.Code, Message: l.Message, Fields: l.Fields}
	}
	return out
}

// Invitations pages through the organisation's, oldest first. Its list holds single invitations and
// chunks of batches.
func (e *Engine) Invitations(ctx context.Context, org OrganisationID, cursor string, limit int) ([]*Invitation, string, error) {
	const members = 8 // of the list at once: up to as many chunks
	place, err := linePlaceOf(cursor)
	if err != nil {
		return nil, "", err
	}
	var ids []string
	for {
		listed, next, err := e.Lister.List(ctx, org.Partition(), listOf("invitations", org), place.after, members)
		if err != nil {
			return nil, "", err
		}
		more, err := e.expand(ctx, org, listed)
		if err != nil {
			return nil, "", err
		}
		more = more[min(place.skip, len(more)):]
		if room := limit - len(ids); len(more) > room {
			ids, place.skip = append(ids, more[:room]...), place.skip+room
			break
		}
		ids = append(ids, more...)
		if place = (linePlace{after: next}); next == "" || len(ids) == limit {
			break
		}
	}
	out, err := loadAll[Invitation](ctx, e, org.Partition(), ids)
	return out, place.String(), err
}

// expand puts the invitations of a chunk in its place.
func (e *Engine) expand(ctx context.Context, org OrganisationID, listed []Listed) ([]string, error) {
	var chunks, out []string
	for _, m := range listed {
		if strings.HasPrefix(m.Member, chunkPrefix) {
			chunks = append(chunks, m.Member)
		}
	}
	sh, err := e.fetch(ctx, org.Partition(), chunks...)
	if err != nil {
		return nil, err
	}
	for _, m := range listed {
		if !strings.HasPrefix(m.Member, chunkPrefix) {
			out = append(out, m.Member)
			continue
		}
		k, err := pick[lineChunk](sh, m.Member)
		if err != nil {
			return nil, err
		}
		for _, l := range k.invited() {
			out = append(out, string(l))
		}
	}
	return out, nil
}

// invited are the invitations of a chunk, none of a chunk that is not there.
func (k *lineChunk) invited() (out []InvitationID) {
	if k == nil {
		return nil
	}
	for _, l := range k.Lines {
		if l.Invitation != "" {
			out = append(out, l.Invitation)
		}
	}
	return out
}

// BatchLines pages through the results by line; up to limit of them after the cursor ("" from the
// start), with the cursor of the next page ("" at the end). CodeInvalid for a cursor it did not give.
func (e *Engine) BatchLines(ctx context.Context, org OrganisationID, id BatchID, cursor string, limit int) ([]BatchLine, string, error) {
	if _, err := e.Batch(ctx, org, id); err != nil {
		return nil, "", err
	}
	place, err := linePlaceOf(cursor)
	if err != nil {
		return nil, "", err
	}
	var out []BatchLine
	for {
		lines, next, err := e.chunkAfter(ctx, org, id, place.after)
		if err != nil {
			return nil, "", err
		}
		lines = lines[min(place.skip, len(lines)):]
		if room := limit - len(out); len(lines) > room {
			lines = lines[:max(room, 0)]
			place.skip += len(lines)
			return results(out, lines), place.String(), nil
		}
		out = results(out, lines)
		if place = (linePlace{after: next}); next == "" || len(out) == limit {
			return out, place.String(), nil
		}
	}
}

func results(out []BatchLine, lines []keptLine) []BatchLine {
	for _, l := range lines {
		out = append(out, l.result())
	}
	return out
}

// chunkAfter reads the chunk after a place in the batch's list, and the place after that chunk.
func (e *Engine) chunkAfter(ctx context.Context, org OrganisationID, id BatchID, after string) ([]keptLine, string, error) {
	members, next, err := e.Lister.List(ctx, org.Partition(), "lines:"+string(id), after, 1)
	if err != nil || len(members) == 0 {
		return nil, "", err
	}
	sh, err := e.fetch(ctx, org.Partition(), members[0].Member)
	if err != nil {
		return nil, "", err
	}
	k, err := pick[lineChunk](sh, members[0].Member)
	if err != nil || k == nil {
		return nil, next, err
	}
	return k.Lines, next, nil
}

// linePlace is where a page of lines ends: after a chunk, and so many lines into the next one.
type linePlace struct {
	after string // the list's cursor; "" before the first chunk
	skip  int
}

// String is the cursor of the place; "" for the very beginning, which is also how paging ends.
func (p linePlace) String() string {
	if p == (linePlace{}) {
		return ""
	}
	return strconv.Itoa(p.skip) + "." + p.after
}

func linePlaceOf(cursor string) (linePlace, error) {
	if cursor == "" {
		return linePlace{}, nil
	}
	skip, after, ok := strings.Cut(cursor, ".")
	n, err := strconv.Atoi(skip)
	if !ok || err != nil || n < 0 {
		return linePlace{}, BadCursor("read lines")
	}
	return linePlace{after: after, skip: n}, nil
}
