package config

import (
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
)

func (k *check) providers() {
	if n := len(k.config.Providers); n > maxProviders {
		k.wrong("providers", "", "has %d entries, %d at most", n, maxProviders)
	}
	carried, names := map[string]bool{}, map[string]bool{}
	for i, p := range k.config.Providers {
		at := func(key string) string { return fmt.Sprintf("providers[%d].%s", i, key) }
		k.provider(p, at)
		if names[p.Name] {
			k.wrong(at("name"), p.Name, "another provider has this name; give each its own")
		}
		names[p.Name] = true
		carried[p.Carries()] = true
	}
	for _, role := range []Role{RoleSMS, RoleEmail} {
		if k.config.Has(role) && !carried[string(role)] {
			k.wrong("providers", "", "none carries %s: add one (%s), or take %s out of roles", role, kindsFor(role), role)
		}
	}
}

func kindsFor(r Role) string {
	if r == RoleSMS {
		return "type twilio or gateway, or outbox with channel sms to try"
	}
	return "type smtp, or outbox with channel email to try"
}

func (k *check) provider(p Provider, at func(string) string) {
	if !providerName.MatchString(p.Name) {
		k.wrong(at("name"), p.Name, "must be 1 to 32 small letters, digits and hyphens, such as twilio-backup")
	}
	k.within(at("weight"), p.Share(), 0, 1000)
	k.rate(p, at)
	foreign := p.foreign()
	for _, key := range slices.Sorted(maps.Keys(foreign)) {
		if foreign[key] {
			k.wrong(at(key), "", "is not a setting of type %s: take it out", p.Type)
		}
	}
	switch p.Type {
	case Twilio:
		k.twilio(p, at)
	case Gateway:
		k.gateway(p, at)
	case SMTP:
		k.smtp(p, at)
	case Outbox:
		if p.Channel != "sms" && p.Channel != "email" {
			k.wrong(at("channel"), p.Channel, "must be sms or email")
		}
	default:
		k.wrong(at("type"), string(p.Type), "must be twilio, gateway, smtp or outbox")
	}
}

func (k *check) rate(p Provider, at func(string) string) {
	if p.Rate != 0 && (p.Rate < 0.01 || p.Rate > 10_000) {
		k.wrong(at("rate"), fmt.Sprint(p.Rate), "must be messages a second, from 0.01 to 10000; leave it out for no limit")
	}
	if p.Burst != 0 && p.Rate == 0 {
		k.wrong(at("burst"), fmt.Sprint(p.Burst), "needs a rate: write how many messages a second the provider takes")
	} else if p.Burst != 0 {
		k.within(at("burst"), p.Burst, 1, 100_000)
	}
}

func (k *check) twilio(p Provider, at func(string) string) {
	if !strings.HasPrefix(p.AccountSID, "AC") {
		k.wrong(at("account_sid"), p.AccountSID, "must begin with AC: it stands on the first page of Twilio's console")
	}
	if p.AuthToken == "" {
		k.wrong(at("auth_token"), "", "is missing: receipts and replies are checked with it, even when an api_key sends")
	}
	if (p.APIKey == "") != (p.APISecret == "") {
		k.wrong(at("api_key"), "", "api_key and api_secret go together: set both or neither")
	}
	for key, value := range map[string]string{"region": p.Region, "edge": p.Edge} {
		switch {
		case value != "" && !dataCentre.MatchString(value):
			k.wrong(at(key), value, "must be small letters, digits and hyphens, such as ie1 for a region and dublin for an edge")
		case value != "" && p.BaseURL != "":
			k.wrong(at(key), value, "has no effect beside base_url: set one of them")
		}
	}
	k.carriesSMS(p, at, "https://api.ie1.twilio.com", 10*time.Hour)
}

// gateway checks the settings; what the description itself needs is told when it is read.
func (k *check) gateway(p Provider, at func(string) string) {
	if p.Description == "" {
		k.wrong(at("description"), "", "is missing: name one of ours (%s) or the file that describes the gateway (docs/gateways.md)",
			strings.Join(ShippedGateways(), ", "))
	} else if _, err := p.ReadDescription(); err != nil {
		k.wrong(at("description"), p.Description, "%v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Secrets)) {
		if p.Secrets[name] == "" {
			k.wrong(at("secrets."+name), "", "is empty")
		}
	}
	k.carriesSMS(p, at, "https://proxy.example.org", 7*24*time.Hour)
}

// carriesSMS checks what the providers of SMS have in common.
func (k *check) carriesSMS(p Provider, at func(string) string, example string, longest time.Duration) {
	if u, err := url.Parse(p.BaseURL); p.BaseURL != "" && (err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http")) {
		k.wrong(at("base_url"), p.BaseURL, "must be a whole address, such as %s", example)
	}
	if p.Sender == "" && k.config.SMS.Sender == "" {
		k.wrong(at("sender"), "", "is missing: set it here or in sms.sender")
	}
	k.sender(at("sender"), p.Sender)
	k.calls(p, at)
	if p.ReceiptsWithin() != 0 {
		k.between(at("receipts"), p.ReceiptsWithin(), 30*time.Second, 15*time.Minute)
	}
	if p.ValidFor != 0 {
		k.between(at("valid_for"), p.ValidFor, time.Minute, longest)
	}
}

func (k *check) smtp(p Provider, at func(string) string) {
	if p.Host == "" {
		k.wrong(at("host"), "", "is missing: write the server's name, such as smtp.example.org")
	}
	if p.Port != 0 {
		k.within(at("port"), p.Port, 1, 65535)
	}
	if !slices.Contains([]string{"", "starttls", "tls", "none"}, p.Encryption) {
		k.wrong(at("encryption"), p.Encryption, "must be starttls, tls or none")
	}
	if (p.Username == "") != (p.Password == "") {
		k.wrong(at("password"), "", "username and password go together: set both or neither")
	}
	if p.Encryption == "none" && p.Password != "" && !loopback(p.Host) {
		k.wrong(at("encryption"), p.Encryption, "a password needs starttls or tls: without, anybody on the way reads it")
	}
	if _, err := mail.ParseAddress(p.From); err != nil {
		k.wrong(at("from"), "", "must be one address, such as rdv@example.org")
	}
	k.dkim(p, at)
	k.calls(p, at)
}

func (k *check) calls(p Provider, at func(string) string) {
	if p.Timeout != 0 {
		k.between(at("timeout"), p.Timeout, 100*time.Millisecond, 5*time.Minute)
	}
	if p.Connections != 0 {
		k.within(at("connections"), p.Connections, 1, 1000)
	}
}
