package engine

import "context"

// Complain notes that a person called an email of ours spam: it arrived, and they want no more of them
// from the organisation. The message is not sent by another channel, and staff are told. A second
// complaint about a message, and one about a message that is not known any more, changes nothing.
func (e *Engine) Complain(ctx context.Context, p Partition, id MessageID) error {
	return e.change(ctx, "complain", p, func() (*Change, error) {
		letters, err := e.letters(ctx, p, []string{string(id)})
		if err != nil {
			return nil, err
		}
		l := letters[0]
		if l.m == nil || l.inv == nil || l.m.Channel != Email || l.m.Complaint {
			return nil, nil
		}
		return l.complain(ctx)
	})
}

func (l *letter) complain(ctx context.Context) (*Change, error) {
	c := &Change{}
	l.m.Complaint = true
	if l.m.State == MessageSent || l.m.supposed() {
		l.m.Reason = ""
		l.delivered(c)
	}
	ev := l.messageEvent(EventMessageComplaint)
	c.emit(ev)
	switch {
	case l.m.Way != "" && l.m.Way != l.e.stopKey(l.r, Email): // they have another address since
		l.e.stop(c, l.m.Way, l.m.Organisation, LeftByComplaint, l.now)
	case l.r.EmailOptedOut == nil:
		l.e.optOut(c, l.r, Email, LeftByComplaint, l.now)
		l.saveR = true
		l.cutOff(c)
		if err := l.e.cutOff(ctx, c, l.r, l.inv.ID, l.now); err != nil {
			return nil, err
		}
	}
	c.put(l.m)
	return l.save(c), nil
}
