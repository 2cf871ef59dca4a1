package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"relance/calendars"
)

// slotsCmd answers free-slot scenarios: what would be offered, and why the rest is not.
type slotsCmd struct {
	File    string `short:"f" default:"-" help:"Scenarios to answer: one JSON object, an array, or one object per line. \"-\" reads standard input."`
	Explain bool   `help:"Also say, per calendar and day, why starts are missing."`
}

// Run reads the file and prints one line of JSON per scenario.
func (c *slotsCmd) Run() error {
	if c.File == "" || c.File == "-" {
		return runSlots(os.Stdin, os.Stdout, c.Explain)
	}
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("read the scenarios: %w", err)
	}
	defer f.Close()
	return runSlots(f, os.Stdout, c.Explain)
}

// slotsAnswer is one line of output.
type slotsAnswer struct {
	ID        string          `json:"id"`
	Starts    []string        `json:"starts"`
	Calendars []slotsCalendar `json:"calendars,omitempty"`
}

type slotsCalendar struct {
	Calendar calendars.ID `json:"calendar"`
	Days     []slotsDay   `json:"days"`
}

// slotsDay and slotsWhy are written as GET /v1/slots/explain writes them.
type slotsDay struct {
	Date   calendars.Date `json:"date"`
	Starts int            `json:"starts"`
	Why    []slotsWhy     `json:"why,omitempty"`
}

type slotsWhy struct {
	Reason  calendars.Reason `json:"reason"`
	Message string           `json:"message"`
	Starts  []string         `json:"starts,omitempty"`
}

// runSlots answers the scenarios of in, in order, one line of JSON each. It stops at
// the first it cannot read or answer, with an error that names it and the field.
func runSlots(in io.Reader, out io.Writer, explain bool) error {
	buffered := bufio.NewWriter(out)
	err := eachScenario(in, func(raw json.RawMessage, n int) error {
		answer, err := answerScenario(raw, n, explain)
		if err != nil {
			return err
		}
		line, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		_, err = buffered.Write(append(line, '\n'))
		return err
	})
	return errors.Join(err, buffered.Flush())
}

// eachScenario streams the values of an object, an array, or lines.
func eachScenario(in io.Reader, do func(raw json.RawMessage, n int) error) error {
	buffered := bufio.NewReader(in)
	array, err := startsArray(buffered)
	if err != nil {
		return err
	}
	d := json.NewDecoder(buffered)
	if array {
		if _, err := d.Token(); err != nil {
			return unreadable(1, err)
		}
	}
	for n := 1; ; n++ {
		if array && !d.More() {
			if _, err := d.Token(); err != nil {
				return unreadable(n, err)
			}
			return nothingAfter(d)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err == io.EOF && !array && n > 1 {
			return nil
		} else if err != nil {
			return unreadable(n, err)
		}
		if err := do(raw, n); err != nil {
			return err
		}
	}
}

// startsArray looks at the first character that is not space.
func startsArray(in *bufio.Reader) (bool, error) {
	for {
		b, err := in.ReadByte()
		if err == io.EOF {
			return false, errors.New("no scenario to answer: the input is empty")
		} else if err != nil {
			return false, fmt.Errorf("read the scenarios: %w", err)
		}
		if !strings.ContainsRune(" \t\r\n", rune(b)) {
			return b == '[', in.UnreadByte()
		}
	}
}

func nothingAfter(d *json.Decoder) error {
	if _, err := d.Token(); err != io.EOF {
		return errors.New("the input goes on after the array of scenarios: give one array, or one object per line")
	}
	return nil
}

func unreadable(n int, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("scenario %d: the input ends in the middle", n)
	}
	return fmt.Errorf("scenario %d: not JSON: %w", n, err)
}

// answerScenario reads and answers one scenario; n is its place, for one without id.
func answerScenario(raw json.RawMessage, n int, explain bool) (*slotsAnswer, error) {
	s, err := readScenario(raw)
	name := fmt.Sprintf("scenario %q", s.ID)
	if s.ID == "" {
		name = fmt.Sprintf("scenario %d (no id)", n)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	starts, err := s.Answer()
	if err != nil {
		return nil, fmt.Errorf("%s: %s", name, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	answer := &slotsAnswer{ID: s.ID, Starts: slotsTimes(starts)}
	if explain {
		explained, err := s.Explain()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		answer.Calendars = explainLines(explained)
	}
	return answer, nil
}

// readScenario refuses fields it does not know: a misspelt filter would be no filter.
// The id is read whatever happens.
func readScenario(raw json.RawMessage) (calendars.Scenario, error) {
	var s calendars.Scenario
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(&s)
	if err == nil {
		return s, nil
	}
	var named struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(raw, &named) == nil {
		s.ID = named.ID
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return s, fmt.Errorf("%s: must not be a %s", wrong.Field, wrong.Value)
	}
	return s, errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

func explainLines(explained []calendars.ExplainedCalendar) []slotsCalendar {
	out := make([]slotsCalendar, len(explained))
	for i, c := range explained {
		out[i].Calendar = c.Calendar
		for _, e := range c.Days {
			d := slotsDay{Date: e.Date, Starts: e.Starts}
			for _, w := range e.Whys() {
				d.Why = append(d.Why, slotsWhy{w.Reason, w.Message, slotsTimes(w.Starts)})
			}
			out[i].Days = append(out[i].Days, d)
		}
	}
	return out
}

// slotsTimes writes instants as the scenarios do.
func slotsTimes(starts []int64) []string {
	out := make([]string, len(starts))
	for i, t := range starts {
		out[i] = time.Unix(t, 0).UTC().Format(time.RFC3339)
	}
	return out
}
