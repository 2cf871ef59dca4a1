package gateway

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"relance/channels"
)

const maxHook = 64 << 10 // bytes

// hook is a Hook, compiled.
type hook struct {
	Hook
	check  *guard
	states map[string]standing
	codes  table
}

// caller implements channels.Hooks, BatchHooks and FormedHooks.
type caller struct{ p *Provider }

// Receipt implements channels.Hooks.
func (c caller) Receipt(r *http.Request) (channels.Receipt, error) {
	return only(c.Receipts(r))
}

// Inbound implements channels.Hooks.
func (c caller) Inbound(r *http.Request) (channels.Inbound, error) {
	return only(c.Inbounds(r))
}

func only[T any](all []T, err error) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	if len(all) != 1 {
		return none, fmt.Errorf("gateway: a call tells of %d messages: %w", len(all), channels.ErrMalformed)
	}
	return all[0], nil
}

// Receipts implements channels.BatchHooks.
func (c caller) Receipts(r *http.Request) ([]channels.Receipt, error) {
	items, err := c.p.plan.receipts.open(r, c.p.set.Now())
	if err != nil {
		return nil, err
	}
	out := make([]channels.Receipt, len(items))
	for i, item := range items {
		if out[i], err = c.p.plan.receipts.receipt(item); err != nil {
			return nil, err
		}
		out[i].MessageID = r.URL.Query().Get(channels.CallbackID)
	}
	return out, nil
}

// Inbounds implements channels.BatchHooks.
func (c caller) Inbounds(r *http.Request) ([]channels.Inbound, error) {
	h := c.p.plan.inbound
	if h == nil {
		return nil, fmt.Errorf("gateway: its description has no inbound: %w", channels.ErrMalformed)
	}
	items, err := h.open(r, c.p.set.Now())
	if err != nil {
		return nil, err
	}
	out := make([]channels.Inbound, len(items))
	for i, item := range items {
		if out[i], err = h.inbound(item); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ReceiptForm implements channels.FormedHooks.
func (c caller) ReceiptForm() channels.HookForm { return c.p.plan.receipts.form() }

// InboundForm implements channels.FormedHooks.
func (c caller) InboundForm() channels.HookForm {
	if c.p.plan.inbound == nil {
		return channels.HookForm{}
	}
	return c.p.plan.inbound.form()
}

func (h *hook) form() channels.HookForm {
	f := channels.HookForm{Method: h.Method, Status: h.Reply.Status, ContentType: h.Reply.ContentType, Body: h.Reply.Body}
	if f.Status == 0 {
		// What a gateway that says nothing waits for is an empty answer, in no special language.
		f.Status = http.StatusOK
	}
	return f
}

// open reads a call, checks that the gateway made it, and gives what it tells of.
func (h *hook) open(r *http.Request, now time.Time) ([]document, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxHook+1))
	if err != nil || len(body) > maxHook {
		return nil, fmt.Errorf("gateway: the call was cut or is over %d bytes: %w", maxHook, channels.ErrMalformed)
	}
	doc, unread := h.document(r, body)
	claims, err := h.check.verify(call{r, body, doc}, now)
	if err != nil {
		return nil, err
	}
	if h.Read == "jwt" {
		doc, unread = claims, nil
	}
	if unread != nil {
		return nil, fmt.Errorf("gateway: a call cannot be read, %w: %w", unread, channels.ErrMalformed)
	}
	if h.List == "" {
		return []document{doc}, nil
	}
	items, ok := doc.list(h.List)
	if !ok || len(items) == 0 {
		return nil, fmt.Errorf("gateway: a call has no list at %q: %w", h.List, channels.ErrMalformed)
	}
	return items, nil
}

// document reads the fields; an error here is told only once the call is known to be the gateway's.
func (h *hook) document(r *http.Request, body []byte) (document, error) {
	switch h.Read {
	case "query":
		return fields(r.URL.Query()), nil
	case "form":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return fields{}, fmt.Errorf("it is not a form")
		}
		return fields(form), nil
	case "jwt":
		return fields{}, nil
	}
	doc, err := parseJSON(bytes.TrimSpace(body))
	if err != nil {
		return fields{}, err
	}
	return doc, nil
}

// receipt reads one receipt.
func (h *hook) receipt(d document) (channels.Receipt, error) {
	at, ok := h.states[h.State.first(d)]
	r := channels.Receipt{
		ProviderID: h.ID.first(d), Reference: h.Reference.first(d), State: at.state, Outcome: channels.Sent, At: h.at(d),
	}
	switch {
	case !ok:
		return r, fmt.Errorf("gateway: a receipt's state is not one of the description's: %w", channels.ErrMalformed)
	case r.ProviderID == "" && len(h.ID) > 0:
		return r, fmt.Errorf("gateway: a receipt names no message: %w", channels.ErrMalformed)
	case !lost(at.state):
		return r, nil
	}
	code := h.Code.first(d)
	if c, known := h.codes.find(code); known {
		at.class = c
	}
	a := coded(at.class, cmp.Or(code, h.State.first(d)))
	r.Outcome, r.Code, r.Reason = a.Outcome, a.Code, a.Reason
	r.BadAddress, r.OptedOut, r.Alert = a.BadAddress, a.OptedOut, a.Alert
	return r, nil
}

// at is the gateway's time; zero when there is none that can be read.
func (h *hook) at(d document) time.Time {
	v := h.At.first(d)
	if v == "" {
		return time.Time{}
	}
	switch h.AtFormat {
	case "", "unix", "unix_ms":
		whole, _, _ := strings.Cut(v, ".")
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil {
			return time.Time{}
		}
		if h.AtFormat == "unix_ms" {
			return time.UnixMilli(n).UTC()
		}
		return time.Unix(n, 0).UTC()
	case "rfc3339":
		t, _ := time.Parse(time.RFC3339, v)
		return t
	}
	t, _ := time.Parse(h.AtFormat, v)
	return t
}

// inbound reads one message that came in.
func (h *hook) inbound(d document) (channels.Inbound, error) {
	in := channels.Inbound{
		ProviderID: h.ID.first(d), From: international(h.From.first(d)), To: international(h.To.first(d)), Text: h.Text.first(d),
		Handled: channels.Handled(h.HandledAs[h.Handled.first(d)]),
	}
	if in.ProviderID == "" || in.From == "" {
		return in, fmt.Errorf("gateway: a message has no id or no sender: %w", channels.ErrMalformed)
	}
	return in, nil
}

// international adds the + that gateways leave out. A short code stays as it is.
func international(number string) string {
	digits := strings.TrimPrefix(strings.TrimPrefix(number, "+"), "00")
	if len(digits) < 9 || strings.Trim(digits, "0123456789") != "" {
		return number
	}
	return "+" + digits
}
