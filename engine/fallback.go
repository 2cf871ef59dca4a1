package engine

import "context"

// FallbackPolicy is which messages are sent by the other channel when they did not arrive by the only
// one they went by.
type FallbackPolicy string

// The policies; empty is both.
const (
	FallbackBoth    FallbackPolicy = "both"
	FallbackNone    FallbackPolicy = "none"
	FallbackToEmail FallbackPolicy = "sms_to_email"
	FallbackToSMS   FallbackPolicy = "email_to_sms"
)

func (s *Service) validateFallback(f *fields) {
	switch s.Fallback {
	case "", FallbackBoth, FallbackNone, FallbackToEmail, FallbackToSMS:
	default:
		f.add("/fallback", "unknown", "must be both, sms_to_email, email_to_sms or none")
	}
}

// fallsBack tells whether what did not arrive by the channel is sent by the other one.
func (s *Service) fallsBack(from Channel) bool {
	switch s.Fallback {
	case "", FallbackBoth:
		return true
	case FallbackToEmail:
		return from == SMS
	case FallbackToSMS:
		return from == Email
	}
	return false
}

// elsewhere sends a message that did not arrive by the other channel, when this one was the only one it
// went by (RULES §4); false when it does not.
func (l *letter) elsewhere(c *Change) bool {
	l.acted, l.fallback = l.m.Answer, true // not Only: two channels that both refuse must not take turns for ever
	return l.m.Only && l.s.fallsBack(l.m.Channel) && l.pointlessElsewhere() == "" &&
		len(l.tell(c, l.m.Kind, other(l.m.Channel), l.m.PlannedAt)) > 0
}

func other(ch Channel) []Channel {
	if ch == SMS {
		return []Channel{Email}
	}
	return []Channel{SMS}
}

// pointlessElsewhere is why the message need not be tried on another channel; the address of
// this one does not matter.
func (l *letter) pointlessElsewhere() string {
	l.m.Channel = other(l.m.Channel)[0]
	reason := l.pointless()
	l.m.Channel = other(l.m.Channel)[0]
	return reason
}

// undelivered marks the address, tries the other channel, and tells staff when nothing is left to try.
func (l *letter) undelivered(ctx context.Context, c *Change, code string, badAddress, optedOut bool) error {
	l.uninvited()
	l.marks(c, code, badAddress, optedOut)
	if l.elsewhere(c) {
		return nil
	}
	if l.cutOff(c); l.saveR {
		if err := l.e.cutOff(ctx, c, l.r, l.inv.ID, l.now); err != nil {
			return err
		}
	}
	return l.untold(ctx, c)
}

// marks keeps what a failure says of the address the message went to. Of one that the person no longer
// has only a stop is kept, for whoever has it.
func (l *letter) marks(c *Change, code string, badAddress, optedOut bool) {
	former := l.m.Way != "" && l.m.Way != l.e.stopKey(l.r, l.m.Channel)
	switch {
	case former && optedOut:
		l.e.stop(c, l.m.Way, l.m.Organisation, LeftAtProvider, l.now)
	case former:
	default:
		if badAddress {
			l.spoilt(c, orUnknown(code))
		}
		if optedOut && l.r.leftAt(l.m.Channel) == nil {
			l.saveR = true
			l.e.optOut(c, l.r, l.m.Channel, LeftAtProvider, l.now)
		}
	}
}

// spoilt marks the person's address with the reason and when.
func (l *letter) spoilt(c *Change, code string) {
	mark, since := &l.r.BadPhone, &l.r.BadPhoneAt
	if l.m.Channel == Email {
		mark, since = &l.r.BadEmail, &l.r.BadEmailAt
	}
	if *mark == "" {
		*mark, *since, l.saveR = code, at(l.now), true
		c.emit(l.r.wayEvent(EventRecipientBadAddress, l.m.Channel, code, l.now))
	}
}

func orUnknown(code string) string {
	if code == "" {
		return "unknown"
	}
	return code
}

// untold notes that nothing of what had to reach the person did: staff must act.
func (l *letter) untold(ctx context.Context, c *Change) error {
	if !l.vital() {
		return nil
	}
	alive, err := l.sibling(ctx)
	switch {
	case err != nil:
		return err
	case alive == nil:
		l.unreachable(c)
	default:
		c.guard(alive) // two that fail at once must not each count on the other
	}
	return nil
}

// vital tells whether somebody must know when the message does not arrive: it invites, or tells of an
// appointment that the person did not choose.
func (l *letter) vital() bool {
	switch l.m.Kind {
	case KindInvitation:
		return l.inv.State == InvitationQueued || l.inv.State == InvitationSent
	case KindConvocation, KindMoved:
		return l.coming() && l.apt.Imposed && l.apt.Sequence == l.m.Sequence
	}
	return false
}

// sibling is another message that says the same and has arrived or still may; nil when there is none.
func (l *letter) sibling(ctx context.Context) (*Message, error) {
	all, err := loadAll[Message](ctx, l.e, l.p, texts(l.inv.Messages))
	for _, m := range all {
		if m.ID == l.m.ID || l.m.Kind != KindInvitation && (m.Appointment != l.m.Appointment || m.Sequence != l.m.Sequence) {
			continue
		}
		switch m.State {
		case MessageQueued, MessageSending, MessageSent, MessageDelivered:
			return m, nil
		}
	}
	return nil, err
}

// reached takes back that the person is unreachable: a message of their invitation left after all, or
// arrived, and there is a way to them.
func (l *letter) reached() {
	if l.inv != nil && l.inv.Unreachable && len(l.r.Reach()) > 0 {
		l.inv.Unreachable, l.saveInv = false, true
	}
}
