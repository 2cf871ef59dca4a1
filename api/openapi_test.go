package api_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var golden = flag.Bool("golden", false, "write testdata/routes.txt anew")

// routes lists "METHOD /path who request → answers" of an OpenAPI document.
func routes(t *testing.T, doc map[string]any) []string {
	t.Helper()
	var out []string
	for path, item := range doc["paths"].(map[string]any) {
		for method, v := range item.(map[string]any) {
			op := v.(map[string]any)
			who := "open"
			for _, s := range op["security"].([]any) {
				for scheme := range s.(map[string]any) {
					who = scheme
				}
			}
			var takes, gives []string
			if body, ok := op["requestBody"].(map[string]any); ok {
				for ct := range body["content"].(map[string]any) {
					takes = append(takes, ct)
				}
			}
			for status := range op["responses"].(map[string]any) {
				gives = append(gives, status)
			}
			slices.Sort(takes)
			slices.Sort(gives)
			out = append(out, fmt.Sprintf("%s %s %s %v %v", path, strings.ToUpper(method), who, takes, gives))
		}
	}
	slices.Sort(out)
	return out
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.as("").want(200, w.as("").get("/v1/openapi.json"))
	if r.text("openapi") != "3.1.0" || r.header.Get("Content-Type") != "application/openapi+json" {
		t.Errorf("not an OpenAPI 3.1 document: %v", r.header)
	}
	got := strings.Join(routes(t, r.json), "\n") + "\n"
	if *golden {
		if err := os.WriteFile("testdata/routes.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/routes.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the routes changed; if that is meant, run go test ./api -run OpenAPI -golden:\n%s", got)
	}
	w.as("").want(200, w.as("").get("/v1/openapi.yaml"))
}

func TestOpenAPIHoldsTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.get("/v1/openapi.json")
	schemas := r.json["components"].(map[string]any)["schemas"].(map[string]any)
	refs := regexp.MustCompile(`#/components/schemas/([A-Za-z0-9]+)`).FindAllStringSubmatch(r.body, -1)
	for _, ref := range refs {
		if schemas[ref[1]] == nil {
			t.Errorf("nothing is called %s", ref[1])
		}
	}
	if len(refs) < 50 || schemas["ErrorModel"] != nil || schemas["Problem"] == nil {
		t.Errorf("%d references; the shape of errors is %v", len(refs), schemas["ErrorModel"])
	}
	ids := map[string]bool{}
	for path, item := range r.json["paths"].(map[string]any) {
		for method, v := range item.(map[string]any) {
			op := v.(map[string]any)
			id, _ := op["operationId"].(string)
			if id == "" || ids[id] || op["summary"] == "" || op["summary"] == nil {
				t.Errorf("%s %s: operationId %q, summary %v", method, path, id, op["summary"])
			}
			ids[id] = true
			described := map[string]bool{}
			params, _ := op["parameters"].([]any)
			for _, p := range params {
				described[p.(map[string]any)["name"].(string)] = true
			}
			for _, name := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
				if !described[name[1]] {
					t.Errorf("%s %s does not describe %s", method, path, name[1])
				}
			}
			responses := op["responses"].(map[string]any)
			if method == "post" && responses["201"] != nil && !described["Idempotency-Key"] {
				t.Errorf("POST %s creates without Idempotency-Key", path)
			}
			if b, _ := json.Marshal(responses["default"]); !strings.Contains(string(b), "application/problem+json") {
				t.Errorf("%s %s does not describe its problems", method, path)
			}
		}
	}
}

func TestEveryDocumentedRouteAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, item := range w.get("/v1/openapi.json").json["paths"].(map[string]any) {
		for method := range item.(map[string]any) {
			at := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "x")
			r := w.as("").do(strings.ToUpper(method), at, "")
			w.refused(401, "unauthorized", r)
		}
	}
}

func TestPagesForPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.as("").want(200, w.as("").get("/v1/docs"))
	for _, want := range []string{"POST /v1/batches", "idempotency_key_reused", "Invite many people", "application/x-ndjson"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, bad := range []string{"<script", "src=", "http://", "ZgotmplZ"} {
		if strings.Contains(r.body, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	problems := w.as("").want(200, w.as("").get("/v1/problems"))
	if !strings.Contains(problems.body, `"code":"taken"`) || !strings.Contains(problems.body, `"status":409`) {
		t.Errorf("the problems are not explained: %s", problems.body)
	}
}
