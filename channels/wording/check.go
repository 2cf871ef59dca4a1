package wording

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/osteele/liquid"
)

// longestSource bounds a template, in bytes.
const longestSource = 8 << 10

var (
	tagPattern    = regexp.MustCompile(`(?s)\{\{-?(.*?)-?\}\}|\{%-?\s*(\w*)(.*?)-?%\}`)
	stringPattern = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	namePattern   = regexp.MustCompile(`[A-Za-z_][\w-]*`)
	forPattern    = regexp.MustCompile(`^\s*([A-Za-z_]\w*)\s+in\s+([A-Za-z_]\w*)\s*$`)
)

// Fault is one thing wrong with a template.
type Fault struct {
	Text    string // its key: fr/sms/invitation
	Line    int    // from 1; 0: the whole of it
	Code    string // stable name: unknown_variable
	Message string
}

func (f *Fault) Error() string {
	if f.Line > 0 {
		return fmt.Sprintf("text %s, line %d: %s", f.Text, f.Line, f.Message)
	}
	return fmt.Sprintf("text %s: %s", f.Text, f.Message)
}

// faults are several of one template.
type faults []*Fault

func (f faults) Error() string {
	words := make([]string, len(f))
	for i := range f {
		words[i] = f[i].Error()
	}
	return strings.Join(words, "\n")
}

// at puts the name of the text into each; nil when there is none.
func (f faults) at(at key) error {
	if len(f) == 0 {
		return nil
	}
	for i := range f {
		f[i].Text = at.String()
	}
	return f
}

// newEngine returns Liquid as the texts of a language use it. Its own capitalize cuts the bytes of an
// accented letter.
func newEngine(l *language) *liquid.Engine {
	e := liquid.NewEngine()
	e.StrictVariables()
	e.RegisterFilter("capitalize", func(s string) string {
		_, first := utf8.DecodeRuneInString(s)
		return strings.ToUpper(s[:first]) + s[first:]
	})
	e.RegisterFilter("on", l.dates.OnDay)
	e.RegisterFilter("until", l.dates.UntilDay)
	e.RegisterFilter("at", l.dates.AtHour)
	return e
}

// compile checks a template by its words, then by filling it in with every set of
// variables it may meet. Its errors are faults.
func compile(engine *liquid.Engine, at key, source string) (*liquid.Template, error) {
	declared := Variables(at.kind)
	if err := inspect(source, declared).at(at); err != nil {
		return nil, err
	}
	compiled, err := parse(engine, at, source)
	if err != nil {
		return nil, err
	}
	for _, vars := range sample(declared) {
		out, failure := compiled.RenderString(vars)
		if failure != nil {
			return nil, faults{{at.String(), failure.LineNumber(), "untested_variable",
				reason(failure) + "; a variable that is not always there needs {% if … %} around it"}}
		}
		if f := complete(at, out, vars); f != nil {
			return nil, faults{f}.at(at)
		}
	}
	return compiled, nil
}

func parse(engine *liquid.Engine, at key, source string) (*liquid.Template, error) {
	compiled, failure := engine.ParseTemplateLocation([]byte(source), "", 1)
	if failure != nil {
		return nil, faults{{at.String(), failure.LineNumber(), codeSyntax, reason(failure)}}
	}
	return compiled, nil
}

func reason(err liquid.SourceError) string {
	if cause := err.Cause(); cause != nil {
		return cause.Error()
	}
	return err.Error()
}

// codeSyntax is a tag that cannot be read.
const codeSyntax = "syntax"

// complete refuses a text that would leave the person without what they need:
// some words, the link, the true last day (RULES §1).
func complete(at key, out string, vars map[string]any) *Fault {
	if strings.Contains(out, "{{") || strings.Contains(out, "{%") {
		return &Fault{Code: codeSyntax, Message: "it has a tag that Liquid prints as it is: write it on one line, with spaces around its words"}
	}
	if strings.TrimSpace(out) == "" {
		return &Fault{Code: "empty", Message: "it is empty with some variables: write what it says then"}
	}
	if at.subject {
		return nil
	}
	for _, name := range needed(at.kind) {
		value, given := vars[name].(string)
		if given && !strings.Contains(out, value) {
			return &Fault{Code: "no_" + name, Message: fmt.Sprintf("it does not always say {{ %s }}: the person needs it", name)}
		}
	}
	return nil
}

func needed(k Kind) []string {
	switch k {
	case Invitation, Relance:
		return []string{"link", "last_day"}
	case ReplyChange:
		return []string{"link"}
	case Confirmation, Moved, Convocation, Earlier, ReplyTaken:
		return []string{"date", "time"}
	case Reminder:
		return []string{"date"}
	}
	return nil
}

// inspect reads the words of every tag. Liquid itself would let an unknown name
// pass in a condition, or in a branch never taken, print a tag left open, and
// read files.
func inspect(source string, declared []Variable) faults {
	if len(source) > longestSource {
		return faults{{Code: "too_big", Message: fmt.Sprintf("it has %d bytes: the most is %d", len(source), longestSource)}}
	}
	var found faults
	note := func(offset int, err error) {
		if err == nil {
			return
		}
		f := &Fault{Code: codeSyntax, Message: err.Error()}
		var named *unknownName
		if errors.As(err, &named) {
			f.Code = "unknown_variable"
		}
		f.Line = 1 + strings.Count(source[:offset], "\n")
		found = append(found, f)
	}
	seen := scope{declared: declared, items: map[string][]Variable{}}
	end := 0
	for _, m := range tagPattern.FindAllStringSubmatchIndex(source, -1) {
		note(unbalanced(source, end, m[0]))
		note(m[0], seen.tag(source, m))
		end = m[1]
	}
	note(unbalanced(source, end, len(source)))
	return found
}

