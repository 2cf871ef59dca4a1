package main

import (
	"fmt"
	"strings"
	"testing"

	"relance/channels/wording"
)

// withTexts is the sample set-up whose organisation wrote these texts.
func withTexts(texts string) string {
	return string(sampleSetup) + "\n    texts:\n" + texts
}

const (
	ownStop = `      - {language: fr, channel: sms, kind: stop_ack, body: "{{ organisation }} : vous n'aurez plus de SMS. Tél. {{ phone }}"}` + "\n"
	loud    = `      - {service: orientation, language: fr, channel: sms, kind: stop_ack, body: "{{ organisation }} : veuillez noter. Tél. {{ phone }}"}` + "\n"
)

func TestApplySavesTextsOnce(t *testing.T) {
	t.Parallel()
	environ := redisEnviron(t)
	apply := func(texts string, more ...string) string {
		t.Helper()
		code, out, errs := runProgram(t, environ, nil, append([]string{"apply", "-f", setupFile(t, withTexts(texts))}, more...)...)
		if code != exitOK {
			t.Fatal(code, errs)
		}
		return out
	}
	first := apply(ownStop + loud)
	for _, want := range []string{"created   text fr/sms/stop_ack\n", "created   text fr/sms/stop_ack of orientation\n", `advice    fr/sms/stop_ack: "veuillez" is a word`} {
		if !strings.Contains(first, want) {
			t.Errorf("%q is not told in:\n%s", want, first)
		}
	}
	if again := apply(ownStop + loud); strings.Count(again, "unchanged text") != 2 {
		t.Errorf("the second time: %s", again)
	}
	changed := strings.Replace(ownStop, "n'aurez plus", "ne recevrez plus", 1)
	for range 2 { // a dry run changes nothing
		if dry := apply(changed, "--dry-run"); !strings.Contains(dry, "would be changed text fr/sms/stop_ack\n") {
			t.Errorf("one text differs: %s", dry)
		}
	}
}

func TestApplyTellsEachMistakeOfATextWithItsLine(t *testing.T) {
	t.Parallel()
	texts := `      - language: fr
        channel: sms
        kind: invitation
        body: |
          {{ organisation }} : choisissez {{ town }}.
          {{ link }} {{ city }}
      - {language: fr, channel: sms, kind: fax, body: x}
      - {service: nowhere, language: fr, channel: sms, kind: stop_ack, body: "{{ organisation }} {{ phone }}"}
` + ownStop + ownStop
	code, out, errs := runProgram(t, redisEnviron(t), nil, "apply", "-f", setupFile(t, withTexts(texts)))
	if code != exitMistake || out != "" {
		t.Errorf("code %d, said %q", code, out)
	}
	for _, want := range []string{
		`organisations[0].texts[0].body: line 1: the variable "town" is unknown`, `organisations[0].texts[0].body: line 2: the variable "city" is unknown`,
		"organisations[0].texts[1].kind: is wrong: there is no text fr/sms/fax", "organisations[0].texts[2].service: there is no service", "organisations[0].texts[4]: fr/sms/stop_ack stands twice",
	} {
		if !strings.Contains(errs, want) {
			t.Errorf("%s is not told in:\n%s", want, errs)
		}
	}
}

