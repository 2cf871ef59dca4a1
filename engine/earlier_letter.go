package engine

import (
	"context"
	"time"
)

// offersEarlier is the offer of a freed slot that the message makes; nil when it makes none, or when the
// person was offered another one since. A message that another channel carries instead makes the same offer.
func (l *letter) offersEarlier() *EarlierOffer {
	if l.m.Kind != KindEarlier || l.apt == nil || l.apt.Earlier == nil || l.m.CreatedAt.Before(l.apt.Earlier.At) {
		return nil
	}
	return l.apt.Earlier
}

// look finds out whether the slot that the message offers is still free.
func (l *letter) look(ctx context.Context) (err error) {
	if l.m == nil || l.inv == nil {
		return nil
	}
	if o := l.offersEarlier(); o != nil {
		l.free, err = l.vacant(ctx, o)
	}
	return err
}

// pointlessEarlier is why a freed slot need not be told of any more.
func (l *letter) pointlessEarlier() string {
	o := l.offersEarlier()
	switch {
	case l.apt == nil || l.apt.State != Booked:
		return ReasonCancelled
	case l.apt.Sequence != l.m.Sequence:
		return ReasonMoved
	case o == nil || o.Over != "":
		return ReasonReplaced
	case l.apt.WantsEarlier == nil:
		return ReasonWithdrawn
	case o.Start.Sub(l.now) < time.Duration(*l.s.NoticeHours)*time.Hour:
		return ReasonTooLate
	case !l.free:
		return ReasonTaken
	}
	return ""
}

// earlier adds to a message's variables the freed slot it offers, in the place of the appointment's own time;
// and to an answer whether the person is asked when one is freed.
func (l *letter) earlier(v map[string]any) {
	v["wants_earlier"] = l.apt != nil && l.apt.WantsEarlier != nil && l.apt.EarlierOffers < earlierOffers
	o := l.offersEarlier()
	if o == nil {
		return
	}
	start := o.Start.In(l.zone())
	v["old_date"], v["old_time"] = v["date"], v["time"]
	v["date"], v["time"] = l.e.Texts.Day(l.language(), start, l.now.In(l.zone())), l.e.Texts.Hour(l.language(), start)
	v["duration"] = int(o.End.Sub(o.Start) / time.Minute)
}
