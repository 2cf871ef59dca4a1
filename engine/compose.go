package engine

import (
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// outgoing renders the message as things are now.
func (l *letter) outgoing(findOut bool) (*Outgoing, error) {
	text, err := l.text()
	if err != nil {
		return nil, err
	}
	from := l.madeFrom(text.Language, l.m.Channel, l.m.Kind, l.m.Rung, text.Digest)
	l.m.Wording = &from
	out := &Outgoing{
		Partition: l.p, Message: l.m, FromName: l.o.Name, ReplyTo: l.o.Email, Text: text,
		To: l.r.Email, FindOut: findOut, ValidFor: l.validFor(),
	}
	if l.m.Channel == SMS {
		out.To, out.From = l.r.Phone, l.o.SMS.From
		return out, nil
	}
	out.References = l.references()
	if l.unsubscribable() {
		out.Unsubscribe = l.e.unsubscribeURL(l.r)
	}
	if l.apt == nil {
		return out, nil
	}
	switch l.m.Kind {
	case KindConfirmation, KindConvocation, KindMoved:
		out.CalendarMethod = "REQUEST"
	case KindCancelledByRecipient, KindCancelledByOrganisation:
		out.CalendarMethod = "CANCEL"
	default:
		return out, nil
	}
	out.Calendar = l.dossier.Calendar(out.CalendarMethod)
	return out, nil
}

// text fills the message's template.
func (l *letter) text() (Text, error) {
	vars, ok := l.e.vars.Get().(map[string]any)
	if !ok {
		vars = map[string]any{}
	}
	defer l.e.vars.Put(vars)
	defer clear(vars) // nothing of one person is left for the next
	l.vars(vars)
	return l.e.Texts.Render(l.language(), l.m.Channel, l.m.Kind, l.wording(l.m.Channel, l.m.Kind, l.m.Rung), vars)
}

// vars notes what a template may say.
func (l *letter) vars(v map[string]any) {
	lang := l.language()
	v["organisation"], v["service"], v["phone"], v["first_name"] = l.o.Name, l.s.Name, l.phone(), l.r.FirstName
	v["link"], v["rung"], v["duration"], v["consequence"] = l.e.LinkURL(l.token()), l.m.Rung, l.s.DurationMin, l.s.Consequence
	v["replies"] = l.o.SMS.Replies && l.m.Channel == SMS
	l.place(v)
	if l.inv.ExpiresAt != nil {
		v["last_day"] = l.e.Texts.Day(lang, l.inv.ExpiresAt.Add(-time.Second).In(l.zone()), l.now.In(l.zone()))
	}
	if l.dated() {
		start := l.apt.Start.In(l.zone())
		v["duration"] = int(l.apt.End.Sub(l.apt.Start) / time.Minute) // a session's is its own
		v["date"], v["time"] = l.e.Texts.Day(lang, start, l.now.In(l.zone())), l.e.Texts.Hour(lang, start)
		v["can_change"] = l.movable(ByRecipient) == nil && l.cancellable(ByRecipient) == nil
	}
	if l.m.Kind == KindReminder && l.apt != nil && l.brief < alone {
		l.day(v, l.brief == whole)
	}
	if l.linkOptional() && !l.dossier.open() { // one that opens nothing is no help, and the day is past
		delete(v, "link")
		delete(v, "last_day")
	}
	if l.terse >= unthreatening {
		delete(v, "consequence")
	}
	if l.terse >= placeless {
		delete(v, "place")
		delete(v, "place_kind")
	}
	if (l.m.Kind == KindReplyHelp || l.m.Kind == KindReplyInfo) && !l.threeAnswers() {
		v["replies"] = false
	}
	l.offered(v)
	l.earlier(v)
}

// dated tells whether the message names the day of the appointment there is or was. What says where things
// stand names a coming one only: nobody is to come for one that was cancelled.
func (l *letter) dated() bool {
	switch l.m.Kind {
	case KindReplyNothing, KindReplyChange:
		return l.coming()
	}
	return l.apt != nil
}

// linkOptional tells whether messages of the kind make sense without their link.
func (l *letter) linkOptional() bool {
	switch l.m.Kind {
	case KindCancelledByRecipient, KindCancelledByOrganisation, KindReplyNothing, KindReplyHelp, KindReplyInfo:
		return true
	}
	return false
}

// place says where: place is a line, of an office's name and address; place_kind is one of the
// kinds that each language has words for.
func (l *letter) place(v map[string]any) {
	where := l.where()
	v["place"], v["access"], v["video"] = where.Line(), where.Access, where.URL
	if where.Kind != AtOffice {
		v["place_kind"] = string(where.Kind)
	}
}

// LinkURL is the public address of a link.
func (e *Engine) LinkURL(token string) string { return e.PublicURL + "/r/" + token }

// replyFresh is how long the answer to somebody's text is of use.
const replyFresh = 4 * time.Hour

// validFor is how long a carrier may keep trying, by the kind of message: until it is pointless, a
// day at most.
func (l *letter) validFor() time.Duration {
	left := 24 * time.Hour
	switch l.m.Kind {
	case KindOffer:
		if o := l.r.Offer; o != nil {
			left = min(left, o.Until.Sub(l.now))
		}
	case KindReplyHelp, KindReplyConfirmed, KindReplyChange, KindReplyNothing, KindReplyTaken, KindReplyEarlier, KindReplyCall, KindReplyInfo, KindStopAck, KindStartAck:
		left = replyFresh
	case KindReminder:
		if l.apt != nil {
			left = min(left, remindUntil(l.apt.Start, l.m.PlannedAt).Sub(l.now))
		}
	}
	if o := l.offersEarlier(); o != nil {
		left = min(left, o.Start.Add(-time.Duration(*l.s.NoticeHours)*time.Hour).Sub(l.now))
	}
	if l.apt != nil && l.apt.Start.Sub(l.now) > 0 {
		left = min(left, l.apt.Start.Sub(l.now))
	}
	if l.apt == nil && l.inv.ExpiresAt != nil {
		left = min(left, l.inv.ExpiresAt.Sub(l.now))
	}
	return max(left, time.Minute)
}

// references is the message that an email continues: the first one of the same appointment, or of
// the invitation, so that mail programs keep them together.
func (l *letter) references() MessageID {
	if len(l.inv.Messages) > 0 && l.inv.Messages[0] != l.m.ID {
		return l.inv.Messages[0]
	}
	return ""
}

// Calendar is the appointment as iCalendar (RFC 5545, 5546): a stable UID, a SEQUENCE that only goes
// up. method is PUBLISH, which holds no personal data, or REQUEST or CANCEL, which name the person's own
// email as RFC 5546 asks: as one who comes and of whom no answer is awaited.
func (d *dossier) Calendar(method string) []byte {
	cal := ics.NewCalendarFor("Relance")
	cal.SetMethod(ics.Method(method))
	ev := cal.AddEvent(string(d.apt.ID) + "@relance")
	ev.SetDtStampTime(d.now.UTC())
	ev.SetStartAt(d.apt.Start.UTC())
	ev.SetEndAt(d.apt.End.UTC())
	ev.SetSequence(d.apt.Sequence)
	ev.SetSummary(d.s.Name + " – " + d.o.Name)
	where := d.where()
	if venue := where.Venue(); venue != "" {
		ev.SetLocation(venue)
	}
	if notes := where.Notes(d.phone()); notes != "" {
		ev.SetDescription(notes)
	}
	if where.URL != "" {
		ev.SetURL(where.URL)
	}
	ev.SetStatus(ics.ObjectStatusConfirmed)
	if method == "CANCEL" {
		ev.SetStatus(ics.ObjectStatusCancelled)
	}
	if d.o.Email != "" {
		ev.SetOrganizer(d.o.Email, ics.WithCN(d.o.CommonName()))
	}
	if method != "PUBLISH" && d.r.Email != "" {
		ev.AddAttendee(d.r.Email, ics.ParticipationStatusAccepted)
	}
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}

// CommonName is the organisation's name as an iCalendar parameter can hold it. The library escapes these
// characters, and a parameter knows no escapes (RFC 5545, 3.2): programs would refuse the whole event.
func (o *Organisation) CommonName() string {
	name := strings.NewReplacer("'", "’", `"`, " ", ",", " ", ";", " ", ":", " ", `\`, " ").Replace(o.Name)
	return strings.Join(strings.Fields(oneLine(name)), " ")
}

// String says which step, for logs.
func (s *Step) String() string {
	if s == nil {
		return "nothing"
	}
	return string(s.Kind) + "#" + strconv.Itoa(s.N)
}
