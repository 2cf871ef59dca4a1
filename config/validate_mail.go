package config

import (
	"net/mail"
	"regexp"
	"strings"
	"time"
)

var (
	// bounceAddress leaves room for what makes each one different: 64 octets are all that
	// may stand before an @.
	bounceAddress = regexp.MustCompile(`^[a-z0-9._-]{1,13}@[a-z0-9-]+(\.[a-z0-9-]+)+$`)
	hostName      = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$`)
)

func (k *check) bounces() {
	b := k.config.Bounces
	if b.Address == "" {
		if b.Listen != "" || b.Maildir != "" {
			k.wrong("bounces.address", "", "is missing: write the address that reports come to, such as bounce@example.org")
		}
		return
	}
	if _, err := mail.ParseAddress(b.Address); err != nil || !bounceAddress.MatchString(strings.ToLower(b.Address)) {
		k.wrong("bounces.address", "", "must be one bare address without a plus, with at most 13 letters before the @, such as bounce@example.org")
	}
	if b.Listen == "" && b.Maildir == "" {
		k.wrong("bounces.listen", "", "reports would be read by nobody: set bounces.listen or bounces.maildir, or take bounces.address out")
	}
	if b.Listen != "" {
		k.address("bounces.listen", b.Listen)
	}
	if b.Protocol != "lmtp" && b.Protocol != "smtp" {
		k.wrong("bounces.protocol", b.Protocol, "must be lmtp (from a mail server of yours) or smtp")
	}
	if b.Hostname != "" && !hostName.MatchString(b.Hostname) {
		k.wrong("bounces.hostname", b.Hostname, "must be a name such as rdv.example.org")
	}
	if (b.Certificate == "") != (b.Key == "") {
		k.wrong("bounces.key", "", "certificate and key go together: set both or neither")
	}
	k.within("bounces.max_size", b.MaxSize, 10_000, 50_000_000)
	k.between("bounces.every", b.Every, time.Second, time.Hour)
}

// dkim checks what can be checked without reading the key.
func (k *check) dkim(p Provider, at func(string) string) {
	if p.DKIMKey != "" && p.DKIMKeyFile != "" {
		k.wrong(at("dkim_key_file"), "", "dkim_key is set too: keep one of them")
	}
	key := p.DKIMKey != "" || p.DKIMKeyFile != ""
	switch {
	case key && p.DKIMSelector == "":
		k.wrong(at("dkim_selector"), "", "is missing: the name before ._domainkey in the DNS record of the key")
	case !key && (p.DKIMSelector != "" || p.DKIMDomain != ""):
		k.wrong(at("dkim_key_file"), "", "is missing: the file with the private key, or dkim_key with its text")
	}
	for setting, name := range map[string]string{"dkim_selector": p.DKIMSelector, "dkim_domain": p.DKIMDomain} {
		if name != "" && !hostName.MatchString(name) {
			k.wrong(at(setting), name, "must be letters, digits, hyphens and dots, as in the DNS")
		}
	}
}
