package twiliotest

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const messagesPath = "/2010-04-01/Accounts/{account}/Messages.json"

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+messagesPath, s.authorised(s.create))
	mux.HandleFunc("GET "+messagesPath, s.authorised(s.list))
	return mux
}

// authorised checks the credentials and the account of the path.
func (s *Server) authorised(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, pass, _ := r.BasicAuth()
		token := same(user, s.cfg.AccountSID) && same(pass, s.cfg.AuthToken)
		key := s.cfg.APIKey != "" && same(user, s.cfg.APIKey) && same(pass, s.cfg.APISecret)
		switch {
		case !token && !key:
			writeError(w, http.StatusUnauthorized, 20003, "Authenticate")
		case r.PathValue("account") != s.cfg.AccountSID:
			writeError(w, http.StatusNotFound, 20404, "The requested resource was not found")
		default:
			next(w, r)
		}
	}
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// create is POST Messages.json.
func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		writeError(w, http.StatusBadRequest, 20001, "The form cannot be read")
		return
	}
	m := s.read(r.PostForm)
	if code, why := invalid(m); code != 0 {
		s.refuse()
		writeError(w, http.StatusBadRequest, code, why)
		return
	}
	var fault *Fault
	if s.cfg.Fault != nil {
		fault = s.cfg.Fault(m)
	}
	if fault == nil || fault.Accept {
		m = s.accept(m)
	} else {
		s.refuse()
	}
	if fault != nil && !s.passing(r, m, *fault) {
		s.fail(w, r, *fault)
		return
	}
	writeJSON(w, http.StatusCreated, s.resource(m))
}

func (s *Server) read(form url.Values) Message {
	return Message{
		To: form.Get("To"), From: form.Get("From"), Body: form.Get("Body"),
		Service: form.Get("MessagingServiceSid"), Callback: form.Get("StatusCallback"),
		ValidityPeriod: form.Get("ValidityPeriod"), Form: form, Status: "queued",
	}
}

// invalid finds what the real API refuses in any account.
func invalid(m Message) (code int, why string) {
	switch {
	case m.To == "":
		return 21604, "A 'To' phone number is required."
	case !strings.HasPrefix(m.To, "+") || len(m.To) < 8:
		return 21211, "Invalid 'To' Phone Number"
	case m.From == "" && m.Service == "":
		return 21603, "A 'From' phone number is required."
	case m.Body == "":
		return 21602, "Message body is required."
	case len([]rune(m.Body)) > 1600:
		return 21617, "The concatenated message body exceeds the 1600 character limit"
	}
	if v := m.ValidityPeriod; v != "" {
		if n, err := strconv.Atoi(v); err != nil || n < 1 || n > 36000 {
			return 20001, "ValidityPeriod must be 1 to 36000 seconds"
		}
	}
	return 0, ""
}

// accept keeps a message and starts its receipts.
func (s *Server) accept(m Message) Message {
	s.mu.Lock()
	m.SID = fmt.Sprintf("SM%032x", len(s.messages)+1)
	m.Created = s.cfg.Now()
	s.messages = append(s.messages, m)
	close(s.arrived)
	s.arrived = make(chan struct{})
	s.mu.Unlock()
	if m.Callback != "" && len(s.cfg.Receipts) > 0 {
		s.receipts.Go(func() { s.follow(m.SID) })
	}
	return m
}

func (s *Server) refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused++
}

// passing does what a fault does before the answer; true when the answer is the usual one.
func (s *Server) passing(r *http.Request, m Message, f Fault) bool {
	for _, status := range f.Early {
		_, _ = s.Receipt(r.Context(), m.SID, status, 0) // refused ones are looked at by whoever gets them
	}
	if f.Until != nil {
		select {
		case <-f.Until:
		case <-r.Context().Done():
		case <-s.closing:
		}
	}
	return f.Accept && !f.Hang && !f.Drop && f.Status == 0
}

// fail answers as the fault says.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, f Fault) {
	switch {
	case f.Hang:
		select {
		case <-r.Context().Done():
		case <-s.closing:
		}
		panic(http.ErrAbortHandler)
	case f.Drop:
		panic(http.ErrAbortHandler)
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	if f.Raw != "" {
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Raw))
		return
	}
	writeError(w, f.Status, f.Code, "The message is refused")
}

// list is GET Messages.json, newest first, with the filters and pages of the API.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	found := slices.DeleteFunc(s.Messages(), func(m Message) bool { return !matches(m, q) })
	slices.Reverse(found)
	size, page := number(q, "PageSize", 50), number(q, "Page", 0)
	start := min(page*size, len(found))
	end := min(start+size, len(found))
	resources := make([]map[string]any, 0, end-start)
	for _, m := range found[start:end] {
		resources = append(resources, s.resource(m))
	}
	self := func(page int) string {
		q.Set("Page", strconv.Itoa(page))
		q.Set("PageSize", strconv.Itoa(size))
		return r.URL.Path + "?" + q.Encode()
	}
	var next, previous any
	if end < len(found) {
		next = self(page + 1)
	}
	if page > 0 {
		previous = self(page - 1)
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"messages": resources, "page": page, "page_size": size, "start": start, "end": max(end-1, 0),
		"first_page_uri": self(0), "next_page_uri": next, "previous_page_uri": previous, "uri": self(page),
	})
}

func number(q url.Values, name string, otherwise int) int {
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < 0 || n == 0 && name == "PageSize" {
		return otherwise
	}
	return n
}

// matches applies the filters. Dates count by the day, and a message not sent yet has none.
func matches(m Message, q url.Values) bool {
	if to := q.Get("To"); to != "" && to != m.To {
		return false
	}
	if from := q.Get("From"); from != "" && from != m.From {
		return false
	}
	sent := ""
	if m.Status != "queued" && m.Status != "accepted" {
		sent = m.Created.UTC().Format(time.DateOnly)
	}
	on, before, after := day(q, "DateSent"), day(q, "DateSent<"), day(q, "DateSent>")
	if on+before+after != "" && sent == "" {
		return false
	}
	return (on == "" || sent == on) && (before == "" || sent <= before) && (after == "" || sent >= after)
}

func day(q url.Values, name string) string {
	v := q.Get(name)
	return v[:min(len(v), len(time.DateOnly))]
}

// resource is a message as the API shows it.
func (s *Server) resource(m Message) map[string]any {
	path := "/2010-04-01/Accounts/" + s.cfg.AccountSID + "/Messages/" + m.SID
	created := m.Created.UTC().Format(time.RFC1123Z)
	var sent, code, text, from, service any
	if m.Status != "queued" && m.Status != "accepted" {
		sent = created
	}
	if m.ErrorCode != 0 {
		code, text = m.ErrorCode, "Error "+strconv.Itoa(m.ErrorCode)
	}
	if from = m.From; m.From == "" {
		from = nil
	}
	if service = m.Service; m.Service == "" {
		service = nil
	}
	return map[string]any{
		"account_sid": s.cfg.AccountSID, "api_version": "2010-04-01", "sid": m.SID,
		"body": m.Body, "to": m.To, "from": from, "messaging_service_sid": service,
		"status": m.Status, "direction": "outbound-api", "error_code": code, "error_message": text,
		"date_created": created, "date_updated": created, "date_sent": sent,
		"num_media": "0", "num_segments": "1", "price": nil, "price_unit": nil,
		"uri": path + ".json", "subresource_uris": map[string]string{"media": path + "/Media.json"},
	}
}

func writeError(w http.ResponseWriter, status, code int, message string) {
	writeJSON(w, status, map[string]any{
		"code": code, "message": message, "status": status,
		"more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(code),
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