// TestTheWordsOfOneRelance: of a set-up file, of the service's policy and as a draft.
func TestTheWordsOfOneRelance(t *testing.T) {
	t.Parallel()
	words := "{{ organisation }} : dernier rappel. {{ link }} {% if last_day %}Vous avez {{ last_day | until }}.{% endif %} {{ phone }}"
	setup := setupFile(t, withTexts(`      - {language: fr, channel: sms, kind: relance_2, body: "`+words+`"}`+"\n"))
	policy := setupFile(t, string(sampleSetup)+`        texts: {"fr/sms/relance_2": "`+words+`"}`+"\n")
	for _, file := range []string{setup, policy} {
		for name, second := range map[string]bool{"fr/sms/relance_2": true, "fr/sms/relance_1": false, "fr/sms/relance": false} {
			code, out, errs := runProgram(t, nil, nil, "texts", name, "--setup", file, "--service", "orientation")
			if code != exitOK || strings.Contains(out, "dernier rappel") != second {
				t.Errorf("%s: exit %d, %s%s", name, code, out, errs)
			}
		}
	}
	code, _, errs := runProgram(t, nil, strings.NewReader("{{ organisation }} : {{ nothing }} {{ phone }}"), "texts", "fr/sms/relance_2", "-f", "-")
	if code == exitOK || !strings.Contains(errs, `"nothing" is unknown`) {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, _, errs := runProgram(t, nil, nil, "texts", "fr/sms/relance_11"); code == exitOK {
		t.Errorf("there is no eleventh relance: %s", errs)
	}
	none := setupFile(t, strings.Replace(string(sampleSetup), "consequence:", `texts: {"fr/sms/relance_3": "`+words+`"}`+"\n        consequence:", 1))
	if code, _, errs := runProgram(t, nil, nil, "texts", "--setup", none); code == exitOK || !strings.Contains(errs, "the ladder has 2") {
		t.Errorf("a third relance of two: exit %d, %s", code, errs)
	}
}

// Every text that comes with the program fits, as it is sent to somebody of the sample; in Latin letters
// whatever the date.
func TestBuiltInTextsFitTheSample(t *testing.T) {
	t.Parallel()
	code, out, errs := runProgram(t, nil, nil, "texts", "--service", "orientation")
	if code != exitOK {
		t.Fatal(code, errs)
	}
	seen := 0
	for line := range strings.Lines(out) {
		var name, carried string
		var parts, longest int
		if n, _ := fmt.Sscan(line, &name, &carried, &parts, &longest); n != 4 {
			continue
		}
		seen++
		latin := strings.HasPrefix(name, "fr/") || strings.HasPrefix(name, "en/")
		if parts > 3 || latin && (longest > 3 || carried != "GSM-7") {
			t.Errorf("it does not fit: %s", line)
		}
	}
	if want := 4 * len(wording.Kinds()); seen != want {
		t.Errorf("%d SMS are listed, want %d", seen, want)
	}
}

func TestTextsShowsOne(t *testing.T) {
	t.Parallel()
	code, out, errs := runProgram(t, nil, nil, "texts", "fr/sms/invitation", "--set", "last_day=jeudi 14 mai")
	if code != exitOK || !strings.Contains(out, "jusqu'au jeudi 14 mai.") || !strings.Contains(out, "at the longest: GSM-7") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	code, out, _ = runProgram(t, nil, nil, "texts", "en/email/confirmation", "--html")
	if code != exitOK || !strings.Contains(out, "Subject: Département de l'Exemple: appointment on ") || !strings.Contains(out, `<html lang="en"`) {
		t.Errorf("%d %s", code, out)
	}
	_, source, _ := runProgram(t, nil, nil, "texts", "fr/email/invitation", "--source")
	if !strings.HasPrefix(source, "Subject: {{ organisation }}") || !strings.Contains(source, "[Choisir mon rendez-vous]({{ link }})") {
		t.Errorf("the source: %s", source)
	}
	code, out, errs = runProgram(t, nil, strings.NewReader("{{ organisation }}\n{{ city }}"), "texts", "fr/sms/stop_ack", "-f", "-")
	if code != exitMistake || out != "" || !strings.Contains(errs, `line 2: the variable "city" is unknown`) {
		t.Errorf("a draft that is refused: %d %q %s", code, out, errs)
	}
	long := setupFile(t, strings.Replace(string(sampleSetup), "    name: Département de l'Exemple", "    name: "+strings.Repeat("x", 80), 1))
	if code, _, errs := runProgram(t, nil, nil, "texts", "ar/sms/reply_change", "--setup", long); code != exitMistake || !strings.Contains(errs, "the text ar/sms/reply_change needs a change:") {
		t.Errorf("too long: %d %s", code, errs)
	}
	for _, bad := range [][]string{{"texts", "fr"}, {"texts", "fr/sms/fax"}, {"texts", "fr/sms/stop_ack", "--organisation", "nobody"}, {"texts", "fr/sms/stop_ack", "--set", "city=x"}} {
		if code, _, errs := runProgram(t, nil, nil, bad...); code != exitMistake || errs == "" {
			t.Errorf("%q: %d %s", bad, code, errs)
		}
	}
}
