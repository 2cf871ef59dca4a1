package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"relance/engine"
)

// lineText is a result in a word: "3 inv_x" or "3 invalid/phone".
func lineText(l engine.BatchLine) string {
	if r := l.Refused; r != nil {
		return fmt.Sprintf("%d %s%s", r.Line, r.Code, r.Fields[0].Pointer)
	}
	return fmt.Sprintf("%d %s", l.Line, l.Invitation)
}

func granted(line int, inv engine.InvitationID) engine.BatchLine {
	return engine.BatchLine{Line: line, Invitation: inv}
}

func denied(line int) engine.BatchLine {
	return engine.BatchLine{Line: line, Refused: &engine.RefusedLine{Line: line, Code: engine.CodeInvalid, Message: "no",
		Fields: []engine.Field{{Pointer: "/phone", Code: "required", Message: "no"}}}}
}

// lines walks through a batch's results in pages.
func (w *world) lines(id engine.BatchID, limit int) []string {
	w.t.Helper()
	var out []string
	for cursor, pages := "", 0; ; pages++ {
		page, next, err := w.e.BatchLines(w.ctx, w.org, id, cursor, limit)
		w.must(nil, err)
		if len(page) > limit || len(page) < limit && next != "" || pages > 1000 {
			w.t.Fatalf("page %d has %d lines of %d, and then %q", pages, len(page), limit, next)
		}
		for _, l := range page {
			out = append(out, lineText(l))
		}
		if next == "" {
			return out
		}
		cursor = next
	}
}

func TestLinesAreKeptOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, err := w.e.OpenBatch(w.ctx, w.org, w.svc, "")
	w.must(b, err)
	for _, step := range []struct {
		why     string
		keep    []engine.BatchLine
		want    string
		created int64
	}{
		{"what came before the upload was cut off", []engine.BatchLine{denied(2), granted(1, "inv_a")}, "1 inv_a|2 invalid/phone", 1},
		{"the same again", []engine.BatchLine{granted(1, "inv_a"), denied(2)}, "1 inv_a|2 invalid/phone", 1},
		{"all of it", []engine.BatchLine{granted(1, "inv_a"), denied(2), granted(3, "inv_c")}, "1 inv_a|2 invalid/phone|3 inv_c", 2},
		{"a line that is good now", []engine.BatchLine{granted(2, "inv_b")}, "1 inv_a|2 inv_b|3 inv_c", 3},
	} {
		w.must(nil, w.e.KeepLines(w.ctx, w.org, b.ID, 0, step.keep))
		if got := strings.Join(w.lines(b.ID, 2), "|"); got != step.want {
			t.Errorf("%s: the lines are %s, want %s", step.why, got, step.want)
		}
		n, err := w.e.Counts(w.ctx, w.org)
		w.must(nil, err)
		p, err := w.e.BatchProgress(w.ctx, w.org, b.ID)
		w.must(nil, err)
		if n["invitation.created"] != step.created || p["invitation.created"] != step.created {
			t.Errorf("%s: %v and %v invitations are counted, want %d", step.why, n, p, step.created)
		}
	}
}

// TestLinesPage: whatever the chunks and the pages, every line comes once and in order, chunks kept
// in any order.
func TestLinesPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rapid.Check(t, func(r *rapid.T) {
		b, err := w.e.OpenBatch(w.ctx, w.org, w.svc, "")
		w.must(b, err)
		sizes := rapid.SliceOfN(rapid.IntRange(1, 7), 0, 6).Draw(r, "sizes")
		limit := rapid.IntRange(1, 10).Draw(r, "limit")
		var want []string
		chunks, order := make([][]engine.BatchLine, len(sizes)), make([]int, len(sizes))
		for i, size := range sizes {
			order[i] = i
			for range size {
				l := granted(len(want)+1, engine.InvitationID(fmt.Sprintf("inv_%d", len(want))))
				if rapid.Bool().Draw(r, "refused") {
					l = denied(l.Line)
				}
				chunks[i], want = append(chunks[i], l), append(want, lineText(l))
			}
		}
		if len(order) > 0 {
			order = rapid.Permutation(order).Draw(r, "order")
		}
		for _, i := range order {
			w.must(nil, w.e.KeepLines(w.ctx, w.org, b.ID, i, chunks[i]))
		}
		if got := w.lines(b.ID, limit); !slices.Equal(got, want) {
			r.Fatalf("the lines are %v, want %v", got, want)
		}
	})
	for _, cursor := range []string{"x", "1", "-1.", ".", "0.not a cursor"} {
		b, err := w.e.OpenBatch(w.ctx, w.org, w.svc, "")
		w.must(b, err)
		_, _, err = w.e.BatchLines(w.ctx, w.org, b.ID, cursor, 5)
		wantCode(t, err, engine.CodeInvalid)
	}
}
