package intake_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/iotest"

	"relance/engine"
	"relance/engine/intake"
)

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`[{"phone":"1","channels":["sms"]},{"x":[{}]},3]`))
	f.Add([]byte("\xef\xbb\xbf[{},\n{\"a\":\"\\\"]\"}] "))
	f.Fuzz(func(t *testing.T, data []byte) { sound(t, data, intake.JSON) })
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("nom;tel\n\"A\nB\";1\n\"C;2\nD\r\n;;"))
	f.Add([]byte("email\n\"\"\"\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) { sound(t, data, intake.CSV) })
}

func FuzzNDJSON(f *testing.F) {
	f.Add([]byte("{\"phone\":\"\\u0031\"}\n\n{\"a\":[1e5,{\"b\":null}]}\r\nx"))
	f.Add([]byte(`{"external_id":"7","channels":["sms","email"],"language":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		sound(t, data, intake.NDJSON)
		agrees(t, data)
	})
}

// sound: never a panic, line numbers that grow, a reason for whatever is refused, and the same
// answer however the bytes arrive.
func sound(t *testing.T, data []byte, f intake.Format) {
	var lines []string
	n := 0
	for line := range intake.Read(bytes.NewReader(data), f) {
		if line.N <= n {
			t.Fatalf("line %d comes after line %d", line.N, n)
		}
		n = line.N
		if line.Err != nil && (line.Err.Code != engine.CodeInvalid || len(line.Err.Fields) == 0 || line.Err.Message == "") {
			t.Fatalf("line %d is refused without a reason: %v", n, line.Err)
		}
		lines = append(lines, shown(line))
	}
	i := 0
	for line := range intake.Read(iotest.HalfReader(bytes.NewReader(data)), f) {
		if i >= len(lines) || shown(line) != lines[i] {
			t.Fatalf("in pieces, line %d is another: %s", line.N, shown(line))
		}
		i++
	}
	if i != len(lines) {
		t.Fatalf("in pieces there are %d lines, not %d", i, len(lines))
	}
}

// agrees compares one line with the standard library: whatever it calls JSON is not a syntax
// error here, and the other way round.
func agrees(t *testing.T, data []byte) {
	if bytes.ContainsAny(data, "\n") || len(data) > 1000 || bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > 30 {
		return
	}
	for line := range intake.Read(bytes.NewReader(data), intake.NDJSON) {
		syntax := line.Err != nil && (line.Err.Fields[0].Code == "syntax" || line.Err.Fields[0].Code == "charset")
		text := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
		if line.Err == nil || !syntax {
			if !json.Valid(text) {
				t.Fatalf("%q is read though it is not JSON", data)
			}
		} else if line.Err.Fields[0].Code == "syntax" && json.Valid(text) {
			t.Fatalf("%q is refused though it is JSON", data)
		}
	}
}
