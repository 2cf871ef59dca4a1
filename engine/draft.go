package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Drafts looks at templates before they are saved; the wording of channels is behind it.
type Drafts interface {
	// Lint looks at templates by name ("fr/sms/invitation") for a sender that takes replies or not. What
	// is no advice refuses them.
	Lint(templates map[string]string, replies bool) []Finding
	// Source is our own template, ok false when there is none; subject is an email's.
	Source(language string, ch Channel, kind MessageKind) (subject, body string, ok bool)
	// Variables are what templates of a kind may say.
	Variables(kind MessageKind) []TextVariable
}

// Finding is what a look at a template found: advice, or a reason to refuse it.
type Finding struct {
	Text    string // fr/sms/invitation, or its .subject
	Line    int    // from 1; 0: the whole of it
	Code    string
	Message string
	Advice  bool
}

// Pointer is where in a text the finding is: /subject or /body.
func (f Finding) Pointer() string {
	if strings.HasSuffix(f.Text, ".subject") {
		return "/subject"
	}
	return "/body"
}

// TextVariable is something a template may say.
type TextVariable struct {
	Name, Type string // text, bool, int or list
	Required   bool   // there in every message of the kind
	Doc        string
	Fields     []TextVariable // of each item of a list
}

// PreviewRequest asks what a text would look like: a draft, or what holds when Body and Subject are "".
type PreviewRequest struct {
	TextKey
	Subject, Body string
	// Values replace sample ones, by variable; the longest text keeps its own.
	Values map[string]any
}

// TextPreview is a text as people would get it.
type TextPreview struct {
	Text     *Text // nil when findings refuse it
	Longest  *Text // of an SMS: with the longest names and dates that can come, and what else can be said
	MaxParts int   // of the service; the least of all services when the text is for every one
	Price    float64
	Findings []Finding
}

// PreviewText fills a text in with a sample person and appointment of the organisation and, for an SMS,
// with the longest of everything. Nothing is stored. CodeNotFound, CodeInvalid.
func (e *Engine) PreviewText(ctx context.Context, org OrganisationID, r PreviewRequest) (*TextPreview, error) {
	d, err := e.draftDossier(ctx, org, r.Service)
	if err != nil {
		return nil, err
	}
	k, rung := r.rendered()
	if _, _, ok := e.Drafts.Source(k.Language, k.Channel, k.Kind); !ok {
		return nil, noSuchText()
	}
	own := d.wording(k.Channel, k.Kind, rung)
	out := &TextPreview{Price: d.o.SMSPrice}
	if r.Body != "" || r.Subject != "" {
		own = r.Templates()
		out.Findings = e.Drafts.Lint(own, d.o.SMS.Replies)
		if slices.ContainsFunc(out.Findings, func(f Finding) bool { return !f.Advice }) {
			return out, nil
		}
	}
	services, err := e.inScope(ctx, d, r.Service)
	if err != nil {
		return nil, err
	}
	vars := d.with(services[0]).sample(r.TextKey)
	if err := replaceValues(vars, r.Values, e.Drafts.Variables(k.Kind)); err != nil {
		return nil, err
	}
	text, err := d.with(services[0]).fitted(k, own, vars)
	if err != nil {
		return nil, refuse("preview", CodeInvalid, "%s", err)
	}
	out.Text, out.MaxParts = &text, services[0].MaxParts
	if r.Channel != SMS {
		return out, nil
	}
	for _, s := range services {
		out.MaxParts = min(out.MaxParts, s.MaxParts)
		long, err := d.with(s).longest(r.TextKey, own)
		if err != nil {
			return nil, refuse("preview", CodeInvalid, "%s", err)
		}
		if out.Longest == nil || long.Parts > out.Longest.Parts || long.Parts == out.Longest.Parts && long.Units > out.Longest.Units {
			out.Longest = &long
		}
	}
	return out, nil
}

// Templates are the draft by the name it is rendered under; an email's subject goes with it.
func (r PreviewRequest) Templates() map[string]string {
	k, _ := r.rendered()
	out := map[string]string{k.Name(): r.Body}
	if k.Channel == Email {
		out[subjectOf(k.Name())] = r.Subject
	}
	return out
}

// replaceValues puts given values over the sample's.
func replaceValues(vars, given map[string]any, known []TextVariable) error {
	var f fields
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.ContainsFunc(known, func(v TextVariable) bool { return v.Name == name }) {
			f.add("/values/"+name, "unknown_variable", "is no variable of this kind of message")
			continue
		}
		value := given[name]
		if n, ok := value.(float64); ok {
			value = int(n)
		}
		vars[name] = value
	}
	return invalid("preview", f)
}

