package config_test

import (
	"testing"

	"relance/config"
)

func TestMistakesAboutMail(t *testing.T) {
	t.Parallel()
	mail := func(c *config.Config) *config.Provider { return &c.Providers[1] }
	for name, c := range map[string]struct {
		key    string
		change func(*config.Config)
	}{
		"no address":      {"bounces.address", func(c *config.Config) { c.Bounces.Address = "" }},
		"a plus":          {"bounces.address", func(c *config.Config) { c.Bounces.Address = "bounce+x@example.org" }},
		"a name":          {"bounces.address", func(c *config.Config) { c.Bounces.Address = "B <bounce@example.org>" }},
		"too long":        {"bounces.address", func(c *config.Config) { c.Bounces.Address = "bounces-of-rdv@example.org" }},
		"two dots":        {"bounces.address", func(c *config.Config) { c.Bounces.Address = "b..c@example.org" }},
		"nobody reads":    {"bounces.listen", func(c *config.Config) { c.Bounces.Listen = "" }},
		"no port":         {"bounces.listen", func(c *config.Config) { c.Bounces.Listen = "localhost" }},
		"protocol":        {"bounces.protocol", func(c *config.Config) { c.Bounces.Protocol = "imap" }},
		"host name":       {"bounces.hostname", func(c *config.Config) { c.Bounces.Hostname = "a b" }},
		"half a pair":     {"bounces.key", func(c *config.Config) { c.Bounces.Certificate = "tls.pem" }},
		"size":            {"bounces.max_size", func(c *config.Config) { c.Bounces.MaxSize = 10 }},
		"every":           {"bounces.every", func(c *config.Config) { c.Bounces.Every = 0 }},
		"two keys":        {"providers[1].dkim_key_file", func(c *config.Config) { mail(c).DKIMKey = "x" }},
		"no key":          {"providers[1].dkim_key_file", func(c *config.Config) { mail(c).DKIMKeyFile = "" }},
		"no selector":     {"providers[1].dkim_selector", func(c *config.Config) { mail(c).DKIMSelector = "" }},
		"bad selector":    {"providers[1].dkim_selector", func(c *config.Config) { mail(c).DKIMSelector = "a;b" }},
		"bad domain":      {"providers[1].dkim_domain", func(c *config.Config) { mail(c).DKIMDomain = "a b" }},
		"not for outbox":  {"providers[0].dkim_key", func(c *config.Config) { c.Providers[0].DKIMKey = "x" }},
		"not for outbox2": {"providers[0].no_pipelining", func(c *config.Config) { c.Providers[0].NoPipelining = true }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := usable()
			cfg.Bounces.Address, cfg.Bounces.Listen = "bounce@example.org", "127.0.0.1:2525"
			mail(&cfg).DKIMSelector, mail(&cfg).DKIMKeyFile = "rdv", "dkim.pem"
			if err := cfg.Validate(); err != nil {
				t.Fatal(err)
			}
			c.change(&cfg)
			got := mistakes(t, cfg.Validate())
			if _, ok := got[c.key]; !ok || len(got) != 1 {
				t.Errorf("want one mistake at %s, got %v", c.key, got)
			}
		})
	}
}
