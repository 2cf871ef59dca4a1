package engine

import (
	"context"
	"slices"
	"time"
)

// Inbound is an SMS somebody sent us.
type Inbound struct {
	Provider, ProviderID string // one message is applied once
	From, To, Text       string
}

// InboundRecord keeps what was received: that it was, and its text until it is forgotten.
type InboundRecord struct {
	ID           string         `json:"id"`
	Organisation OrganisationID `json:"organisation"`
	Version      int64          `json:"-"`
	Recipient    RecipientID    `json:"recipient"`
	Invitation   InvitationID   `json:"invitation,omitempty"`
	Meaning      Meaning        `json:"meaning"`
	Text         string         `json:"text,omitempty"`
	At           time.Time      `json:"at"`
	Next         *Step          `json:"next,omitempty"`
}

func (i *InboundRecord) recordID() string      { return i.ID }
func (i *InboundRecord) version() *int64       { return &i.Version }
func (i *InboundRecord) owner() OrganisationID { return i.Organisation }
func (i *InboundRecord) due() (string, *Step)  { return DueInbound, i.Next }

// phoneList is the list of the people an organisation knows under a number.
func (e *Engine) phoneList(org OrganisationID, phone string) string {
	return listOf("phone", OrganisationID(e.Links.hash("phone", string(org)+" "+phone)))
}

// Reply applies an SMS reply: STOP, 1/2/3 and their words, to the newest open question of the person
// who has this number (RULES §4). What is not understood changes nothing, gets one help reply a day
// and is listed for staff. A text from an unknown number is dropped. Each inbound message is applied once.
func (e *Engine) Reply(ctx context.Context, in Inbound) error {
	asked, err := e.asked(ctx, in)
	if err != nil || asked == nil {
		return err
	}
	late := false // when somebody else has the slot after all
	for range tries {
		err = e.change(ctx, "reply", asked.o.ID.Partition(), func() (*Change, error) { return e.replied(ctx, asked, in, late) })
		if late = true; CodeOf(err) != CodeTaken {
			return err
		}
	}
	return err
}

// replied decides what an inbound text does and keeps that it came; nil when it was applied before.
func (e *Engine) replied(ctx context.Context, asked *dossier, in Inbound, late bool) (*Change, error) {
	d, err := e.dossier(ctx, asked.o.ID, asked.inv.ID)
	if err != nil {
		return nil, err
	}
	rec := &InboundRecord{ID: "inb_" + e.Links.hash("inbound", in.Provider+" "+in.ProviderID), Organisation: d.o.ID}
	sh, err := e.fetch(ctx, d.o.ID.Partition(), rec.ID)
	if err != nil || sh.records[rec.ID].Version != 0 {
		return nil, err
	}
	*rec = InboundRecord{
		ID: rec.ID, Organisation: d.o.ID, Recipient: d.r.ID, Invitation: d.inv.ID, Meaning: Understand(in.Text),
		Text: in.Text, At: d.now, Next: &Step{Kind: StepForget, At: d.now.AddDate(0, bodyMonths, 0)},
	}
	d.inv.Replies, d.saveInv = append(d.inv.Replies, rec.ID), true
	c, err := d.reply(ctx, in.Text, rec.Meaning, late)
	if err != nil {
		return nil, err
	}
	c.Lists = append(c.Lists, ListEntry{List: listOf("replies", d.o.ID), Score: d.now.UnixMilli(), Member: rec.ID})
	c.put(rec)
	return c, nil
}

// asked finds the newest open question behind a number: over every organisation that writes from the
// number the reply went to, or from one it does not name.
func (e *Engine) asked(ctx context.Context, in Inbound) (*dossier, error) {
	orgs, err := e.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(orgs, func(o *Organisation) bool { return o.SMS.From == in.To }) {
		orgs = slices.DeleteFunc(orgs, func(o *Organisation) bool { return o.SMS.From != in.To })
	}
	var newest *dossier
	for _, o := range orgs {
		d, err := e.questionTo(ctx, o, in.From)
		if err != nil {
			return nil, err
		}
		newest = newer(newest, d)
	}
	return newest, nil
}

