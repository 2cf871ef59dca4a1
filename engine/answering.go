package engine

import (
	"context"
	"time"

	"relance/engine/grammar"
)

// toOffer tells whether a reply is an answer to the person's last offer: that is their newest question,
// and it has left.
func (d *dossier) toOffer(ctx context.Context) (bool, error) {
	o := d.r.Offer
	if o == nil || o.Invitation != d.inv.ID || !d.openQuestion().Equal(o.At) {
		return false, nil
	}
	all, err := loadAll[Message](ctx, d.e, d.o.ID.Partition(), []string{string(o.Message)})
	return err == nil && len(all) == 1 && all[0].SentAt != nil, err
}

// choose is the answer to an offer; nil when the reply is about something else. late is set when the
// slot turned out to be gone.
func (d *dossier) choose(ctx context.Context, said grammar.Reading, late bool) (*Change, error) {
	o := d.r.Offer
	stands := o.Stands(d.now) && !late
	n := said.Choice
	switch {
	case said.Meaning == grammar.Decline && stands:
		return d.decline()
	case said.Meaning == grammar.Yes && stands && len(o.Slots) == 1:
		n = 1
	case said.Meaning == grammar.Yes && stands: // yes to which?
		n = len(o.Slots) + 1
	case said.Meaning == grammar.Decline, said.Meaning == grammar.Choice && !stands:
		c := &Change{}
		d.standing(c)
		return d.save(c), nil
	case said.Meaning != grammar.Choice:
		return nil, nil
	}
	if n > len(o.Slots) {
		c := &Change{}
		d.help(c)
		return d.save(c), nil
	}
	return d.take(ctx, o.Slots[n-1])
}

// decline frees what was offered, and says where things stand.
func (d *dossier) decline() (*Change, error) {
	c := &Change{}
	d.r.lapse(c, ReasonDeclined, d.now)
	d.did = DidDecline
	d.answer(c, KindReplyNothing)
	return d.save(c), nil
}

// take books the slot, or moves the coming appointment to it. What the calendar no longer allows is a
// late reply; what the person may no longer do by themselves gets the phone.
func (d *dossier) take(ctx context.Context, s Offered) (c *Change, err error) {
	if d.did = DidBook; d.coming() {
		d.did = DidMove
		if err = d.movable(ByRecipient); err == nil {
			c, err = d.move(ctx, MoveRequest{Start: s.Start, Calendar: s.Calendar, Location: &s.Location, By: ByRecipient}, nil)
		}
	} else if err = d.bookable(ByRecipient); err == nil {
		c, err = d.book(ctx, BookRequest{Start: s.Start, Calendar: s.Calendar, Location: &s.Location, By: ByRecipient}, KindConfirmation, nil)
	}
	kind := KindReplyNothing
	switch CodeOf(err) {
	case "":
		return c, nil
	case CodeTooLate, CodeTooManyMoves:
		kind, d.did = KindReplyHelp, DidSendPhone
	case CodeTaken, CodeNotBookable:
		d.did = DidTellState
	default:
		return nil, err
	}
	c = &Change{}
	d.r.lapse(c, ReasonTooLate, d.now)
	d.answer(c, kind)
	return d.save(c), nil
}

// changeByReply answers "change" with slots to choose from, where the sender takes replies and there
// are some, and with the link.
func (d *dossier) changeByReply(ctx context.Context) (*Change, error) {
	c := &Change{}
	d.opened(c)
	d.did = DidShow
	o := d.r.Offer
	standing := o != nil && o.Invitation == d.inv.ID && o.Stands(d.now)
	if d.coming() && d.o.SMS.Replies && !standing && d.r.OptedOut == nil && d.mayAnswer() && d.movable(ByRecipient) == nil {
		if err := d.offer(ctx, c, d.around); err != nil {
			return nil, err
		}
	}
	if m := d.answer(c, KindReplyChange); m != "" && d.offering {
		d.r.Offer.Message = m
	}
	return d.save(c), nil
}

// offered adds to a message's variables the slots it offers, while they are held.
func (l *letter) offered(v map[string]any) {
	o := l.r.Offer
	if o == nil || !o.Stands(l.now) || o.Message != l.m.ID && !l.reminds(o) {
		return
	}
	lang := l.language()
	say := func(t time.Time) (day, hour string) {
		return l.e.Texts.Day(lang, t.In(l.zone()), l.now.In(l.zone())), l.e.Texts.Hour(lang, t.In(l.zone()))
	}
	slots := make([]map[string]any, len(o.Slots))
	for i, s := range o.Slots {
		day, hour := say(s.Start)
		slots[i] = map[string]any{"date": day, "time": hour}
	}
	if l.terse == slotless {
		if slots = slots[:1]; l.m.Kind != KindOffer {
			return
		}
	}
	v["slots"] = slots
	_, v["until"] = say(o.Until)
	if l.m.Kind != KindOffer {
		return
	}
	v["date"], v["time"] = say(o.Slots[0].Start)
	if l.coming() {
		v["old_date"], v["old_time"] = say(l.apt.Start)
	}
}

// reminds tells whether the message says again what the person is offered: a help that named other
// answers would make them choose by mistake.
func (l *letter) reminds(o *Offer) bool {
	return (l.m.Kind == KindReplyHelp || l.m.Kind == KindReplyInfo) && o.Invitation == l.inv.ID && l.openQuestion().Equal(o.At)
}

// threeAnswers tells whether 1, 2 and 3 now mean to come, to change, to cancel: not without an appointment,
// nor while the newest question is an offer.
func (l *letter) threeAnswers() bool {
	asked := l.openQuestion()
	offered := l.r.Offer != nil && l.r.Offer.Invitation == l.inv.ID && asked.Equal(l.r.Offer.At)
	return l.coming() && !offered && (l.apt.Earlier == nil || !asked.Equal(l.apt.Earlier.At))
}
