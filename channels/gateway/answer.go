package gateway

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"relance/channels"
	"relance/channels/httpcall"
)

// reading is an Answer, compiled.
type reading struct {
	Answer
	plain           bool // the answer is text, read by patterns
	codes, statuses table
	states          map[string]standing
}

// read turns what came back of a send into an answer.
func (r *reading) read(got result, now time.Time) channels.Answer {
	if got.status == 0 {
		return unanswered(got)
	}
	a := r.known(got)
	if a.Outcome == channels.Temporary {
		a.After = httpcall.RetryAfter(got.header, now)
	}
	return a
}

// unanswered: nothing came back. Only a request that never left may go again.
func unanswered(got result) channels.Answer {
	code := httpcall.LostCode(got.err)
	if got.left {
		return channels.Answer{Outcome: channels.Unknown, Code: code, Reason: "the answer was lost; the message may have left"}
	}
	return channels.Answer{Outcome: channels.Temporary, Code: code, Reason: "the gateway could not be reached"}
}

func (r *reading) known(got result) channels.Answer {
	doc, err := r.document(got.body)
	if err != nil || got.err != nil {
		if r.accepts(got.status) && (got.err != nil || r.needsBody()) {
			return doubtful("unreadable", "the gateway's answer cannot be read; the message may have left")
		}
		doc = fields{}
	}
	code := r.Code.first(doc)
	if r.accepts(got.status) {
		return r.taken(doc, code)
	}
	if c, ok := r.codes.find(code); ok {
		return coded(c, code)
	}
	status := strconv.Itoa(got.status)
	c, ok := r.statuses.find(status)
	if !ok {
		c, ok = r.statuses[status[:1]+"xx"]
	}
	if !ok {
		c = usual(got.status)
	}
	if code == "" {
		code = "http " + status
	}
	return coded(c, code)
}

// taken reads an answer whose status says that the message was taken.
func (r *reading) taken(doc document, code string) channels.Answer {
	if !slices.Contains(r.OK, code) {
		c, ok := r.codes.find(code)
		switch {
		case ok && c.word != "sent":
			return coded(c, code)
		case !ok && len(r.OK) > 0:
			a := doubtful("unexplained", "the gateway answers with a code that its description does not explain")
			if code != "" {
				a.Code = safeCode(code)
			}
			a.Alert = true
			return a
		}
	}
	id := r.ID.first(doc)
	if at, ok := r.states[r.State.first(doc)]; ok && lost(at.state) {
		a := coded(at.class, r.State.first(doc))
		a.ProviderID = id
		return a
	}
	if id == "" && len(r.ID) > 0 {
		return doubtful("no_id", "the gateway answered without naming the message")
	}
	return channels.Answer{Outcome: channels.Sent, ProviderID: id}
}

func doubtful(code, reason string) channels.Answer {
	return channels.Answer{Outcome: channels.Unknown, Code: code, Reason: reason}
}

func coded(c class, code string) channels.Answer {
	a, _ := c.meaning()
	if a.Outcome != channels.Sent {
		a.Code = safeCode(code)
	}
	return a
}

func (r *reading) needsBody() bool { return len(r.ID)+len(r.Code)+len(r.State) > 0 }

func (r *reading) accepts(status int) bool {
	if len(r.Accepted) == 0 {
		return status >= 200 && status < 300
	}
	return slices.Contains(r.Accepted, strconv.Itoa(status))
}

// usual is what an HTTP status means where the description does not say. A 503 and a 429
// are refusals; any other 5xx may come after the message was taken.
func usual(status int) class {
	switch {
	case status == http.StatusTooManyRequests:
		return class{"too_fast", "too many requests at once for this account"}
	case status == http.StatusServiceUnavailable:
		return class{"temporary", "the gateway is closed for a moment"}
	case status == http.StatusRequestTimeout:
		return class{"temporary", "the gateway did not get the whole request"}
	case status >= 500:
		return class{"unknown", "the gateway failed; it may have taken the message"}
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return class{"configuration", "the gateway refuses the credentials"}
	case status == http.StatusPaymentRequired:
		return class{"configuration", "the account has no credit left"}
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status < 400:
		return class{"configuration", "the address of the gateway is wrong, or its description out of date"}
	}
	return class{"alert", ""}
}

// document reads a body as the description says.
func (r *reading) document(body []byte) (document, error) {
	if r.plain {
		return plain(body), nil
	}
	return parseJSON(body)
}

// plain is an answer in words: its paths are patterns whose first group is the value.
type plain []byte

func (p plain) text(path string) string {
	pattern, err := regexp.Compile(path)
	if err != nil {
		return "" // told at start
	}
	if m := pattern.FindSubmatch(p); len(m) > 1 {
		return string(m[1])
	}
	return ""
}

func (p plain) list(string) ([]document, bool) { return nil, false }
