package engine

import (
	"context"

	"relance/engine/grammar"
)

// wishEarlier is what a reply does that asks to be told of earlier slots, or no longer; nil when it is about
// something else, or nobody can be told.
func (d *dossier) wishEarlier(m Meaning) *Change {
	switch {
	case m == grammar.Earlier && d.coming() && (d.apt.WantsEarlier != nil || d.mayWant() == nil):
		return d.wantsByReply(true)
	case m == grammar.Keep && d.coming() && d.apt.WantsEarlier != nil:
		return d.wantsByReply(false)
	case m == grammar.Keep:
		return d.says(KindReplyNothing, DidTellState)
	}
	return nil
}

// toEarlier tells whether a reply answers the offer of a freed slot: that is the newest question, and it has
// left by SMS.
func (d *dossier) toEarlier(ctx context.Context) (bool, error) {
	if !d.coming() || d.apt.Earlier == nil || !d.openQuestion().Equal(d.apt.Earlier.At) {
		return false, nil
	}
	all, err := loadAll[Message](ctx, d.e, d.o.ID.Partition(), []string{string(d.apt.Earlier.Message)})
	return err == nil && len(all) == 1 && all[0].SentAt != nil, err
}

// answerEarlier is 1, take it, or 2, keep mine; nil when the reply is neither. late is set when somebody
// else turned out to be faster.
func (d *dossier) answerEarlier(ctx context.Context, m Meaning, late bool) (*Change, error) {
	o := d.apt.Earlier
	switch {
	case m != grammar.Yes && m != grammar.Keep:
		return nil, nil
	case m == grammar.Yes && o.Over == OverTaken: // they were told
		return d.says(KindReplyTaken, DidTellState), nil
	case !o.stands(d.apt): // where things stand; nothing changes (RULES §4)
		return d.says(KindReplyNothing, DidTellState), nil
	case m == grammar.Yes:
		return d.takeByReply(ctx, o, late)
	}
	c := &Change{}
	d.overEarlier(c, OverDeclined)
	d.did = DidDecline
	d.answer(c, KindReplyNothing)
	return d.save(c), nil
}

// takeByReply moves the appointment to the slot, or says kindly that somebody else was faster.
func (d *dossier) takeByReply(ctx context.Context, o *EarlierOffer, late bool) (*Change, error) {
	var err error = refuse("reply", CodeTaken, "somebody else was faster")
	if !late {
		var c *Change
		if c, err = d.takeEarlier(ctx, o); err == nil {
			d.did = DidMove
			return c, nil
		}
	}
	switch CodeOf(err) {
	case CodeTooLate:
		return d.says(KindReplyHelp, DidSendPhone), nil
	case CodeTaken, CodeNotBookable:
		c := &Change{}
		d.overEarlier(c, OverTaken)
		d.did = DidTellState
		d.answer(c, KindReplyTaken)
		return d.save(c), nil
	}
	return nil, err
}

// wantsByReply notes the wish, or its end, and says so.
func (d *dossier) wantsByReply(want bool) *Change {
	c := &Change{}
	if want != (d.apt.WantsEarlier != nil) {
		d.wants(c, want, ByRecipient)
	}
	d.did = DidNoteWish
	d.answer(c, KindReplyEarlier)
	return d.save(c)
}

// says is a change that only answers.
func (d *dossier) says(kind MessageKind, did Deed) *Change {
	c := &Change{}
	d.did = did
	d.answer(c, kind)
	return d.save(c)
}
