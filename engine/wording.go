package engine

import (
	"slices"
	"strconv"
	"time"
)

// TextKey names a text that an organisation may write itself.
type TextKey struct {
	Service  ServiceID   `json:"service,omitempty" yaml:"service"` // "": for every service that has none of its own
	Language string      `json:"language" yaml:"language"`         // of a built-in text: fr, en, ar, uk
	Channel  Channel     `json:"channel" yaml:"channel"`
	Kind     MessageKind `json:"kind" yaml:"kind"` // relance_2: of the second relance alone
}

// Name is the text's name in a book of templates: fr/sms/invitation.
func (k TextKey) Name() string {
	return k.Language + "/" + string(k.Channel) + "/" + string(k.Kind)
}

// subjectOf is the name of the subject that goes with an email.
func subjectOf(name string) string { return name + ".subject" }

// String tells it from those of every other service.
func (k TextKey) String() string { return string(k.Service) + ":" + k.Name() }

// OwnText is a version of a text that an organisation wrote. It never changes.
type OwnText struct {
	TextKey `yaml:",inline"`
	Number  int64     `json:"number" yaml:"-"`                  // from 1, one more with every save; taking it back is one too
	Subject string    `json:"subject,omitempty" yaml:"subject"` // of an email
	Body    string    `json:"body,omitempty" yaml:"body"`       // Liquid, as channels/wording has it
	Dropped bool      `json:"dropped,omitempty" yaml:"-"`       // from here on the default holds again
	SavedAt time.Time `json:"saved_at" yaml:"-"`
}

// Wording is what an organisation wrote itself: the newest version of each text. It holds at once, for
// messages that are waiting too: a wrong sentence must not go out for ten days more.
type Wording struct {
	Organisation OrganisationID     `json:"organisation"`
	Version      int64              `json:"-"`
	Texts        map[string]OwnText `json:"texts"` // by TextKey.String
}

func wordingKey(org OrganisationID) string { return "txt:" + string(org) }

func textVersionKey(org OrganisationID, k TextKey, number int64) string {
	return wordingKey(org) + ":" + k.String() + "@" + strconv.FormatInt(number, 10)
}

func (w *Wording) recordID() string { return wordingKey(w.Organisation) }
func (w *Wording) version() *int64  { return &w.Version }

// The sources of a text, nearest first.
const (
	FromService      = "service"      // written for the service at /v1/texts
	FromPolicy       = "policy"       // of the service's policy, the version that the invitation started under
	FromOrganisation = "organisation" // written for every service at /v1/texts
	FromBuiltIn      = "built_in"
)

// TextUsed says what a message was made from, for whoever must prove it later.
type TextUsed struct {
	Language string `json:"language"`
	Rung     int    `json:"rung,omitempty"` // when the text is for this relance alone
	Source   string `json:"source"`
	Number   int64  `json:"number,omitempty"` // of the OwnText; of the service's version when it is the policy's
	Digest   string `json:"digest,omitempty"` // of the template: the same words have the same, whatever their source
}

// wording is the templates that hold for a message instead of ours, by name in every language. The nearest
// source wins: the service's, the policy's, the organisation's; within one, the text of the rung.
func (d *dossier) wording(ch Channel, kind MessageKind, rung int) map[string]string {
	if d.w == nil && len(d.s.Texts) == 0 {
		return nil
	}
	out, of := map[string]string{}, kind.texts(rung)
	d.w.collect(out, ch, of, "")
	for _, k := range of {
		for name, text := range d.s.Texts {
			if name, ok := k.under(name, ch, kind); ok {
				out[name] = text
			}
		}
	}
	d.w.collect(out, ch, of, d.s.ID)
	return out
}

// collect adds the texts of a service that are of these kinds, under the name of the first.
func (w *Wording) collect(out map[string]string, ch Channel, kinds []MessageKind, service ServiceID) {
	if w == nil {
		return
	}
	for _, k := range kinds {
		for _, t := range w.Texts {
			if t.Service != service || t.Dropped || t.Channel != ch || t.Kind != k {
				continue
			}
			t.Kind = kinds[0]
			out[t.Name()] = t.Body
			if ch == Email {
				out[subjectOf(t.Name())] = t.Subject
			}
		}
	}
}

// madeFrom tells where the text of a message came from, by the language it was written in.
func (d *dossier) madeFrom(language string, ch Channel, kind MessageKind, rung int, digest string) TextUsed {
	out := TextUsed{Language: language, Source: FromBuiltIn, Digest: digest}
	of := kind.texts(rung)
	slices.Reverse(of) // what wins comes first
	for _, source := range []string{FromService, FromPolicy, FromOrganisation} {
		for _, k := range of {
			number, ok := d.holds(source, TextKey{Language: language, Channel: ch, Kind: k})
			if !ok {
				continue
			}
			out.Source, out.Number = source, number
			_, out.Rung = k.OfRung()
			return out
		}
	}
	return out
}

// holds tells whether a source has a text, and its number.
func (d *dossier) holds(source string, k TextKey) (number int64, ok bool) {
	if source == FromPolicy {
		_, body := d.s.Texts[k.Name()]
		_, subject := d.s.Texts[subjectOf(k.Name())]
		return d.policy(), body || subject
	}
	if source == FromService {
		k.Service = d.s.ID
	}
	own, ok := d.w.own(k)
	return own.Number, ok
}

// policy is the version of the service that the wording of its policy is read from.
func (d *dossier) policy() int64 {
	if d.inv == nil || d.s.Follow || d.inv.Policy == 0 {
		return d.s.Version
	}
	return d.inv.Policy
}

// own is the text of a key that holds; false when there is none.
func (w *Wording) own(k TextKey) (OwnText, bool) {
	if w == nil {
		return OwnText{}, false
	}
	t, ok := w.Texts[k.String()]
	return t, ok && !t.Dropped
}
