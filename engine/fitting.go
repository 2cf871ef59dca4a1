package engine

// What an SMS leaves out of its own rather than not being sent, one after the other. In an alphabet that
// GSM-7 lacks a part holds less than half.
const (
	unthreatening = iota + 1 // the consequence, which is in the organisation's language whatever the message's own
	placeless                // and where: the link, or who answers the phone, says it
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
	return out, err
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
	default:
		return false
	}
	return true
}
