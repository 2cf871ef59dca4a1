package engine

import (
	"context"
	"time"
)

// stopped is a number whose owner sent STOP to the organisation (RULES §4: per number and organisation,
// whoever else has the number). Its id is a hash of both; it stays when the person is erased.
type stopped struct {
	ID           string         `json:"-"`
	Version      int64          `json:"-"`
	Organisation OrganisationID `json:"organisation"`
	At           time.Time      `json:"at"`
}

func (s *stopped) recordID() string { return s.ID }
func (s *stopped) version() *int64  { return &s.Version }

func (e *Engine) stopKey(r *Recipient) string {
	return "stp_" + e.Links.hash("stop", string(r.Organisation)+" "+r.Phone)
}

// optOut ends SMS to the person's number; the caller puts the person.
func (e *Engine) optOut(c *Change, r *Recipient, now time.Time) {
	c.put(&stopped{ID: e.stopKey(r), Version: Fresh, Organisation: r.Organisation, At: now}) // again is no harm
	r.markOptedOut(c, now, now)
}

// markOptedOut notes on the person what holds for their number.
func (r *Recipient) markOptedOut(c *Change, since, now time.Time) {
	r.OptedOut = at(since)
	r.lapse(c, ReasonOptedOut, now)
	c.emit(Event{At: now, Type: EventRecipientOptedOut, Organisation: r.Organisation, Recipient: r.ID, Channel: SMS, Version: r.Version + 1})
}

// cutOff ends the ladder at once when no way to the person is left (RULES §1).
func (d *dossier) cutOff(c *Change) {
	if len(d.r.Reach()) == 0 && (d.inv.State == InvitationQueued || d.inv.State == InvitationSent) {
		d.unreachable(c)
		d.inv.Next = d.inv.expiry()
	}
}

// stoppable tells whether a STOP holds the message back: not the one that acknowledges it.
func (l *letter) stoppable() bool { return l.m.Channel == SMS && l.m.Kind != KindStopAck }

// unstopped demands that the number was not stopped meanwhile, by this person or another who has it.
func (l *letter) unstopped(c *Change) {
	if l.stoppable() {
		c.Checks = append(c.Checks, Check{ID: l.e.stopKey(l.r)})
	}
}

// findStopped reads which numbers are stopped of people who are not known to be.
func (e *Engine) findStopped(ctx context.Context, p Partition, letters []*letter) error {
	var asked []*letter
	var ids []string
	for _, l := range letters {
		if l.inv != nil && l.stoppable() && l.r.Phone != "" && l.r.OptedOut == nil {
			asked, ids = append(asked, l), append(ids, e.stopKey(l.r))
		}
	}
	sh, err := e.fetch(ctx, p, ids...)
	if err != nil {
		return err
	}
	for i, l := range asked {
		s, err := pick[stopped](sh, ids[i])
		if err != nil {
			return err
		}
		if s != nil {
			l.stopped = at(s.At)
		}
	}
	return nil
}
