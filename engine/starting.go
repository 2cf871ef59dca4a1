package engine

import (
	"context"
	"strings"
)

// Handled is what a provider did about an SMS before it told us: carriers keep lists of their own of who
// said STOP, and answer themselves.
type Handled string

// What a provider may have done; "" is nothing.
const (
	HandledStop  Handled = "stop"
	HandledStart Handled = "start"
	HandledHelp  Handled = "help"
)

// meaning is what the text says; the provider's own word for it counts before the words.
func (in Inbound) meaning() Meaning {
	switch in.Handled {
	case HandledStop:
		return MeansStop
	case HandledStart:
		return MeansStart
	case HandledHelp:
		return MeansUnknown
	}
	return Understand(in.Text)
}

// restarts tells whether a text is a word that takes a STOP back, and nothing else: no typo is forgiven
// and no courtesy read over, for it must be what the person meant.
func restarts(words []string) bool {
	switch strings.Join(words, " ") {
	case "start", "unstop", "start sms", "reprendre", "reprendre sms", "reactiver", "reabonnement", "subscribe":
		return true
	}
	return false
}

// handled decides what a text does; what the provider answered itself is not answered again.
func (d *dossier) handled(ctx context.Context, in Inbound, m Meaning, late bool) (*Change, error) {
	d.mute = in.Handled != ""
	if in.Handled == HandledHelp || in.Handled == HandledStart && d.r.OptedOut == nil {
		return d.save(&Change{}), nil
	}
	return d.reply(ctx, in.Text, m, late)
}

// stopBySMS ends SMS to the number, and every ladder that has no way left; again is no news.
func (d *dossier) stopBySMS(ctx context.Context) (*Change, error) {
	c := &Change{}
	if d.r.OptedOut == nil {
		how := LeftByReply
		if d.mute {
			how = LeftAtProvider
		}
		d.e.optOut(c, d.r, SMS, how, d.now)
		d.saveR = true
		d.cutOff(c)
		if err := d.e.cutOff(ctx, c, d.r, d.inv.ID, d.now); err != nil {
			return nil, err
		}
		d.answer(c, KindStopAck)
	}
	return d.save(c), nil
}

// startBySMS takes SMS to the number up again, for everybody who has it.
func (d *dossier) startBySMS(ctx context.Context) (*Change, error) {
	c := &Change{}
	if err := d.e.comeBack(ctx, c, d.r, SMS, d.now, d.inv.ID); err != nil {
		return nil, err
	}
	if err := d.revive(ctx, c, false); err != nil {
		return nil, err
	}
	others, err := d.e.sharing(ctx, d.r)
	if err != nil {
		return nil, err
	}
	for _, r := range others {
		if err := d.e.comeBack(ctx, c, r, SMS, d.now); err != nil {
			return nil, err
		}
		c.put(r)
	}
	d.saveR = true
	d.answer(c, KindStartAck)
	return d.save(c), nil
}

// sharing are the others who have the person's number and get no SMS for it was stopped.
func (e *Engine) sharing(ctx context.Context, r *Recipient) ([]*Recipient, error) {
	people, _, err := e.Lister.List(ctx, r.Organisation.Partition(), e.phoneList(r.Organisation, r.Phone), "", mostSharing)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, p := range people {
		if p.Member != string(r.ID) {
			ids = append(ids, p.Member)
		}
	}
	all, err := loadAll[Recipient](ctx, e, r.Organisation.Partition(), ids)
	var out []*Recipient
	for _, o := range all {
		if o.Phone == r.Phone && o.OptedOut != nil {
			out = append(out, o)
		}
	}
	return out, err
}
