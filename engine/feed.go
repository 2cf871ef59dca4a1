package engine

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// A calendar's feed is what an agent's Outlook, Google or Apple agenda subscribes to. Whoever has
// its address reads it, so the address is a secret that can be changed.

const (
	// feedLetters of an HMAC follow the two of the partition: 26 × log2(30) = 127 bits.
	feedLetters = 26
	feedBehind  = 30 * 24 * time.Hour
	feedAhead   = 400 * 24 * time.Hour
	// feedEvery is how often we ask to be read again; agendas do as they please.
	feedEvery = "PT15M"
)

// FeedToken is the token of one generation of a calendar's feed, derived, never stored.
func (l *Links) FeedToken(org OrganisationID, id CalendarID, generation int) string {
	const base = len(tokenLetters)
	p := int(org.Partition())
	out := []byte{tokenLetters[p/base], tokenLetters[p%base]}
	for n := uint64(0); ; n++ {
		var count [16]byte
		binary.BigEndian.PutUint64(count[:8], uint64(generation))
		binary.BigEndian.PutUint64(count[8:], n)
		for _, b := range l.mac("feed", string(org), string(id), string(count[:])) {
			if int(b) < 256/base*base { // whole cycles only: every letter equally likely
				out = append(out, tokenLetters[int(b)%base])
			}
			if len(out) == 2+feedLetters {
				return string(out)
			}
		}
	}
}

func (e *Engine) feedToken(cal *Calendar) string {
	return e.Links.FeedToken(cal.Organisation, cal.ID, cal.FeedGeneration)
}

// feedEntry is the index entry that leads from a feed's token to its calendar, or takes it away.
func (e *Engine) feedEntry(cal *Calendar, there bool) IndexEntry {
	entry := IndexEntry{Index: indexFeeds, Field: e.Links.hash("feed token", e.feedToken(cal))}
	if there {
		entry.Value = cal.recordID()
	}
	return entry
}

// feedURL is the public address of the feed.
func (e *Engine) feedURL(cal *Calendar) string {
	return e.PublicURL + "/ics/" + e.feedToken(cal) + ".ics"
}

// FeedURL is the address of a calendar's feed; CodeNotFound. Whoever has it reads the feed.
func (e *Engine) FeedURL(ctx context.Context, org OrganisationID, id CalendarID) (string, error) {
	cal, err := e.Calendar(ctx, org, id)
	if err != nil {
		return "", err
	}
	entry := e.feedEntry(cal, true)
	found, err := e.Store.Find(ctx, org.Partition(), entry.Index, entry.Field)
	if err == nil && found[0] == "" { // saved before there were feeds
		c := Change{Index: []IndexEntry{entry}}
		c.guard(cal)
		_, err = e.commit(ctx, org.Partition(), []Change{c})
	}
	return e.feedURL(cal), err
}

// RotateFeed gives a calendar's feed another address; the one before opens nothing from then on.
func (e *Engine) RotateFeed(ctx context.Context, org OrganisationID, id CalendarID) (string, error) {
	var address string
	err := e.change(ctx, "rotate feed", org.Partition(), func() (*Change, error) {
		cal, err := e.Calendar(ctx, org, id)
		if err != nil {
			return nil, err
		}
		c := &Change{Index: []IndexEntry{e.feedEntry(cal, false)}}
		cal.FeedGeneration++
		c.Index = append(c.Index, e.feedEntry(cal, true))
		c.put(cal)
		c.emit(Event{At: e.Clock.Now(), Type: EventFeedRotated, Organisation: org, Calendar: id, Version: cal.Version + 1})
		address = e.feedURL(cal)
		return c, nil
	})
	e.cache.distrust(e.Clock.Now())
	return address, err
}

// Feed is a calendar as iCalendar: its appointments that hold time, from 30 days ago on. The same
// state gives the same bytes. CodeNotFound for every token that opens nothing.
func (e *Engine) Feed(ctx context.Context, token string) ([]byte, error) {
	dead := refuse("feed", CodeNotFound, "this address opens nothing")
	p, plausible := partitionOf(token, 2+feedLetters)
	if !plausible {
		return nil, dead
	}
	found, err := e.Store.Find(ctx, p, indexFeeds, e.Links.hash("feed token", token))
	if err != nil || found[0] == "" {
		return nil, cmp.Or(err, error(dead))
	}
	sh, err := e.fetch(ctx, p, found[0])
	if err != nil {
		return nil, err
	}
	cal, err := pick[Calendar](sh, found[0])
	if err != nil || cal == nil || !sameToken(token, e.feedToken(cal)) {
		return nil, cmp.Or(err, error(dead))
	}
	f := &feed{e: e, cal: cal, shelf: sh}
	if err := f.load(ctx, p); err != nil {
		return nil, err
	}
	return f.write(), nil
}

// feed is what one feed is made of.
type feed struct {
	e     *Engine
	cal   *Calendar
	shelf shelf
	o     *Organisation
	apts  []*Appointment        // by start
	seats map[AppointmentID]int // of the sessions that appointments are places in
}

