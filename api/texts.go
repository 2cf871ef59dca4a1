package api

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// TextWords are the templates of one text.
type TextWords struct {
	Subject string `json:"subject,omitempty" maxLength:"8192" doc:"Of an email, in Liquid"`
	Body    string `json:"body" minLength:"1" maxLength:"8192" doc:"In Liquid: {{ organisation }}, {% if last_day %}…{% endif %}; see variables"`
}

// Text is what messages of a kind are made from.
type Text struct {
	Service  engine.ServiceID   `json:"service,omitempty" doc:"Absent: it is for every service without its own"`
	Language string             `json:"language"`
	Channel  engine.Channel     `json:"channel" enum:"sms,email"`
	Kind     engine.MessageKind `json:"kind"`
	Subject  string             `json:"subject,omitempty"`
	Body     string             `json:"body,omitempty"`
	Source   string             `json:"source,omitempty" enum:"service,policy,organisation,built_in" doc:"Where it comes from: written for the service, of the service's texts, written for every service, ours"`
	Number   int64              `json:"version,omitempty" doc:"Messages name it in wording.version"`
	Dropped  bool               `json:"dropped,omitempty" doc:"With this version the default held again"`
	SavedAt  *time.Time         `json:"saved_at,omitempty"`

	Variables []TextVariable `json:"variables,omitempty" doc:"What it may say"`
	Warnings  []TextFinding  `json:"warnings,omitempty" doc:"Advice about what was saved"`
}

// TextVariable is something a text may say.
type TextVariable struct {
	Name     string         `json:"name"`
	Type     string         `json:"type" enum:"text,bool,int,list"`
	Required bool           `json:"required" doc:"In every message of the kind; others need {% if … %} around them"`
	Doc      string         `json:"doc"`
	Fields   []TextVariable `json:"fields,omitempty" doc:"Of each item of a list"`
}

// TextFinding is what a look at a text found.
type TextFinding struct {
	Pointer string `json:"pointer" doc:"/body or /subject"`
	Line    int    `json:"line,omitempty" doc:"From 1; absent: the whole of it"`
	Level   string `json:"level" enum:"error,warning" doc:"An error keeps the text from being saved"`
	Code    string `json:"code" doc:"Stable name: unknown_variable, mute_sender, no_phone, no_organisation, no_link, shortener, long_sentence, jargon, unicode, …"`
	Detail  string `json:"detail"`
}

// TextPreview is a text as people would get it.
type TextPreview struct {
	Text     *TextRendered `json:"text,omitempty" doc:"With the sample; absent when findings refuse it"`
	Longest  *TextRendered `json:"longest,omitempty" doc:"Of an SMS: with the longest names, place and dates that can come"`
	MaxParts int           `json:"max_parts,omitempty" doc:"Of an SMS of the service; the least of them for a text of every service"`
	Findings []TextFinding `json:"findings" nullable:"false"`
}

// TextRendered is a text filled in.
type TextRendered struct {
	Language string  `json:"language"`
	Subject  string  `json:"subject,omitempty"`
	Body     string  `json:"body"`
	HTML     string  `json:"html,omitempty"`
	Encoding string  `json:"encoding,omitempty" enum:"GSM-7,UCS-2" doc:"Of an SMS"`
	Units    int     `json:"units,omitempty" doc:"Of an SMS: septets of GSM-7, UTF-16 units of UCS-2"`
	Parts    int     `json:"parts,omitempty" doc:"Of an SMS, each paid for"`
	Cost     float64 `json:"cost,omitempty" doc:"Of the parts, when the organisation has an sms_price"`
	Digest   string  `json:"digest" doc:"Of the template: messages name it in wording.digest"`
}

func textOf(t engine.OwnText) Text {
	out := Text{Service: t.Service, Language: t.Language, Channel: t.Channel, Kind: t.Kind, Subject: t.Subject, Body: t.Body, Number: t.Number, Dropped: t.Dropped}
	if !t.SavedAt.IsZero() {
		out.SavedAt = &t.SavedAt
	}
	return out
}

