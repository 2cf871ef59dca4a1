package api

import (
	"net/http"
	"strconv"

	"relance/engine"
)

// limited is how many of a list are asked for, 100 unless told; false when that was refused.
func limited(w http.ResponseWriter, r *http.Request) (int, bool) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return 100, true
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1000 {
		p := newProblem(engine.CodeInvalid, "")
		p.Errors = []Fault{{Parameter: "limit", Code: "out_of_range", Detail: "must be from 1 to 1000"}}
		p.write(w, r)
		return 0, false
	}
	return n, true
}

// dead lists the newest dead letters; ?limit= says how many, 100 unless told.
func (h *ops) dead(w http.ResponseWriter, r *http.Request) {
	limit, ok := limited(w, r)
	if !ok {
		return
	}
	all, err := h.Dead.DeadLetters(r.Context(), limit)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if all == nil {
		all = []engine.DeadLetter{}
	}
	reply(w, http.StatusOK, Page[engine.DeadLetter]{Items: all})
}

func (h *ops) deadOne(w http.ResponseWriter, r *http.Request) {
	d, err := h.Dead.DeadLetter(r.Context(), r.PathValue("id"))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	reply(w, http.StatusOK, d)
}

// retry makes a dead letter's step due now.
func (h *ops) retry(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if err := h.Dead.Retry(r.Context(), id); err != nil {
		h.fail(w, r, err)
		return
	}
	h.Log.Info("a dead letter was taken up again", "id", id)
	reply(w, http.StatusOK, map[string]string{"id": id, "state": "due now"})
}

// fail answers with a problem and logs what ops will want to know.
func (h *ops) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		h.Log.Error("the ops listener could not answer", "route", r.Pattern, "cause", err.Error())
	}
	p.write(w, r)
}