// load reads the appointments and what is told of them.
func (f *feed) load(ctx context.Context, p Partition) error {
	now := f.e.Clock.Now()
	name := claimName(f.cal.Organisation, f.cal.ID)
	claims, err := f.e.Store.Busy(ctx, p, []CalendarID{name}, now.Add(-feedBehind), now.Add(feedAhead))
	if err != nil {
		return err
	}
	var ids []string
	f.seats = map[AppointmentID]int{}
	for _, c := range claims[0] {
		if strings.HasPrefix(c.Holder, "apt_") {
			ids = append(ids, c.Holder)
			f.seats[AppointmentID(c.Holder)] = c.Seats
		}
	}
	if f.apts, err = loadAll[Appointment](ctx, f.e, p, ids); err != nil {
		return err
	}
	f.apts = slices.DeleteFunc(f.apts, func(a *Appointment) bool {
		return a.Calendar != f.cal.ID || a.State != Booked && a.State != Attended && a.State != NoShow
	})
	slices.SortFunc(f.apts, func(a, b *Appointment) int { return cmp.Or(a.Start.Compare(b.Start), compare(a.ID, b.ID)) })
	more := []string{string(f.cal.Organisation)}
	for _, a := range f.apts {
		more = append(more, serviceKey(a.Organisation, a.Service))
	}
	if err := f.shelf.more(ctx, p, more...); err != nil {
		return err
	}
	if f.o, err = settled[Organisation](f.shelf, string(f.cal.Organisation)); err != nil || f.o == nil || !f.o.FeedNames {
		return err
	}
	for _, a := range f.apts {
		more = append(more, string(a.Recipient))
	}
	return f.shelf.more(ctx, p, more...)
}

func (f *feed) write() []byte {
	c := ics.NewCalendarFor("Relance")
	c.SetXWRCalName(oneLine(cmp.Or(f.cal.Name, string(f.cal.ID))))
	c.SetRefreshInterval(feedEvery)
	c.SetXPublishedTTL(feedEvery)
	for left := f.apts; len(left) > 0; {
		n := f.together(left)
		f.add(c, left[:n])
		left = left[n:]
	}
	return []byte(c.Serialize(ics.WithNewLineWindows))
}

// together counts the first appointments that are one entry: the people of a session are.
func (f *feed) together(apts []*Appointment) int {
	n := 1
	for f.seats[apts[0].ID] > 0 && n < len(apts) && f.seats[apts[n].ID] > 0 &&
		apts[n].Start.Equal(apts[0].Start) && apts[n].End.Equal(apts[0].End) {
		n++
	}
	return n
}

// add writes an appointment, or a session with all its people: what, when, where, and ids to find the
// rest by. Who comes is said only when the organisation wants it so (RULES §8).
func (f *feed) add(c *ics.Calendar, apts []*Appointment) {
	first, uid, sequence := apts[0], string(apts[0].ID), apts[0].Sequence
	var what, ids []string
	stamp := first.CreatedAt
	for _, a := range apts {
		if name := f.service(a); !slices.Contains(what, name) {
			what = append(what, name)
		}
		ids = append(ids, oneLine(string(a.ID)+" "+string(a.Recipient)+" "+f.name(a)))
		if a.CreatedAt.After(stamp) {
			stamp = a.CreatedAt
		}
	}
	summary := strings.Join(what, ", ")
	if seats := f.seats[first.ID]; seats > 0 { // the session stays the same entry, whoever joins and leaves
		uid, sequence = "ses_"+strconv.FormatInt(first.Start.Unix(), 10)+"_"+agendaKey(f.cal.Organisation, f.cal.ID), 0
		summary += fmt.Sprintf(" (%d/%d)", len(apts), seats)
	} else if who := f.name(first); who != "" {
		summary += " – " + who
	}
	ev := c.AddEvent(uid + uidDomain)
	ev.SetDtStampTime(stamp.UTC())
	ev.SetSequence(sequence)
	ev.SetStartAt(first.Start.UTC())
	ev.SetEndAt(first.End.UTC())
	ev.SetSummary(oneLine(summary))
	ev.SetStatus(ics.ObjectStatusConfirmed)
	ev.SetTimeTransparency(ics.TransparencyOpaque)
	ev.SetDescription(strings.Join(ids, "\n"))
	if venue := f.venue(first); venue != "" {
		ev.SetLocation(oneLine(venue))
	}
}

// service is what the appointment is for, as people read it.
func (f *feed) service(a *Appointment) string {
	if s, err := settled[Service](f.shelf, serviceKey(a.Organisation, a.Service)); err == nil && s != nil {
		return s.Name
	}
	return string(a.Service)
}

// venue is where the appointment is.
func (f *feed) venue(a *Appointment) string {
	s, err := settled[Service](f.shelf, serviceKey(a.Organisation, a.Service))
	if err != nil || s == nil || f.o == nil {
		return ""
	}
	return f.o.where(s, a.Location).Venue()
}

// name is the person's, when it may be told.
func (f *feed) name(a *Appointment) string {
	if f.o == nil || !f.o.FeedNames {
		return ""
	}
	r, err := pick[Recipient](f.shelf, string(a.Recipient))
	if err != nil || r == nil {
		return ""
	}
	return strings.TrimSpace(r.FirstName + " " + r.LastName)
}

// oneLine takes out what would end a line of a feed.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), " "))
}
