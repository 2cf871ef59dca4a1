package wording

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// plainSample gives names, hours, numbers and links as one word each, and dates
// as the words they are.
func plainSample(lang, name string) any {
	switch name {
	case "date", "old_date", "last_day":
		if lang == "fr" {
			return "jeudi 14 mai"
		}
		return "Thursday 14 May"
	case "time", "old_time", "until":
		return "10h30"
	case "consequence", "reason":
		return "Short."
	case "phone":
		return "0400000000"
	case "link":
		return "https://site/r/x"
	}
	return "Some" + strings.ToUpper(name[:1]) + name[1:]
}

func plainly(lang string, vars map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range vars {
		switch value := value.(type) {
		case string:
			out[name] = plainSample(lang, name)
		case []any:
			list := []any{}
			for _, item := range value {
				list = append(list, plainly(lang, item.(map[string]any)))
			}
			out[name] = list
		default:
			out[name] = value
		}
	}
	return out
}

// eachText gives every text of every language with every set of variables.
func eachText(t *testing.T, check func(at key, vars map[string]any, out string)) {
	t.Helper()
	b, err := load(embedded, compile) // with every check an organisation's own text gets
	if err != nil {
		t.Fatal(err)
	}
	for at, compiled := range b.texts {
		for _, vars := range sample(Variables(at.kind)) {
			vars = plainly(at.lang, vars)
			out, err := compiled.RenderString(vars)
			if err != nil {
				t.Fatal(err)
			}
			check(at, vars, withoutBlankLines(out))
		}
	}
}

var (
	sentenceEnd = regexp.MustCompile(`[.!?]\s|[.!?]$|\n`)
	wordPattern = regexp.MustCompile(`[\p{L}\p{N}][\p{L}\p{N}'’:/.-]*`)
	jargon      = regexp.MustCompile(`(?i)\b(motif|créneau|usager|bénéficiaire|dispositif|plateforme|notification|convo\w*|relanc\w*|procéd\w*|afin|ci-dessous|ci-dessus|veuillez|cliqu\w*|RDV|lapin|obligatoire|sanction\w*|radi\w*|slot|beneficiary|user|notify|click|hereby|mandatory|failure|penalty|tu|ton|ta)\b`)
)

func TestSentencesAreShortAndPlain(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	eachText(t, func(at key, _ map[string]any, out string) {
		// The label "Organisation - service :" is no sentence.
		if i := strings.Index(out, ":"); i >= 0 && (at.channel == SMS || at.subject) {
			out = out[i+1:]
		}
		for _, s := range sentenceEnd.Split(out, -1) {
			if words := wordPattern.FindAllString(s, -1); len(words) > 12 && !seen[s] {
				seen[s] = true
				t.Errorf("%s: %d words: %q", at, len(words), s)
			}
		}
		if word := jargon.FindString(out); word != "" && !seen[at.String()] {
			seen[at.String()] = true
			t.Errorf("%s says %q", at, word)
		}
	})
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
		for _, name := range needed(at.kind) {
			if value, given := vars[name].(string); given && !strings.Contains(out, value) {
				t.Errorf("%s does not say %s: %q", at, name, out)
			}
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
	for _, bad := range []string{"days: [a]", "nothing: 1", "days: [a,b,c,d,e,f,g]\nmonths: [a,b,c,d,e,f,g,h,i,j,k,l]\ndirection: up"} {
		if _, err := readLanguage([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