func variablesOf(in []engine.TextVariable) []TextVariable {
	return each(in, func(v engine.TextVariable) TextVariable {
		out := TextVariable{Name: v.Name, Type: v.Type, Required: v.Required, Doc: v.Doc}
		if len(v.Fields) > 0 {
			out.Fields = variablesOf(v.Fields)
		}
		return out
	})
}

func findingsOf(in []engine.Finding) []TextFinding {
	return each(in, func(f engine.Finding) TextFinding {
		out := TextFinding{Pointer: f.Pointer(), Line: f.Line, Level: "error", Code: f.Code, Detail: f.Message}
		if f.Advice {
			out.Level = "warning"
		}
		return out
	})
}

func renderedOf(t *engine.Text, price float64) *TextRendered {
	if t == nil {
		return nil
	}
	return &TextRendered{
		Language: t.Language, Subject: t.Subject, Body: t.Body, HTML: t.HTML, Encoding: t.Encoding, Units: t.Units,
		Parts: t.Parts, Cost: math.Round(float64(t.Parts)*price*1e4) / 1e4, Digest: t.Digest,
	}
}

// textRoutes are the routes of an organisation's own texts.
type textRoutes struct {
	*server
	verbs textVerbs
}

const (
	textsPath = "/v1/texts"
	textPath  = textsPath + "/{language}/{channel}/{kind}"
)

func (h textRoutes) register(a huma.API) {
	huma.Register(a, operation("list-texts", http.MethodGet, textsPath, forOrganisation, "List the organisation's own texts", "In the order of service, language, channel and kind."), h.list)
	huma.Register(a, operation("get-text", http.MethodGet, textPath, forOrganisation, "Read the text that holds",
		"The service's own, else the one of its policy, else the organisation's, else ours; and what it may say."), h.get)
	huma.Register(a, operation("put-text", http.MethodPut, textPath, forOrganisation, "Write a text",
		"It holds at once, for messages that wait too. Every version is kept. What must not be sent is refused, each mistake with its line; "+
			"advice comes back as warnings."), h.put)
	drop := operation("delete-text", http.MethodDelete, textPath, forOrganisation, "Go back to the default", "Its versions stay.")
	drop.DefaultStatus = http.StatusNoContent
	huma.Register(a, drop, h.drop)
	huma.Register(a, operation("list-text-versions", http.MethodGet, textPath+"/versions", forOrganisation, "List the versions of a text", "The newest first."), h.versions)
	huma.Register(a, operation("get-text-version", http.MethodGet, textPath+"/versions/{version}", forOrganisation, "Read a version of a text", ""), h.version)
	huma.Register(a, operation("preview-text", http.MethodPost, textPath+"/preview", forOrganisation, "Look at a text before it is written",
		"Fills a draft in, or the text that holds when no body is given, with a sample of the organisation and the service; an SMS also "+
			"with the longest of everything, so that its parts are no surprise. Nothing is stored."), h.preview)
}

// AtText names a text in the path.
type AtText struct {
	Language string             `path:"language" maxLength:"8" doc:"fr, en, ar or uk"`
	Channel  engine.Channel     `path:"channel" maxLength:"8" doc:"sms or email"`
	Kind     engine.MessageKind `path:"kind" maxLength:"40" doc:"invitation, relance (relance_1, relance_2, …: of this one of the ladder alone, in the place of the relance of the same source), confirmation, convocation, reminder, moved, cancelled_by_recipient, cancelled_by_organisation, no_show, offer, earlier; by SMS alone reply_help, reply_confirmed, reply_change, reply_nothing, reply_taken, reply_earlier, stop_ack"`
	Service  engine.ServiceID   `query:"service" maxLength:"64" doc:"The service it is for; absent: every service without its own"`
}

func (in AtText) key() engine.TextKey {
	return engine.TextKey{Service: in.Service, Language: in.Language, Channel: in.Channel, Kind: in.Kind}
}

