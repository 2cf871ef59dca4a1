package address

import (
	"strings"

	"golang.org/x/net/idna"
)

// Email returns raw as it is stored and sent to: trimmed, its domain in lower
// case, an international domain in its ASCII form. The part before @ keeps its
// case, which is its host's business. Only plain addresses pass: no display name,
// no quotes, no address in brackets, and a domain that has a top level.
// The error is an *Error with InvalidEmail.
func Email(raw string) (string, error) {
	local, domain, found := strings.Cut(strings.TrimSpace(visible(raw)), "@")
	if !found || !validLocal(local) {
		return "", invalidEmail()
	}
	domain, ok := hostname(domain)
	if !ok || len(local)+1+len(domain) > 254 { // RFC 5321 §4.5.3.1.3, less <>
		return "", invalidEmail()
	}
	return local + "@" + domain, nil
}

func invalidEmail() error {
	return &Error{InvalidEmail, "This is not an email address. Write it as name@example.fr, alone, without spaces or quotes."}
}

// validLocal accepts a dot-atom of RFC 5322 §3.2.3, up to 64 bytes.
func validLocal(s string) bool {
	if s == "" || len(s) > 64 || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		if !alphanumeric(s[i]) && strings.IndexByte(".!#$%&'*+/=?^_`{|}~-", s[i]) < 0 {
			return false
		}
	}
	return true
}

// hostname returns the domain in lower-case ASCII. Labels follow RFC 1123, and the
// last one must start with a letter, which keeps IP addresses out.
func hostname(s string) (string, bool) {
	s = strings.ToLower(s)
	if !plain(s) || strings.Contains(s, "xn--") {
		ascii, err := idna.Lookup.ToASCII(s)
		if err != nil {
			return "", false
		}
		s = ascii
	}
	labels := strings.Split(s, ".")
	if len(s) > 253 || len(labels) < 2 {
		return "", false
	}
	for _, label := range labels {
		if !validLabel(label) {
			return "", false
		}
	}
	top := labels[len(labels)-1]
	return s, len(top) >= 2 && (top[0] < '0' || top[0] > '9')
}

func validLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if !alphanumeric(s[i]) && s[i] != '-' {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
