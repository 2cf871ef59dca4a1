package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/segmentio/encoding/json"
)

// mostTexts bounds an organisation's record.
const mostTexts = 500

// SaveText keeps a text as its next version; from then on messages are made from it. The findings are
// advice about it. The same words again change nothing. CodeNotFound, CodeInvalid with every mistake and
// its line.
func (e *Engine) SaveText(ctx context.Context, org OrganisationID, t OwnText) (OwnText, []Finding, error) {
	var advice []Finding
	t.Dropped = false
	err := e.changeText(ctx, org, &t, func(o *Organisation, w *Wording) (err error) {
		if len(w.Texts) >= mostTexts {
			if _, there := w.Texts[t.String()]; !there {
				return refuse("save text", CodeInvalid, "an organisation has at most %d texts: drop some first", mostTexts)
			}
		}
		advice, err = e.checkText(ctx, o, t)
		return err
	})
	return t, advice, err
}

// DropText goes back to the default: the organisation's text, or ours. It is a version too. CodeNotFound
// when there is no text to go back from.
func (e *Engine) DropText(ctx context.Context, org OrganisationID, k TextKey) error {
	t := OwnText{TextKey: k, Dropped: true}
	return e.changeText(ctx, org, &t, func(_ *Organisation, w *Wording) error {
		if _, ok := w.own(k); !ok {
			return refuse("drop text", CodeNotFound, "the organisation has no text of its own here")
		}
		return nil
	})
}

// changeText makes t the next version of its text, unless it is what holds; check may refuse.
func (e *Engine) changeText(ctx context.Context, org OrganisationID, t *OwnText, check func(*Organisation, *Wording) error) error {
	err := e.change(ctx, "save text", org.Partition(), func() (*Change, error) {
		sh, err := e.fetch(ctx, org.Partition(), string(org), wordingKey(org))
		if err != nil {
			return nil, err
		}
		o, err := pick[Organisation](sh, string(org))
		if err != nil || o == nil {
			return nil, errors.Join(err, refuse("save text", CodeNotFound, "there is no such organisation"))
		}
		w, err := pick[Wording](sh, wordingKey(org))
		if err != nil {
			return nil, err
		}
		if w == nil {
			w = &Wording{Organisation: org, Texts: map[string]OwnText{}}
		}
		if err := check(o, w); err != nil {
			return nil, err
		}
		return w.next(t, e), nil
	})
	e.cache.distrust(e.Clock.Now())
	return err
}

// next writes the next version of a text; nil when it is what holds already.
func (w *Wording) next(t *OwnText, e *Engine) *Change {
	was, there := w.Texts[t.String()]
	if there && was.Subject == t.Subject && was.Body == t.Body && was.Dropped == t.Dropped {
		*t = was
		return nil
	}
	t.Number, t.SavedAt = was.Number+1, e.Clock.Now()
	w.Texts[t.String()] = *t
	body, err := json.Marshal(t)
	if err != nil {
		panic("engine: a text that is not JSON: " + err.Error()) // only a defect of ours can do this
	}
	c := &Change{Puts: []Put{{ID: textVersionKey(w.Organisation, t.TextKey, t.Number), Expect: Fresh, Body: body}}}
	c.put(w)
	return c
}

// OwnTexts are the texts that an organisation wrote and that hold, in the order of their names.
func (e *Engine) OwnTexts(ctx context.Context, org OrganisationID) ([]OwnText, error) {
	w, err := e.ownWording(ctx, org)
	if err != nil {
		return nil, err
	}
	var out []OwnText
	for _, name := range slices.Sorted(maps.Keys(w.Texts)) {
		if t := w.Texts[name]; !t.Dropped {
			out = append(out, t)
		}
	}
	return out, nil
}

func (e *Engine) ownWording(ctx context.Context, org OrganisationID) (*Wording, error) {
	sh, err := e.fetch(ctx, org.Partition(), wordingKey(org))
	if err != nil {
		return nil, err
	}
	w, err := pick[Wording](sh, wordingKey(org))
	if w == nil {
		w = &Wording{Organisation: org}
	}
	return w, err
}

// HeldText is the text that messages are made from, and where it comes from.
type HeldText struct {
	OwnText
	Source    string         // service, policy, organisation or built_in
	Variables []TextVariable // what it may say
}

