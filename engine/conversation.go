package engine

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Line is one message of a conversation: ours, or one of theirs.
type Line struct {
	Ours   *Message
	Theirs *InboundRecord
}

// At is when it left or came; of one of ours that did not leave yet, when it was meant to.
func (l Line) At() time.Time {
	switch {
	case l.Theirs != nil:
		return l.Theirs.At
	case l.Ours.SentAt != nil:
		return *l.Ours.SentAt
	}
	return l.Ours.PlannedAt
}

// ID is that of the message.
func (l Line) ID() string {
	if l.Theirs != nil {
		return l.Theirs.ID
	}
	return string(l.Ours.ID)
}

// cursor is the line's place in its conversation.
func (l Line) cursor() string { return strconv.FormatInt(l.At().UnixMicro(), 10) + "." + l.ID() }

// after tells whether the line comes after the place of a cursor.
func (l Line) after(micro int64, id string) bool {
	return cmp.Or(cmp.Compare(l.At().UnixMicro(), micro), strings.Compare(l.ID(), id)) > 0
}

// Conversation pages through all that was written to a person and by them, of every invitation, oldest
// first. Texts are there as long as they are kept: six months (RULES §8). A person gets few messages, so
// they are read whole. CodeNotFound; CodeInvalid for a cursor that is none.
func (e *Engine) Conversation(ctx context.Context, org OrganisationID, id RecipientID, cursor string, limit int) ([]Line, string, error) {
	micro, last, err := parseLine(cursor)
	if err != nil {
		return nil, "", err
	}
	all, err := e.lines(ctx, org, id)
	if err != nil {
		return nil, "", err
	}
	all = slices.DeleteFunc(all, func(l Line) bool { return cursor != "" && !l.after(micro, last) })
	slices.SortFunc(all, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.At().UnixMicro(), b.At().UnixMicro()), strings.Compare(a.ID(), b.ID()))
	})
	if len(all) <= limit {
		return all, "", nil
	}
	return all[:limit], all[limit-1].cursor(), nil
}

func parseLine(cursor string) (micro int64, id string, err error) {
	if cursor == "" {
		return 0, "", nil
	}
	digits, id, ok := strings.Cut(cursor, ".")
	micro, err = strconv.ParseInt(digits, 10, 64)
	if err != nil || !ok {
		return 0, "", BadCursor("conversation")
	}
	return micro, id, nil
}

// lines are all of a conversation, in no order.
func (e *Engine) lines(ctx context.Context, org OrganisationID, id RecipientID) ([]Line, error) {
	r, err := e.Recipient(ctx, org, id)
	if err != nil {
		return nil, err
	}
	p := org.Partition()
	invs, err := loadAll[Invitation](ctx, e, p, texts(r.Invitations))
	if err != nil {
		return nil, err
	}
	var ours, theirs []string
	for _, inv := range invs {
		ours, theirs = append(ours, texts(inv.Messages)...), append(theirs, inv.Replies...)
	}
	sent, err := loadAll[Message](ctx, e, p, ours)
	if err != nil {
		return nil, err
	}
	came, err := loadAll[InboundRecord](ctx, e, p, theirs)
	out := make([]Line, 0, len(sent)+len(came))
	for _, m := range sent {
		out = append(out, Line{Ours: m})
	}
	for _, in := range came {
		out = append(out, Line{Theirs: in})
	}
	return out, err
}

// Replies pages through the texts that an organisation received, oldest first, while they are kept;
// unread are only those that staff should read.
func (e *Engine) Replies(ctx context.Context, org OrganisationID, unread bool, cursor string, limit int) ([]*InboundRecord, string, error) {
	list := listOf("replies", org)
	if unread {
		list = listUnread(org)
	}
	return page[InboundRecord](ctx, e, org.Partition(), list, cursor, limit)
}

// StrayReplies pages through the texts from numbers nobody has which may be for any of several
// organisations: for whoever runs the installation.
func (e *Engine) StrayReplies(ctx context.Context, cursor string, limit int) ([]*InboundRecord, string, error) {
	return page[InboundRecord](ctx, e, strays, listOf("replies", ""), cursor, limit)
}

// ReplyRecord reads a text received; CodeNotFound.
func (e *Engine) ReplyRecord(ctx context.Context, org OrganisationID, id string) (*InboundRecord, error) {
	return read[InboundRecord](ctx, e, org, id)
}

// MarkRead takes a text off the list of those that staff should read. Again changes nothing. CodeNotFound.
func (e *Engine) MarkRead(ctx context.Context, org OrganisationID, id string) (*InboundRecord, error) {
	var out *InboundRecord
	err := e.change(ctx, "mark read", org.Partition(), func() (*Change, error) {
		in, err := e.ReplyRecord(ctx, org, id)
		if err != nil {
			return nil, err
		}
		if out = in; !in.Unread {
			return nil, nil
		}
		in.Unread = false
		c := &Change{Lists: []ListEntry{{List: listUnread(org), Member: id, Remove: true}}}
		c.put(in)
		return c, nil
	})
	return out, err
}
