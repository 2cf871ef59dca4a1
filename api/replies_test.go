package api_test

import (
	"fmt"
	"strings"
	"testing"

	"relance/engine"
)

// texted has one person invited who wrote back.
func texted(t *testing.T, said ...string) (w *world, person string) {
	t.Helper()
	w = newWorld(t)
	r := w.post("/v1/invitations", `{"service":"rsa","person":{"external_id":"awa","phone":"0639980012","email":"awa@example.org"}}`, "Idempotency-Key", "one")
	w.want(201, r)
	if err := w.e.Advance(t.Context(), engine.OrganisationID(w.org).Partition(), engine.DueInvitation, []string{r.text("id")}); err != nil {
		t.Fatal(err) // it goes out: people answer what they got
	}
	for n, text := range said {
		w.texts(fmt.Sprint(n), "+33639980012", text)
	}
	return w, r.text("recipient")
}

func (w *world) texts(id, from, text string) {
	w.t.Helper()
	if err := w.e.Reply(w.t.Context(), engine.Inbound{Provider: "test", ProviderID: id, From: from, Text: text}); err != nil {
		w.t.Fatal(err)
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	w, person := texted(t, "APPEL svp", "appelez-moi")
	list := w.get("/v1/calls").items()
	if len(list) != 1 || list[0]["recipient"] != person || list[0]["reason"] != "asked" || list[0]["since"] == nil {
		t.Fatalf("to call: %v", list)
	}
	at := "/v1/calls/" + list[0]["id"].(string)
	waiting := w.get("/v1/invitations?action_required=true").items()
	if len(waiting) != 1 || waiting[0]["call"].(map[string]any)["id"] != list[0]["id"] {
		t.Errorf("waiting for staff: %v", waiting)
	}
	if said := w.want(200, w.get("/v1/replies/"+list[0]["reply"].(string))); said.text("text") != "APPEL svp" || said.text("did") != "call_listed" {
		t.Errorf("asked by %s", said.body)
	}
	for range 2 {
		if r := w.want(200, w.post(at+"/done", "")); r.text("done_at") == "" {
			t.Errorf("done: %s", r.body)
		}
	}
	if r := w.want(200, w.get(at)); r.text("done_at") == "" || len(w.get("/v1/calls").items())+len(w.get("/v1/invitations?action_required=true").items()) != 0 {
		t.Errorf("after the call: %s", r.body)
	}
	w.refused(404, "not_found", w.get("/v1/calls/inv_x"))
	w.refused(404, "not_found", w.as(w.newKey(w.organisation("Another"))).post(at+"/done", ""))
}

func TestReplies(t *testing.T) {
	t.Parallel()
	w, _ := texted(t, "quelle adresse ?", "oui", "merci")
	w.texts("x", "+33639980099", "qui êtes-vous ?") // a number nobody has
	all, unread := w.get("/v1/replies").items(), w.get("/v1/replies?unread=true")
	if len(all) != 4 || len(unread.items()) != 2 {
		t.Fatalf("%d received, to read: %s", len(all), unread.body)
	}
	for _, r := range unread.items() {
		if stranger := r["recipient"] == nil; stranger != (r["from"] == "+33639980099") || stranger != (r["did"] == "unknown_number") {
			t.Errorf("to read: %v", r)
		}
		w.want(200, w.post("/v1/replies/"+r["id"].(string)+"/read", ""))
	}
	if len(w.get("/v1/replies?unread=true").items()) != 0 || len(w.get("/v1/replies").items()) != 4 {
		t.Error("what was read is not off the list")
	}
	first := w.get("/v1/replies?limit=1")
	if first.text("next") == "" || !strings.Contains(first.header.Get("Link"), "rel=\"next\"") {
		t.Errorf("no next page: %s", first.body)
	}
	w.refused(403, "forbidden", w.get("/v1/stray-replies"))
	if got := w.as(adminKey).get("/v1/stray-replies").items(); len(got) != 0 {
		t.Errorf("strays: %v", got)
	}
	w.organisation("Another") // now a stranger to a number that is nobody's may want either
	w.texts("y", "+33639980099", "allô ?")
	if got := w.as(adminKey).get("/v1/stray-replies").items(); len(got) != 1 || got[0]["text"] != "allô ?" {
		t.Errorf("strays: %v", got)
	}
	if strings.Contains(w.log.String(), "639980099") || strings.Contains(w.log.String(), "639980012") {
		t.Error("a number is in the log")
	}
}

func TestConversation(t *testing.T) {
	t.Parallel()
	w, person := texted(t, "euh", "AIDE")
	path := "/v1/recipients/" + person + "/messages"
	whole := w.want(200, w.get(path)).items()
	kinds, directions := map[any]int{}, map[any]int{}
	for _, l := range whole {
		kinds[l["kind"]]++
		directions[l["direction"]]++
		if u, ok := l["understood"].(map[string]any); ok != (l["direction"] == "in") || ok && (u["did"] == "" || u["question"] != "invitation") {
			t.Errorf("line %v", l)
		}
	}
	if directions["in"] != 2 || kinds["reply_help"] != 1 || kinds["reply_info"] != 1 || kinds["invitation"] < 1 {
		t.Errorf("the conversation is %v", whole)
	}
	var paged []map[string]any
	for at := path + "?limit=1"; at != ""; {
		r := w.want(200, w.get(at))
		paged = append(paged, r.items()...)
		next := r.json["next"]
		if at = ""; next != nil {
			at = path + "?limit=1&cursor=" + next.(string)
		}
	}
	if fmt.Sprint(paged) != fmt.Sprint(whole) {
		t.Errorf("in pages: %v", paged)
	}
	w.refused(404, "not_found", w.as(w.newKey(w.organisation("Another"))).get(path))
	w.refused(422, "invalid", w.get(path+"?cursor=x"))
	w.want(204, w.do("DELETE", "/v1/recipients/"+person, ""))
	w.refused(404, "not_found", w.get(path))
	if got := w.get("/v1/replies").items(); len(got) != 0 {
		t.Errorf("replies outlive the person: %v", got)
	}
}