// Text is the text that holds for a key: the service's own, that of its policy as it is now, the
// organisation's, or ours. CodeNotFound when no message is of this kind, or there is no such service.
func (e *Engine) Text(ctx context.Context, org OrganisationID, k TextKey) (*HeldText, error) {
	d, err := e.draftDossier(ctx, org, k.Service)
	if err != nil {
		return nil, err
	}
	as, rung := k.rendered()
	subject, body, ok := e.Drafts.Source(as.Language, as.Channel, as.Kind)
	if !ok {
		return nil, noSuchText()
	}
	from := d.madeFrom(as.Language, as.Channel, as.Kind, rung, "")
	out := &HeldText{OwnText: OwnText{TextKey: k, Subject: subject, Body: body}, Source: from.Source, Variables: e.Drafts.Variables(as.Kind)}
	held := as
	if from.Rung > 0 {
		held = k
	}
	switch from.Source {
	case FromService:
		out.OwnText, _ = d.w.own(held)
	case FromOrganisation:
		held.Service = ""
		out.OwnText, _ = d.w.own(held)
	case FromPolicy:
		texts := d.wording(as.Channel, as.Kind, rung)
		if text, own := texts[as.Name()]; own {
			out.Body = text
		}
		if text, own := texts[subjectOf(as.Name())]; own {
			out.Subject = text
		}
		out.Number, out.SavedAt = from.Number, d.s.CreatedAt
	}
	return out, nil
}

func noSuchText() error {
	return refuse("text", CodeNotFound, "there is no such text: a language of ours (fr, en, ar, uk), sms or email, and a kind that it carries")
}

// draftDossier is what a text is looked at with: the organisation, its wording and a service, "" for none.
func (e *Engine) draftDossier(ctx context.Context, org OrganisationID, service ServiceID) (*dossier, error) {
	sh, err := e.fetch(ctx, org.Partition(), string(org), wordingKey(org), serviceKey(org, service))
	if err != nil {
		return nil, err
	}
	d := &dossier{e: e, now: e.Clock.Now(), s: &Service{Organisation: org}}
	if d.o, err = pick[Organisation](sh, string(org)); err != nil || d.o == nil {
		return nil, errors.Join(err, refuse("text", CodeNotFound, "there is no such organisation"))
	}
	if d.w, err = pick[Wording](sh, wordingKey(org)); err != nil {
		return nil, err
	}
	if service != "" {
		if d.s, err = pick[Service](sh, serviceKey(org, service)); err != nil || d.s == nil {
			return nil, errors.Join(err, refuse("text", CodeNotFound, "there is no such service in this organisation"))
		}
	}
	d.q = e.quiet(d.o)
	return d, nil
}

// TextVersions pages through the versions of an organisation's text, the newest first.
func (e *Engine) TextVersions(ctx context.Context, org OrganisationID, k TextKey, cursor string, limit int) ([]OwnText, string, error) {
	w, err := e.ownWording(ctx, org)
	if err != nil {
		return nil, "", err
	}
	from := w.Texts[k.String()].Number
	if n, err := strconv.ParseInt(cursor, 10, 64); err == nil && n < from {
		from = n
	}
	var ids []string
	for n := from; n > 0 && len(ids) < limit; n-- {
		ids = append(ids, textVersionKey(org, k, n))
	}
	next := ""
	if left := from - int64(len(ids)); left > 0 {
		next = strconv.FormatInt(left, 10)
	}
	out, err := e.textVersions(ctx, org, ids)
	return out, next, err
}

// TextVersion reads one version, whether it holds still or not. CodeNotFound.
func (e *Engine) TextVersion(ctx context.Context, org OrganisationID, k TextKey, number int64) (*OwnText, error) {
	out, err := e.textVersions(ctx, org, []string{textVersionKey(org, k, number)})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, refuse("text", CodeNotFound, "there is no such version of this text")
	}
	return &out[0], nil
}

func (e *Engine) textVersions(ctx context.Context, org OrganisationID, ids []string) ([]OwnText, error) {
	sh, err := e.fetch(ctx, org.Partition(), ids...)
	if err != nil {
		return nil, err
	}
	var out []OwnText
	for _, id := range ids {
		if sh.record(id).Version == 0 {
			continue
		}
		var t OwnText
		if err := json.Unmarshal(sh.record(id).Body, &t); err != nil {
			return nil, &Error{Code: CodeInternal, Op: "text", Message: "a stored text cannot be read: " + id, Cause: err}
		}
		out = append(out, t)
	}
	return out, nil
}
