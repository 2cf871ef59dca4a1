package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// previewAnswer is what a batch would do, as the API tells it.
type previewAnswer struct {
	Lines    int        `json:"lines"`
	Accepted int        `json:"accepted"`
	Refused  int        `json:"refused"`
	SMS      int        `json:"sms"`
	Parts    int        `json:"sms_parts"`
	Price    float64    `json:"sms_price"`
	Cost     *float64   `json:"cost"`
	Emails   int        `json:"emails"`
	FirstAt  *time.Time `json:"first_at"`
	LastAt   *time.Time `json:"last_at"`
	Results  []struct {
		Line     int `json:"line"`
		Messages []struct {
			Channel string `json:"channel"`
			Fails   string `json:"fails"`
		} `json:"messages"`
		Refused *struct {
			Code   string  `json:"code"`
			Detail string  `json:"detail"`
			Errors []fault `json:"errors"`
		} `json:"refused"`
	} `json:"results"`
}

// preview asks what the batch would do and prints it. Its error is a *refusedLines when lines would be
// refused.
func preview(ctx context.Context, api *client, path string, up *upload, out io.Writer) error {
	var p previewAnswer
	if err := api.call(ctx, "POST", path+"&dry_run=true", up, &p); err != nil {
		return fmt.Errorf("the batch was not looked at: %w", err)
	}
	fmt.Fprintf(out, "Dry run, nothing is stored: %s, %d would be accepted, %d refused.\n", lines(p.Lines), p.Accepted, p.Refused)
	if p.Accepted > 0 {
		fmt.Fprintf(out, "First messages that would leave: %d SMS (%d parts%s) and %d emails, %s.\n", p.SMS, p.Parts, p.cost(), p.Emails, p.span())
	}
	for _, l := range p.Results {
		if r := l.Refused; r != nil {
			fmt.Fprintf(out, "  line %d: %s\n", l.Line, reasonOf(r.Detail, r.Code, r.Errors))
		}
		for _, m := range l.Messages {
			if m.Fails != "" {
				fmt.Fprintf(out, "  line %d: the %s would not leave (%s)\n", l.Line, m.Channel, m.Fails)
			}
		}
	}
	if p.Refused > 0 {
		return &refusedLines{p.Refused, p.Lines}
	}
	return nil
}

// cost says what the parts cost; nothing without a price.
func (p *previewAnswer) cost() string {
	if p.Cost == nil {
		return ""
	}
	return fmt.Sprintf(", cost %.2f at %g a part", *p.Cost, p.Price)
}

// span says when the messages would leave, by the clocks of the organisation: the API tells its offset.
func (p *previewAnswer) span() string {
	if p.FirstAt == nil || p.LastAt == nil {
		return "nobody can say when"
	}
	first, last := p.FirstAt.Format("Mon 2 Jan 15:04"), p.LastAt.Format("Mon 2 Jan 15:04")
	if first == last {
		return "from " + first + " on"
	}
	return "from " + first + " to " + last
}
