package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"strings"

	tags "golang.org/x/text/language"
)

//go:embed pages.html style.css
var lookFiles embed.FS

// looks is how pages look: templates, style, languages, and the policy that lets a
// browser use this one style and nothing else.
type looks struct {
	compressors
	templates map[string]*template.Template // by kind of page
	style     template.CSS
	policy    string
	languages []*language
	matcher   tags.Matcher
}

// newLooks reads the embedded files; they are part of the program, so a mistake in them
// stops it at start.
func newLooks() *looks {
	k := &looks{}
	must(k.loadStyle())
	must(k.loadTemplates())
	all, err := loadLanguages()
	must(err)
	k.languages = all
	var offered []tags.Tag
	for _, l := range all {
		offered = append(offered, tags.Make(l.Code))
	}
	k.matcher = tags.NewMatcher(offered)
	return k
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (k *looks) loadStyle() error {
	raw, err := lookFiles.ReadFile("style.css")
	if err != nil {
		return err
	}
	k.style = template.CSS(strings.Join(strings.Fields(string(raw)), " "))
	sum := sha256.Sum256([]byte(k.style))
	k.policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	return nil
}

// loadTemplates pairs the frame with each body, named "body-choose" for the kind "choose".
func (k *looks) loadTemplates() error {
	all, err := template.New("").ParseFS(lookFiles, "pages.html")
	if err != nil {
		return err
	}
	k.templates = map[string]*template.Template{}
	for _, t := range all.Templates() {
		kind, ok := strings.CutPrefix(t.Name(), "body-")
		if !ok {
			continue
		}
		one, err := all.Clone()
		if err != nil {
			return err
		}
		if _, err := one.AddParseTree("body", t.Tree); err != nil {
			return err
		}
		k.templates[kind] = one
	}
	return nil
}

func (k *looks) render(p *page) ([]byte, error) {
	var out bytes.Buffer
	err := k.templates[p.kind].ExecuteTemplate(&out, "page", p)
	return out.Bytes(), err
}
