package engine

import (
	"context"
	"strings"
	"time"
)

// around a number people write what it is.
var ordinals = map[string]bool{"le": true, "la": true, "numero": true, "no": true, "n": true, "choix": true, "creneau": true, "option": true, "number": true, "slot": true, "the": true}

// Choice is the number a reply chooses, 1 to 9, and nothing else but courtesy; 0 when it is not that.
func Choice(text string) int {
	chosen := 0
	for _, w := range strings.Fields(fold(text)) {
		switch {
		case courtesy[w] || ordinals[w] && chosen == 0:
		case chosen == 0 && len(w) == 1 && w[0] >= '1' && w[0] <= '9':
			chosen = int(w[0] - '0')
		default:
			return 0
		}
	}
	return chosen
}

// declines tells whether a reply is a bare no: to an offer it is about the offer, not the appointment.
func declines(text string) bool {
	switch strings.Join(strings.Fields(fold(text)), " ") {
	case "non", "non merci", "no", "no thanks", "no thank you":
		return true
	}
	return false
}

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
func (d *dossier) choose(ctx context.Context, text string, m Meaning, late bool) (*Change, error) {
	o, n := d.r.Offer, Choice(text)
	stands := o.Stands(d.now) && !late
	switch {
	case n == 0 && stands && declines(text):
		return d.decline()
	case n == 0 && stands && m == MeansYes && len(o.Slots) == 1:
		n = 1
	case n == 0 && stands && m == MeansYes: // yes to which?
		n = len(o.Slots) + 1
	case n == 0:
		return nil, nil
	}
	c := &Change{}
	switch {
	case !stands:
		d.answer(c, KindReplyNothing) // where things stand; nothing changes (RULES §4)
		return d.save(c), nil
	case n > len(o.Slots):
		d.help(c)
		return d.save(c), nil
	}
	return d.take(ctx, o.Slots[n-1])
}

// decline frees what was offered, and says where things stand.
func (d *dossier) decline() (*Change, error) {
	c := &Change{}
	d.r.lapse(c, ReasonDeclined, d.now)
	d.answer(c, KindReplyNothing)
	return d.save(c), nil
}

// take books the slot, or moves the coming appointment to it. What the calendar no longer allows is a
// late reply; what the person may no longer do by themselves gets the phone.
func (d *dossier) take(ctx context.Context, s Offered) (c *Change, err error) {
	if d.coming() {
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
		kind = KindReplyHelp
	case CodeTaken, CodeNotBookable:
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
	if o == nil || o.Message != l.m.ID || !o.Stands(l.now) {
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
