package engine

import (
	"context"
	"time"
)

// OptOutHow is how a person left a channel.
type OptOutHow string

// The ways to leave.
const (
	LeftByReply     OptOutHow = "reply"     // STOP by SMS
	LeftOnPage      OptOutHow = "page"      // a button behind their link
	LeftByOneClick  OptOutHow = "one_click" // the button of a mail program (RFC 8058)
	LeftAtProvider  OptOutHow = "provider"  // the carrier or the provider says so
	LeftByComplaint OptOutHow = "complaint" // they called an email spam
	LeftThroughDesk OptOutHow = "staff"     // they told the organisation, which noted it
)

// stopped is a number or an email address whose owner no longer wants messages of the organisation
// (RULES §4: per number and organisation, whoever else has it). Its id is a hash of both; it stays when
// the person is erased, and goes when the person comes back.
type stopped struct {
	ID           string         `json:"-"`
	Version      int64          `json:"-"`
	Organisation OrganisationID `json:"organisation"`
	At           time.Time      `json:"at"`
	How          OptOutHow      `json:"how,omitempty"`
}

func (s *stopped) recordID() string { return s.ID }
func (s *stopped) version() *int64  { return &s.Version }

// stopKey is the id of the record that says that the person's address was stopped.
func (e *Engine) stopKey(r *Recipient, ch Channel) string {
	purpose, address := "stop", r.Phone
	if ch == Email {
		purpose, address = "stop email", r.Email
	}
	return "stp_" + e.Links.hash(purpose, string(r.Organisation)+" "+address)
}

// leftAt is when the person left the channel; nil when they have not.
func (r *Recipient) leftAt(ch Channel) *time.Time {
	if ch == Email {
		return r.EmailOptedOut
	}
	return r.OptedOut
}

func (r *Recipient) setLeft(ch Channel, at *time.Time, how OptOutHow) {
	if ch == Email {
		r.EmailOptedOut, r.EmailOptedOutHow = at, how
	} else {
		r.OptedOut, r.OptedOutHow = at, how
	}
}

// addressed tells whether the person has an address of the channel, working or not.
func (r *Recipient) addressed(ch Channel) bool {
	return ch == SMS && r.Phone != "" || ch == Email && r.Email != ""
}

// optOut ends a channel to the person's address; the caller puts the person.
func (e *Engine) optOut(c *Change, r *Recipient, ch Channel, how OptOutHow, now time.Time) {
	e.stop(c, e.stopKey(r, ch), r.Organisation, how, now)
	r.markOptedOut(c, ch, now, how, now)
}

// stop keeps that an address was stopped; again is no harm.
func (e *Engine) stop(c *Change, key string, org OrganisationID, how OptOutHow, now time.Time) {
	c.put(&stopped{ID: key, Version: Fresh, Organisation: org, At: now, How: how})
}

// markOptedOut notes on the person what holds for their address.
func (r *Recipient) markOptedOut(c *Change, ch Channel, since time.Time, how OptOutHow, now time.Time) {
	r.setLeft(ch, at(since), how)
	if ch == SMS {
		r.lapse(c, ReasonOptedOut, now)
	}
	c.emit(r.wayEvent(EventRecipientOptedOut, ch, string(how), now))
}

// wayEvent tells of one way to the person.
func (r *Recipient) wayEvent(t EventType, ch Channel, reason string, now time.Time) Event {
	return Event{At: now, Type: t, Organisation: r.Organisation, Recipient: r.ID, Channel: ch, Reason: reason, Version: r.Version + 1}
}

// stoppable tells whether a STOP holds the message back: not the one that acknowledges it.
func (l *letter) stoppable() bool { return l.m.Kind != KindStopAck }

// unstopped demands that the address of the claim was not stopped meanwhile, by this person or another who has it.
func (l *letter) unstopped(c *Change) {
	if l.stoppable() {
		c.Checks = append(c.Checks, Check{ID: l.m.Way})
	}
}

// findStopped reads which addresses are stopped of people who are not known to be.
func (e *Engine) findStopped(ctx context.Context, p Partition, letters []*letter) error {
	var asked []*letter
	var ids []string
	for _, l := range letters {
		if l.inv != nil && l.stoppable() && l.r.addressed(l.m.Channel) && l.r.leftAt(l.m.Channel) == nil {
			asked, ids = append(asked, l), append(ids, e.stopKey(l.r, l.m.Channel))
		}
	}
	sh, err := e.fetch(ctx, p, ids...)
	if err != nil {
		return err
	}
	for i, l := range asked {
		if l.stopped, err = pick[stopped](sh, ids[i]); err != nil {
			return err
		}
		if l.stopped != nil {
			if l.beyond, err = e.openOf(ctx, l.r, l.now, l.inv.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
