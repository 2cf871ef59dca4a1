package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestSMSCountsTheFragmentsOfTheStandard(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../channels/text/testdata/messages.json")
	if err != nil {
		t.Fatal(err)
	}
	type fragment struct {
		ID, Text, Encoding string
		Units              *int
		Count              int
	}
	var cases struct{ Fragments []fragment }
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	array, err := json.Marshal(cases.Fragments)
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	for _, c := range cases.Fragments {
		if err := json.NewEncoder(&lines).Encode(map[string]any{"id": c.ID, "text": c.Text}); err != nil {
			t.Fatal(err)
		}
	}
	for name, in := range map[string]io.Reader{"lines": &lines, "array": bytes.NewReader(array)} {
		var out bytes.Buffer
		if err := (&smsCmd{File: "-", AsIs: true}).to(in, &out); err != nil {
			t.Fatal(name, err)
		}
		scan := bufio.NewScanner(&out)
		scan.Buffer(nil, 1<<20)
		for _, want := range cases.Fragments {
			if !scan.Scan() {
				t.Fatalf("%s: no line for %s", name, want.ID)
			}
			var got fragment
			if err := json.Unmarshal(scan.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if got.ID != want.ID || got.Text != want.Text || got.Encoding != want.Encoding || got.Count != want.Count || want.Units != nil && *got.Units != *want.Units {
				t.Errorf("%s: got %s", name, scan.Text())
			}
		}
		if scan.Scan() {
			t.Errorf("%s: more lines than texts", name)
		}
	}
}

func TestSMS(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		cmd      smsCmd
		in       string
		out, err string
	}{
		"text":          {cmd: smsCmd{Text: "Forêt"}, out: "Foret\n\nGSM-7, 5 units, 1 part(s)\n1: \"Foret\"\n"},
		"text as it is": {cmd: smsCmd{Text: "Forêt", AsIs: true}, out: "Forêt\n\nUCS-2, 5 units, 1 part(s)\n1: \"Forêt\"\n"},
		"lines": {
			cmd: smsCmd{File: "-"}, in: "{\"id\":7,\"text\":\"l’été <b>\"}\n\n{\"text\":\"\"}\n",
			out: `{"id":7,"text":"l'été <b>","encoding":"GSM-7","units":9,"count":1}` + "\n" +
				`{"id":null,"text":"","encoding":"GSM-7","units":0,"count":1}` + "\n",
		},
		"array":         {cmd: smsCmd{File: "-"}, in: " \n[{\"id\":\"a\",\"text\":\"x\"}]", out: `{"id":"a","text":"x","encoding":"GSM-7","units":1,"count":1}` + "\n"},
		"nothing":       {cmd: smsCmd{File: "-"}, in: "\n"},
		"empty array":   {cmd: smsCmd{File: "-"}, in: "[]"},
		"no argument":   {cmd: smsCmd{}, err: "give a text"},
		"both":          {cmd: smsCmd{Text: "x", File: "-"}, err: "not both"},
		"no file":       {cmd: smsCmd{File: "testdata/none"}, err: "none"},
		"no text":       {cmd: smsCmd{File: "-"}, in: `{"id":1}`, err: `text 1: it has no "text"`},
		"not an object": {cmd: smsCmd{File: "-"}, in: `["x"]`, err: "text 1: it is not an object"},
		"not JSON":      {cmd: smsCmd{File: "-"}, in: "{\"text\":\"x\"}\n{nope", out: `{"id":null,"text":"x","encoding":"GSM-7","units":1,"count":1}` + "\n", err: "text 2: it is not JSON"},
		"open array":    {cmd: smsCmd{File: "-"}, in: `[{"text":"x"}`, out: `{"id":null,"text":"x","encoding":"GSM-7","units":1,"count":1}` + "\n", err: "not closed"},
	}
	for name, c := range cases {
		var out bytes.Buffer
		err := c.cmd.to(strings.NewReader(c.in), &out)
		if out.String() != c.out {
			t.Errorf("%s: printed %q, want %q", name, out.String(), c.out)
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want %q", name, err, c.err)
		}
	}
}

func TestSMSCommandLine(t *testing.T) {
	t.Parallel()
	cases := map[string]smsCmd{
		"sms -f - --as-is":  {File: "-", AsIs: true},
		"sms --file=t.json": {File: "t.json"},
		"sms Bonjour":       {Text: "Bonjour"},
		"sms":               {},
	}
	for line, want := range cases {
		var cli struct {
			SMS smsCmd `cmd:"" name:"sms"`
		}
		parser, err := kong.New(&cli)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(strings.Fields(line)); err != nil || cli.SMS != want {
			t.Errorf("%q: %+v, %v", line, cli.SMS, err)
		}
	}
}
