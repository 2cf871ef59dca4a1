// Package config is everything an operator sets: defaults, a YAML file, then the
// environment, each over the one before. Every mistake is reported at once.
//
// Only the program (cmd) reads it; the other packages are given what they need.
package config

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"
)

// Prefix begins every variable of the environment: redis.addresses is RELANCE_REDIS_ADDRESSES.
const Prefix = "RELANCE_"

// Config is a whole configuration. Make it with Default or Load.
type Config struct {
	// Roles are what this process does; see AllRoles.
	Roles []Role `yaml:"roles" env:"ROLES"`
	// PublicURL is where people reach us: links in messages and callbacks begin with it.
	PublicURL string `yaml:"public_url" env:"PUBLIC_URL"`
	// Secret makes and checks links, 32 bytes or more. Changing it kills every link.
	Secret Secret `yaml:"secret" env:"SECRET"`
	// AdminKey opens the routes that manage organisations; empty closes them.
	AdminKey Secret `yaml:"admin_key" env:"ADMIN_KEY"`

	Redis     Redis      `yaml:"redis" envPrefix:"REDIS_"`
	HTTP      HTTP       `yaml:"http" envPrefix:"HTTP_"`
	Ops       Ops        `yaml:"ops" envPrefix:"OPS_"`
	Providers []Provider `yaml:"providers" envPrefix:"PROVIDERS_"`
	SMS       SMS        `yaml:"sms" envPrefix:"SMS_"`
	Bounces   Bounces    `yaml:"bounces" envPrefix:"BOUNCES_"`
	Pages     Pages      `yaml:"pages" envPrefix:"PAGES_"`
	Agendas   Agendas    `yaml:"agendas" envPrefix:"AGENDAS_"`
	Workers   Workers    `yaml:"workers" envPrefix:"WORKERS_"`
	Limits    Limits     `yaml:"limits" envPrefix:"LIMITS_"`
	Log       Log        `yaml:"log" envPrefix:"LOG_"`
	// ShutdownTimeout is how long a stopping process waits for work under way.
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout" env:"SHUTDOWN_TIMEOUT"`
}

// Role is one kind of work of a process.
type Role string

// The roles. RoleAPI also serves the pages and the providers' callbacks.
const (
	RoleAPI      Role = "api"
	RoleDispatch Role = "dispatch"
	RoleSteps    Role = "steps"
	RoleSMS      Role = "sms"
	RoleEmail    Role = "email"
)

// AllRoles are the roles of a process that does everything.
func AllRoles() []Role { return []Role{RoleAPI, RoleDispatch, RoleSteps, RoleSMS, RoleEmail} }

// Redis is the one store: single, behind Sentinel (Master) or a Cluster.
type Redis struct {
	Addresses []string `yaml:"addresses" env:"ADDRESSES"` // host:port; of the sentinels when Master is set
	Master    string   `yaml:"master" env:"MASTER"`       // Sentinel's name of the master
	Cluster   bool     `yaml:"cluster" env:"CLUSTER"`
	Username  string   `yaml:"username" env:"USERNAME"`
	Password  Secret   `yaml:"password" env:"PASSWORD"`
	DB        int      `yaml:"db" env:"DB"`
	TLS       bool     `yaml:"tls" env:"TLS"`
}

// HTTP is the listener of the API, the pages and the callbacks.
type HTTP struct {
	Address string `yaml:"address" env:"ADDRESS"` // host:port
	// TrustedProxies is how many proxies of ours add to X-Forwarded-For; 0 means that
	// the header is not believed. Only misses of links are counted by address.
	TrustedProxies int `yaml:"trusted_proxies" env:"TRUSTED_PROXIES"`
}

// Ops is the listener for operators: health, metrics, dead letters, providers.
type Ops struct {
	Address string `yaml:"address" env:"ADDRESS"` // host:port; it asks for no password
}

// SMS is what every SMS obeys.
type SMS struct {
	Sender    string   `yaml:"sender" env:"SENDER"`       // of organisations that have none; empty: the provider's own
	Countries []string `yaml:"countries" env:"COUNTRIES"` // ISO codes of the mobiles we may write to
}

