package wording

import (
	"fmt"
	"maps"
	"strings"
	"unicode"
)

// bind returns the values of one message as templates see them: the declared
// variables only, cleaned; what is absent is not there at all, so that a template
// which shows it untested fails. Errors name the variable, never its value.
func bind(declared []Variable, v Vars) (map[string]any, error) {
	bound := make(map[string]any, len(declared))
	for i := range declared {
		d := &declared[i]
		value, err := clean(d, v[d.Name])
		if err != nil {
			return nil, err
		}
		if value != nil {
			bound[d.Name] = value
		} else if d.Required {
			return nil, fmt.Errorf("the variable %q is missing: give it a value (%s)", d.Name, d.Doc)
		}
	}
	return bound, nil
}

// clean returns the value, or nil when it is absent or empty.
func clean(d *Variable, value any) (any, error) {
	switch given := value.(type) {
	case nil:
		return nil, nil
	case string:
		if s := oneLine(given); d.Type == Plain {
			if s == "" {
				return nil, nil
			}
			return s, nil
		}
	case bool:
		if d.Type == Flag {
			return given, nil
		}
	case int:
		if d.Type == Count {
			if given == 0 {
				return nil, nil
			}
			return given, nil
		}
	case []Vars:
		if d.Type == List {
			return cleanList(d, given)
		}
	}
	return nil, fmt.Errorf("the variable %q has a value of type %T: give a %s", d.Name, value, d.Type)
}

func cleanList(d *Variable, items []Vars) (any, error) {
	if len(items) == 0 {
		return nil, nil
	}
	list := make([]any, len(items))
	for i, item := range items {
		bound, err := bind(d.Fields, item)
		if err != nil {
			return nil, fmt.Errorf("item %d of %q: %w", i+1, d.Name, err)
		}
		list[i] = bound
	}
	return list, nil
}

// oneLine keeps a value from breaking the lines of a template: controls and kinds
// of spaces become a space, format characters (direction, zero width) go, but for
// the joiners that some scripts and emoji need.
func oneLine(s string) string {
	clean := true
	for _, r := range s {
		if r < ' ' || r == 0x7F || r > 0x7F && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029') {
			clean = false
			break
		}
	}
	if !clean {
		s = strings.Map(func(r rune) rune {
			switch {
			case unicode.IsControl(r), r == '\u2028', r == '\u2029':
				return ' '
			case unicode.Is(unicode.Cf, r) && r != '\u200C' && r != '\u200D':
				return -1
			}
			return r
		}, s)
	}
	return strings.TrimSpace(s)
}

// sample returns every set of values that matters to a template of the kind: each
// optional one there and not, each flag on and off.
func sample(declared []Variable) []map[string]any {
	sets := []map[string]any{{}}
	for _, d := range declared {
		var next []map[string]any
		for _, set := range sets {
			for _, value := range sampleValues(d) {
				with := maps.Clone(set)
				if value != nil {
					with[d.Name] = value
				}
				next = append(next, with)
			}
		}
		sets = next
	}
	return sets
}

func sampleValues(d Variable) []any {
	switch d.Type {
	case Flag:
		return []any{false, true}
	case Count:
		if d.Required {
			return []any{1, 2, 3}
		}
		return []any{nil, 30}
	case List:
		item := map[string]any{}
		full := map[string]any{}
		for _, f := range d.Fields {
			full[f.Name] = sampleText(f.Name)
			if f.Required {
				item[f.Name] = sampleText(f.Name)
			}
		}
		return []any{nil, []any{item, full}}
	}
	if d.Required {
		return []any{sampleText(d.Name)}
	}
	return []any{nil, sampleText(d.Name)}
}

// sampleText is easily found again in a rendered text.
func sampleText(name string) string {
	if name == "link" {
		return "https://rdv.example/r/sample"
	}
	return "<" + name + ">"
}
