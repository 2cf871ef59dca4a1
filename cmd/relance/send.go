package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// sendCmd posts a batch and tells what became of it.
type sendCmd struct {
	File    string `arg:"" help:"The people: .csv, .ndjson or .json; - reads standard input, with --format."`
	Service string `short:"s" required:"" help:"The id of the service to invite to."`
	URL     string `name:"url" default:"http://127.0.0.1:8080" env:"RELANCE_URL" help:"Where the API is (${env})."`
	Key     string `name:"key" env:"RELANCE_KEY" required:"" help:"An API key of the organisation (${env}); the variable keeps it off the command line."`
	Format  string `enum:"auto,csv,ndjson,json" default:"auto" help:"What the file is: csv, ndjson or json; auto goes by its name."`
	Repeat  string `placeholder:"WORD" help:"A word that makes this another batch than the same file sent before."`
	DryRun  bool   `name:"dry-run" help:"Only tell which first messages would be sent, at what cost, and which lines refused; nothing is stored."`
}

// Help is the long help of the command.
func (sendCmd) Help() string {
	return `Columns of a CSV, or fields of a line: external_id, first_name, last_name, phone,
email, language. A line that is wrong never stops the others: each is told at the end.

The same file sent again within 7 days is the same batch: after a broken connection it
goes on where it stopped, and nobody is invited twice. --repeat makes it another one.

--dry-run tells of the first messages alone: relances and reminders depend on what people
do, and relance simulate rehearses them.

  export RELANCE_KEY=…
  relance send people.csv --service orientation --dry-run
  relance send people.csv --service orientation --url https://rdv.example.org
  export-people | relance send - --format ndjson --service orientation

Exit codes: 0 every line was taken; 3 some lines were refused, and are listed; 1 the
batch could not be sent, sending it again goes on; 2 the command or the file is wrong.`
}

// refusedLines says how many lines of a batch were refused; they are listed already.
type refusedLines struct{ refused, lines int }

func (r *refusedLines) Error() string {
	if r.lines == 1 {
		return "the only line was refused; correct it and send it again"
	}
	return fmt.Sprintf("%d of %d lines were refused; correct them and send them in a file of their own", r.refused, r.lines)
}

// batchAnswer is a batch as the API tells it.
type batchAnswer struct {
	ID       string           `json:"id"`
	State    string           `json:"state"`
	Lines    int              `json:"lines"`
	Accepted int              `json:"accepted"`
	Refused  int              `json:"refused"`
	Progress map[string]int64 `json:"progress"`
}

// Run sends the file and prints the summary.
func (c *sendCmd) Run(ctx context.Context, s *streams) error {
	api, err := newClient(c.URL, c.Key)
	if err != nil {
		return err
	}
	kind, err := c.contentType()
	if err != nil {
		return err
	}
	in, size, key, err := c.open(s.In)
	if err != nil {
		return err
	}
	defer in.Close()
	bar := newProgress(s.Err, size, time.Now)
	path, up := "/v1/batches?service="+url.QueryEscape(c.Service), &upload{body: bar.reader(in), size: size, contentType: kind, key: key}
	if c.DryRun {
		up.key = ""
		defer bar.done()
		return preview(ctx, api, path, up, s.Out)
	}
	var batch batchAnswer
	err = api.call(ctx, "POST", path, up, &batch)
	bar.done()
	if err != nil {
		return fmt.Errorf("the batch for the service %s was not taken: %w", c.Service, err)
	}
	return summary(ctx, api, batch, s.Out)
}

func (c *sendCmd) contentType() (string, error) {
	format := c.Format
	if format == "auto" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(c.File)), ".")
	}
	switch format {
	case "csv", "tsv":
		return "text/csv", nil
	case "ndjson", "jsonl":
		return "application/x-ndjson", nil
	case "json":
		return "application/json", nil
	}
	return "", &mistakes{file: "the command", lines: []string{"--format: say csv, ndjson or json, for the file's name does not"}}
}

// open gives the people, how many bytes they are (-1: not known) and the batch's
// Idempotency-Key. Standard input cannot be read twice, so it is its own batch each time.
func (c *sendCmd) open(stdin io.Reader) (in io.ReadCloser, size int64, key string, err error) {
	if c.File == "-" {
		return io.NopCloser(stdin), -1, "", nil
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, 0, "", fmt.Errorf("the people cannot be read: %w", err)
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", c.Service, c.Repeat)
	if size, err = io.Copy(sum, f); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, 0, "", fmt.Errorf("the people cannot be read: %w", err)
	}
	return f, size, "send-" + hex.EncodeToString(sum.Sum(nil)[:16]), nil
}

// lines counts them as people say it.
func lines(n int) string {
	if n == 1 {
		return "1 line"
	}
	return fmt.Sprintf("%d lines", n)
}

// summary prints the totals and every refused line. Its error is a *refusedLines when there is one.
func summary(ctx context.Context, api *client, b batchAnswer, out io.Writer) error {
	fmt.Fprintf(out, "Batch %s: %s, %d accepted, %d refused.\n", b.ID, lines(b.Lines), b.Accepted, b.Refused)
	if b.Refused == 0 {
		return nil
	}
	for cursor := ""; ; {
		var page struct {
			Items []struct {
				Line    int `json:"line"`
				Refused *struct {
					Code   string  `json:"code"`
					Detail string  `json:"detail"`
					Errors []fault `json:"errors"`
				} `json:"refused"`
			} `json:"items"`
			Next string `json:"next"`
		}
		path := "/v1/batches/" + url.PathEscape(b.ID) + "/lines?limit=200&cursor=" + url.QueryEscape(cursor)
		err := again(ctx, time.Second, func() error { return api.call(ctx, "GET", path, nil, &page) })
		if err != nil {
			return fmt.Errorf("the batch is stored, its refused lines cannot be listed now: %w", err)
		}
		for _, l := range page.Items {
			if r := l.Refused; r != nil {
				fmt.Fprintf(out, "  line %d: %s\n", l.Line, reasonOf(r.Detail, r.Code, r.Errors))
			}
		}
		if cursor = page.Next; cursor == "" {
			return &refusedLines{b.Refused, b.Lines}
		}
	}
}

func reasonOf(detail, code string, faults []fault) string {
	if len(faults) == 0 {
		return detail + " (" + code + ")"
	}
	words := make([]string, len(faults))
	for i, f := range faults {
		words[i] = f.String()
	}
	return strings.Join(words, "; ") + " (" + code + ")"
}