// checkText refuses a text that cannot be sent as promised, each mistake with its place and line; what
// remains is advice.
func (e *Engine) checkText(ctx context.Context, o *Organisation, t OwnText) ([]Finding, error) {
	k, _ := t.rendered()
	if _, _, ok := e.Drafts.Source(k.Language, k.Channel, k.Kind); !ok {
		return nil, invalid("save text", []Field{{Pointer: e.amiss(k), Code: "unknown_text", Message: fmt.Sprintf("is wrong: there is no text %s; give a language of ours, sms or email, and a kind that it carries", t.Name())}})
	}
	var f fields
	if t.Channel == SMS && t.Subject != "" {
		f.add("/subject", "unused", "is for emails only")
	}
	d := &dossier{e: e, now: e.Clock.Now(), o: o, s: &Service{Organisation: o.ID}, q: e.quiet(o)}
	services, err := e.inScope(ctx, d, t.Service)
	if err != nil {
		return nil, err
	}
	r := PreviewRequest{TextKey: t.TextKey, Subject: t.Subject, Body: t.Body}
	advice := f.findings(e.Drafts.Lint(r.Templates(), o.SMS.Replies))
	if len(f) == 0 && t.Channel == SMS {
		d.fits(&f, r, services)
	}
	return advice, invalid("save text", f)
}

// amiss is which part of the name of a text there is none of.
func (e *Engine) amiss(k TextKey) string {
	_, _, ok := e.Drafts.Source(k.Language, SMS, KindInvitation)
	switch {
	case !ok:
		return "/language"
	case k.Channel != SMS && k.Channel != Email:
		return "/channel"
	}
	return "/kind"
}

// findings adds what refuses a text, and answers with the advice.
func (f *fields) findings(found []Finding) (advice []Finding) {
	for _, one := range found {
		if one.Advice {
			advice = append(advice, one)
			continue
		}
		line := ""
		if one.Line > 0 {
			line = fmt.Sprintf("line %d: ", one.Line)
		}
		f.add(one.Pointer(), one.Code, "%s%s", line, one.Message)
	}
	return advice
}

// fits refuses an SMS whose longest form is over the cap of a service: it would not leave.
func (d *dossier) fits(f *fields, r PreviewRequest, services []*Service) {
	for _, s := range services {
		long, err := d.with(s).longest(r.TextKey, r.Templates())
		switch {
		case err != nil:
			f.add("/body", "template", "%s", err)
			return
		case long.Parts > s.MaxParts:
			f.add("/body", "too_long", "takes up to %d parts (%s, %d characters) with the longest names and dates; the most is %d (max_parts of the service %s)",
				long.Parts, long.Encoding, long.Units, s.MaxParts, s.ID)
			return
		}
	}
}

// inScope is the services that a text is for: one, or all; a made-up one while there is none.
func (e *Engine) inScope(ctx context.Context, d *dossier, id ServiceID) ([]*Service, error) {
	if id != "" {
		s, err := e.Service(ctx, d.o.ID, id)
		return []*Service{s}, err
	}
	all, err := listAll[Service](ctx, e, d.o.ID.Partition(), listOf("services", d.o.ID))
	if len(all) == 0 {
		s := Service{Organisation: d.o.ID, Name: "Rendez-vous", DurationMin: 30}.WithDefaults()
		all = []*Service{&s}
	}
	return all, err
}

// with is the same dossier for a service.
func (d *dossier) with(s *Service) *dossier {
	out := *d
	out.s = s
	return &out
}

// sample is what a message of the kind would say to Awa, whose appointment is at ten, ten days from now.
func (d *dossier) sample(k TextKey) map[string]any {
	say := func(days, hour, minute int) (string, string) {
		y, m, day := d.now.In(d.zone()).Date()
		t := time.Date(y, m, day+days, hour, minute, 0, 0, d.zone())
		for t.Weekday() == time.Sunday || t.Weekday() == time.Saturday {
			t = t.AddDate(0, 0, 1)
		}
		return d.e.Texts.Day(k.Language, t, d.now.In(d.zone())), d.e.Texts.Hour(k.Language, t)
	}
	v := d.saying(d.o.where(d.s, ""), "Awa")
	_, rung := k.rendered()
	v["rung"], v["can_change"], v["replies"] = max(1, rung), true, d.o.SMS.Replies && k.Channel == SMS
	v["date"], v["time"] = say(10, 10, 0)
	v["old_date"], v["old_time"] = say(20, 9, 30)
	v["last_day"], v["until"] = say(8, 16, 30)
	if k.Kind == KindOffer || k.Kind == KindReplyChange {
		slots := make([]map[string]any, 3)
		for i := range slots {
			day, hour := say(3+i, 9+2*i, 15*i)
			slots[i] = map[string]any{"date": day, "time": hour}
		}
		v["slots"] = slots
	}
	return v
}

// saying are the variables that come from the organisation and its service.
func (d *dossier) saying(where Location, firstName string) map[string]any {
	v := map[string]any{
		"organisation": d.o.Name, "service": d.s.Name, "phone": d.phone(), "first_name": firstName,
		"link":     d.e.LinkURL(d.e.Links.Token(d.o.ID.Partition(), "inv_00000000000000000000000000", 0)),
		"duration": d.s.DurationMin, "consequence": d.s.Consequence,
		"place": where.Line(), "access": where.Access, "video": where.URL,
	}
	if where.Kind != AtOffice {
		v["place_kind"] = string(where.Kind)
	}
	return v
}
