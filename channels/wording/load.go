package wording

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"

	"github.com/osteele/liquid"

	"relance/channels/dates"
)

//go:embed */*.liquid */language.yaml layout.html
var embedded embed.FS

// Default returns the texts that come with the program. Each folder is a language;
// its language.yaml says dates, each kind.liquid holds the texts of a kind under
// lines "=== sms", "=== email.subject" and "=== email". The error is a fault of
// the files, so of the build: they are not checked here as With checks, the tests
// of this package did it.
func Default() (*Book, error) {
	return load(embedded, parse)
}

// reader turns the source of a text into a template: parse or compile.
type reader func(engine *liquid.Engine, at key, source string) (*liquid.Template, error)

func load(files fs.FS, read reader) (*Book, error) {
	layout, err := template.ParseFS(files, "layout.html")
	if err != nil {
		return nil, fmt.Errorf("layout.html: %w", err)
	}
	b := &Book{
		languages: map[string]*language{},
		texts:     map[key]*liquid.Template{},
		sources:   map[key]string{},
		layout:    layout,
		variables: map[Kind][]Variable{},
	}
	for _, k := range Kinds() {
		b.variables[k] = Variables(k)
	}
	said, err := dates.All()
	if err != nil {
		return nil, err
	}
	folders, err := fs.Glob(files, "*/language.yaml")
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		if err := b.loadLanguage(files, path.Dir(f), said, read); err != nil {
			return nil, err
		}
	}
	if b.languages[fallback] == nil {
		return nil, errors.New("the folder fr is missing: it is what other languages fall back to")
	}
	return b, nil
}

func (b *Book) loadLanguage(files fs.FS, lang string, said map[string]*dates.Language, read reader) error {
	raw, err := fs.ReadFile(files, lang+"/language.yaml")
	if err != nil {
		return err
	}
	if b.languages[lang], err = readLanguage(raw, said); err != nil {
		return fmt.Errorf("%s/language.yaml: %w", lang, err)
	}
	engine := newEngine(b.languages[lang])
	compile := func(at key, source string) (*liquid.Template, error) { return read(engine, at, source) }
	for _, k := range Kinds() {
		name := lang + "/" + string(k) + ".liquid"
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("language %s has no text of kind %s: %w", lang, k, err)
		}
		if err := b.loadKind(compile, lang, k, string(raw)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (b *Book) loadKind(compile func(key, string) (*liquid.Template, error), lang string, k Kind, raw string) error {
	wanted := []key{{lang: lang, channel: SMS, kind: k}}
	if !k.OnlySMS() {
		wanted = append(wanted, key{lang: lang, channel: Email, kind: k, subject: true}, key{lang: lang, channel: Email, kind: k})
	}
	found, err := sections(raw)
	if err != nil {
		return err
	}
	if len(found) != len(wanted) {
		return fmt.Errorf("it has %d texts, want %d", len(found), len(wanted))
	}
	for _, at := range wanted {
		name := string(at.channel)
		if at.subject {
			name += ".subject"
		}
		source, ok := found[name]
		if !ok {
			return fmt.Errorf("it has no section %q", "=== "+name)
		}
		if b.texts[at], err = compile(at, source); err != nil {
			return err
		}
		b.sources[at] = source
	}
	return nil
}

// sections cuts a file at its "=== name" lines.
func sections(raw string) (map[string]string, error) {
	found := map[string]string{}
	name := ""
	for line := range strings.Lines(raw) {
		if title, ok := strings.CutPrefix(line, "=== "); ok {
			name = strings.TrimSpace(title)
			if _, twice := found[name]; twice {
				return nil, fmt.Errorf("section %q is there twice", name)
			}
			found[name] = ""
			continue
		}
		if name == "" {
			return nil, errors.New(`it must start with a line "=== sms"`)
		}
		found[name] += line
	}
	return found, nil
}
