package wording

import (
	"errors"
	"fmt"
	"regexp"
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

// undefined is what Liquid says of a variable, without its name.
const undefined = "undefined variable"

func reason(err liquid.SourceError) string {
	if _, where, ok := strings.Cut(err.Error(), undefined); ok {
		return undefined + where // in {{ place }}
	}
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

// unbalanced finds half a tag in a part of the source that has no whole one, and where.
func unbalanced(source string, from, to int) (int, error) {
	for _, mark := range []string{"{{", "}}", "{%", "%}"} {
		if i := strings.Index(source[from:to], mark); i >= 0 {
			return from + i, fmt.Errorf("%q has no other half", mark)
		}
	}
	return 0, nil
}