// Bounces is where other mail servers report about our emails. The processes with RoleAPI
// read the reports.
type Bounces struct {
	// Address is where reports go: each email leaves under a sender of its own made from it,
	// bounce+…@example.org. Empty: under the address in From, and its reports are not read.
	Address  string `yaml:"address" env:"ADDRESS"`
	Listen   string `yaml:"listen" env:"LISTEN"`     // host:port of a small mail server for them
	Protocol string `yaml:"protocol" env:"PROTOCOL"` // of Listen: lmtp or smtp
	Hostname string `yaml:"hostname" env:"HOSTNAME"` // what it calls itself; empty: the domain of Address
	// Certificate and Key are PEM files: with them, Listen offers STARTTLS. They are read
	// again for each connection, so that a renewed one counts at once.
	Certificate string        `yaml:"certificate" env:"CERTIFICATE"`
	Key         string        `yaml:"key" env:"KEY"`
	MaxSize     int           `yaml:"max_size" env:"MAX_SIZE"` // of a report, in octets
	Maildir     string        `yaml:"maildir" env:"MAILDIR"`   // folder that reports are put into
	Every       time.Duration `yaml:"every" env:"EVERY"`       // how often Maildir is looked at
}

// Pages is what the pages of beneficiaries say beyond their organisation's own words.
type Pages struct {
	DeadLinkPhone string `yaml:"dead_link_phone" env:"DEAD_LINK_PHONE"` // shown where a link opens nothing
}

// Agendas is how agents' own agendas are read (busy_url of a calendar).
type Agendas struct {
	Every time.Duration `yaml:"every" env:"EVERY"` // between two readings of one
	// PrivateAddresses lets agendas of this machine and of private networks be read: whoever may save a
	// calendar can then make Relance ask for anything there.
	PrivateAddresses bool `yaml:"private_addresses" env:"PRIVATE_ADDRESSES"`
}

// Workers are the numbers of the queue. Leases and intervals are real time.
type Workers struct {
	Steps         int           `yaml:"steps" env:"STEPS"` // tasks at once, of 64 entries at most each
	SMS           int           `yaml:"sms" env:"SMS"`
	Email         int           `yaml:"email" env:"EMAIL"`
	Sends         int           `yaml:"sends" env:"SENDS"` // calls to providers at once within one task
	DispatchEvery time.Duration `yaml:"dispatch_every" env:"DISPATCH_EVERY"`
	Lease         time.Duration `yaml:"lease" env:"LEASE"`     // of a due entry that was handed out
	Backlog       int           `yaml:"backlog" env:"BACKLOG"` // tasks waiting in a queue before the dispatcher holds back
}

// Limits are the numbers of sending and of the API.
type Limits struct {
	Attempts    int           `yaml:"attempts" env:"ATTEMPTS"`         // sends of one message before it is a dead letter
	SendTimeout time.Duration `yaml:"send_timeout" env:"SEND_TIMEOUT"` // a send without answer is looked into after it
	BackOff     time.Duration `yaml:"back_off" env:"BACK_OFF"`         // before the second attempt, then doubled
	Requests    int           `yaml:"requests" env:"REQUESTS"`         // a minute, per API key and process
}

// Log is how the process tells what it does, on standard error.
type Log struct {
	Level  string `yaml:"level" env:"LEVEL"`   // debug, info, warn, error
	Format string `yaml:"format" env:"FORMAT"` // text, json
}

// Secret is a value that is never printed.
type Secret string

// String hides the value, and tells whether there is one.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(secret)"
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return `config.Secret("` + s.String() + `")` }

// LogValue hides the value from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Secrets are values that are never printed, by name.
type Secrets map[string]Secret

// String tells the names.
func (s Secrets) String() string { return strings.Join(slices.Sorted(maps.Keys(s)), ", ") }

// Default is the configuration before the operator says anything. It lacks what only
// the operator knows: public_url, secret and providers.
func Default() Config {
	return Config{
		Roles: AllRoles(),
		Redis: Redis{Addresses: []string{"127.0.0.1:6379"}},
		HTTP:  HTTP{Address: ":8080"},
		Ops:   Ops{Address: "127.0.0.1:8081"},
		SMS: SMS{Countries: []string{
			"FR", "GP", "GF", "MQ", "RE", "YT", "BL", "MF", "PM", "NC", "PF", "WF",
		}},
		Agendas: Agendas{Every: 15 * time.Minute},
		Bounces: Bounces{Protocol: "lmtp", MaxSize: 1 << 20, Every: 30 * time.Second},
		Workers: Workers{
			Steps: 8, SMS: 4, Email: 4, Sends: 16,
			DispatchEvery: 100 * time.Millisecond, Lease: time.Minute, Backlog: 100,
		},
		Limits: Limits{
			Attempts: 20, SendTimeout: 2 * time.Minute, BackOff: 30 * time.Second, Requests: 600,
		},
		Log:             Log{Level: "info", Format: "text"},
		ShutdownTimeout: 30 * time.Second,
	}
}

// Has tells whether the process has the role.
func (c Config) Has(r Role) bool {
	for _, role := range c.Roles {
		if role == r {
			return true
		}
	}
	return false
}
