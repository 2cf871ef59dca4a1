// Package feeds serves /ics/{token}.ics: a calendar's appointments for the agent's own agenda to
// subscribe to. It holds no rule and keeps nothing. The path is a secret: logs and metrics take the
// route instead.
package feeds

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"relance/engine"
)

// Engine is what the feeds need of *engine.Engine.
type Engine interface {
	// Feed is the file that a token opens, the same bytes for the same state; CodeNotFound for every
	// token that opens nothing, CodeUnavailable.
	Feed(ctx context.Context, token string) ([]byte, error)
}

// Handler serves GET and HEAD of /ics/{token}.ics, and nothing else under /ics/. log, optional, gets
// the engine's failures.
func Handler(e Engine, log *slog.Logger) http.Handler {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/ics/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound) })
	mux.HandleFunc("/ics/{file}", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed)
			return
		}
		token, ok := strings.CutSuffix(r.PathValue("file"), ".ics")
		if !ok {
			refuse(w, http.StatusNotFound)
			return
		}
		body, err := e.Feed(r.Context(), token)
		switch code := engine.CodeOf(err); code {
		case "":
			write(w, r, body)
		case engine.CodeNotFound:
			refuse(w, http.StatusNotFound)
		default:
			log.ErrorContext(r.Context(), "a calendar's feed could not be served", "route", r.Pattern, "code", string(code), "error", err)
			w.Header().Set("Retry-After", "60")
			refuse(w, http.StatusServiceUnavailable)
		}
	})
	return mux
}

// write answers with the file, or says that the caller has it already.
func write(w http.ResponseWriter, r *http.Request, body []byte) {
	sum := sha256.Sum256(body)
	etag := `"` + hex.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	secure(h)
	// The agenda that asks may keep it and ask whether it changed; nobody in between may.
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", etag)
	if has(r.Header.Values("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="relance.ics"`)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // a caller that left needs no answer
	}
}

// has tells whether If-None-Match names the tag; proxies that pack an answer make tags weak.
func has(headers []string, etag string) bool {
	for _, one := range strings.Split(strings.Join(headers, ","), ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == etag || one == "*" {
			return true
		}
	}
	return false
}

// refuse is the one answer of its status, whoever asks for whatever.
func refuse(w http.ResponseWriter, status int) {
	h := w.Header()
	secure(h)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(http.StatusText(status) + "\n")) // as above
}

func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex, nofollow")
}
