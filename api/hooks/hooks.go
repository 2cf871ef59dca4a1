// Package hooks is where providers call us back: receipts of what became of a message,
// and texts that people sent.
//
// A request that its provider did not sign changes nothing (403). Both verbs behind are
// idempotent, so a provider may call as often as it likes; it is asked to with 503 when
// nothing could be recorded. Not every provider does: Twilio repeats a receipt only when
// its connection fails, unless the callback's URL asks for more, and never later than 15
// seconds. A receipt that is lost for good shows as "undelivered: no_receipt" after 72 h
// (RULES §4); a lost text shows in the provider's own log.
package hooks

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"relance/channels"
	"relance/engine"
)

// maxBody bounds a callback, in bytes; a real one is about 1 KB.
const maxBody = 64 << 10

// partitionParam is the query parameter that says where the message of a receipt is kept.
const partitionParam = "p"

// Engine is what the hooks need of *engine.Engine. Both change nothing the second time.
type Engine interface {
	// Receive answers CodeInvalid for a receipt of another message, CodeUnavailable and
	// CodeConflict when it should come again.
	Receive(ctx context.Context, p engine.Partition, id engine.MessageID, r engine.Receipt) error
	Reply(ctx context.Context, in engine.Inbound) error
}

// Options are the settings of the hooks.
type Options struct {
	// Log gets what was refused and why, never a number or a text; nil discards.
	Log *slog.Logger
}

// StatusURL is where a provider sends the receipts of a message. base is the public
// address of the installation.
func StatusURL(base, provider string, p engine.Partition, m engine.MessageID) string {
	q := url.Values{partitionParam: {strconv.Itoa(int(p))}}
	if m != "" {
		q.Set(channels.CallbackID, string(m))
	}
	return strings.TrimRight(base, "/") + "/hooks/" + url.PathEscape(provider) + "/status?" + q.Encode()
}

// SMSURL is what to write into the provider's own settings, for texts that people send.
func SMSURL(base, provider string) string {
	return strings.TrimRight(base, "/") + "/hooks/" + url.PathEscape(provider) + "/sms"
}

type handler struct {
	hooks  map[string]channels.Hooks
	engine Engine
	log    *slog.Logger
}

// Handler serves /hooks/{provider}/status and /hooks/{provider}/sms for the providers
// named: POSTs, or GETs from a provider that calls so. hooks must not change afterwards.
func Handler(hooks map[string]channels.Hooks, e Engine, o Options) http.Handler {
	h := &handler{hooks: hooks, engine: e, log: o.Log}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/hooks/{provider}/status", h.known(channels.FormedHooks.ReceiptForm, h.status))
	mux.HandleFunc("/hooks/{provider}/sms", h.known(channels.FormedHooks.InboundForm, h.sms))
	mux.HandleFunc("/hooks/", func(w http.ResponseWriter, _ *http.Request) { write(w, unknownPath()) })
	return mux
}

// known finds the provider, checks how it calls and bounds the body.
func (h *handler) known(form formOf, next func(http.ResponseWriter, *http.Request, string, channels.Hooks)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("provider")
		provider, ok := h.hooks[name]
		if !ok && r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			write(w, wrongMethod())
			return
		}
		if !ok {
			h.log.WarnContext(r.Context(), "a callback for a provider that is not configured or takes none: "+
				"look at the provider's name in the configuration and in the callback's address")
			write(w, unknownProvider())
			return
		}
		if method := methodOf(provider, form); r.Method != method {
			w.Header().Set("Allow", method)
			write(w, wrongMethod())
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next(w, r, name, provider)
	}
}

// status applies the receipts of a call.
func (h *handler) status(w http.ResponseWriter, r *http.Request, name string, provider channels.Hooks) {
	all, err := receipts(provider, r)
	if err != nil {
		h.refuse(w, r, name, err)
		return
	}
	for _, got := range all {
		id, partition, err := addressOf(r, got)
		if err != nil && len(all) > 1 {
			h.log.WarnContext(r.Context(), "one receipt of a callback that tells of several is not for a message of ours", "provider", name)
			continue
		}
		if err != nil {
			h.refuse(w, r, name, err)
			return
		}
		if got.Alert {
			h.log.WarnContext(r.Context(), "a provider refused a message for a reason to look at",
				"provider", name, "message", id, "code", got.Code, "reason", got.Reason)
		}
		err = h.engine.Receive(r.Context(), partition, id, engine.Receipt{
			ProviderID: got.ProviderID, State: stateOf(got.State), Code: got.Code, Reason: got.Reason,
			BadAddress: got.BadAddress, OptedOut: got.OptedOut, Later: got.Outcome == channels.Temporary,
			Fault: got.Fault(),
		})
		if err != nil && !h.passOver(r, name, err, len(all)) {
			h.failed(w, r, name, err)
			return
		}
	}
	if !answered(w, provider, channels.FormedHooks.ReceiptForm) {
		w.WriteHeader(http.StatusNoContent)
	}
}

// stateOf is a receipt's state in the engine's words; a provider that holds the message
// is all that "sent" means there.
func stateOf(s channels.State) engine.MessageState {
	switch s {
	case channels.StateDelivered:
		return engine.MessageDelivered
	case channels.StateUndelivered:
		return engine.MessageUndelivered
	case channels.StateFailed:
		return engine.MessageFailed
	}
	return engine.MessageSent
}

// emptyReply is TwiML that says nothing: the engine's own answer is a message like any other.
const emptyReply = `<?xml version="1.0" encoding="UTF-8"?>` + "\n<Response/>\n"

// sms applies the texts of a call.
func (h *handler) sms(w http.ResponseWriter, r *http.Request, name string, provider channels.Hooks) {
	all, err := inbounds(provider, r)
	if err != nil {
		h.refuse(w, r, name, err)
		return
	}
	for _, got := range all {
		err = h.engine.Reply(r.Context(), engine.Inbound{
			Provider: name, ProviderID: got.ProviderID, From: got.From, To: got.To, Text: got.Text,
			Handled: engine.Handled(got.Handled),
		})
		if err != nil && !h.passOver(r, name, err, len(all)) {
			h.failed(w, r, name, err)
			return
		}
	}
	if !answered(w, provider, channels.FormedHooks.InboundForm) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		_, _ = w.Write([]byte(emptyReply)) // a provider that left needs no answer
	}
}

var errAddress = errors.New("the receipt's address is not one of ours: it names no message or no partition")

// refuse answers a request that is not the provider's, or not as it documents them.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, name string, err error) {
	if errors.Is(err, channels.ErrUnsigned) {
		h.log.WarnContext(r.Context(), "a callback is not signed by its provider. If the provider is really calling: "+
			"public_url must be the address it calls (https, host, port and path as outside the proxy), "+
			"the proxy must leave path and query alone, and the provider's auth token must be its own",
			"provider", name, "route", r.Pattern, "error", err)
		write(w, unsigned())
		return
	}
	h.log.WarnContext(r.Context(), "a callback could not be read", "provider", name, "route", r.Pattern, "error", err)
	write(w, malformed())
}

// failed answers for the engine: come again, or never.
func (h *handler) failed(w http.ResponseWriter, r *http.Request, name string, err error) {
	code := engine.CodeOf(err)
	h.log.ErrorContext(r.Context(), "a callback could not be recorded",
		"provider", name, "route", r.Pattern, "code", string(code), "error", err)
	switch code {
	case engine.CodeInvalid, engine.CodeNotFound, engine.CodeWrongState:
		write(w, pointless())
	default:
		w.Header().Set("Retry-After", "5")
		write(w, unavailable())
	}
}
