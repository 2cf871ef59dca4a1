package main

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"strings"

	"relance/api"
)

// statsCmd draws an organisation's figures.
type statsCmd struct {
	Service string `short:"s" help:"Only this service; default all."`
	From    string `placeholder:"2026-01" help:"First month; default two months before the last."`
	To      string `placeholder:"2026-03" help:"Last month, included; default the present one. 36 months at most."`
	URL     string `name:"url" default:"http://127.0.0.1:8080" env:"RELANCE_URL" help:"Where the API is (${env})."`
	Key     string `name:"key" env:"RELANCE_KEY" required:"" help:"An API key of the organisation (${env}); the variable keeps it off the command line."`
	ASCII   bool   `name:"ascii" help:"Draw with # only; done without asking where the locale is not UTF-8."`
}

// Help is the long help of the command.
func (statsCmd) Help() string {
	return `Draws how far invitations came (the funnel), how appointments ended, how long it took,
and the weeks: bookings made in each, and who came. It fits 80 columns.

An appointment's end counts in the month of its start, everything else when it happened;
GET /v1/stats has the same as JSON, by service and month, and /v1/docs says what each
number means.

  export RELANCE_KEY=…
  relance stats --url https://rdv.example.org
  relance stats --service orientation --from 2026-01 --to 2026-03`
}

// Run asks for the figures and draws them.
func (c *statsCmd) Run(ctx context.Context, s *streams) error {
	server, err := newClient(c.URL, c.Key)
	if err != nil {
		return err
	}
	q := url.Values{}
	for name, value := range map[string]string{"service": c.Service, "from": c.From, "to": c.To} {
		if value != "" {
			q.Set(name, value)
		}
	}
	var stats api.Stats
	if err := server.call(ctx, "GET", "/v1/stats?"+q.Encode(), nil, &stats); err != nil {
		return fmt.Errorf("the figures cannot be read: %w", err)
	}
	out := bufio.NewWriter(s.Out)
	d := &drawing{out: out, blocks: !c.ASCII && utf8Locale(s.Environ)}
	d.stats(c.Service, stats)
	return out.Flush()
}

// utf8Locale tells whether the terminal shows more than ASCII, by the variables every system has for it.
func utf8Locale(environ []string) bool {
	set := map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		set[name] = value
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(set[name]); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