// unknownName is a variable that the kind does not have.
type unknownName struct{ words string }

func (u *unknownName) Error() string { return u.words }

// unbalanced finds half a tag in a part of the source that has no whole one, and where.
func unbalanced(source string, from, to int) (int, error) {
	for _, mark := range []string{"{{", "}}", "{%", "%}"} {
		if i := strings.Index(source[from:to], mark); i >= 0 {
			return from + i, fmt.Errorf("%q has no other half", mark)
		}
	}
	return 0, nil
}

// scope is what names mean at some point of a template.
type scope struct {
	declared []Variable
	// items are loop variables, with the fields of what they go through.
	items map[string][]Variable
}

func (s *scope) tag(source string, m []int) error {
	if m[2] >= 0 {
		return s.shown(source[m[2]:m[3]])
	}
	name, args := source[m[4]:m[5]], source[m[6]:m[7]]
	switch name {
	case "if", "elsif", "unless", "case", "when":
		return s.expression(args)
	case "for":
		return s.loop(args)
	case "else", "endif", "endunless", "endcase", "endfor", "comment", "endcomment":
		if strings.TrimSpace(args) != "" {
			return fmt.Errorf("the tag %q takes nothing after it", name)
		}
		return nil
	}
	return fmt.Errorf("the tag %q is unknown here: use if, unless, case, for over a list, comment", name)
}

func (s *scope) loop(args string) error {
	m := forPattern.FindStringSubmatch(args)
	if m == nil {
		return errors.New(`write {% for x in list %}, with one of the lists of this kind`)
	}
	for _, d := range s.declared {
		if d.Name == m[2] && d.Type == List {
			s.items[m[1]] = d.Fields
			return nil
		}
	}
	return fmt.Errorf("%q is not a list of this kind of message", m[2])
}

// shown checks what {{ }} prints: a list or its item would print as Go does.
func (s *scope) shown(e string) error {
	first, rest, _ := strings.Cut(strings.TrimSpace(e), " ")
	if s.items[first] != nil {
		return fmt.Errorf("%q has several values: write %s.%s", first, first, s.items[first][0].Name)
	}
	counted := strings.HasPrefix(strings.ReplaceAll(rest, " ", ""), "|size")
	for _, d := range s.declared {
		if d.Name == first && d.Type == List && !counted {
			return fmt.Errorf("%q is a list: go through it with {%% for x in %s %%}", first, first)
		}
	}
	return s.expression(e)
}

// expression checks every name and filter of it.
func (s *scope) expression(e string) error {
	e = stringPattern.ReplaceAllString(e, `""`)
	if strings.TrimSpace(e) == "" {
		return errors.New("the tag is empty")
	}
	if strings.Contains(e, "..") || strings.ContainsAny(e, "[]'{}%") || strings.Count(e, `"`)%2 == 1 {
		return errors.New("only names, quoted words, numbers, comparisons and filters can be used")
	}
	owner := "" // the name before a dot
	for _, m := range namePattern.FindAllStringIndex(e, -1) {
		word, before, after := e[m[0]:m[1]], strings.TrimSpace(e[:m[0]]), strings.TrimSpace(e[m[1]:])
		if err := s.word(word, before, owner); err != nil {
			return err
		}
		owner = ""
		if strings.HasPrefix(after, ".") {
			owner = word
		}
	}
	return nil
}

func (s *scope) word(word, before, owner string) error {
	switch {
	case strings.HasSuffix(before, "|"):
		if !slices.Contains([]string{"append", "at", "capitalize", "default", "downcase", "on", "prepend", "size", "strip", "truncate", "until", "upcase"}, word) {
			return fmt.Errorf("the filter %q is unknown here", word)
		}
		return nil
	case strings.HasSuffix(before, "."):
		return s.field(owner, word)
	case slices.Contains([]string{"and", "or", "contains", "true", "false", "nil", "blank", "empty"}, word):
		return nil
	case word == "forloop" && len(s.items) > 0, s.items[word] != nil, declares(s.declared, word):
		return nil
	}
	return &unknownName{fmt.Sprintf("the variable %q is unknown here: this kind has %s", word, names(s.declared))}
}

func (s *scope) field(owner, word string) error {
	fields := s.items[owner]
	switch {
	case owner == "forloop" && slices.Contains([]string{"first", "last", "index", "length"}, word):
		return nil
	case word == "size" && declares(s.declared, owner), declares(fields, word):
		return nil
	}
	return &unknownName{fmt.Sprintf("%q has nothing named %q", owner, word)}
}

func declares(declared []Variable, name string) bool {
	return slices.ContainsFunc(declared, func(d Variable) bool { return d.Name == name })
}

func names(declared []Variable) string {
	list := make([]string, len(declared))
	for i, d := range declared {
		list[i] = d.Name
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
