package config

import "time"

// ProviderType is what carries messages.
type ProviderType string

// The types of providers.
const (
	Twilio  ProviderType = "twilio"  // SMS
	Gateway ProviderType = "gateway" // SMS, through the HTTP gateway that a file describes
	SMTP    ProviderType = "smtp"    // email
	Outbox  ProviderType = "outbox"  // keeps messages in memory and shows them to operators; sends nothing
)

// Provider is one provider. Settings of another type than its own are refused.
type Provider struct {
	Name   string       `yaml:"name" env:"NAME"` // unique; stands in callback URLs and metrics
	Type   ProviderType `yaml:"type" env:"TYPE"`
	Weight *int         `yaml:"weight" env:"WEIGHT"` // share of its channel's traffic; default 1; 0: only for what others cannot carry
	Rate   float64      `yaml:"rate" env:"RATE"`     // messages a second, of all processes together; 0: no limit
	Burst  int          `yaml:"burst" env:"BURST"`   // at once after a pause; default: one second's worth

	// Twilio.
	AccountSID string        `yaml:"account_sid" env:"ACCOUNT_SID"`
	AuthToken  Secret        `yaml:"auth_token" env:"AUTH_TOKEN"` // also checks the callbacks' signatures
	APIKey     string        `yaml:"api_key" env:"API_KEY"`
	APISecret  Secret        `yaml:"api_secret" env:"API_SECRET"`
	BaseURL    string        `yaml:"base_url" env:"BASE_URL"`
	Region     string        `yaml:"region" env:"REGION"`
	Edge       string        `yaml:"edge" env:"EDGE"`
	Sender     string        `yaml:"sender" env:"SENDER"` // number, letters or messaging service ("MG…")
	ValidFor   time.Duration `yaml:"valid_for" env:"VALID_FOR"`

	// Receipts is how soon a final receipt is expected, of Twilio and gateways; default 5 minutes.
	// Missing ones cost weight; 0: they do not.
	Receipts *time.Duration `yaml:"receipts" env:"RECEIPTS"`

	// Gateway; also base_url, sender, valid_for and receipts of Twilio.
	Description string  `yaml:"description" env:"DESCRIPTION"` // the gateway's file, or the name of one of ours
	Secrets     Secrets `yaml:"secrets" env:"SECRETS"`         // what the file names as secrets.x

	// SMTP.
	Host       string `yaml:"host" env:"HOST"`
	Port       int    `yaml:"port" env:"PORT"`
	Encryption string `yaml:"encryption" env:"ENCRYPTION"` // starttls (default), tls, none
	Username   string `yaml:"username" env:"USERNAME"`
	Password   Secret `yaml:"password" env:"PASSWORD"`
	From       string `yaml:"from" env:"FROM"`     // address of the sender
	Domain     string `yaml:"domain" env:"DOMAIN"` // of Message-IDs; default: the domain of from
	// DKIM: the key is PEM, in the setting or in a file; the domain is that of from by default.
	DKIMSelector string `yaml:"dkim_selector" env:"DKIM_SELECTOR"`
	DKIMDomain   string `yaml:"dkim_domain" env:"DKIM_DOMAIN"`
	DKIMKey      Secret `yaml:"dkim_key" env:"DKIM_KEY"`
	DKIMKeyFile  string `yaml:"dkim_key_file" env:"DKIM_KEY_FILE"`
	NoPipelining bool   `yaml:"no_pipelining" env:"NO_PIPELINING"` // though the server offers it

	// All but outbox.
	Timeout     time.Duration `yaml:"timeout" env:"TIMEOUT"`         // of one call
	Connections int           `yaml:"connections" env:"CONNECTIONS"` // kept open at most

	// Outbox.
	Channel string `yaml:"channel" env:"CHANNEL"` // sms or email
}

// Carries is the channel of the provider, "sms" or "email"; "" when its type is unknown.
func (p Provider) Carries() string {
	switch p.Type {
	case Twilio, Gateway:
		return "sms"
	case SMTP:
		return "email"
	case Outbox:
		return p.Channel
	}
	return ""
}

// Share is the provider's weight, 1 when none is set.
func (p Provider) Share() int {
	if p.Weight == nil {
		return 1
	}
	return *p.Weight
}

// ReceiptsWithin is how soon a final receipt is expected; 0 when none is.
func (p Provider) ReceiptsWithin() time.Duration {
	if p.Receipts == nil {
		return 5 * time.Minute
	}
	return *p.Receipts
}

// foreign lists the settings that another type of provider would read.
func (p Provider) foreign() map[string]bool {
	sms := map[string]bool{"base_url": p.BaseURL != "", "sender": p.Sender != "", "valid_for": p.ValidFor != 0, "receipts": p.Receipts != nil}
	twilio := map[string]bool{
		"account_sid": p.AccountSID != "", "auth_token": p.AuthToken != "", "api_key": p.APIKey != "",
		"api_secret": p.APISecret != "", "region": p.Region != "", "edge": p.Edge != "",
	}
	gateway := map[string]bool{"description": p.Description != "", "secrets": len(p.Secrets) > 0}
	smtp := map[string]bool{
		"host": p.Host != "", "port": p.Port != 0, "encryption": p.Encryption != "",
		"username": p.Username != "", "password": p.Password != "", "from": p.From != "",
		"domain": p.Domain != "", "dkim_selector": p.DKIMSelector != "", "dkim_domain": p.DKIMDomain != "",
		"dkim_key": p.DKIMKey != "", "dkim_key_file": p.DKIMKeyFile != "", "no_pipelining": p.NoPipelining,
	}
	calls := map[string]bool{"timeout": p.Timeout != 0, "connections": p.Connections != 0}
	outbox := map[string]bool{"channel": p.Channel != ""}
	switch p.Type {
	case Twilio:
		return merged(gateway, smtp, outbox)
	case Gateway:
		return merged(twilio, smtp, outbox)
	case SMTP:
		return merged(sms, twilio, gateway, outbox)
	case Outbox:
		return merged(sms, twilio, gateway, smtp, calls)
	}
	return nil
}

func merged(sets ...map[string]bool) map[string]bool {
	out := map[string]bool{}
	for _, set := range sets {
		for key, used := range set {
			out[key] = used
		}
	}
	return out
}
