package twilio

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"relance/channels"
)

const maxHook = 64 << 10 // bytes; a real one is about 1 KB

// Receipt implements channels.Hooks for a message status callback.
func (p *Provider) Receipt(r *http.Request) (channels.Receipt, error) {
	form, err := p.signed(r)
	if err != nil {
		return channels.Receipt{}, err
	}
	state, ok := states(form.Get("MessageStatus"))
	sid := form.Get("MessageSid")
	if !ok || sid == "" {
		return channels.Receipt{}, fmt.Errorf("twilio receipt without MessageSid or a known MessageStatus: %w", channels.ErrMalformed)
	}
	receipt := channels.Receipt{
		MessageID: r.URL.Query().Get(channels.CallbackID), ProviderID: sid,
		State: state, Outcome: channels.Sent,
	}
	if state == channels.StateUndelivered || state == channels.StateFailed {
		fail(&receipt, form.Get("ErrorCode"))
	}
	return receipt, nil
}

// fail adds to a receipt what its error code means.
func fail(r *channels.Receipt, raw string) {
	code, _ := strconv.Atoi(raw)
	// A receipt does not say whose sender it was; one message is no reason to pause.
	a := byCode(code, 0, false)
	r.Outcome, r.Code, r.Reason = a.Outcome, a.Code, a.Reason
	r.BadAddress, r.OptedOut, r.Alert = a.BadAddress, a.OptedOut, a.Alert
}

// states maps MessageStatus. "read" is more than delivered; "canceled" was never sent.
func states(status string) (channels.State, bool) {
	switch status {
	case "accepted", "scheduled", "queued", "sending":
		return channels.StateAccepted, true
	case "sent":
		return channels.StateSent, true
	case "delivered", "read", "partially_delivered":
		return channels.StateDelivered, true
	case "undelivered":
		return channels.StateUndelivered, true
	case "failed", "canceled":
		return channels.StateFailed, true
	}
	return "", false
}

// Inbound implements channels.Hooks for a message that came in. Answer it with 204.
func (p *Provider) Inbound(r *http.Request) (channels.Inbound, error) {
	form, err := p.signed(r)
	if err != nil {
		return channels.Inbound{}, err
	}
	in := channels.Inbound{
		ProviderID: form.Get("MessageSid"), From: form.Get("From"), To: form.Get("To"), Text: form.Get("Body"),
		Handled: handled(form.Get("OptOutType")),
	}
	if in.ProviderID == "" || in.From == "" {
		return channels.Inbound{}, fmt.Errorf("twilio message without MessageSid or From: %w", channels.ErrMalformed)
	}
	return in, nil
}

// handled is what Twilio's own handling of opt-outs did (OptOutType): it has answered the person.
func handled(kind string) channels.Handled {
	switch strings.ToUpper(kind) {
	case "STOP":
		return channels.HandledStop
	case "START":
		return channels.HandledStart
	case "HELP":
		return channels.HandledHelp
	}
	return ""
}

// signed reads the form of a request and checks its signature over the public URL.
func (p *Provider) signed(r *http.Request) (url.Values, error) {
	if p.set.AuthToken == "" {
		return nil, fmt.Errorf("twilio: no auth_token is set to check signatures with: %w", channels.ErrUnsigned)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxHook+1))
	if err != nil || len(body) > maxHook {
		return nil, fmt.Errorf("twilio: the request was cut or is over %d bytes: %w", maxHook, channels.ErrMalformed)
	}
	if !p.validator.ValidateBody(p.publicURL(r), body, r.Header.Get("X-Twilio-Signature")) {
		return nil, fmt.Errorf("twilio: wrong X-Twilio-Signature (is public_url what Twilio calls?): %w", channels.ErrUnsigned)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fmt.Errorf("twilio: not a form: %w", channels.ErrMalformed)
	}
	if form.Get("AccountSid") != p.set.AccountSID {
		return nil, fmt.Errorf("twilio: another account's request: %w", channels.ErrUnsigned)
	}
	return form, nil
}

// publicURL is the request's URL as Twilio wrote it: the public base, then the path and
// query. A path in the base is not doubled when the proxy left it in the request.
func (p *Provider) publicURL(r *http.Request) string {
	uri := r.RequestURI
	if uri == "" {
		uri = r.URL.RequestURI()
	}
	base := strings.TrimRight(p.set.PublicURL, "/")
	if base == "" {
		return forwarded(r) + uri
	}
	if u, err := url.Parse(base); err == nil && u.Path != "" && strings.HasPrefix(uri, u.Path+"/") {
		return u.Scheme + "://" + u.Host + uri
	}
	return base + uri
}

// forwarded is where the caller thinks it called, when no setting says it: what the proxy
// tells, else this request's own host, over TLS as Twilio's callers do. Believing a header
// here opens nothing: the signature must still fit.
func forwarded(r *http.Request) string {
	first := func(name, otherwise string) string {
		v, _, _ := strings.Cut(r.Header.Get(name), ",")
		return cmp.Or(strings.TrimSpace(v), otherwise)
	}
	return first("X-Forwarded-Proto", "https") + "://" + first("X-Forwarded-Host", r.Host)
}
