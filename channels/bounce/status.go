package bounce

import (
	"regexp"
	"strings"
)

// group is the fields of one block of a report, by name in small letters; a field that
// comes twice keeps its first value.
type group map[string]string

const mostGroups = 100 // of one report; a message of ours has one recipient

// groups reads blocks of "Name: value" lines parted by empty lines, as RFC 3464 and RFC 5965
// have them. What is no field is passed over: a report is read as far as it goes.
func groups(text string) []group {
	var all []group
	current, last := group{}, ""
	flush := func() {
		if len(current) > 0 && len(all) < mostGroups {
			all = append(all, current)
		}
		current, last = group{}, ""
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		name, value, field := strings.Cut(line, ":")
		switch {
		case strings.TrimSpace(line) == "":
			flush()
		case line[0] == ' ' || line[0] == '\t':
			if last != "" {
				current[last] += " " + strings.TrimSpace(line)
			}
		case field:
			last = ""
			if key := strings.ToLower(strings.TrimSpace(name)); current[key] == "" {
				current[key], last = strings.TrimSpace(value), key
			}
		}
	}
	flush()
	return all
}

var (
	statusPattern = regexp.MustCompile(`^([245]\.\d{1,3}\.\d{1,3})\b`)
	// diagnosticPattern finds an enhanced code behind the reply code it belongs to, or behind
	// qmail's mark: a version or an address of four numbers is none.
	diagnosticPattern = regexp.MustCompile(`(?:\b[245]\d\d[ -]+#?|#)([245]\.\d{1,3}\.\d{1,3})(?:[^.0-9]|\.?$|\.[^0-9])`)
)

// delivery reads a message/delivery-status (RFC 3464). A message of ours has one
// recipient; where that is a list, it failed only when it failed for everybody.
func delivery(text string) (Kind, string) {
	kind, status := Nothing, ""
	for _, g := range groups(text) {
		k, s := g.outcome()
		switch {
		case k == Nothing:
		case k == Delivered:
			return Delivered, s
		case kind == Nothing, kind == Failed && k == Delayed:
			kind, status = k, s
		}
	}
	return kind, status
}

// outcome is what the group says of its recipient; Nothing for the group about the message
// and for mail that only went on (relayed, expanded).
func (g group) outcome() (Kind, string) {
	status := g.status()
	switch action := strings.ToLower(g["action"]); {
	case strings.HasPrefix(action, "failed"):
		return Failed, status
	case strings.HasPrefix(action, "delayed"):
		return Delayed, status
	case strings.HasPrefix(action, "delivered"):
		return Delivered, status
	case action != "" || g["final-recipient"] == "":
		return Nothing, ""
	}
	switch { // no action, though it is required: the status says it
	case strings.HasPrefix(status, "5."):
		return Failed, status
	case strings.HasPrefix(status, "4."):
		return Delayed, status
	}
	return Nothing, ""
}

// status is the enhanced code; the one of the diagnostic where the field says only
// "something" (5.0.0).
func (g group) status() string {
	status := ""
	if found := statusPattern.FindStringSubmatch(g["status"]); found != nil {
		status = found[1]
	}
	if status != "" && !strings.HasSuffix(status, ".0.0") {
		return status
	}
	found := diagnosticPattern.FindStringSubmatch(g["diagnostic-code"])
	if found != nil && (status == "" || found[1][0] == status[0]) {
		return found[1]
	}
	return status
}

// feedback reads a message/feedback-report (RFC 5965).
func feedback(text string) Kind {
	for _, g := range groups(text) {
		switch strings.ToLower(g["feedback-type"]) {
		case "abuse", "fraud", "other", "virus":
			return Complaint
		}
	}
	return Nothing // not-spam takes it back, auth-failure is about DMARC
}

// plain reads a bounce that is text for people: nobody's but a server's, with the code of
// its refusal.
func plain(text string) (Kind, string) {
	found := diagnosticPattern.FindStringSubmatch(text)
	switch {
	case found == nil:
		return Nothing, ""
	case found[1][0] == '5':
		return Failed, found[1]
	case found[1][0] == '4':
		return Delayed, found[1]
	}
	return Nothing, ""
}
