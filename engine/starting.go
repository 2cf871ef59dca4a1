package engine

import (
	"context"

	"relance/engine/grammar"
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

// read is what the text says; the provider's own word for it counts before the words.
func (in Inbound) read(q grammar.Question) grammar.Reading {
	switch in.Handled {
	case HandledStop:
		return grammar.Reading{Meaning: grammar.Stop}
	case HandledStart:
		return grammar.Reading{Meaning: grammar.Start}
	case HandledHelp:
		return grammar.Reading{Meaning: grammar.Help}
	}
	return grammar.Read(q, in.Text)
}

// left is how somebody leaves with a STOP by SMS.
func (in Inbound) left() OptOutHow {
	if in.Handled != "" {
		return LeftAtProvider
	}
	return LeftByReply
}

// stopBySMS ends SMS to the number, and every ladder that has no way left; again is no news.
func (d *dossier) stopBySMS(ctx context.Context, how OptOutHow) (*Change, error) {
	c := &Change{}
	d.did = DidStop
	if d.r.OptedOut == nil {
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

// startBySMS takes SMS to the number up again, for everybody who has it; where nothing was stopped it is a
// text like those that nobody understands.
func (d *dossier) startBySMS(ctx context.Context) (*Change, error) {
	c := &Change{}
	if d.r.OptedOut == nil {
		if !d.mute {
			d.opened(c)
			d.help(c)
		}
		return d.save(c), nil
	}
	d.did = DidStart
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

// mostSharing is how many people of one number are looked at; more is somebody's test.
const mostSharing = 100

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
