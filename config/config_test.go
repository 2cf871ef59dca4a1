package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"relance/config"
)

const secret = "0123456789abcdef0123456789abcdef"

// usable is the least an operator must say.
func usable() config.Config {
	c := config.Default()
	c.PublicURL = "https://rdv.example.org"
	c.Secret = secret
	c.Providers = []config.Provider{
		{Name: "sms", Type: config.Outbox, Channel: "sms"},
		{Name: "mail", Type: config.SMTP, Host: "smtp.example.org", From: "rdv@example.org"},
	}
	return c
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "relance.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mistakes(t *testing.T, err error) map[string]config.Mistake {
	t.Helper()
	var e *config.Error
	if !errors.As(err, &e) {
		t.Fatalf("want a *config.Error, got %v", err)
	}
	out := map[string]config.Mistake{}
	for _, m := range e.Mistakes {
		out[m.Key] = m
	}
	return out
}

func TestUsableConfigurationIsValid(t *testing.T) {
	t.Parallel()
	if err := usable().Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestDefaultsLackOnlyWhatTheOperatorKnows(t *testing.T) {
	t.Parallel()
	got := mistakes(t, config.Default().Validate())
	for _, key := range []string{"public_url", "secret", "providers"} {
		if _, ok := got[key]; !ok {
			t.Errorf("%s must be asked for", key)
		}
		delete(got, key)
	}
	if len(got) > 0 {
		t.Errorf("a default is refused: %v", got)
	}
}

func TestEnvironmentWinsOverFileOverDefault(t *testing.T) {
	t.Parallel()
	path := file(t, `
public_url: https://file.example.org/
secret: `+secret+`
redis: {addresses: ["a:1"], db: 3}
workers: {lease: 90s}
providers:
  - {name: sms, type: outbox, channel: sms}
  - {name: mail, type: outbox, channel: email}
`)
	c, err := config.Load(path, []string{
		"RELANCE_REDIS_ADDRESSES=b:2, c:3", "RELANCE_REDIS_CLUSTER=true", "RELANCE_REDIS_DB=0",
		"RELANCE_PROVIDERS_1_NAME=post", "RELANCE_PROVIDERS_1_WEIGHT=0", "RELANCE_ROLES=api,sms, email",
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Redis.Addresses, "|"); got != "b:2|c:3" {
		t.Errorf("addresses %q", got)
	}
	if c.Redis.DB != 0 || c.Workers.Lease != 90*time.Second || c.PublicURL != "https://file.example.org" {
		t.Errorf("%+v", c)
	}
	if c.Providers[0].Name != "sms" || c.Providers[0].Share() != 1 || c.Providers[1].Name != "post" || c.Providers[1].Share() != 0 {
		t.Errorf("providers %+v", c.Providers)
	}
	if !c.Has(config.RoleEmail) || c.Has(config.RoleSteps) {
		t.Errorf("roles %v", c.Roles)
	}
}

func TestProvidersFromTheEnvironmentAlone(t *testing.T) {
	t.Parallel()
	c, err := config.Load("", []string{
		"RELANCE_PUBLIC_URL=http://localhost:8080", "RELANCE_SECRET=" + secret, "RELANCE_ROLES=sms",
		"RELANCE_PROVIDERS_0_NAME=tw", "RELANCE_PROVIDERS_0_TYPE=twilio", "RELANCE_PROVIDERS_0_ACCOUNT_SID=AC1",
		"RELANCE_PROVIDERS_0_AUTH_TOKEN=t", "RELANCE_PROVIDERS_0_SENDER=MonDept", "RELANCE_PROVIDERS_0_TIMEOUT=5s",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Providers[0].Timeout != 5*time.Second {
		t.Errorf("%+v", c.Providers[0])
	}
}

func TestEveryMistakeAtOnceWithItsKey(t *testing.T) {
	t.Parallel()
	path := file(t, `
public_url: rdv.example.org
secret: too-short-to-be-one
adress: x
redis: {db: many, addresses: [nowhere]}
workers:
  lease: soon
  steps: 0
roles: [api, cook]
`)
	_, err := config.Load(path, []string{"RELANCE_LIMITS_ATTEMPTS=lots", "RELANCE_LOG_LEVEL=loud"})
	got := mistakes(t, err)
	for key, advice := range map[string]string{
		"public_url": "whole address", "secret": "32", "adress": "line 4", "redis.db": "whole number",
		"redis.addresses": "host:port", "workers.lease": "duration", "workers.steps": "from 1",
		"roles": "no such role", "limits.attempts": "whole number", "log.level": "debug",
	} {
		if m, ok := got[key]; !ok || !strings.Contains(m.Advice, advice) {
			t.Errorf("%s: %+v", key, m)
		}
	}
	if text := err.Error(); strings.Contains(text, "too-short-to-be-one") {
		t.Error("a secret is in the error")
	} else if !strings.Contains(text, "(RELANCE_LIMITS_ATTEMPTS)") || !strings.Contains(text, `"lots"`) {
		t.Errorf("the variable and its value help: %s", text)
	}
}

func TestMistakesTable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		key    string
		change func(*config.Config)
	}{
		"http in public":       {"public_url", func(c *config.Config) { c.PublicURL = "http://rdv.example.org" }},
		"query in public url":  {"public_url", func(c *config.Config) { c.PublicURL += "?a=1" }},
		"short secret":         {"secret", func(c *config.Config) { c.Secret = config.Secret(secret[1:]) }},
		"short admin key":      {"admin_key", func(c *config.Config) { c.AdminKey = "abc" }},
		"no role":              {"roles", func(c *config.Config) { c.Roles = nil }},
		"role twice":           {"roles", func(c *config.Config) { c.Roles = append(c.Roles, "api") }},
		"sentinel and cluster": {"redis.master", func(c *config.Config) { c.Redis.Master, c.Redis.Cluster = "m", true }},
		"two addresses":        {"redis.addresses", func(c *config.Config) { c.Redis.Addresses = []string{"a:1", "b:2"} }},
		"cluster database":     {"redis.db", func(c *config.Config) { c.Redis.Cluster, c.Redis.DB = true, 1 }},
		"one listener":         {"ops.address", func(c *config.Config) { c.Ops.Address = c.HTTP.Address }},
		"port":                 {"http.address", func(c *config.Config) { c.HTTP.Address = ":99999" }},
		"long sender":          {"sms.sender", func(c *config.Config) { c.SMS.Sender = "Departement1" }},
		"sender with space":    {"sms.sender", func(c *config.Config) { c.SMS.Sender = "Mon Dept" }},
		"country":              {"sms.countries", func(c *config.Config) { c.SMS.Countries = []string{"fr"} }},
		"no email provider":    {"providers", func(c *config.Config) { c.Providers = c.Providers[:1] }},
		"twice the name":       {"providers[1].name", func(c *config.Config) { c.Providers[1].Name = "sms" }},
		"foreign setting":      {"providers[0].host", func(c *config.Config) { c.Providers[0].Host = "x" }},
		"foreign call setting": {"providers[0].timeout", func(c *config.Config) { c.Providers[0].Timeout = time.Second }},
		"unknown type":         {"providers[2].type", func(c *config.Config) { c.Providers = append(c.Providers, config.Provider{Name: "p", Type: "pigeon"}) }},
		"password in clear": {"providers[1].encryption", func(c *config.Config) {
			c.Providers[1].Encryption, c.Providers[1].Username, c.Providers[1].Password = "none", "u", "p"
		}},
		"no from":      {"providers[1].from", func(c *config.Config) { c.Providers[1].From = "" }},
		"lease":        {"workers.lease", func(c *config.Config) { c.Workers.Lease = time.Second }},
		"log format":   {"log.format", func(c *config.Config) { c.Log.Format = "xml" }},
		"shutdown":     {"shutdown_timeout", func(c *config.Config) { c.ShutdownTimeout = 0 }},
		"proxies":      {"http.trusted_proxies", func(c *config.Config) { c.HTTP.TrustedProxies = -1 }},
		"send timeout": {"limits.send_timeout", func(c *config.Config) { c.Limits.SendTimeout = 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := usable()
			c.change(&cfg)
			got := mistakes(t, cfg.Validate())
			if _, ok := got[c.key]; !ok || len(got) != 1 {
				t.Errorf("want one mistake at %s, got %v", c.key, got)
			}
		})
	}
}

func TestTwilioSettings(t *testing.T) {
	t.Parallel()
	c := usable()
	c.Providers[0] = config.Provider{Name: "tw", Type: config.Twilio, APIKey: "SK1", BaseURL: "api", ValidFor: time.Second}
	got := mistakes(t, c.Validate())
	for _, key := range []string{"account_sid", "auth_token", "api_key", "base_url", "sender", "valid_for"} {
		if _, ok := got["providers[0]."+key]; !ok {
			t.Errorf("%s is not told: %v", key, got)
		}
	}
}

func TestTwilioDataCentre(t *testing.T) {
	t.Parallel()
	c := usable()
	c.Providers[0] = config.Provider{Name: "tw", Type: config.Twilio, AccountSID: "AC1", AuthToken: "t", Sender: "38123", Region: "ie1", Edge: "dublin"}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	c.Providers[0].Region = "evil.example/"
	if got := mistakes(t, c.Validate()); len(got) != 1 || got["providers[0].region"].Value == "" {
		t.Errorf("%v", got)
	}
	c.Providers[0].Region, c.Providers[0].BaseURL = "ie1", "https://proxy.example"
	if got := mistakes(t, c.Validate()); len(got) != 2 || got["providers[0].edge"].Advice == "" {
		t.Errorf("%v", got)
	}
}

func TestGatewaySettings(t *testing.T) {
	t.Parallel()
	c := usable()
	c.Providers[0] = config.Provider{Name: "gw", Type: config.Gateway, Secrets: config.Secrets{"token": ""}, BaseURL: "api", ValidFor: time.Second, AccountSID: "AC1"}
	got := mistakes(t, c.Validate())
	for _, key := range []string{"description", "secrets.token", "base_url", "sender", "valid_for", "account_sid"} {
		if _, ok := got["providers[0]."+key]; !ok {
			t.Errorf("%s is not told: %v", key, got)
		}
	}
	for _, description := range []string{"unheard-of", "./none.yaml"} {
		c.Providers[0] = config.Provider{Name: "gw", Type: config.Gateway, Description: description, Sender: "38123"}
		if got := mistakes(t, c.Validate()); len(got) != 1 || got["providers[0].description"].Advice == "" {
			t.Errorf("%s: %v", description, got)
		}
	}
}

// A description is found beside the configuration file, wherever the program is started;
// its secrets come from the file or from a variable each.
func TestGatewayFiles(t *testing.T) {
	t.Parallel()
	path := file(t, `
public_url: https://rdv.example.org
secret: `+secret+`
roles: [sms]
providers:
  - {name: own, type: gateway, description: ./own.yaml, sender: "38123", secrets: {token: "a:b,c"}}
  - {name: ours, type: gateway, description: vonage, sender: "38123"}
  - {name: twilio-one, type: twilio, account_sid: AC1, auth_token: t1, sender: "+33939000000", weight: 3}
  - {name: twilio-two, type: twilio, account_sid: AC2, auth_token: t2, sender: "+33939000001", weight: 0, region: ie1, edge: dublin}
`)
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "own.yaml"), []byte("send: {}"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, []string{"RELANCE_PROVIDERS_1_SECRETS_API_KEY=k:1,2", "RELANCE_PROVIDERS_0_SECRETS_WEBHOOK=w", "RELANCE_PROVIDERS_1_SECRETS=api_secret:s,signature:x", "RELANCE_PROVIDERS_9_SECRETS_X=x"})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := c.Providers[0].ReadDescription(); err != nil || string(text) != "send: {}" {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := c.Providers[1].ReadDescription(); err != nil || !strings.Contains(string(text), "nexmo.com") {
		t.Errorf("%.40q, %v", text, err)
	}
	if got := c.Providers[0].Secrets; got["token"] != "a:b,c" || got["webhook"] != "w" || c.Providers[1].Secrets["api_key"] != "k:1,2" || c.Providers[1].Secrets["api_secret"] != "s" {
		t.Errorf("secrets %v", got)
	}
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), fmt.Sprint(c.Settings())} {
		if strings.Contains(text, "a:b,c") || strings.Contains(text, "k:1,2") {
			t.Errorf("a secret is printed: %s", text)
		}
	}
	if c.Providers[3].Share() != 0 || c.Providers[3].Carries() != "sms" || c.Providers[0].Carries() != "sms" {
		t.Errorf("%+v", c.Providers[3])
	}
}

