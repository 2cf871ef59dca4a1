package wording

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// askPattern finds a request to answer by SMS, in the languages of organisations
// that write their own texts.
var askPattern = regexp.MustCompile(`(?i)\b(r[ée]pond\w*|envoyez|tapez|reply|respond|send|text)\b[^.\n]{0,30}?\b(1|2|3|oui|non|ok|stop|yes|no|(?-i:APPEL|AIDE|CALL|HELP))\b|(відпов\p{L}*|надішл\p{L}*|أجب\p{L}*|أجيب\p{L}*|أرسل\p{L}*)[^.\n]{0,30}?(\b[123]\b|[١٢٣]|ДЗВІНОК|اتصال)`)

// AsksReply returns the keys of SMS that ask for a reply even when replies is
// false, in order. Through a sender that cannot take replies such a text is a
// fault, to be refused when the service is saved (RULES §4, "Sender"). A kind
// that is itself the answer to a reply is left out.
func (b *Book) AsksReply() []string {
	var asking []string
	for at, compiled := range b.texts {
		if at.channel != SMS || at.kind.OnlySMS() {
			continue
		}
		for _, vars := range sample(b.variables[at.kind]) {
			if vars["replies"] == true {
				continue
			}
			out, err := compiled.RenderString(vars)
			if err == nil && askPattern.MatchString(out) {
				asking = append(asking, at.String())
				break
			}
		}
	}
	slices.Sort(asking)
	return asking
}

// Keys returns the name of every template, sorted: what With accepts.
func (b *Book) Keys() []string {
	keys := make([]string, 0, len(b.texts))
	for at := range maps.Keys(b.texts) {
		keys = append(keys, at.String())
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
