package engine

import "context"

// replyEarlier is what a reply does that is about earlier slots: it answers the offer of a freed one, or
// asks to be told of one, or no longer. nil when it is about something else.
func (d *dossier) replyEarlier(ctx context.Context, text string, m Meaning, late bool) (*Change, error) {
	asked, err := d.toEarlier(ctx)
	if err != nil {
		return nil, err
	}
	if asked {
		if c, err := d.answerEarlier(ctx, text, m, late); c != nil || err != nil {
			return c, err
		}
	}
	switch {
	case m == MeansEarlier && d.coming() && (d.apt.WantsEarlier != nil || d.mayWant() == nil):
		return d.wantsByReply(true), nil
	case m == MeansKeep && d.coming() && d.apt.WantsEarlier != nil:
		return d.wantsByReply(false), nil
	case m == MeansKeep:
		return d.says(KindReplyNothing), nil
	}
	return nil, nil
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

// answerEarlier is 1, take it, or 2, keep mine; nil when the reply is neither, nor another number. late is set
// when somebody else turned out to be faster.
func (d *dossier) answerEarlier(ctx context.Context, text string, m Meaning, late bool) (*Change, error) {
	o, n := d.apt.Earlier, Choice(text)
	switch {
	case n == 0 && m == MeansYes:
		n = 1
	case n == 0 && (m == MeansKeep || declines(text)):
		n = 2
	case n == 0:
		return nil, nil
	}
	switch {
	case n == 1 && o.Over == OverTaken: // they were told
		return d.says(KindReplyTaken), nil
	case !o.stands(d.apt): // where things stand; nothing changes (RULES §4)
		return d.says(KindReplyNothing), nil
	case n == 1:
		return d.takeByReply(ctx, o, late)
	case n == 2:
		c := &Change{}
		d.overEarlier(c, OverDeclined)
		d.answer(c, KindReplyNothing)
		return d.save(c), nil
	}
	c := &Change{}
	d.help(c)
	return d.save(c), nil
}

// takeByReply moves the appointment to the slot, or says kindly that somebody else was faster.
func (d *dossier) takeByReply(ctx context.Context, o *EarlierOffer, late bool) (*Change, error) {
	var err error = refuse("reply", CodeTaken, "somebody else was faster")
	if !late {
		var c *Change
		if c, err = d.takeEarlier(ctx, o); err == nil {
			return c, nil
		}
	}
	switch CodeOf(err) {
	case CodeTooLate:
		return d.says(KindReplyHelp), nil
	case CodeTaken, CodeNotBookable:
		c := &Change{}
		d.overEarlier(c, OverTaken)
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
	d.answer(c, KindReplyEarlier)
	return d.save(c)
}

// says is a change that only answers.
func (d *dossier) says(kind MessageKind) *Change {
	c := &Change{}
	d.answer(c, kind)
	return d.save(c)
}