func TestUnreadableFiles(t *testing.T) {
	t.Parallel()
	if _, err := config.Load(filepath.Join(t.TempDir(), "none.yaml"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	for name, text := range map[string]string{"not YAML": "redis: [", "twice": "secret: a\nsecret: b\n", "a list": "- 1\n"} {
		if _, err := config.Load(file(t, text), nil); err == nil || len(err.Error()) < 20 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	c := usable()
	c.AdminKey = "an-admin-key-nobody-may-see"
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), fmt.Sprint(c.Settings())} {
		if strings.Contains(text, secret) || strings.Contains(text, string(c.AdminKey)) {
			t.Errorf("printed: %s", text)
		}
	}
}

func TestExampleFileIsTheDefault(t *testing.T) {
	t.Parallel()
	got, err := config.Read("relance.example.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Providers = []config.Provider{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the example differs from the defaults:\n%+v\n%+v", got, want)
	}
}

// Every setting and variable stands in the example; the providers' do so in its comments.
func TestExampleFileIsComplete(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("relance.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Providers = make([]config.Provider, 1)
	for _, s := range c.Settings() {
		variable := regexp.QuoteMeta(s.Variable)
		variable = strings.Replace(variable, "PROVIDERS_0_", `PROVIDERS_\d_`, 1)
		key := s.Key[strings.LastIndex(s.Key, ".")+1:]
		line := regexp.MustCompile(`(?m)^[# -]*` + key + `: .*# ` + variable + `\b`)
		if !line.Match(text) {
			t.Errorf("no line for %s with %s", s.Key, s.Variable)
		}
	}
}

func TestVariablesFollowTheKeys(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	c := usable()
	for _, s := range c.Settings() {
		want := "RELANCE_" + strings.ToUpper(strings.NewReplacer(".", "_", "[", "_", "]", "").Replace(s.Key))
		if s.Variable != want || seen[s.Variable] {
			t.Errorf("%s is %s, want %s, once", s.Key, s.Variable, want)
		}
		seen[s.Variable] = true
	}
}

// The commented-out providers of the example are usable as they stand, but for the secrets.
func TestExampleProvidersAreValid(t *testing.T) {
	t.Parallel()
	text, _ := os.ReadFile("relance.example.yaml")
	_, block, _ := strings.Cut(string(text), "providers: []\n")
	block, _, _ = strings.Cut(block, "\n\n")
	block = regexp.MustCompile(`(?m)^#`).ReplaceAllString(block, "")
	path := file(t, "public_url: https://rdv.example.org\nsecret: "+secret+"\nproviders:\n"+block)
	if _, err := config.Load(path, nil); err != nil {
		t.Error(err)
	}
}

func ExampleLoad() {
	_, err := config.Load("", []string{"RELANCE_PUBLIC_URL=http://rdv.example.org", "RELANCE_SECRET=short", "RELANCE_ROLES=api"})
	fmt.Println(err)
	// Output:
	// the configuration needs 2 changes:
	//   public_url (RELANCE_PUBLIC_URL) = "http://rdv.example.org": must begin with https: links carry the right to change an appointment (http is for this machine only)
	//   secret (RELANCE_SECRET): is 5 bytes long and must have 32 or more: use the output of `openssl rand -base64 32`
}

func FuzzLoad(f *testing.F) {
	f.Add("redis: {db: 1}", "RELANCE_REDIS_DB=x")
	f.Add("providers: [{name: a}]", "RELANCE_PROVIDERS_0_WEIGHT=2")
	f.Fuzz(func(t *testing.T, text, variable string) {
		path := filepath.Join(t.TempDir(), "c.yaml")
		if os.WriteFile(path, []byte(text), 0o600) != nil {
			t.Skip()
		}
		if _, err := config.Load(path, []string{variable}); err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
	})
}
