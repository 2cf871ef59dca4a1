package hooks

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"

	"relance/channels"
	"relance/engine"
)

// formOf picks the form of receipts or of texts.
type formOf func(channels.FormedHooks) channels.HookForm

func methodOf(provider channels.Hooks, form formOf) string {
	if f, ok := provider.(channels.FormedHooks); ok {
		return cmp.Or(form(f).Method, http.MethodPost)
	}
	return http.MethodPost
}

// answered writes the answer that the provider waits for; false when it waits for none.
func answered(w http.ResponseWriter, provider channels.Hooks, form formOf) bool {
	f, ok := provider.(channels.FormedHooks)
	if !ok || form(f).Status == 0 {
		return false
	}
	answer := form(f)
	w.Header().Set("Content-Type", cmp.Or(answer.ContentType, "text/plain; charset=utf-8"))
	w.WriteHeader(answer.Status)
	_, _ = w.Write([]byte(answer.Body)) // a provider that left needs no answer
	return true
}

// receipts are all that a call tells of.
func receipts(provider channels.Hooks, r *http.Request) ([]channels.Receipt, error) {
	if batch, ok := provider.(channels.BatchHooks); ok {
		return batch.Receipts(r)
	}
	one, err := provider.Receipt(r)
	return []channels.Receipt{one}, err
}

func inbounds(provider channels.Hooks, r *http.Request) ([]channels.Inbound, error) {
	if batch, ok := provider.(channels.BatchHooks); ok {
		return batch.Inbounds(r)
	}
	one, err := provider.Inbound(r)
	return []channels.Inbound{one}, err
}

// addressOf is where the message of a receipt is kept: the callback's own address says it, or
// the reference that the provider gives back instead.
func addressOf(r *http.Request, got channels.Receipt) (engine.MessageID, engine.Partition, error) {
	q := r.URL.Query()
	if got.Reference != "" {
		var err error
		if q, err = url.ParseQuery(got.Reference); err != nil {
			return "", 0, errAddress
		}
		got.MessageID = q.Get(channels.CallbackID)
	}
	partition, err := strconv.Atoi(q.Get(partitionParam))
	if err != nil || partition < 0 || partition >= engine.Partitions || got.MessageID == "" {
		return "", 0, errAddress
	}
	return engine.MessageID(got.MessageID), engine.Partition(partition), nil
}

// passOver tells whether one message of several that can never be applied is left aside, so
// that the others of its call are: the provider would repeat them all.
func (h *handler) passOver(r *http.Request, name string, err error, all int) bool {
	switch engine.CodeOf(err) {
	case engine.CodeInvalid, engine.CodeNotFound, engine.CodeWrongState:
	default:
		return false
	}
	if all < 2 {
		return false
	}
	h.log.WarnContext(r.Context(), "one message of a callback that tells of several cannot be applied",
		"provider", name, "route", r.Pattern, "error", err)
	return true
}
