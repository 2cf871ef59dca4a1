package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"relance/engine"
)

// broken is a line that must be refused, with what its sender is told.
type broken struct{ name, line, field, code string }

// brokenNDJSON are the ways in which a line of NDJSON went wrong that we could think of.
func brokenNDJSON() []broken {
	long := strings.Repeat("x", 201)
	return []broken{
		{"a landline alone", `{"external_id":"b1","phone":"01 99 00 12 34"}`, "/phone", "not_mobile"},
		{"another country", `{"external_id":"b2","phone":"+1 212 555 0123"}`, "/phone", "country_not_allowed"},
		{"too few digits", `{"external_id":"b3","phone":"06 12 34"}`, "/phone", "invalid_number"},
		{"letters in a phone", `{"external_id":"b4","phone":"O6 12 34 56 78"}`, "/phone", "invalid_number"},
		{"a phone that is a number", `{"external_id":"b5","phone":612345678}`, "/phone", "not_a_string"},
		{"an email without a host", `{"external_id":"b6","email":"awa@"}`, "/email", "invalid_email"},
		{"two emails", `{"external_id":"b7","email":"a@example.org; b@example.org"}`, "/email", "invalid_email"},
		{"no way to reach them", `{"external_id":"b8","first_name":"Awa"}`, "/phone", "required"},
		{"a field nobody knows", `{"external_id":"b9","email":"b9@example.org","surname":"x"}`, "/surname", "unknown_field"},
		{"a field twice", `{"external_id":"b10","email":"a@example.org","email":"b@example.org"}`, "/email", "twice"},
		{"an unknown channel", `{"external_id":"b11","email":"b11@example.org","channels":["fax"]}`, "/channels", "unknown"},
		{"a name too long", `{"external_id":"b12","email":"b12@example.org","last_name":"` + long + `"}`, "/last_name", "too_long"},
		{"cut off", `{"external_id":"b13","email":"b13@exam`, "", "syntax"},
		{"two on one line", `{"external_id":"b14","email":"b14@example.org"}{"external_id":"b15"}`, "", "syntax"},
		{"an array", `["b16","b16@example.org"]`, "", "not_an_object"},
		{"no JSON at all", `b17;0612345678`, "", "syntax"},
		{"not UTF-8", "{\"external_id\":\"b18\",\"email\":\"b18@example.org\",\"first_name\":\"Andr\xe9\"}", "", "charset"},
		{"null", `null`, "", "not_an_object"},
		{"somebody invited above", `{"external_id":"p350","email":"p350@example.org"}`, "", "already_invited"},
		{"a line without an end", `{"external_id":"b19","email":"` + strings.Repeat("x", 1<<20) + `@example.org"}`, "", "too_long"},
	}
}

func brokenCSV() []broken {
	return []broken{
		{"a landline alone", "c1,01 99 00 12 34,,", "/phone", "not_mobile"},
		{"no way to reach them", "c2,,,", "/phone", "required"},
		{"an email with a space", "c3,,awa @example.org,", "/email", "invalid_email"},
		{"too many cells", "c4,06 12 34 56 78,,,,x", "", "columns"},
		{"too few cells", "c5", "", "columns"},
		{"a quote in the middle", `c6,"06 12" 34 56 78,,`, "", "quotes"},
		{"not UTF-8", "c7,,c7@example.org,Andr\xe9\xff", "", "charset"},
		{"a spreadsheet's number", "c8,6.12E+08,,", "/phone", "invalid_number"},
	}
}

// Of a batch with one broken line in twenty each broken one is refused with its line, field and
// reason; the others are written to.
func TestABatchWithBrokenLines(t *testing.T) {
	t.Parallel()
	p, _ := runs(t, testConfig(t))
	key := applySample(t, p)
	api, err := newClient("http://"+p.public.address(), key)
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, c := range []struct {
		format, header, good string
		broken               []broken
	}{
		{"application/x-ndjson", "", `{"external_id":"p%d","email":"p%[1]d@example.org"}`, brokenNDJSON()},
		{"text/csv", "external_id,phone,email,first_name\n", "q%d,,q%[1]d@example.org,", brokenCSV()},
	} {
		lines, wrong := oneInTwenty(c.good, c.broken)
		text := c.header + strings.Join(lines, "\n") + "\n"
		var b batchAnswer
		err := api.call(t.Context(), "POST", "/v1/batches?service=orientation",
			&upload{body: strings.NewReader(text), size: int64(len(text)), contentType: c.format}, &b)
		if err != nil || b.Accepted != len(lines)-len(c.broken) || b.Refused != len(c.broken) {
			t.Errorf("%s: %+v, %v; want %d accepted, %d refused", c.format, b, err, len(lines)-len(c.broken), len(c.broken))
		}
		told := refusals(t, p.engine, b.ID)
		first := 1 + strings.Count(c.header, "\n")
		for line, want := range wrong {
			got := told[line+first]
			if field, code := placeOf(got); field != want.field || code != want.code {
				t.Errorf("%s, %s: line %d is refused as %q %q, want %q %q (%+v)", c.format, want.name, line+first, field, code, want.field, want.code, got)
			}
		}
		sent += b.Accepted
	}
	arrived, err := p.carriers.outbox.Wait(t.Context(), sent)
	if err != nil || len(arrived) != sent {
		t.Errorf("%d messages went out, want %d: %v", len(arrived), sent, err)
	}
}

// oneInTwenty puts nineteen good lines before each broken one.
func oneInTwenty(good string, bad []broken) (lines []string, wrong map[int]broken) {
	wrong = map[int]broken{}
	for i, b := range bad {
		for n := range 19 {
			lines = append(lines, fmt.Sprintf(good, 19*i+n))
		}
		wrong[len(lines)] = b
		lines = append(lines, b.line)
	}
	return lines, wrong
}

// refusals are the refused lines of a batch, by line.
func refusals(t *testing.T, e *engine.Engine, id string) map[int]*engine.RefusedLine {
	t.Helper()
	out := map[int]*engine.RefusedLine{}
	for cursor, more := "", true; more; more = cursor != "" {
		lines, next, err := e.BatchLines(t.Context(), "departement-exemple", engine.BatchID(id), cursor, 200)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if l.Refused != nil {
				out[l.Line] = l.Refused
			}
		}
		cursor = next
	}
	return out
}

// placeOf is the field and the reason a refusal names.
func placeOf(r *engine.RefusedLine) (field, code string) {
	switch {
	case r == nil:
		return "", "not refused"
	case len(r.Fields) == 0:
		return "", string(r.Code)
	}
	i := slices.IndexFunc(r.Fields, func(f engine.Field) bool { return f.Pointer != "" })
	if i < 0 {
		return "", r.Fields[0].Code
	}
	return r.Fields[i].Pointer, r.Fields[i].Code
}
