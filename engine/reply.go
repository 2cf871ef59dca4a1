package engine

import (
	"context"
	"slices"
	"time"

	"relance/engine/grammar"
)

// Meaning is what a reply says.
type Meaning = grammar.Meaning

// Inbound is an SMS somebody sent us.
type Inbound struct {
	Provider, ProviderID string // one message is applied once
	From, To, Text       string
	Handled              Handled // what the provider did about it already
}

// phoneList is the list of the people an organisation knows under a number.
func (e *Engine) phoneList(org OrganisationID, phone string) string {
	return listOf("phone", OrganisationID(e.Links.hash("phone", string(org)+" "+phone)))
}

// Reply applies an SMS reply: STOP, 1/2/3 and their words, a call asked for, to the newest open question
// of the person who has this number (RULES §4). What is not understood changes nothing, gets one help
// reply a day and is listed for staff, as is what may be for one of several and what comes from a number
// nobody has. Each inbound message is applied once.
func (e *Engine) Reply(ctx context.Context, in Inbound) error {
	h, err := e.hear(ctx, in)
	switch {
	case err != nil || h.applied && h.between == nil: // of several, some may have been reached
		return err
	case h.to == nil:
		return e.stranger(ctx, in, h)
	case h.between != nil:
		return e.unclear(ctx, in, h)
	}
	late := false // when somebody else has the slot after all
	for range tries {
		err = e.change(ctx, "reply", h.to.o.ID.Partition(), func() (*Change, error) { return e.replied(ctx, h, in, late) })
		if late = true; CodeOf(err) != CodeTaken {
			return err
		}
	}
	return err
}

// replied decides what an inbound text does and keeps that it came; nil when it was applied before.
func (e *Engine) replied(ctx context.Context, h *heard, in Inbound, late bool) (*Change, error) {
	d, err := e.dossier(ctx, h.to.o.ID, h.to.inv.ID)
	if err != nil {
		return nil, err
	}
	rec, err := e.received(ctx, d.o.ID.Partition(), d.o.ID, in)
	if err != nil || rec == nil {
		return nil, err
	}
	rec.Recipient, rec.Invitation, d.mates = d.r.ID, d.inv.ID, h.mates
	d.mute = h.quiet || in.Handled != ""
	d.inv.Replies, d.saveInv = append(d.inv.Replies, rec.ID), true
	if rec.Question, err = d.asking(ctx); err != nil {
		return nil, err
	}
	said := in.read(rec.Question)
	rec.Meaning, rec.Choice = said.Meaning, said.Choice
	echo, err := d.echoes(ctx, in.Text)
	if err != nil {
		return nil, err
	}
	switch {
	case echo:
		rec.Meaning, said.Meaning = grammar.Automatic, grammar.Automatic
	case h.twins && decides(said.Meaning):
		said.Meaning = grammar.Unknown // two were asked at once: nobody can tell which of them answers
	}
	d.text = rec
	c, err := d.reply(ctx, in, said, late)
	if err != nil {
		return nil, err
	}
	rec.Did = d.did
	rec.Unread = d.did == DidAskAgain
	c.file(rec)
	return c, nil
}

// decides tells whether a reply of this meaning is about one appointment or invitation.
func decides(m Meaning) bool {
	switch m {
	case grammar.Yes, grammar.Change, grammar.Cancel, grammar.Choice, grammar.Decline, grammar.Earlier, grammar.Keep:
		return true
	}
	return false
}

// openQuestion is when the person was last asked something.
func (d *dossier) openQuestion() time.Time {
	t := d.inv.CreatedAt
	if d.inv.AskedAt != nil {
		t = *d.inv.AskedAt
	}
	if d.coming() {
		t = d.apt.CreatedAt
		for _, r := range d.apt.Reminders {
			if r.State == ReminderQueued && r.At.After(t) {
				t = r.At
			}
		}
	}
	if o := d.r.Offer; o != nil && o.Invitation == d.inv.ID && o.At.After(t) {
		t = o.At
	}
	if d.coming() && d.apt.Earlier != nil && d.apt.Earlier.Channel == SMS && d.apt.Earlier.At.After(t) {
		t = d.apt.Earlier.At
	}
	return t
}

// answerable tells whether the person can still answer.
func (d *dossier) answerable() bool { return d.inv.Alive() && (!d.expired() || d.coming()) }

// asking is the question a reply now answers.
func (d *dossier) asking(ctx context.Context) (grammar.Question, error) {
	if d.inv.Alive() {
		if offered, err := d.toEarlier(ctx); offered || err != nil {
			return grammar.FreedSlot, err
		}
		if offered, err := d.toOffer(ctx); offered || err != nil {
			return grammar.Offer, err
		}
	}
	switch {
	case !d.answerable():
		return grammar.Nothing, nil
	case d.coming():
		return grammar.Appointment, nil
	}
	return grammar.Invitation, nil
}

