package config_test

import (
	"testing"
	"time"

	"relance/config"
)

func TestMistakesAboutRates(t *testing.T) {
	t.Parallel()
	minutes := func(n int) *time.Duration { d := time.Duration(n) * time.Minute; return &d }
	for name, c := range map[string]struct {
		key    string // empty: it is right
		change func(p *config.Provider)
	}{
		"a rate":                  {"", func(p *config.Provider) { p.Rate, p.Burst = 0.5, 10 }},
		"negative":                {"rate", func(p *config.Provider) { p.Rate = -1 }},
		"too many":                {"rate", func(p *config.Provider) { p.Rate = 1e6 }},
		"a burst of nothing":      {"burst", func(p *config.Provider) { p.Burst = 10 }},
		"a negative burst":        {"burst", func(p *config.Provider) { p.Rate, p.Burst = 1, -1 }},
		"receipts not judged":     {"", func(p *config.Provider) { p.Receipts = minutes(0) }},
		"receipts in ten minutes": {"", func(p *config.Provider) { p.Receipts = minutes(10) }},
		"receipts in an hour":     {"receipts", func(p *config.Provider) { p.Receipts = minutes(60) }},
		"receipts of a mail server": {"receipts", func(p *config.Provider) {
			*p = config.Provider{Name: "m", Type: config.SMTP, Host: "h", From: "a@example.org", Receipts: minutes(5)}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := usable()
			cfg.Providers = append(cfg.Providers, config.Provider{Name: "two", Type: config.Twilio, AccountSID: "AC1", AuthToken: "t", Sender: "38123"})
			c.change(&cfg.Providers[len(cfg.Providers)-1])
			err := cfg.Validate()
			if c.key == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			got := mistakes(t, err)
			if _, ok := got["providers[2]."+c.key]; !ok || len(got) != 1 {
				t.Errorf("want one mistake at %s, got %v", c.key, got)
			}
		})
	}
}

func TestReceiptsAreExpectedInFiveMinutes(t *testing.T) {
	t.Parallel()
	var never time.Duration
	if got := (config.Provider{}).ReceiptsWithin(); got != 5*time.Minute {
		t.Errorf("by default within %v", got)
	}
	if got := (config.Provider{Receipts: &never}).ReceiptsWithin(); got != 0 {
		t.Errorf("switched off: within %v", got)
	}
}
