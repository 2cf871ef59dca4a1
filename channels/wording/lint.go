package wording

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/osteele/liquid"

	"relance/channels/text"
)

// Finding is what a look at a template found (RULES §4, "Wording").
type Finding struct {
	Fault
	// Advice findings do not keep a text from being saved; the others do.
	Advice bool
}

// longestSentence is how many words plain language allows (RULES §4).
const longestSentence = 12

var (
	sentenceEnd = regexp.MustCompile(`[.!?؟]\s|[.!?؟]$|\n`)
	wordPattern = regexp.MustCompile(`[\p{L}\p{N}][\p{L}\p{N}'’ʼ:/.-]*`)
	// askPattern finds a request to answer by SMS, in the languages of organisations that write their own
	// texts. Through a sender that cannot take replies it is a fault (RULES §4, "Sender").
	askPattern = regexp.MustCompile(`(?i)\b(r[ée]pond\w*|envoyez|tapez|reply|respond|send|text)\b[^.\n]{0,30}?\b(1|2|3|oui|non|ok|stop|yes|no|(?-i:APPEL|AIDE|CALL|HELP))\b|(відпов\p{L}*|надішл\p{L}*|أجب\p{L}*|أجيب\p{L}*|أرسل\p{L}*)[^.\n]{0,30}?(\b[123]\b|[١٢٣]|ДЗВІНОК|اتصال)`)
	// rungPattern is a relance of one rung of the ladder.
	rungPattern = regexp.MustCompile(`/relance_(?:[1-9]|10)(\.subject)?$`)
	shortener   = regexp.MustCompile(`(?i)\b(bit\.ly|tinyurl\.com|t\.co|goo\.gl|ow\.ly|is\.gd|buff\.ly|rebrand\.ly|cutt\.ly|shorturl\.at|t\.ly|tiny\.cc|lnkd\.in|urlz\.fr|vu\.fr|rb\.gy|s\.id|urlr\.me|swll\.to|1url\.cz)(/|\b)`)
)

// Lint looks at templates, by key as With takes them, for a sender that takes replies or not: what With
// refuses, and what a person should not be sent. In order of the keys, what refuses first. A key with the
// number of a follow-up (fr/sms/relance_2) is looked at as any relance.
func (b *Book) Lint(templates map[string]string, replies bool) []Finding {
	var all []Finding
	for _, name := range slices.Sorted(maps.Keys(templates)) {
		l := linter{b: b, source: templates[name], mute: !replies}
		var err error
		if l.at, err = b.find(rungPattern.ReplaceAllString(name, "/relance$1")); err != nil {
			all = append(all, Finding{Fault: Fault{Text: name, Code: "unknown_text", Message: err.Error()}})
			continue
		}
		for _, f := range l.lint() {
			f.Text = name
			all = append(all, f)
		}
	}
	return all
}

// linter looks at one template.
type linter struct {
	b      *Book
	at     key
	source string
	mute   bool // the sender takes no replies
	found  []Finding
	said   map[string]bool // what was found already, in another filling-in
}

func (l *linter) lint() []Finding {
	compiled, err := compile(newEngine(l.b.languages[l.at.lang]), l.at, l.source)
	var refused faults
	if errors.As(err, &refused) {
		for _, f := range refused {
			l.found = append(l.found, Finding{Fault: *f})
		}
		return l.found
	}
	l.said = map[string]bool{}
	if where := shortener.FindStringIndex(l.source); where != nil {
		l.note(1+strings.Count(l.source[:where[0]], "\n"), false, "shortener", "a shortened link hides where it leads, and carriers filter it: write {{ link }}, or the whole address")
	}
	for _, vars := range sample(Variables(l.at.kind)) {
		l.filled(compiled, vars)
	}
	l.unicode()
	slices.SortStableFunc(l.found, func(a, b Finding) int {
		switch {
		case a.Advice == b.Advice:
			return 0
		case b.Advice:
			return -1
		}
		return 1
	})
	return l.found
}

func (l *linter) note(line int, advice bool, code, format string, args ...any) {
	f := Finding{Fault{l.at.String(), line, code, fmt.Sprintf(format, args...)}, advice}
	if !l.said[f.Code+f.Message] {
		l.said[f.Code+f.Message] = true
		l.found = append(l.found, f)
	}
}

