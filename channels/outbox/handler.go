package outbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"relance/channels"
)

const (
	maxReply = 16 << 10 // bytes of a posted form
	maxText  = 1600     // characters of a reply, as long as a phone can send
)

// Handler serves the outbox:
//
//	GET  /outbox          the page; ?to=+33612345678 is one person's
//	GET  /outbox.json     {"limit", "dropped", "messages"}, oldest first; ?to= filters
//	POST /outbox/reply    a form of from, to and text: the person answers
//
// Links are relative: it may be served under a prefix that is taken off.
func (o *Outbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /outbox", o.page)
	mux.HandleFunc("GET /outbox.json", o.list)
	mux.HandleFunc("POST /outbox/reply", o.reply)
	// A page elsewhere must not answer in a person's place through the developer's browser.
	return protect(http.NewCrossOriginProtection().Handler(mux))
}

func protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Robots-Tag", "noindex")
		next.ServeHTTP(w, r)
	})
}

// of gives the messages of one person, all when to is empty.
func (o *Outbox) of(to string) []Message {
	all := o.Messages()
	if to == "" {
		return all
	}
	own := []Message{}
	for _, m := range all {
		if m.Person() == to {
			own = append(own, m)
		}
	}
	return own
}

func (o *Outbox) list(w http.ResponseWriter, r *http.Request) {
	messages := o.of(person(r))
	if messages == nil {
		messages = []Message{}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"limit": o.Limit(), "dropped": o.Dropped(), "messages": messages,
	})
}

// person reads ?to=. A number typed with a plain + arrives as a space.
func person(r *http.Request) string {
	to := r.URL.Query().Get("to")
	if strings.HasPrefix(to, " ") {
		to = "+" + to[1:]
	}
	return to
}

func (o *Outbox) reply(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxReply)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "Formulaire illisible ou trop long.", http.StatusBadRequest)
		return
	}
	in := channels.Inbound{From: r.PostForm.Get("from"), To: r.PostForm.Get("to"), Text: r.PostForm.Get("text")}
	switch {
	case o.cfg.OnReply == nil:
		http.Error(w, "Cette installation n’accepte pas de réponse ici.", http.StatusNotImplemented)
		return
	case in.From == "" || strings.TrimSpace(in.Text) == "" || len([]rune(in.Text)) > maxText:
		http.Error(w, "Il faut un numéro (from) et un texte (text) de 1 600 caractères au plus.", http.StatusUnprocessableEntity)
		return
	}
	kept := o.keep(Message{Direction: In, Channel: channels.SMS, From: in.From, To: in.To, Text: in.Text})
	in.ProviderID = kept.ProviderID
	if err := o.cfg.OnReply(r.Context(), in); err != nil {
		// The cause may name the person; whoever handles replies logs it.
		http.Error(w, "La réponse n’a pas pu être traitée. Voir le journal du serveur.", http.StatusInternalServerError)
		return
	}
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Location", "../outbox?"+url.Values{"to": {in.From}}.Encode())
	w.WriteHeader(http.StatusSeeOther)
}
