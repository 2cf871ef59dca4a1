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

// newEngine returns Liquid as these texts use it. Its own capitalize cuts the
// bytes of an accented letter.
func newEngine() *liquid.Engine {
	e := liquid.NewEngine()
	e.StrictVariables()
	e.RegisterFilter("capitalize", func(s string) string {
		_, first := utf8.DecodeRuneInString(s)
		return strings.ToUpper(s[:first]) + s[first:]
	})
	return e
}

// compile checks a template by its words, then by filling it in with every set of
// variables it may meet.
func compile(engine *liquid.Engine, at key, source string) (*liquid.Template, error) {
	declared := Variables(at.kind)
	if err := inspect(source, declared); err != nil {
		return nil, fmt.Errorf("text %s: %w", at, err)
	}
	compiled, err := parse(engine, at, source)
	if err != nil {
		return nil, err
	}
	for _, vars := range sample(declared) {
		out, failure := compiled.RenderString(vars)
		if failure != nil {
			return nil, fmt.Errorf("text %s, line %d: %s; a variable that is not always there needs {%% if … %%} around it", at, failure.LineNumber(), reason(failure))
		}
		if err := complete(at, out, vars); err != nil {
			return nil, err
		}
	}
	return compiled, nil
}

func parse(engine *liquid.Engine, at key, source string) (*liquid.Template, error) {
	compiled, failure := engine.ParseTemplateLocation([]byte(source), "", 1)
	if failure != nil {
		return nil, fmt.Errorf("text %s, line %d: %s", at, failure.LineNumber(), reason(failure))
	}
	return compiled, nil
}

func reason(err liquid.SourceError) string {
	if cause := err.Cause(); cause != nil {
		return cause.Error()
	}
	return err.Error()
}

// complete refuses a text that would leave the person without what they need:
// some words, the link, the true last day (RULES §1).
func complete(at key, out string, vars map[string]any) error {
	if strings.Contains(out, "{{") || strings.Contains(out, "{%") {
		return fmt.Errorf("text %s has a tag that Liquid prints as it is: write it on one line, with spaces around its words", at)
	}
	if strings.TrimSpace(out) == "" {
		return fmt.Errorf("text %s is empty with some variables: write what it says then", at)
	}
	if at.subject {
		return nil
	}
	for _, name := range needed(at.kind) {
		value, given := vars[name].(string)
		if given && !strings.Contains(out, value) {
			return fmt.Errorf("text %s does not always say {{ %s }}: the person needs it", at, name)
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
func inspect(source string, declared []Variable) error {
	if len(source) > longestSource {
		return fmt.Errorf("it has %d bytes: the most is %d", len(source), longestSource)
	}
	seen := scope{declared: declared, items: map[string][]Variable{}}
	end := 0
	for _, m := range tagPattern.FindAllStringSubmatchIndex(source, -1) {
		if err := unbalanced(source, end, m[0]); err != nil {
			return err
		}
		if err := seen.tag(source, m); err != nil {
			return fmt.Errorf("line %d: %w", 1+strings.Count(source[:m[0]], "\n"), err)
		}
		end = m[1]
	}
	return unbalanced(source, end, len(source))
}

func unbalanced(source string, from, to int) error {
	for _, mark := range []string{"{{", "}}", "{%", "%}"} {
		if i := strings.Index(source[from:to], mark); i >= 0 {
			return fmt.Errorf("line %d: %q has no other half", 1+strings.Count(source[:from+i], "\n"), mark)
		}
	}
	return nil
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
		if !slices.Contains([]string{"append", "capitalize", "default", "downcase", "prepend", "size", "strip", "truncate", "upcase"}, word) {
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
	return fmt.Errorf("the variable %q is unknown here: this kind has %s", word, names(s.declared))
}

func (s *scope) field(owner, word string) error {
	fields := s.items[owner]
	switch {
	case owner == "forloop" && slices.Contains([]string{"first", "last", "index", "length"}, word):
		return nil
	case word == "size" && declares(s.declared, owner), declares(fields, word):
		return nil
	}
	return fmt.Errorf("%q has nothing named %q", owner, word)
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
