package hooks

import (
	"encoding/json"
	"net/http"
)

// problem is an error as RFC 9457 has it (RULES §6).
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
}

func newProblem(status int, code, detail string) problem {
	return problem{Type: "urn:relance:problem:" + code, Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

func unknownProvider() problem {
	return newProblem(http.StatusNotFound, "unknown_provider", "No provider of this name takes callbacks here.")
}

func unknownPath() problem {
	return newProblem(http.StatusNotFound, "not_found", "Callbacks go to /hooks/{provider}/status and /hooks/{provider}/sms.")
}

func wrongMethod() problem {
	return newProblem(http.StatusMethodNotAllowed, "method_not_allowed", "The provider does not call in this way; see the Allow header.")
}

func unsigned() problem {
	return newProblem(http.StatusForbidden, "unsigned", "The signature is missing or wrong; nothing was changed.")
}

func malformed() problem {
	return newProblem(http.StatusBadRequest, "malformed", "This is not a callback that the provider documents; nothing was changed.")
}

func pointless() problem {
	return newProblem(http.StatusUnprocessableEntity, "not_applicable", "This cannot be applied; do not send it again.")
}

func unavailable() problem {
	return newProblem(http.StatusServiceUnavailable, "unavailable", "Nothing was recorded; send it again.")
}

func write(w http.ResponseWriter, p problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a provider that left needs no answer
}
