package main

import (
	"context"
	"fmt"

	"relance/engine"
)

// texts saves those that differ from what holds, and tells what is advised about them.
func (a *applier) texts(ctx context.Context, org engine.OrganisationID, all []engine.OwnText) error {
	if len(all) == 0 {
		return nil
	}
	held, err := a.engine.OwnTexts(ctx, org)
	if err != nil && engine.CodeOf(err) != engine.CodeNotFound {
		return err
	}
	was := map[string]engine.OwnText{}
	for _, t := range held {
		was[t.String()] = t
	}
	for _, t := range all {
		if err := a.text(ctx, org, t, was); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) text(ctx context.Context, org engine.OrganisationID, t engine.OwnText, held map[string]engine.OwnText) error {
	name, word := "text "+t.Name(), "created"
	if t.Service != "" {
		name += " of " + string(t.Service)
	}
	if was, there := held[t.String()]; there {
		if word = "changed"; was.Subject == t.Subject && was.Body == t.Body {
			a.tell("%-9s %s", "unchanged", name)
			return nil
		}
	}
	var advice []engine.Finding
	if a.dry {
		advice = a.engine.Drafts.Lint(engine.PreviewRequest{TextKey: t.TextKey, Subject: t.Subject, Body: t.Body}.Templates(), true)
	} else {
		var err error
		if _, advice, err = a.engine.SaveText(ctx, org, t); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if a.dry {
		word = "would be " + word
	}
	a.tell("%-9s %s", word, name)
	for _, f := range advice {
		a.tell("%-9s %s", "advice", adviceLine(f))
	}
	return nil
}

// adviceLine is a finding on a line: where, and what.
func adviceLine(f engine.Finding) string {
	if f.Line > 0 {
		return fmt.Sprintf("%s, line %d: %s", f.Text, f.Line, f.Message)
	}
	return f.Text + ": " + f.Message
}
