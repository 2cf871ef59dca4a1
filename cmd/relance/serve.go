package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"relance/config"
	"relance/engine"
)

// serveCmd runs Relance.
type serveCmd struct {
	Config string   `short:"c" placeholder:"FILE" env:"RELANCE_CONFIG" help:"The configuration (${env}); every setting has a variable too."`
	Roles  []string `placeholder:"ROLE" help:"What this process does, instead of the configuration's roles: api, dispatch, steps, sms, email."`
	Check  bool     `help:"Check the configuration, Redis and the providers, then stop."`
}

// Help is the long help of the command.
func (serveCmd) Help() string {
	return `One process does everything; --roles splits the work over several, and any number of
each may run. config/relance.example.yaml names every setting. The least of it:

  public_url: https://rdv.example.org
  secret: (the output of: openssl rand -base64 32)
  providers:
    - {name: twilio, type: twilio, account_sid: AC…, auth_token: …, sender: "+33939000000"}
    - {name: smtp, type: smtp, host: smtp.example.org, from: rdv@example.org}

  relance serve --config relance.yaml --check
  relance serve --config relance.yaml
  relance serve --config relance.yaml --roles api
  relance serve --config relance.yaml --roles dispatch,steps,sms,email

Redis must be persistent (appendonly yes) and never evict (maxmemory-policy noeviction).
SIGTERM stops in order: requests and sends under way end, nothing is lost; a second one
stops at once.`
}

// Run serves until it is told to stop.
func (c *serveCmd) Run(ctx context.Context, s *streams) error {
	cfg, err := config.Load(c.Config, s.Environ, func(cfg *config.Config) {
		if len(c.Roles) > 0 {
			cfg.Roles = nil
			for _, r := range c.Roles {
				cfg.Roles = append(cfg.Roles, config.Role(r))
			}
		}
	})
	if err != nil {
		return err
	}
	around := surroundings{clock: engine.WallClock{}, log: newLogger(s.Err, cfg.Log)}
	if c.Check {
		return checkOnly(ctx, cfg, around, s)
	}
	slog.SetDefault(around.log) // for what libraries say
	around.listening = func(p *process) {
		// One of several providers may be away; the others carry its messages meanwhile.
		if err := p.carriers.check(ctx); err != nil {
			around.log.Error("a provider does not work; messages go to the others, or wait", "error", err)
		}
	}
	return run(ctx, cfg, around)
}

// checkOnly tries everything that can be tried without sending or serving.
func checkOnly(ctx context.Context, cfg config.Config, around surroundings, s *streams) error {
	p := &process{cfg: cfg, log: around.log}
	err := p.openStore(ctx, around)
	var made error
	if p.carriers, made = newCarriers(cfg, around); made == nil {
		made = p.carriers.check(ctx)
	}
	if err := errors.Join(err, made, p.stop()); err != nil {
		return err
	}
	if cfg.Pages.DeadLinkPhone == "" && cfg.Has(config.RoleAPI) {
		fmt.Fprintln(s.Out, "pages.dead_link_phone is not set: who opens a link that has ended finds no number to call.")
	}
	_, err = fmt.Fprintln(s.Out, "The configuration, Redis and the providers are well.")
	return err
}
