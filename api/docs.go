package api

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

//go:embed docs.html
var docsSource string

//go:embed docs.css
var docsStyle string

// problemEntry explains one code.
type problemEntry struct {
	Code engine.Code `json:"code"`
	Type string      `json:"type"`
	kind
}

// problemList is every code there is, by name.
func problemList() []problemEntry {
	var out []problemEntry
	for code, k := range kinds() {
		out = append(out, problemEntry{code, problemURN + string(code), k})
	}
	slices.SortFunc(out, func(a, b problemEntry) int { return cmp.Compare(a.Code, b.Code) })
	return out
}

type (
	docsGroup struct {
		Tag        string
		Operations []docsOperation
	}
	docsOperation struct {
		*huma.Operation
		Takes, Gives []string
	}
	docsSchema struct {
		Name   string
		Fields []docsField
	}
	docsField struct {
		Name, Type, Doc string
		Required        bool
	}
)

// docsPage makes the reference for people out of the OpenAPI document: one page, no script,
// nothing from elsewhere.
func docsPage(doc *huma.OpenAPI) ([]byte, error) {
	t, err := template.New("docs").Parse(docsSource)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{
		"Info": doc.Info, "Style": template.CSS(docsStyle), "Groups": docsGroups(doc),
		"Schemas": docsSchemas(doc), "Problems": problemList(),
	})
	return b.Bytes(), err
}

// docsPolicy lets the page use its own style and nothing else.
func docsPolicy() string {
	sum := sha256.Sum256([]byte(docsStyle))
	return "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func docsGroups(doc *huma.OpenAPI) []docsGroup {
	byTag := map[string][]docsOperation{}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op != nil {
				byTag[op.Tags[0]] = append(byTag[op.Tags[0]], docsOperation{op, takes(op), gives(op)})
			}
		}
	}
	var out []docsGroup
	for tag, ops := range byTag {
		slices.SortFunc(ops, func(a, b docsOperation) int {
			return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
		})
		out = append(out, docsGroup{tag, ops})
	}
	slices.SortFunc(out, func(a, b docsGroup) int { return cmp.Compare(a.Tag, b.Tag) })
	return out
}

func takes(op *huma.Operation) []string {
	if op.RequestBody == nil {
		return nil
	}
	return contents(op.RequestBody.Content)
}

func gives(op *huma.Operation) []string {
	var out []string
	for status, r := range op.Responses {
		if status == "default" {
			continue
		}
		out = append(out, strings.TrimSpace(status+" "+strings.Join(contents(r.Content), ", ")))
	}
	slices.Sort(out)
	return out
}

func contents(all map[string]*huma.MediaType) []string {
	var out []string
	for name, m := range all {
		if name != "application/json" {
			out = append(out, name)
			continue
		}
		out = append(out, typeName(m.Schema))
	}
	slices.Sort(out)
	return out
}

func docsSchemas(doc *huma.OpenAPI) []docsSchema {
	var out []docsSchema
	for name, s := range doc.Components.Schemas.Map() {
		d := docsSchema{Name: name}
		for field, f := range s.Properties {
			d.Fields = append(d.Fields, docsField{field, typeName(f), f.Description, slices.Contains(s.Required, field)})
		}
		slices.SortFunc(d.Fields, func(a, b docsField) int { return cmp.Compare(a.Name, b.Name) })
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b docsSchema) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func typeName(s *huma.Schema) string {
	switch {
	case s.Ref != "":
		return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
	case s.Items != nil:
		return "list of " + typeName(s.Items)
	case s.Format != "":
		return s.Format
	}
	return s.Type
}