// questionTo is the newest one to anybody who has this number: families share a phone.
func (e *Engine) questionTo(ctx context.Context, o *Organisation, phone string) (*dossier, error) {
	const most = 100 // people of one number; more is somebody's test
	people, _, err := e.Lister.List(ctx, o.ID.Partition(), e.phoneList(o.ID, phone), "", most)
	if err != nil {
		return nil, err
	}
	var newest *dossier
	for _, p := range people {
		d, err := e.question(ctx, o, RecipientID(p.Member), phone)
		if err != nil {
			return nil, err
		}
		newest = newer(newest, d)
	}
	return newest, nil
}

// newer is the dossier with the newer open question; either may be nil.
func newer(a, b *dossier) *dossier {
	if a == nil || b != nil && b.openQuestion().After(a.openQuestion()) {
		return b
	}
	return a
}

// question is the person's newest one: open invitations first, then the last that ended.
func (e *Engine) question(ctx context.Context, o *Organisation, id RecipientID, phone string) (*dossier, error) {
	r, err := e.Recipient(ctx, o.ID, id)
	if CodeOf(err) == CodeNotFound || err == nil && r.Phone != phone {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ids := texts(slices.Sorted(func(yield func(InvitationID) bool) {
		for _, inv := range r.Open {
			if !yield(inv) {
				return
			}
		}
	}))
	if len(ids) == 0 && len(r.Invitations) > 0 {
		ids = []string{string(r.Invitations[len(r.Invitations)-1])}
	}
	ds, err := e.dossiers(ctx, o.ID.Partition(), ids...)
	var newest *dossier
	for _, d := range ds {
		newest = newer(newest, d)
	}
	return newest, err
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

// reply decides what an understood or not understood text does.
func (d *dossier) reply(ctx context.Context, text string, m Meaning, late bool) (*Change, error) {
	if m != MeansStop && d.inv.Alive() {
		if c, err := d.replyEarlier(ctx, text, m, late); c != nil || err != nil {
			return c, err
		}
		offered, err := d.toOffer(ctx)
		if err != nil {
			return nil, err
		}
		if offered {
			if c, err := d.choose(ctx, text, m, late); c != nil || err != nil {
				return c, err
			}
		}
	}
	c := &Change{}
	switch {
	case m == MeansStop:
		if d.r.OptedOut == nil {
			d.e.optOut(c, d.r, d.now)
			d.saveR = true
			d.cutOff(c)
			d.answer(c, KindStopAck)
		}
	case !d.inv.Alive() || d.expired() && !d.coming():
		d.answer(c, KindReplyNothing)
	case m == MeansUnknown, !d.coming() && m == MeansCancel:
		d.opened(c)
		d.help(c)
	case !d.coming() || m == MeansChange || m == MeansEarlier:
		return d.changeByReply(ctx)
	case m == MeansYes:
		d.apt.ConfirmedAt, d.saveApt = at(d.now), true
		c.emit(d.appointmentEvent(EventAppointmentConfirmed))
		d.answer(c, KindReplyConfirmed)
	default:
		return d.cancelByReply()
	}
	return d.save(c), nil
}

// cancelByReply cancels, or gives the link and the phone when it is too late for that.
func (d *dossier) cancelByReply() (*Change, error) {
	c, err := d.cancel(ByRecipient)
	if CodeOf(err) == CodeTooLate {
		c = &Change{}
		d.answer(c, KindReplyHelp)
		return d.save(c), nil
	}
	return c, err
}

// help answers a text that was not understood: once a day; staff see each.
func (d *dossier) help(c *Change) {
	c.emit(d.event(EventReplyNotUnderstood))
	if d.r.HelpedAt == nil || d.now.Sub(*d.r.HelpedAt) >= 24*time.Hour {
		d.r.HelpedAt = at(d.now)
		d.answer(c, KindReplyHelp)
	}
}

// repliesAnHour is how many automatic replies a number gets (RULES §4): two machines must not talk
// to each other all night.
const repliesAnHour = 3

// mayAnswer tells whether the number can get one more automatic reply.
func (d *dossier) mayAnswer() bool {
	d.r.Replied = slices.DeleteFunc(d.r.Replied, func(t time.Time) bool { return d.now.Sub(t) >= time.Hour })
	return len(d.r.Replied) < repliesAnHour && d.r.Phone != "" && d.r.BadPhone == ""
}

// answer queues an automatic reply by SMS, unless the number had its share; the message, or "".
func (d *dossier) answer(c *Change, kind MessageKind) MessageID {
	d.saveR = true
	if !d.mayAnswer() {
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
