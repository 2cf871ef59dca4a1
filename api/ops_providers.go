package api

import (
	"cmp"
	"net/http"

	"relance/engine"
)

func (h *ops) providers(w http.ResponseWriter, _ *http.Request) {
	all := h.Providers.Providers()
	if all == nil {
		all = []ProviderState{}
	}
	reply(w, http.StatusOK, Page[ProviderState]{Items: all})
}

// pause stops a provider until it is resumed; ?why= is kept for the next one who looks.
func (h *ops) pause(w http.ResponseWriter, r *http.Request) {
	why := cmp.Or(r.URL.Query().Get("why"), "paused by hand")
	h.switched(w, r, "a provider was paused by hand", func(name string) bool { return h.Providers.Pause(r.Context(), name, why) })
}

func (h *ops) resume(w http.ResponseWriter, r *http.Request) {
	h.switched(w, r, "a provider was resumed by hand", func(name string) bool { return h.Providers.Resume(r.Context(), name) })
}

func (h *ops) switched(w http.ResponseWriter, r *http.Request, words string, act func(string) bool) {
	name := r.PathValue("name")
	if !act(name) {
		newProblem(engine.CodeNotFound, "There is no provider of this name; /providers lists them.").write(w, r)
		return
	}
	h.Log.Warn(words, "provider", name)
	for _, p := range h.Providers.Providers() {
		if p.Name == name {
			reply(w, http.StatusOK, p)
			return
		}
	}
	reply(w, http.StatusOK, map[string]string{"name": name})
}
