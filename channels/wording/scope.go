package wording

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// unknownName is a variable that the kind does not have.
type unknownName struct{ words string }

func (u *unknownName) Error() string { return u.words }

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
