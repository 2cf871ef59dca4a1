package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	minSecret    = 32
	minAdminKey  = 24
	maxProviders = 20
	// longestSender is what networks take as letters and digits.
	longestSender = 11
)

var (
	providerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	country      = regexp.MustCompile(`^[A-Z]{2}$`)
	letterSender = regexp.MustCompile(`^[0-9]*[A-Za-z][A-Za-z0-9]*$`)
	numberSender = regexp.MustCompile(`^\+?[0-9]{3,15}$`)
	dataCentre   = regexp.MustCompile(`^[a-z0-9-]+$`)
	serviceSID   = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
)

// Validate finds every mistake; its error is an *Error.
func (c Config) Validate() error {
	k := &check{config: c}
	k.roles()
	k.basics()
	k.redis()
	k.listeners()
	k.sms()
	k.bounces()
	k.workers()
	k.limits()
	k.providers()
	k.log()
	return k.found.orNil()
}

// check collects the mistakes of one configuration.
type check struct {
	config Config
	found  Error
}

func (k *check) wrong(key, value, advice string, args ...any) {
	k.found.add(Mistake{Key: key, Value: value, Advice: fmt.Sprintf(advice, args...)})
}

func (k *check) roles() {
	seen := map[Role]bool{}
	for _, r := range k.config.Roles {
		if !slices.Contains(AllRoles(), r) {
			k.wrong("roles", string(r), "there is no such role; the roles are api, dispatch, steps, sms and email")
		}
		if seen[r] {
			k.wrong("roles", string(r), "name each role once")
		}
		seen[r] = true
	}
	if len(k.config.Roles) == 0 {
		k.wrong("roles", "", "name at least one of api, dispatch, steps, sms and email")
	}
}

func (k *check) basics() {
	c := k.config
	switch u, err := url.Parse(c.PublicURL); {
	case c.PublicURL == "":
		k.wrong("public_url", "", "is missing: write the address people reach, such as https://rdv.example.org")
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || (u.Scheme != "https" && u.Scheme != "http"):
		k.wrong("public_url", c.PublicURL, "must be a whole address without a query, such as https://rdv.example.org")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		k.wrong("public_url", c.PublicURL, "must begin with https: links carry the right to change an appointment (http is for this machine only)")
	}
	switch {
	case c.Secret == "":
		k.wrong("secret", "", "is missing: keep the output of `openssl rand -base64 32` and never change it")
	case len(c.Secret) < minSecret:
		k.wrong("secret", "", "is %d bytes long and must have %d or more: use the output of `openssl rand -base64 32`", len(c.Secret), minSecret)
	}
	if c.AdminKey != "" && len(c.AdminKey) < minAdminKey {
		k.wrong("admin_key", "", "is too short: %d characters or more, or empty to close the routes it opens", minAdminKey)
	}
	k.between("shutdown_timeout", c.ShutdownTimeout, time.Second, 10*time.Minute)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (k *check) redis() {
	r := k.config.Redis
	if len(r.Addresses) == 0 {
		k.wrong("redis.addresses", "", "is empty: write host:port")
	}
	for _, a := range r.Addresses {
		k.address("redis.addresses", a)
	}
	if r.Cluster && r.Master != "" {
		k.wrong("redis.master", r.Master, "is for Sentinel: unset it, or set redis.cluster to false")
	}
	if len(r.Addresses) > 1 && !r.Cluster && r.Master == "" {
		k.wrong("redis.addresses", strings.Join(r.Addresses, ", "), "several addresses need redis.cluster: true, or redis.master for Sentinel")
	}
	if r.Cluster && r.DB != 0 {
		k.wrong("redis.db", strconv.Itoa(r.DB), "a cluster has database 0 only")
	}
	if r.DB < 0 {
		k.wrong("redis.db", strconv.Itoa(r.DB), "must be 0 or more")
	}
}

func (k *check) listeners() {
	k.address("http.address", k.config.HTTP.Address)
	k.address("ops.address", k.config.Ops.Address)
	if k.config.HTTP.Address == k.config.Ops.Address && !strings.HasSuffix(k.config.HTTP.Address, ":0") {
		k.wrong("ops.address", k.config.Ops.Address, "must differ from http.address: operators have a listener of their own")
	}
	k.within("http.trusted_proxies", k.config.HTTP.TrustedProxies, 0, 10)
}

func (k *check) address(key, value string) {
	_, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		k.wrong(key, value, "must be host:port, such as 127.0.0.1:6379")
	}
}

func (k *check) sms() {
	s := k.config.SMS
	if len(s.Countries) == 0 {
		k.wrong("sms.countries", "", "is empty: name the countries whose mobiles may get SMS, such as FR")
	}
	for _, code := range s.Countries {
		if !country.MatchString(code) {
			k.wrong("sms.countries", code, "must be two capital letters, such as FR")
		}
	}
	k.sender("sms.sender", s.Sender)
}

// sender checks an SMS sender (RULES §4): up to 11 letters and digits that are not all digits, or a number.
func (k *check) sender(key, value string) {
	if value == "" || numberSender.MatchString(value) || len(value) <= longestSender && letterSender.MatchString(value) || serviceSID.MatchString(value) {
		return
	}
	k.wrong(key, value, "must be a number such as +33939000000 or 38000, or at most 11 letters and digits without accent or space")
}

func (k *check) workers() {
	w := k.config.Workers
	k.within("workers.steps", w.Steps, 1, 1000)
	k.within("workers.sms", w.SMS, 1, 1000)
	k.within("workers.email", w.Email, 1, 1000)
	k.within("workers.sends", w.Sends, 1, 256)
	k.within("workers.backlog", w.Backlog, 1, 100_000)
	k.between("workers.dispatch_every", w.DispatchEvery, 10*time.Millisecond, 10*time.Second)
	k.between("workers.lease", w.Lease, 5*time.Second, 10*time.Minute)
	k.between("agendas.every", k.config.Agendas.Every, time.Minute, 24*time.Hour)
}

func (k *check) limits() {
	l := k.config.Limits
	k.within("limits.attempts", l.Attempts, 1, 50)
	k.within("limits.requests", l.Requests, 1, 100_000)
	// Shorter than a task of sends, an attempt would be looked into while it runs.
	k.between("limits.send_timeout", l.SendTimeout, 2*time.Minute, time.Hour)
	k.between("limits.back_off", l.BackOff, 100*time.Millisecond, time.Hour)
}

func (k *check) log() {
	l := k.config.Log
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, l.Level) {
		k.wrong("log.level", l.Level, "must be debug, info, warn or error")
	}
	if !slices.Contains([]string{"text", "json"}, l.Format) {
		k.wrong("log.format", l.Format, "must be text or json")
	}
}

func (k *check) within(key string, n, low, high int) {
	if n < low || n > high {
		k.wrong(key, strconv.Itoa(n), "must be from %d to %d", low, high)
	}
}

func (k *check) between(key string, d, low, high time.Duration) {
	if d < low || d > high {
		k.wrong(key, d.String(), "must be from %s to %s", low, high)
	}
}
