package engine

import "context"

// EarlierVisit is what a visit shows of earlier slots.
type EarlierVisit struct {
	CanAsk  bool  // the person may ask to be told when one is freed
	Asks    bool  // they do
	Offered *Slot // a freed slot to take, if they are fast enough; nil when there is none
	Gone    *Slot // the one they were offered, when somebody else was faster; nil when there is none
}

// earlierVisit reads whether an offered slot is still free, and changes nothing.
func (d *dossier) earlierVisit(ctx context.Context) (EarlierVisit, error) {
	if !d.coming() {
		return EarlierVisit{}, nil
	}
	v := EarlierVisit{Asks: d.apt.WantsEarlier != nil && d.apt.EarlierOffers < earlierOffers, CanAsk: d.mayWant() == nil}
	o := d.apt.Earlier
	if o == nil || o.Over == OverDeclined || o.Sequence != d.apt.Sequence || !o.Start.After(d.now) {
		return v, nil
	}
	slot := &Slot{Start: o.Start, End: o.End}
	free, err := d.vacant(ctx, o)
	if free && o.stands(d.apt) && !d.late(*d.s.MoveCutoffHours) {
		v.Offered = slot
	} else if !free {
		v.Gone = slot
	}
	return v, err
}
