package engine

// pointless is why a message should not go out any more; "" when it should.
func (l *letter) pointless() string {
	if reason := l.noWay(); reason != "" {
		return reason
	}
	switch l.m.Kind {
	case KindInvitation, KindRelance, KindNoShow:
		switch {
		case l.inv.State == InvitationBooked:
			return ReasonBooked
		case !l.inv.Alive():
			return string(l.inv.State)
		case l.expired():
			return ReasonExpired
		case l.merged():
			return ReasonMerged
		}
	case KindConfirmation, KindConvocation, KindMoved, KindReminder:
		switch {
		case l.apt == nil || l.apt.State != Booked:
			return ReasonCancelled
		case l.apt.Sequence != l.m.Sequence:
			return ReasonMoved
		case !l.apt.Start.After(l.now), l.m.Kind == KindReminder && l.now.After(remindUntil(l.apt.Start, l.m.PlannedAt)):
			return ReasonTooLate
		}
	case KindOffer:
		if o := l.r.Offer; o == nil || o.Message != l.m.ID || !o.Stands(l.now) {
			return ReasonExpired
		}
	case KindEarlier:
		return l.pointlessEarlier()
	}
	return ""
}

// noWay is why the channel cannot carry the message to the person.
func (l *letter) noWay() string {
	switch {
	case l.m.Channel == SMS && l.r.Phone == "", l.m.Channel == Email && l.r.Email == "":
		return ReasonNoAddress
	case l.stoppable() && l.r.leftAt(l.m.Channel) != nil:
		return ReasonOptedOut
	case l.m.Channel == SMS && l.r.BadPhone != "", l.m.Channel == Email && l.r.BadEmail != "":
		return ReasonBadAddress
	}
	return ""
}

// skip ends a message that was not sent; one that left before and did not arrive is undelivered.
func (l *letter) skip(c *Change, reason string) {
	state, event := MessageSkipped, EventMessageSkipped
	if l.m.Left > 0 {
		state, event = MessageUndelivered, EventMessageUndelivered
	}
	l.m.State, l.m.Reason, l.m.Next = state, reason, l.forget()
	c.emit(l.messageEvent(event))
}

// abandon ends a message whose outcome is unknown and which nobody needs any more.
func (l *letter) abandon(c *Change) {
	l.m.State, l.m.Reason, l.m.Next = MessageUndelivered, ReasonUnknown, l.forget()
	c.emit(l.messageEvent(EventMessageUndelivered))
}

// fail ends a message that could not be sent.
func (l *letter) fail(c *Change, reason, code string) {
	l.m.State, l.m.Reason, l.m.Code, l.m.Next = MessageFailed, reason, code, l.forget()
	c.emit(l.messageEvent(EventMessageFailed))
}