// reply decides what an understood or not understood text does.
func (d *dossier) reply(ctx context.Context, in Inbound, said grammar.Reading, late bool) (*Change, error) {
	d.did = DidNothing
	c := &Change{}
	switch said.Meaning {
	case grammar.Stop:
		return d.stopBySMS(ctx, in.left())
	case grammar.Start:
		return d.startBySMS(ctx)
	case grammar.Call:
		if err := d.callMe(ctx, c); err != nil {
			return nil, err
		}
	case grammar.Help:
		d.inform(c)
	case grammar.Thanks, grammar.Automatic: // an answer would be the next turn of a loop
	default:
		return d.decided(ctx, said, late)
	}
	return d.save(c), nil
}

// decided is what an answer to the open question does.
func (d *dossier) decided(ctx context.Context, said grammar.Reading, late bool) (*Change, error) {
	if c, err := d.offerAnswered(ctx, said, late); c != nil || err != nil {
		return c, err
	}
	c, m := &Change{}, said.Meaning
	switch {
	case !d.answerable():
		d.standing(c)
	case !decides(m), !d.coming() && m == grammar.Cancel:
		d.opened(c)
		d.help(c)
	case !d.coming() || m == grammar.Change || m == grammar.Earlier:
		return d.changeByReply(ctx)
	case m == grammar.Yes:
		d.did = DidConfirm
		d.apt.ConfirmedAt, d.saveApt = at(d.now), true
		c.emit(d.appointmentEvent(EventAppointmentConfirmed))
		d.answer(c, KindReplyConfirmed)
	default:
		return d.cancelByReply()
	}
	return d.save(c), nil
}

// offerAnswered is what an answer to an offer does, or a wish for earlier slots; nil when it is about
// something else.
func (d *dossier) offerAnswered(ctx context.Context, said grammar.Reading, late bool) (c *Change, err error) {
	switch d.text.Question {
	case grammar.Offer:
		c, err = d.choose(ctx, said, late)
	case grammar.FreedSlot:
		c, err = d.answerEarlier(ctx, said.Meaning, late)
	}
	if c == nil && err == nil && d.inv.Alive() {
		c = d.wishEarlier(said.Meaning)
	}
	return c, err
}

// standing answers what comes too late: where things stand; nothing changes (RULES §4).
func (d *dossier) standing(c *Change) {
	d.did = DidTellState
	d.answer(c, KindReplyNothing)
}

// cancelByReply cancels, or gives the link and the phone when it is too late for that.
func (d *dossier) cancelByReply() (*Change, error) {
	c, err := d.cancel(ByRecipient)
	if d.did = DidCancel; CodeOf(err) == CodeTooLate {
		c, d.did = &Change{}, DidSendPhone
		d.answer(c, KindReplyHelp)
		return d.save(c), nil
	}
	return c, err
}

// help answers a text that was not understood: once a day; staff see each.
func (d *dossier) help(c *Change) {
	d.did = DidAskAgain
	c.emit(d.event(EventReplyNotUnderstood))
	if d.r.HelpedAt == nil || d.now.Sub(*d.r.HelpedAt) >= 24*time.Hour {
		d.r.HelpedAt = at(d.now)
		d.answer(c, KindReplyHelp)
	}
}

// inform answers HELP: who writes and what can be answered; once a day.
func (d *dossier) inform(c *Change) {
	d.did = DidInform
	d.opened(c)
	if d.r.InformedAt == nil || d.now.Sub(*d.r.InformedAt) >= 24*time.Hour {
		d.r.InformedAt = at(d.now)
		d.answer(c, KindReplyInfo)
	}
}

// repliesAnHour is how many automatic replies a number gets (RULES §4), and repliesADay how many in a
// day: two machines must not talk to each other all night, nor every hour for ever.
const (
	repliesAnHour = 3
	repliesADay   = 10
)

// mayAnswer tells whether the number can get one more automatic reply.
func (d *dossier) mayAnswer() bool {
	old := func(t time.Time) bool { return d.now.Sub(t) >= 24*time.Hour }
	d.r.Replied = slices.DeleteFunc(d.r.Replied, old)
	all := slices.DeleteFunc(append(slices.Clone(d.r.Replied), d.mates...), old)
	recent := 0
	for _, t := range all {
		if d.now.Sub(t) < time.Hour {
			recent++
		}
	}
	return recent < repliesAnHour && len(all) < repliesADay && d.r.Phone != "" && d.r.BadPhone == ""
}

// answer queues an automatic reply by SMS, unless the number had its share; the message, or "".
func (d *dossier) answer(c *Change, kind MessageKind) MessageID {
	d.saveR = true
	if d.mute || !d.mayAnswer() {
		return ""
	}
	d.r.Replied, d.acted = append(d.r.Replied, d.now), true
	m := d.message(kind, SMS, d.now)
	c.put(m)
	d.inv.Messages = append(d.inv.Messages, m.ID)
	d.saveInv = true
	d.index(c)
	return m.ID
}
