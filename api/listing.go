package api

import (
	"net/url"
	"strconv"
	"time"

	"relance/engine"
)

// Paging is the cursor and the size of a page, in every list.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"Where the page begins: next of the page before. Opaque."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most"`
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"The cursor of the next page; absent on the last one"`
}

type pageOut[T any] struct {
	Link string `header:"Link" doc:"The next page, rel=next; absent on the last one"`
	Body Page[T]
}

// pageOf answers with a page and the link to the next one.
func pageOf[T any](s *server, path string, in Paging, items []T, next string) *pageOut[T] {
	out := &pageOut[T]{Body: Page[T]{Items: items, Next: next}}
	if items == nil {
		out.Body.Items = []T{}
	}
	if next != "" {
		out.Link = s.next(path, url.Values{"cursor": {next}, "limit": {strconv.Itoa(in.Limit)}})
	}
	return out
}

// next writes a Link header to another page of path.
func (s *server) next(path string, query url.Values) string {
	return "<" + s.o.BaseURL + path + "?" + query.Encode() + `>; rel="next"`
}

// each converts a list.
func each[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

// pageByID cuts a page out of a whole list sorted by id; the cursor is the last id shown.
func pageByID[T any](all []T, id func(T) string, in Paging) (items []T, next string) {
	for _, v := range all {
		if id(v) <= in.Cursor {
			continue
		}
		if len(items) == in.Limit {
			return items, id(items[len(items)-1])
		}
		items = append(items, v)
	}
	return items, ""
}

// Step is the one next thing that something waits for.
type Step struct {
	Kind    string     `json:"kind" doc:"invite, relance, expire, remind, outcome, send, find_out, no_receipt, forget"`
	Number  int        `json:"number,omitempty" doc:"Which relance or reminder, from 0"`
	At      time.Time  `json:"at" doc:"When it is due"`
	Planned *time.Time `json:"planned,omitempty" doc:"When the policy wanted it, when quiet hours or a pause moved it"`
	Reason  string     `json:"reason,omitempty" doc:"paused: a pause keeps it, and at is only when it is looked at again; or one that is over did, and made it late"`
}

func stepOf(s *engine.Step) *Step {
	if s == nil {
		return nil
	}
	return &Step{Kind: string(s.Kind), Number: s.N, At: s.At, Planned: s.Planned, Reason: s.Reason}
}

// Slot is a start that can be booked.
type Slot struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Seats int       `json:"seats,omitempty" doc:"Of the group session that begins then; absent: for one person"`
	Left  int       `json:"seats_left,omitempty" doc:"How many of them are free"`
	// Locations has the order of engine.Slot: the two are converted.
	Locations []string `json:"locations,omitempty" doc:"Where it can be, by id; book with one of them to choose"`
}

func slotsOf(in []engine.Slot) []Slot {
	return each(in, func(s engine.Slot) Slot { return Slot(s) })
}
