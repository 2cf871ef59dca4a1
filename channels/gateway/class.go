package gateway

import (
	"cmp"
	"slices"
	"strings"

	"relance/channels"
)

// class is what an outcome of the gateway means for us: one word of the table below, and
// words for people.
type class struct {
	word   string
	reason string
}

// meaning is the class as an answer, without its code.
func (c class) meaning() (channels.Answer, bool) {
	a := channels.Answer{Reason: c.reason}
	say := func(o channels.Outcome, why string) (channels.Answer, bool) {
		a.Outcome, a.Reason = o, cmp.Or(a.Reason, why)
		return a, true
	}
	switch c.word {
	case "sent":
		return channels.Answer{Outcome: channels.Sent}, true
	case "temporary":
		return say(channels.Temporary, "the gateway or the carrier cannot take it for the moment")
	case "too_fast":
		a.Slower = true
		return say(channels.Temporary, "too many messages at once for this account")
	case "permanent":
		return say(channels.Permanent, "this message will not be delivered")
	case "bad_address":
		a.BadAddress = true
		return say(channels.Permanent, "the number does not exist or cannot take SMS")
	case "opted_out":
		a.OptedOut = true
		return say(channels.Permanent, "the person stopped messages from this sender")
	case "alert":
		a.Alert = true
		return say(channels.Permanent, "the gateway refuses the message")
	case "configuration":
		return say(channels.Configuration, "the gateway refuses the account or its settings")
	case "unknown":
		return say(channels.Unknown, "the gateway cannot say whether it took the message")
	}
	return a, false
}

const classWords = "sent, temporary, too_fast, permanent, bad_address, opted_out, alert, configuration or unknown"

// parseClass reads "temporary" or "temporary: words for people".
func parseClass(s string) (class, bool) {
	word, reason, _ := strings.Cut(s, ":")
	c := class{strings.TrimSpace(word), strings.TrimSpace(reason)}
	_, ok := c.meaning()
	return c, ok
}

// table finds a class by a code or a status. Keys are exact, or end in * or x: the longest
// beginning that fits counts, an exact key before it.
type table map[string]class

func (t table) find(code string) (class, bool) {
	if code == "" {
		return class{}, false
	}
	if c, ok := t[code]; ok {
		return c, true
	}
	best, found := "", false
	for key := range t {
		begin, wild := strings.CutSuffix(key, "*")
		if wild && strings.HasPrefix(code, begin) && (!found || len(begin) > len(best)) {
			best, found = begin, true
		}
	}
	return t[best+"*"], found
}

// standing is where a message is, and the class of its failure.
type standing struct {
	state channels.State
	class class
}

// parseStanding reads "delivered", "undelivered", "failed opted_out" or
// "undelivered bad_address: words for people".
func parseStanding(s string) (standing, bool) {
	words, reason, _ := strings.Cut(s, ":")
	state, word, _ := strings.Cut(strings.TrimSpace(words), " ")
	at := standing{state: channels.State(state)}
	if at.state.Rank() == 0 {
		return at, false
	}
	failed := lost(at.state)
	if word == "" && failed {
		word = "permanent"
	}
	at.class = class{word, strings.TrimSpace(reason)}
	if !failed {
		return at, word == ""
	}
	_, ok := at.class.meaning()
	return at, ok && word != "sent" && word != "unknown"
}

const stateWords = "accepted, sent, delivered, undelivered or failed, the last two with a class after them if need be"

func lost(s channels.State) bool {
	return s == channels.StateUndelivered || s == channels.StateFailed
}

// safeCode keeps a code that may stand in a record and a log: short, and no number or
// address of a person. Others become "other".
func safeCode(code string) string {
	digits := 0
	odd := func(r rune) bool {
		if r >= '0' && r <= '9' {
			digits++
			return false
		}
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || slices.Contains([]rune("._- "), r))
	}
	if len(code) > 40 || strings.ContainsFunc(code, odd) || digits > 8 {
		return "other"
	}
	return code
}
