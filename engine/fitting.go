package engine

// What an SMS leaves out of its own rather than not being sent, one after the other. In an alphabet that
// GSM-7 lacks a part holds less than half.
const (
	unthreatening = iota + 1 // the consequence, which is in the organisation's language whatever the message's own
	placeless                // and where: the link, or who answers the phone, says it
	slotless                 // and the slots to choose from but one of an offer: the link shows them
)

// fitting renders the message; an SMS that would be too long says less, as little less as it takes.
func (l *letter) fitting(c *Change, findOut bool) (*Outgoing, error) {
	out, err := l.outgoing(findOut)
	for err == nil && l.m.Channel == SMS && out.Text.Parts > l.s.MaxParts && l.shorten() {
		out, err = l.outgoing(findOut)
	}
	if l.brief == alone {
		l.unmerge(c)
	}
	if l.terse == slotless {
		l.unlist(c)
	}
	return out, err
}

// tooLong tells whether the message may not leave for its length. What answers somebody always may: they
// would take silence for a no.
func (l *letter) tooLong(out *Outgoing) bool {
	return l.m.Channel == SMS && out.Text.Parts > l.s.MaxParts && !l.m.Answer
}

// unlist gives back the slots that the message holds and has no room for. An offer keeps its first; another
// message asks nothing without them, so there never was an offer.
func (l *letter) unlist(c *Change) {
	if !l.holds() {
		return
	}
	if l.saveR = true; l.m.Kind != KindOffer {
		l.unask(c)
		return
	}
	kept := *l.r.Offer
	for _, s := range kept.Slots[1:] {
		c.Releases = append(c.Releases, s.Held...)
	}
	kept.Slots = kept.Slots[:1:1]
	l.r.Offer = &kept
}

// unask ends the offer that the message was to make.
func (l *letter) unask(c *Change) {
	if l.holds() {
		l.r.lapse(c, ReasonTooLong, l.now)
		l.r.Offer, l.saveR = nil, true
	}
}

// holds tells whether the message asks the person to choose one of the slots that are held for them.
func (l *letter) holds() bool {
	return l.r.Offer != nil && l.r.Offer.Message == l.m.ID && l.r.Offer.Over == ""
}

// shorten leaves the next thing out; false when nothing is left that could be.
func (l *letter) shorten() bool {
	switch {
	case l.terse < unthreatening:
		l.terse = unthreatening
	case len(l.others) > 0 && l.brief < alone:
		l.brief++
	case l.terse < placeless:
		l.terse = placeless
	case l.terse < slotless && l.r.Offer != nil:
		l.terse = slotless
	default:
		return false
	}
	return true
}
