package api_test

import (
	"testing"

	"relance/api"
)

func TestWhoMayAskWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	revoked := w.as(adminKey).post("/v1/organisations/"+w.org+"/keys", `{"name":"old"}`)
	w.want(204, w.as(adminKey).do("DELETE", "/v1/organisations/"+w.org+"/keys/"+revoked.text("id"), ""))

	for name, c := range map[string]struct {
		key, path, code string
		status          int
	}{
		"no key":                    {"", "/v1/invitations", "unauthorized", 401},
		"no key, admin":             {"", "/v1/organisations", "unauthorized", 401},
		"unknown key":               {"nonsense", "/v1/invitations", "unauthorized", 401},
		"almost a key":              {w.key + "x", "/v1/invitations", "unauthorized", 401},
		"almost the admin's":        {adminKey + "x", "/v1/organisations", "unauthorized", 401},
		"revoked":                   {revoked.text("key"), "/v1/invitations", "unauthorized", 401},
		"admin for an organisation": {adminKey, "/v1/invitations", "forbidden", 403},
		"organisation for admin":    {w.key, "/v1/organisations", "forbidden", 403},
		"organisation, own record":  {w.key, "/v1/organisations/" + w.org, "forbidden", 403},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.on(t)
			r := w.as(c.key).get(c.path)
			w.refused(c.status, c.code, r)
			if challenge := r.header.Get("WWW-Authenticate"); (c.status == 401) != (challenge != "") {
				t.Errorf("WWW-Authenticate is %q", challenge)
			}
		})
	}
	w.want(200, w.get("/v1/invitations"))
	w.want(200, w.as(adminKey).get("/v1/organisations"))
	w.want(200, w.do("GET", "/v1/invitations", "", "Authorization", "bearer "+w.key))
	w.refused(401, "unauthorized", w.do("GET", "/v1/invitations", "", "Authorization", "Basic "+w.key))
}

func TestWithoutAdminKeyNobodyIsAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bare := newBare(t, w.e, api.Options{})
	for _, key := range []string{"", " ", "nonsense", adminKey} {
		if r := bare.as(key).get("/v1/organisations"); r.status != 401 {
			t.Errorf("key %q was answered %d", key, r.status)
		}
	}
	if api.HashKey("") != [32]byte{} {
		t.Error("an empty admin key opens the door to an empty bearer")
	}
}

func TestOrganisationsDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inv := w.invite("a").text("id")
	stranger := w.as(w.newKey(w.organisation("Another")))
	stranger.refused(404, "not_found", stranger.get("/v1/invitations/"+inv))
	stranger.refused(404, "not_found", stranger.post("/v1/invitations/"+inv+"/close", `{}`))
	stranger.refused(404, "not_found", stranger.get("/v1/services/rsa"))
	if n := len(stranger.walk("/v1/invitations")); n != 0 {
		t.Errorf("a stranger sees %d invitations", n)
	}
}

func TestKeysAreShownOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	keys := w.as(adminKey).want(200, w.as(adminKey).get("/v1/organisations/"+w.org+"/keys"))
	if n := len(keys.items()); n != 1 {
		t.Fatalf("%d keys: %s", n, keys.body)
	}
	for name := range keys.items()[0] {
		if name == "key" || name == "hash" {
			t.Errorf("the list shows %s", name)
		}
	}
	w.refused(404, "not_found", w.as(adminKey).do("DELETE", "/v1/organisations/"+w.org+"/keys/key_none", ""))
	w.refused(404, "not_found", w.as(adminKey).post("/v1/organisations/org_none/keys", `{"name":"x"}`))
}
