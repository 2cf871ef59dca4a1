package pagestest

import (
	"context"

	"relance/engine"
)

// leaving is a channel of a person.
type leaving struct {
	id  engine.RecipientID
	way engine.Channel
}

// Stopped tells whether a token's person stopped SMS.
func (e *Engine) Stopped(token string) bool { return e.Left(token, engine.SMS) }

// Left tells whether a token's person left a channel.
func (e *Engine) Left(token string, way engine.Channel) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.left[leaving{engine.RecipientID("rcp_" + token), way}]
}

// Stop implements pages.Refusals.
func (e *Engine) Stop(_ context.Context, _ engine.OrganisationID, id engine.RecipientID, ways ...engine.Channel) error {
	return e.leave("stop", id, true, ways...)
}

// OptIn implements pages.Refusals.
func (e *Engine) OptIn(_ context.Context, _ engine.OrganisationID, id engine.RecipientID, way engine.Channel, by engine.Actor) error {
	if by != engine.ByRecipient {
		return refuse(engine.CodePersonOnly)
	}
	return e.leave("start", id, false, way)
}

func (e *Engine) leave(verb string, id engine.RecipientID, left bool, ways ...engine.Channel) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.fail(verb); err != nil {
		return err
	}
	for _, ch := range ways {
		if key := (leaving{id, ch}); e.left[key] != left {
			e.left[key] = left
			e.changes++
		}
	}
	return nil
}

// Mailing implements pages.Mailings: the tokens are those of links, whether their invitation is open or not.
func (e *Engine) Mailing(_ context.Context, token string) (*engine.Mailing, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.opens++
	if err := e.fail("open"); err != nil {
		return nil, err
	}
	l := e.links[token]
	if l == nil {
		return nil, refuse(engine.CodeLinkDead)
	}
	o, m := e.Organisation, &engine.Mailing{Recipient: l.invitation.Recipient, Language: l.language}
	m.Organisation = &o
	if e.left[leaving{m.Recipient, engine.Email}] {
		now := e.Now()
		m.Left = &now
	}
	return m, nil
}

// Unsubscribe implements pages.Mailings.
func (e *Engine) Unsubscribe(ctx context.Context, token string, _ engine.OptOutHow) error {
	m, err := e.Mailing(ctx, token)
	if err != nil {
		return err
	}
	return e.leave("stop", m.Recipient, true, engine.Email)
}

// Resubscribe implements pages.Mailings.
func (e *Engine) Resubscribe(ctx context.Context, token string) error {
	m, err := e.Mailing(ctx, token)
	if err != nil {
		return err
	}
	return e.leave("start", m.Recipient, false, engine.Email)
}
