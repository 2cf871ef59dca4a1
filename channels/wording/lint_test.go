package wording

import (
	"strings"
	"testing"
	"testing/fstest"
)

// eachText gives every text of every language with every set of variables.
func eachText(t *testing.T, check func(at key, vars map[string]any, out string)) {
	t.Helper()
	b, err := load(embedded, compile) // with every check an organisation's own text gets
	if err != nil {
		t.Fatal(err)
	}
	for at, compiled := range b.texts {
		for _, vars := range sample(Variables(at.kind)) {
			vars = plainly(b.languages[at.lang], vars)
			out, err := compiled.RenderString(vars)
			if err != nil {
				t.Fatal(err)
			}
			check(at, vars, withoutBlankLines(out))
		}
	}
}

// Every text that comes with the program is what the lint asks of an organisation's own.
func TestBuiltInTextsPassTheLint(t *testing.T) {
	t.Parallel()
	b, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for at, source := range b.sources {
		all[at.String()] = source
	}
	want := 0
	for _, k := range Kinds() {
		if want += len(b.languages); !k.OnlySMS() { // a subject and a body
			want += 2 * len(b.languages)
		}
	}
	if len(all) != want {
		t.Errorf("%d texts are looked at, want %d", len(all), want)
	}
	for _, f := range b.Lint(all, false) {
		t.Errorf("%s (%s)", f.Error(), f.Code)
	}
}

func TestWhatEveryTextSays(t *testing.T) {
	t.Parallel()
	eachText(t, func(at key, vars map[string]any, out string) {
		if (at.channel == SMS || at.subject) && !strings.HasPrefix(out, "SomeOrganisation") {
			t.Errorf("%s does not start with the organisation: %q", at, out)
		}
		if at.subject {
			return
		}
		if !strings.Contains(out, vars["phone"].(string)) {
			t.Errorf("%s has no phone number: %q", at, out)
		}
		link, given := vars["link"].(string)
		answerable := at.channel == SMS && vars["replies"] == true
		if given && !answerable && !strings.Contains(out, link) {
			t.Errorf("%s has no link: %q", at, out)
		}
		if at.channel == Email && strings.Contains(out, "\n- \n") {
			t.Errorf("%s has an empty item: %q", at, out)
		}
	})
}

func TestALanguageIsAFolder(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"layout.html": {Data: []byte("{{.Lang}}")}}
	if _, err := load(files, parse); err == nil || !strings.Contains(err.Error(), "fr is missing") {
		t.Errorf("without French: %v", err)
	}
	copyFolder(t, files, "en", "fr")
	if _, err := load(files, compile); err != nil {
		t.Errorf("French in English words: %v", err)
	}
	copyFolder(t, files, "uk", "xx")
	if b, err := load(files, parse); err != nil || b.Language("xx-YY") != "xx" {
		t.Errorf("a new language: %v", err)
	}
	delete(files, "xx/offer.liquid")
	if _, err := load(files, parse); err == nil || !strings.Contains(err.Error(), "language xx has no text of kind offer") {
		t.Errorf("without a kind: %v", err)
	}
	files["xx/offer.liquid"] = &fstest.MapFile{Data: []byte("=== sms\nx\n")}
	if _, err := load(files, parse); err == nil || !strings.Contains(err.Error(), "it has 1 texts, want 3") {
		t.Errorf("without an email: %v", err)
	}
}

func copyFolder(t *testing.T, files fstest.MapFS, from, to string) {
	t.Helper()
	entries, err := embedded.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		raw, err := embedded.ReadFile(from + "/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		files[to+"/"+e.Name()] = &fstest.MapFile{Data: raw}
	}
}

func TestBadFilesAreRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "=== sms\nx\n=== sms\ny\n"} {
		if got, err := sections(bad + "x"); err == nil {
			t.Errorf("%q gave %v", bad, got)
		}
	}
	for _, bad := range []string{"direction: up", "nothing: 1", "direction: ltr", "direction: ltr\ndates: xx"} {
		if _, err := readLanguage([]byte(bad), nil); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
