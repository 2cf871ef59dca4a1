package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"text/tabwriter"

	"relance/engine"
)

// deadCmd is about work that could not be done.
type deadCmd struct {
	List  deadListCmd  `cmd:"" default:"withargs" help:"List what could not be done, newest first."`
	Show  deadShowCmd  `cmd:"" help:"Read one."`
	Retry deadRetryCmd `cmd:"" help:"Make it due now, once its cause is mended."`
}

// Help is the long help of the command.
func (deadCmd) Help() string {
	return `A dead letter is a step that kept failing, or a message no attempt could send. The
record it belongs to waits until it is retried. These commands ask the ops listener of
any running process.

  relance dead list
  relance dead show 17-msg_01k…
  relance dead retry 17-msg_01k…
  relance dead retry --all`
}

// atOps says where the ops listener is.
type atOps struct {
	Ops string `default:"http://127.0.0.1:8081" env:"RELANCE_OPS_URL" help:"The ops listener (${env})."`
}

func (a atOps) client() (*client, error) { return newClient(a.Ops, "") }

type deadListCmd struct {
	atOps
	Limit int `default:"100" help:"How many at most, up to 1000."`
}

// Run prints one line per dead letter.
func (c *deadListCmd) Run(ctx context.Context, s *streams) error {
	all, err := deadLetters(ctx, c.atOps, c.Limit)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(s.Out, "No dead letter: all work could be done, or will be tried again.")
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tKIND\tATTEMPTS\tSINCE\tWHY")
	for _, d := range all {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", d.ID, d.Kind, d.Attempts, d.At.UTC().Format("2006-01-02 15:04Z"), d.Reason)
	}
	return w.Flush()
}

func deadLetters(ctx context.Context, at atOps, limit int) ([]engine.DeadLetter, error) {
	ops, err := at.client()
	if err != nil {
		return nil, err
	}
	var page struct {
		Items []engine.DeadLetter `json:"items"`
	}
	err = ops.call(ctx, "GET", "/dead?limit="+strconv.Itoa(limit), nil, &page)
	return page.Items, err
}

type deadShowCmd struct {
	atOps
	ID string `arg:"" help:"The id, as list shows it."`
}

// Run prints the dead letter as JSON.
func (c *deadShowCmd) Run(ctx context.Context, s *streams) error {
	ops, err := c.client()
	if err != nil {
		return err
	}
	var d json.RawMessage
	if err := ops.call(ctx, "GET", "/dead/"+url.PathEscape(c.ID), nil, &d); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, string(d))
	return err
}

type deadRetryCmd struct {
	atOps
	IDs []string `arg:"" optional:"" name:"id" help:"The ids, as list shows them."`
	All bool     `help:"Retry all of them, 1000 at most."`
}

// Run retries the ones named; it stops at the first that cannot be.
func (c *deadRetryCmd) Run(ctx context.Context, s *streams) error {
	if c.All == (len(c.IDs) > 0) {
		return &mistakes{file: "the command", lines: []string{"name the ids to retry, or say --all"}}
	}
	ops, err := c.client()
	if err != nil {
		return err
	}
	ids := c.IDs
	if c.All {
		all, err := deadLetters(ctx, c.atOps, 1000)
		if err != nil {
			return err
		}
		for _, d := range all {
			ids = append(ids, d.ID)
		}
	}
	for _, id := range ids {
		if err := ops.call(ctx, "POST", "/dead/"+url.PathEscape(id)+"/retry", nil, nil); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		fmt.Fprintln(s.Out, "due now:", id)
	}
	return nil
}
