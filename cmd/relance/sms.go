package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"relance/channels/text"
)

// smsCmd tells how texts travel by SMS: what they become, how many parts they
// take. It sends nothing.
type smsCmd struct {
	Text string `arg:"" optional:"" help:"Text to look at."`
	File string `short:"f" placeholder:"FILE" help:"Read {\"id\",\"text\"} lines, or an array of them, from FILE (- for standard input); print one JSON line each."`
	AsIs bool   `help:"Do not rewrite the text to stay in GSM-7."`
}

// Run prints to standard output.
func (c *smsCmd) Run() error {
	out := bufio.NewWriter(os.Stdout)
	err := c.to(os.Stdin, out)
	return errors.Join(err, out.Flush())
}

// to does what Run does, reading in where FILE is "-".
func (c *smsCmd) to(in io.Reader, out io.Writer) error {
	switch {
	case c.File != "" && c.Text != "":
		return errors.New("give either a text or -f FILE, not both")
	case c.File == "-":
		return countTexts(in, out, c.AsIs)
	case c.File != "":
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		return countTexts(f, out, c.AsIs)
	case c.Text != "":
		return showText(out, carried(c.Text, c.AsIs))
	}
	return errors.New(`give a text, as in: relance sms "Bonjour", or -f FILE`)
}

// carried returns s as it will be sent.
func carried(s string, asIs bool) text.SMS {
	if !asIs {
		s = text.Rewrite(s)
	}
	return text.Split(s)
}

func showText(out io.Writer, sms text.SMS) error {
	_, err := fmt.Fprintf(out, "%s\n\n%s, %d units, %d part(s)\n", sms.Text, sms.Encoding, sms.Units, len(sms.Parts))
	for i, part := range sms.Parts {
		if err == nil {
			_, err = fmt.Fprintf(out, "%d: %q\n", i+1, part)
		}
	}
	return err
}

// textIn is a line of input. Other fields are let pass.
type textIn struct {
	ID   json.RawMessage `json:"id"`
	Text *string         `json:"text"`
}

// textOut is a line of output; ID is the input's own, whatever its type.
type textOut struct {
	ID       json.RawMessage `json:"id"`
	Text     string          `json:"text"`
	Encoding text.Encoding   `json:"encoding"`
	Units    int             `json:"units"`
	Count    int             `json:"count"`
}

// countTexts reads a stream of objects, or one array of them, and stops at the
// first that is not {"id","text"}, saying which one it is.
func countTexts(in io.Reader, out io.Writer, asIs bool) error {
	reader := bufio.NewReader(in)
	array, err := startsWithBracket(reader)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(reader)
	if array {
		if _, err := dec.Token(); err != nil {
			return err
		}
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	n := 0
	for ; dec.More(); n++ {
		if err := countOne(dec, enc, asIs); err != nil {
			return fmt.Errorf("text %d: %w", n+1, err)
		}
	}
	if !array {
		return nil
	}
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("after text %d, the array is not closed: end it with ]", n)
	}
	return nil
}

func countOne(dec *json.Decoder, enc *json.Encoder, asIs bool) error {
	var line textIn
	if err := dec.Decode(&line); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return fmt.Errorf("it is not JSON near byte %d: %w", syntax.Offset, err)
		}
		return errors.New(`it is not an object {"id":…, "text":"…"}`)
	}
	if line.Text == nil {
		return errors.New(`it has no "text"`)
	}
	if line.ID == nil {
		line.ID = json.RawMessage("null")
	}
	sms := carried(*line.Text, asIs)
	return enc.Encode(textOut{ID: line.ID, Text: sms.Text, Encoding: sms.Encoding, Units: sms.Units, Count: len(sms.Parts)})
}

// startsWithBracket looks past spaces without reading what follows.
func startsWithBracket(r *bufio.Reader) (bool, error) {
	for {
		next, err := r.Peek(1)
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if !bytes.ContainsAny(next, " \t\r\n") {
			return next[0] == '[', nil
		}
		if _, err := r.Discard(1); err != nil {
			return false, err
		}
	}
}
