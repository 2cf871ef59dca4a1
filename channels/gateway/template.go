package gateway

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/osteele/liquid"
)

// template is one template of the description, compiled.
type template struct {
	compiled *liquid.Template
	// escape is applied to every value before it is put in; nil leaves values as they are.
	escape func(string) string
}

var (
	variableUsed = regexp.MustCompile(`(?:\{\{-?|\{%-?\s*(?:if|elsif|unless))\s*([A-Za-z_][\w-]*)`)
	tagUsed      = regexp.MustCompile(`\{%-?\s*([A-Za-z_]\w*)`)
	rangeUsed    = regexp.MustCompile(`\(\s*[\w.]+\s*\.\.`)
	secretUsed   = regexp.MustCompile(`\bsecrets\.([\w-]+)`)
)

// newEngine is Liquid, strict, with whole numbers that stay whole.
func newEngine() *liquid.Engine {
	e := liquid.NewEngine()
	e.StrictVariables()
	e.RegisterFilter("times", func(a, b int) int { return a * b })
	e.RegisterFilter("plus", func(a, b int) int { return a + b })
	e.RegisterFilter("minus", func(a, b int) int { return a - b })
	return e
}

// render fills the template in.
func (t *template) render(vars map[string]any) (string, error) {
	if t == nil {
		return "", nil
	}
	if t.escape != nil {
		vars = escaped(vars, t.escape)
	}
	s, err := t.compiled.RenderString(vars)
	if err != nil {
		// The library's words may quote a value.
		return "", fmt.Errorf("a template of the description, line %d, cannot be filled in", err.LineNumber())
	}
	return s, nil
}

func escaped(vars map[string]any, escape func(string) string) map[string]any {
	out := make(map[string]any, len(vars))
	for name, v := range vars {
		switch v := v.(type) {
		case string:
			out[name] = escape(v)
		case map[string]any:
			out[name] = escaped(v, escape)
		default:
			out[name] = v
		}
	}
	return out
}

// compiler compiles the templates of one description and collects what is wrong with them.
type compiler struct {
	engine  *liquid.Engine
	secrets map[string]string
	used    map[string]bool // secrets named by a template
	found   Mistakes
}

func (c *compiler) wrong(path, advice string, args ...any) {
	c.found = append(c.found, Mistake{path, fmt.Sprintf(advice, args...)})
}

// text compiles a template and fills it in with each of the samples; "" is nil.
func (c *compiler) text(path, source string, samples []map[string]any) *template {
	if source == "" {
		return nil
	}
	known := samples[0]
	good := c.secretsOf(path, source)
	for _, m := range variableUsed.FindAllStringSubmatch(source, -1) {
		if _, ok := known[m[1]]; !ok && m[1] != "secrets" {
			c.wrong(path, "there is no variable %q here; there are %s and secrets", m[1], names(known))
			good = false
		}
	}
	if !c.plain(path, source) {
		return nil
	}
	compiled, err := c.engine.ParseString(source)
	if err != nil {
		c.wrong(path, "the template cannot be read: look at its {{ }} and {%% %%}")
		return nil
	}
	t := &template{compiled: compiled}
	if !good {
		return t
	}
	for _, sample := range samples {
		if _, err := t.render(c.with(sample)); err != nil {
			c.wrong(path, "the template cannot always be filled in: what a message may lack (%s) needs {%% if … %%} around it, and filters must exist", strings.Join(optional(), ", "))
			break
		}
	}
	return t
}

// plain refuses what a request needs not and that could run for ever: loops and their like.
func (c *compiler) plain(path, source string) bool {
	for _, m := range tagUsed.FindAllStringSubmatch(source, -1) {
		if !slices.Contains([]string{"if", "elsif", "else", "endif", "unless", "endunless"}, m[1]) {
			c.wrong(path, "{%% %s %%} is not for these templates: they know if, elsif, else and unless", m[1])
			return false
		}
	}
	if rangeUsed.MatchString(source) {
		c.wrong(path, "ranges such as (1..9) are not for these templates")
		return false
	}
	return true
}

// secretsOf notes the secrets a template names and tells those that are not set.
func (c *compiler) secretsOf(path, source string) bool {
	good := true
	for _, m := range secretUsed.FindAllStringSubmatch(source, -1) {
		if c.secrets[m[1]] == "" {
			c.wrong("secrets."+m[1], "is missing: %s needs it", path)
			good = false
		}
		c.used[m[1]] = true
	}
	return good
}

// with adds the secrets to the variables of a request.
func (c *compiler) with(vars map[string]any) map[string]any {
	return withSecrets(vars, secretValues(c.secrets))
}

func withSecrets(vars, secrets map[string]any) map[string]any {
	out := maps.Clone(vars)
	if out == nil {
		out = map[string]any{}
	}
	out["secrets"] = secrets
	return out
}

func secretValues(secrets map[string]string) map[string]any {
	out := make(map[string]any, len(secrets))
	for name, v := range secrets {
		out[name] = v
	}
	return out
}

// constant is a template of secrets only, filled in at once.
func (c *compiler) constant(path, source string) string {
	before := len(c.found)
	t := c.text(path, source, []map[string]any{{}})
	if t == nil || len(c.found) > before {
		return ""
	}
	s, _ := t.render(c.with(nil)) // text has tried it
	return s
}

// texts compiles the templates of a map, by name.
func (c *compiler) texts(path string, sources map[string]string, samples []map[string]any) map[string]*template {
	out := make(map[string]*template, len(sources))
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		out[name] = c.text(path+"."+name, sources[name], samples)
	}
	return out
}

func names(vars map[string]any) string {
	return strings.Join(slices.Sorted(maps.Keys(vars)), ", ")
}