func (in AtText) path() string {
	return textsPath + "/" + in.key().Name()
}

func (h textRoutes) list(ctx context.Context, in *Paging) (*pageOut[Text], error) {
	all, err := h.verbs.OwnTexts(ctx, orgOf(ctx))
	if err != nil {
		return nil, problemOf(err)
	}
	items, next := pageByID(all, func(t engine.OwnText) string { return t.String() }, *in)
	return pageOf(h.server, textsPath, *in, each(items, textOf), next), nil
}

func (h textRoutes) get(ctx context.Context, in *AtText) (*one[Text], error) {
	t, err := h.verbs.Text(ctx, orgOf(ctx), in.key())
	if err != nil {
		return nil, problemOf(err)
	}
	out := textOf(t.OwnText)
	out.Source, out.Variables = t.Source, variablesOf(t.Variables)
	return &one[Text]{out}, nil
}

func (h textRoutes) put(ctx context.Context, in *struct {
	AtText
	Body TextWords
}) (*one[Text], error) {
	t, advice, err := h.verbs.SaveText(ctx, orgOf(ctx), engine.OwnText{TextKey: in.key(), Subject: in.Body.Subject, Body: in.Body.Body})
	if err != nil {
		return nil, inPath(problemOf(err))
	}
	out := textOf(t)
	out.Warnings = findingsOf(advice)
	return &one[Text]{out}, nil
}

// inPath makes parameters of what names a text: it stands in the path.
func inPath(p *Problem) *Problem {
	for i := range p.Errors {
		switch f := &p.Errors[i]; f.Pointer {
		case "/language", "/channel", "/kind":
			f.named(f.Pointer)
		}
	}
	return p
}

func (h textRoutes) drop(ctx context.Context, in *AtText) (*struct{}, error) {
	if err := h.verbs.DropText(ctx, orgOf(ctx), in.key()); err != nil {
		return nil, problemOf(err)
	}
	return nil, nil
}

func (h textRoutes) versions(ctx context.Context, in *struct {
	AtText
	Paging
}) (*pageOut[Text], error) {
	all, next, err := h.verbs.TextVersions(ctx, orgOf(ctx), in.key(), in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	out := pageOf(h.server, in.path()+"/versions", in.Paging, each(all, textOf), next)
	if next != "" && in.Service != "" {
		out.Link = h.next(in.path()+"/versions", map[string][]string{"cursor": {next}, "limit": {strconv.Itoa(in.Limit)}, "service": {string(in.Service)}})
	}
	return out, nil
}

func (h textRoutes) version(ctx context.Context, in *struct {
	AtText
	Version int64 `path:"version" minimum:"1"`
}) (*one[Text], error) {
	t, err := h.verbs.TextVersion(ctx, orgOf(ctx), in.key(), in.Version)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Text]{textOf(*t)}, nil
}

// PreviewInput is a draft and what to fill it in with.
type PreviewInput struct {
	Subject string         `json:"subject,omitempty" maxLength:"8192"`
	Body    string         `json:"body,omitempty" maxLength:"8192" doc:"A draft; absent: the text that holds"`
	Values  map[string]any `json:"values,omitempty" doc:"Instead of the sample's, by variable: {\"first_name\": \"Awa\"}"`
}

func (h textRoutes) preview(ctx context.Context, in *struct {
	AtText
	Body PreviewInput
}) (*one[TextPreview], error) {
	p, err := h.verbs.PreviewText(ctx, orgOf(ctx), engine.PreviewRequest{TextKey: in.key(), Subject: in.Body.Subject, Body: in.Body.Body, Values: in.Body.Values})
	if err != nil {
		return nil, problemOf(err)
	}
	out := TextPreview{Text: renderedOf(p.Text, p.Price), Longest: renderedOf(p.Longest, p.Price), Findings: findingsOf(p.Findings)}
	if in.Channel == engine.SMS {
		out.MaxParts = p.MaxParts
	}
	return &one[TextPreview]{out}, nil
}
