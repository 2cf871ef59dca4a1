package engine

import (
	"context"
	"slices"
	"strings"

	"relance/engine/grammar"
)

// An echo is our own text sent back: by a machine, or by a phone that tells of a thumb on it.
const (
	echoWords    = 6 // in a row, from the start of a text of ours
	echoMessages = 8 // the newest of the invitation that are looked at
)

// echoes tells whether a text holds the beginning of one of our last to the person.
func (d *dossier) echoes(ctx context.Context, text string) (bool, error) {
	said := " " + grammar.Normalise(text) + " "
	if strings.Count(said, " ") <= echoWords {
		return false, nil
	}
	ids := texts(d.inv.Messages)
	sent, err := loadAll[Message](ctx, d.e, d.o.ID.Partition(), ids[max(0, len(ids)-echoMessages):])
	return err == nil && slices.ContainsFunc(sent, func(m *Message) bool {
		ours := strings.Fields(grammar.Normalise(m.Body))
		return m.Channel == SMS && len(ours) >= echoWords && strings.Contains(said, " "+strings.Join(ours[:echoWords], " ")+" ")
	}), err
}
