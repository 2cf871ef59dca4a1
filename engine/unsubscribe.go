package engine

import (
	"context"
	"strings"
	"time"
)

// The address behind the unsubscribe button of mail programs (RFC 8058) belongs to a person and their
// email address: it outlives the invitation, opens nothing but this, and dies with the address. It
// carries the person's id, so that nothing need be stored for it: only its letters are secret.

// unsubscribeLetters are those of the token before the id: as many as a link's.
const unsubscribeLetters = tokenLength

// unsubscribable tells whether mail programs show the button: on what we begin, never on what is about an
// appointment that was booked, which nobody should lose by one touch.
func (l *letter) unsubscribable() bool {
	if l.m.Channel != Email || !strings.HasPrefix(l.e.PublicURL, "https://") { // RFC 8058 §3.1
		return false
	}
	switch l.m.Kind {
	case KindInvitation, KindRelance, KindNoShow:
		return true
	}
	return false
}

// UnsubscribeToken is the token of a person's present email address, derived, never stored.
func (e *Engine) UnsubscribeToken(r *Recipient) string {
	id := strings.TrimPrefix(string(r.ID), "rcp_")
	return e.Links.letters(r.Organisation.Partition(), unsubscribeLetters, "unsubscribe", id, e.stopKey(r, Email)) + id
}

func (e *Engine) unsubscribeURL(r *Recipient) string {
	return e.PublicURL + "/u/" + e.UnsubscribeToken(r)
}

// Mailing is what the token of an unsubscribe button opens.
type Mailing struct {
	Organisation *Organisation
	Recipient    RecipientID
	Language     string
	Left         *time.Time // since when the address gets no emails; nil: it does
}

// Mailing looks an unsubscribe token up and changes nothing. CodeLinkDead for every token that opens
// nothing; a miss does the same reads as a hit.
func (e *Engine) Mailing(ctx context.Context, token string) (*Mailing, error) {
	head, id := token, "none"
	if len(token) > unsubscribeLetters {
		head, id = token[:unsubscribeLetters], token[unsubscribeLetters:]
	}
	p, plausible := partitionOf(head, unsubscribeLetters)
	sh, err := e.fetch(ctx, p, "rcp_"+id)
	if err != nil {
		return nil, err
	}
	r, err := pick[Recipient](sh, "rcp_"+id)
	if err != nil {
		return nil, err
	}
	org := "org_none"
	if r != nil {
		org = string(r.Organisation)
	}
	if err := sh.more(ctx, p, org); err != nil {
		return nil, err
	}
	o, err := settled[Organisation](sh, org)
	switch {
	case err != nil:
		return nil, err
	case !plausible, r == nil, o == nil, r.Email == "", !sameToken(token, e.UnsubscribeToken(r)):
		return nil, refuse("unsubscribe", CodeLinkDead, "this link no longer works")
	}
	m := &Mailing{Organisation: o, Recipient: r.ID, Language: o.Language, Left: r.EmailOptedOut}
	if r.Language != "" {
		m.Language = r.Language
	}
	return m, nil
}

// Unsubscribe ends emails to the address of an unsubscribe button: by a mail program's one click, or by
// the page behind it. Again is no news. CodeLinkDead.
func (e *Engine) Unsubscribe(ctx context.Context, token string, how OptOutHow) error {
	m, err := e.Mailing(ctx, token)
	if err != nil {
		return err
	}
	_, err = e.leave(ctx, "unsubscribe", m.Organisation.ID, m.Recipient, how, Email)
	return err
}

// Resubscribe takes emails to the address up again. CodeLinkDead.
func (e *Engine) Resubscribe(ctx context.Context, token string) error {
	m, err := e.Mailing(ctx, token)
	if err != nil {
		return err
	}
	return e.OptIn(ctx, m.Organisation.ID, m.Recipient, Email, ByRecipient)
}
