package api_test

import (
	"strings"
	"testing"

	"relance/engine"
)

// plainTexts looks at drafts too: {{ bad }} is refused, a ! is advised against.
func (plainTexts) Lint(templates map[string]string, _ bool) (out []engine.Finding) {
	for name, text := range templates {
		if strings.Contains(text, "{{ bad }}") {
			out = append(out, engine.Finding{Text: name, Line: 2, Code: "unknown_variable", Message: "the variable is unknown"})
		}
		if strings.Contains(text, "!") {
			out = append(out, engine.Finding{Text: name, Code: "loud", Message: "say it softly", Advice: true})
		}
	}
	return out
}

func (plainTexts) Source(lang string, ch engine.Channel, k engine.MessageKind) (subject, body string, ok bool) {
	return "", "ours", lang == "fr" && (ch == engine.SMS || ch == engine.Email) && k == engine.KindInvitation
}

func (plainTexts) Variables(engine.MessageKind) []engine.TextVariable {
	return []engine.TextVariable{{Name: "slots", Type: "list", Doc: "to choose from", Fields: []engine.TextVariable{{Name: "date", Type: "text", Required: true}}}}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(200, w.put("/v1/calendars/desk", `{"name":"Desk"}`))
	w.want(200, w.put("/v1/services/rsa", `{"name":"Rendez-vous","calendars":["desk"],"duration_min":30}`))
	const path = "/v1/texts/fr/sms/invitation"
	if r := w.want(200, w.get(path)); r.text("source") != "built_in" || r.text("body") != "ours" || len(r.json["variables"].([]any)) != 1 {
		t.Errorf("ours: %v", r.json)
	}
	r := w.want(200, w.put(path, `{"body":"Venez !"}`))
	if r.json["version"] != 1.0 || r.json["warnings"].([]any)[0].(map[string]any)["level"] != "warning" {
		t.Errorf("saved: %v", r.json)
	}
	w.want(200, w.put(path+"?service=rsa", `{"body":"Pour le RSA"}`))
	if r := w.want(200, w.get(path+"?service=rsa")); r.text("source") != "service" || r.text("body") != "Pour le RSA" {
		t.Errorf("the service's: %v", r.json)
	}
	if all := w.walk("/v1/texts?limit=1"); len(all) != 2 || all[1]["service"] != "rsa" {
		t.Errorf("the list: %v", all)
	}
	w.want(204, w.do("DELETE", path+"?service=rsa", ""))
	w.refused(404, "not_found", w.do("DELETE", path+"?service=rsa", ""))
	if r := w.want(200, w.get(path+"?service=rsa")); r.text("source") != "organisation" || r.text("body") != "Venez !" {
		t.Errorf("the organisation's: %v", r.json)
	}
	versions := w.walk(path + "/versions?service=rsa&limit=1")
	if len(versions) != 2 || versions[0]["dropped"] != true || versions[1]["body"] != "Pour le RSA" {
		t.Errorf("versions: %v", versions)
	}
	if r := w.want(200, w.get(path+"/versions/1?service=rsa")); r.text("body") != "Pour le RSA" {
		t.Errorf("the first version: %v", r.json)
	}
}

func TestTextsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/v1/texts/fr/sms/invitation"
	for _, c := range []struct{ path, body, pointer, code string }{
		{path, `{"body":"x\n{{ bad }}"}`, "/body", "unknown_variable"},
		{path, `{"body":"x","subject":"x"}`, "/subject", "unused"},
		{path, `{"subject":"x"}`, "/body", "required"},
		{"/v1/texts/xx/sms/invitation", `{"body":"x"}`, "language", "unknown_text"},
		{"/v1/texts/fr/fax/invitation", `{"body":"x"}`, "channel", "unknown_text"},
		{"/v1/texts/fr/email/stop_ack", `{"body":"x"}`, "kind", "unknown_text"},
	} {
		r := w.refused(422, "invalid", w.put(c.path, c.body))
		fault := r.json["errors"].([]any)[0].(map[string]any)
		pointer, _ := fault["pointer"].(string)
		if p, ok := fault["parameter"].(string); ok {
			pointer = p
		}
		if pointer != c.pointer || fault["code"] != c.code {
			t.Errorf("%s %s: %v", c.path, c.body, fault)
		}
	}
	w.refused(404, "not_found", w.put(path+"?service=nowhere", `{"body":"x"}`))
	w.refused(404, "not_found", w.get("/v1/texts/xx/sms/invitation"))
	w.refused(404, "not_found", w.get(path+"/versions/1"))
}

func TestTextsArePreviewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(200, w.as(adminKey).put("/v1/organisations/"+w.org, `{"name":"Département","phone":"01 02 03 04 05","sms_price":0.045}`))
	const path = "/v1/texts/fr/sms/invitation/preview"
	r := w.want(200, w.post(path, `{"body":"Bonjour !"}`))
	text, _ := r.json["text"].(map[string]any)
	if text["body"] != "invitation" || text["parts"] != 1.0 || text["cost"] != 0.045 || r.json["longest"] == nil || r.json["max_parts"] != 3.0 {
		t.Errorf("a draft: %v", r.json)
	}
	if r := w.want(200, w.post(path, `{"body":"{{ bad }}"}`)); r.json["text"] != nil || r.json["findings"].([]any)[0].(map[string]any)["pointer"] != "/body" {
		t.Errorf("one that cannot be: %v", r.json)
	}
	if r := w.want(200, w.post("/v1/texts/fr/email/invitation/preview", `{}`)); r.json["longest"] != nil || r.json["text"] == nil {
		t.Errorf("an email: %v", r.json)
	}
	w.refused(422, "invalid", w.post(path, `{"values":{"city":"x"}}`))
}