// filled looks at the text with one set of variables, their values short and plain, so that what is found
// is the template's own.
func (l *linter) filled(compiled *liquid.Template, vars map[string]any) {
	vars = plainly(l.b.languages[l.at.lang], vars)
	out, err := compiled.RenderString(vars)
	if err != nil {
		return // compile filled it in with the same set
	}
	out = withoutBlankLines(out)
	l.names(out, vars)
	l.answers(out, vars)
	l.plain(out)
}

// names asks for who writes and where to call. An email names the organisation in its layout.
func (l *linter) names(out string, vars map[string]any) {
	organisation, _ := vars["organisation"].(string)
	first := l.at.channel == SMS || l.at.subject
	switch {
	case l.at.channel == SMS && !strings.Contains(out, organisation):
		l.note(0, false, "no_organisation", "it does not always say {{ organisation }}: nobody opens a link without knowing who writes")
	case first && !strings.HasPrefix(out, organisation):
		l.note(1, true, "organisation_first", "it does not always begin with {{ organisation }}: it is what people look for first")
	}
	if phone, _ := vars["phone"].(string); !l.at.subject && !strings.Contains(out, phone) {
		l.note(0, false, "no_phone", "it does not always say {{ phone }}: some people can only call")
	}
}

// answers asks for a way to answer that works: the link, or a reply that somebody receives.
func (l *linter) answers(out string, vars map[string]any) {
	if l.at.subject {
		return
	}
	open := l.at.channel == SMS && vars["replies"] == true
	if l.at.channel == SMS && !l.at.kind.OnlySMS() && l.mute && !open && askPattern.MatchString(out) {
		l.note(0, false, "mute_sender", "it asks for a reply, and the organisation's sender takes none: give the link instead, or ask only {%% if replies %%}")
	}
	link, given := vars["link"].(string)
	mayReply := open && l.at.kind != Convocation // who was not asked gets the link all the same (RULES §2)
	if given && !mayReply && !strings.Contains(out, link) && !l.at.kind.OnlySMS() {
		l.note(0, !slices.Contains([]Kind{NoShow, Offer, Earlier}, l.at.kind), "no_link", "it does not always say {{ link }}: that is how people answer, move or cancel")
	}
}

// plain looks for long sentences and for words that people do not use.
func (l *linter) plain(out string) {
	if first, rest, ok := strings.Cut(out, ":"); ok && !strings.Contains(first, "\n") && (l.at.channel == SMS || l.at.subject) {
		out = rest // the label "Organisation - service:" is no sentence
	}
	for _, s := range sentenceEnd.Split(out, -1) {
		words := wordPattern.FindAllString(s, -1)
		if len(words) > longestSentence {
			l.note(0, true, "long_sentence", "%d words, the most is %d: %q", len(words), longestSentence, strings.TrimSpace(s))
		}
		for _, w := range words {
			if l.b.languages[l.at.lang].isJargon(w) {
				l.note(0, true, "jargon", "%q is a word of offices: say it as people do", w)
			}
		}
	}
}

// unicode tells the first character that costs a language that fits GSM-7 half of each part.
func (l *linter) unicode() {
	if l.at.channel != SMS || text.Split(text.Rewrite(l.b.sources[l.at])).Encoding != text.GSM7 {
		return
	}
	for i, r := range l.source {
		if text.Split(text.Rewrite(string(r))).Encoding != text.GSM7 {
			l.note(1+strings.Count(l.source[:i], "\n"), true, "unicode", "%q is not in the alphabet of SMS: with it a part holds 67 characters instead of 153", r)
			return
		}
	}
}

// plainly gives every value as one word, dates as the words they are.
func plainly(l *language, vars map[string]any) map[string]any {
	out := make(map[string]any, len(vars))
	for name, value := range vars {
		switch value := value.(type) {
		case string:
			out[name] = l.plainSample(name)
		case []any:
			list := make([]any, len(value))
			for i, item := range value {
				list[i] = plainly(l, item.(map[string]any))
			}
			out[name] = list
		default:
			out[name] = value
		}
	}
	return out
}

func (l *language) plainSample(name string) string {
	switch name {
	case "date", "old_date", "last_day":
		day := time.Date(2026, 5, 14, 0, 0, 0, 0, time.UTC)
		return l.dates.Day(day, day)
	case "time", "old_time", "until":
		return "10:30"
	case "consequence", "reason":
		return "X."
	case "phone":
		return "0400000000"
	case "link":
		return "https://site/r/x"
	}
	return "Some" + strings.ToUpper(name[:1]) + name[1:]
}
