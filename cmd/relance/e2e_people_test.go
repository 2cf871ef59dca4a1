package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"relance/channels/smtp/smtptest"
	"relance/engine"
)

// habit is what a person does; it is the person's number that decides.
type habit int

const (
	ignores habit = iota
	booksAtOnce
	booksAfterRelance
	moves
	cancels
	habits
)

// citizen is one of the people invited.
type citizen struct {
	n       int
	habit   habit
	phone   string // as in the CSV; "" when they have none
	email   string
	got     map[string]int // kind, rung and channel → messages, each counted once
	links   string         // the newest link
	invited engine.InvitationID
	stage   int // how far they are with what they do
}

func newCitizen(n int) *citizen {
	c := &citizen{n: n, habit: habit(n % int(habits)), got: map[string]int{}}
	if n%3 != 1 {
		c.phone = fmt.Sprintf("06 12 %02d %02d %02d", n/10000%100, n/100%100, n%100)
	}
	if n%3 != 0 {
		c.email = fmt.Sprintf("p%d@example.org", n)
	}
	return c
}

// wants are the messages the person must have had after ten days: by kind and rung, on each channel
// they have, once.
func (c *citizen) wants() map[string]int {
	kinds := map[habit][]string{
		ignores:           {"invitation 0", "relance 1", "relance 2"},
		booksAtOnce:       {"invitation 0", "confirmation 0", "reminder 0"},
		booksAfterRelance: {"invitation 0", "relance 1", "confirmation 1", "reminder 1"},
		moves:             {"invitation 0", "confirmation 0", "moved 0", "reminder 0"},
		cancels:           {"invitation 0", "confirmation 0", "cancelled_by_recipient 0"},
	}
	out := map[string]int{}
	for _, k := range kinds[c.habit] {
		if c.phone != "" {
			out[k+" sms"] = 1
		}
		if c.email != "" {
			out[k+" email"] = 1
		}
	}
	return out
}

// e2eCrowd are all of them, and what they did with the messages seen so far.
type e2eCrowd struct {
	*rig
	people   []*citizen
	byPhone  map[string]*citizen
	byEmail  map[string]*citizen
	seenSMS  int
	seenMail int
	ids      map[string]bool // of the messages counted
	doubles  int             // accepted again under an id that had arrived before
	walk     *walker
	base     time.Time
}

func gatherCitizens(r *rig, n int) *e2eCrowd {
	c := &e2eCrowd{rig: r, byPhone: map[string]*citizen{}, byEmail: map[string]*citizen{}, ids: map[string]bool{}, walk: newWalker(), base: r.clock.Now()}
	for i := range n {
		p := newCitizen(i)
		c.people = append(c.people, p)
		c.byPhone["+33"+strings.ReplaceAll(p.phone, " ", "")[min(1, len(p.phone)):]] = p
		c.byEmail[p.email] = p
	}
	return c
}

func (c *e2eCrowd) csv() []byte {
	var b bytes.Buffer
	b.WriteString("external_id,first_name,phone,email\n")
	for _, p := range c.people {
		fmt.Fprintf(&b, "p%d,Alix,%s,%s\n", p.n, p.phone, p.email)
	}
	return b.Bytes()
}

// read takes the messages that arrived since the last time, and lets the people act on them.
func (c *e2eCrowd) read() {
	c.t.Helper()
	sms := c.sms.Messages()
	for _, m := range sms[c.seenSMS:] {
		u, err := url.Parse(m.Callback)
		if err != nil {
			c.t.Fatalf("a callback that is no address: %v", err)
		}
		c.arrived(c.byPhone[m.To], u.Query().Get("m"), m.Body)
	}
	mails := c.mail.Mails()
	for _, m := range mails[c.seenMail:] {
		id, _, _ := strings.Cut(m.MessageID, "@")
		c.arrived(c.byEmail[m.To[0]], id, m.Text)
		c.checkMail(m)
	}
	c.seenSMS, c.seenMail = len(sms), len(mails)
}

func (c *e2eCrowd) checkMail(m smtptest.Mail) {
	c.t.Helper()
	if m.Header.Get("Auto-Submitted") != "auto-generated" || m.HTML == "" || m.Subject == "" {
		c.t.Fatalf("an email without subject, HTML or Auto-Submitted: %q", m.Subject)
	}
}

var linkPattern = regexp.MustCompile(`http://[^/\s]+/r/[0-9a-z]+`)

func (c *e2eCrowd) arrived(p *citizen, id, body string) {
	c.t.Helper()
	if p == nil {
		c.t.Fatal("a message to nobody we know")
	}
	if c.ids[id] {
		c.doubles++
		return
	}
	c.ids[id] = true
	m, err := c.engine.Message(c.ctx, e2eOrg, engine.MessageID(id))
	if err != nil {
		c.t.Fatalf("a message that is not in the store: %v", err)
	}
	p.invited = m.Invitation
	p.got[fmt.Sprintf("%s %d %s", m.Kind, m.Rung, m.Channel)]++
	if l := linkPattern.FindString(body); l != "" {
		p.links = l
	}
}

// act lets everybody do what their messages call for; what fails because the process is away is
// tried again at the next call.
func (c *e2eCrowd) act() {
	var wg sync.WaitGroup
	hands := make(chan struct{}, 16)
	for _, p := range c.people {
		wg.Go(func() {
			hands <- struct{}{}
			defer func() { <-hands }()
			c.turn(p)
		})
	}
	wg.Wait()
}

// had tells whether the message of the kind came on every channel the person has: who acts sooner
// rightly gets no invitation on the other.
func (p *citizen) had(kind string) bool {
	return (p.phone == "" || p.got[kind+" sms"] > 0) && (p.email == "" || p.got[kind+" email"] > 0)
}

func (c *e2eCrowd) turn(p *citizen) {
	switch {
	case p.stage == 0 && p.habit == booksAfterRelance && p.had("relance 1"),
		p.stage == 0 && p.habit != booksAfterRelance && p.habit != ignores && p.had("invitation 0"):
		day := c.base.AddDate(0, 0, 6+p.n%4).Format(time.DateOnly)
		c.walk.choose(c.ctx, p.links+"?from="+day, p.n)
		p.stage += c.done(p, func(a *engine.Appointment) bool { return a.State == engine.Booked })
	case p.stage == 1 && p.habit == moves && p.had("confirmation 0"):
		day := c.base.AddDate(0, 0, 6+(p.n+1)%4).Format(time.DateOnly)
		c.walk.choose(c.ctx, p.links+"/move?from="+day, p.n+1)
		p.stage += c.done(p, func(a *engine.Appointment) bool { return a.Moves == 1 })
	case p.stage == 1 && p.habit == cancels && p.had("confirmation 0"):
		c.walk.confirm(c.ctx, p.links+"/cancel")
		p.stage += c.done(p, func(a *engine.Appointment) bool { return a.State == engine.CancelledByRecipient })
	}
}

// done is 1 when the person's appointment is as they wanted it. The answer may have been lost with
// the process; what counts is what was stored.
func (c *e2eCrowd) done(p *citizen, as func(*engine.Appointment) bool) int {
	inv, err := c.engine.Invitation(context.WithoutCancel(c.ctx), e2eOrg, p.invited)
	if err != nil || inv.Appointment == "" {
		return 0
	}
	a, err := c.engine.Appointment(context.WithoutCancel(c.ctx), e2eOrg, inv.Appointment)
	if err != nil || !as(a) {
		return 0
	}
	return 1
}

// judge compares what everybody got with what they must have got.
func (c *e2eCrowd) judge() {
	c.t.Helper()
	wrong := 0
	for _, p := range c.people {
		want := p.wants()
		if fmt.Sprint(want) == fmt.Sprint(p.got) {
			continue
		}
		if wrong++; wrong <= 5 {
			c.t.Errorf("person %d (habit %d, stage %d) got\n\t%v\nwant\n\t%v", p.n, p.habit, p.stage, p.got, want)
		}
	}
	if wrong > 5 {
		c.t.Errorf("%d people in all did not get what they must", wrong)
	}
}

// slotsSoldOnce checks that no two appointments overlap on a calendar.
func (c *e2eCrowd) slotsSoldOnce() int {
	c.t.Helper()
	held := map[engine.CalendarID][]*engine.Appointment{}
	booked := 0
	for cursor := ""; ; {
		page, next, err := c.engine.Appointments(c.ctx, e2eOrg, cursor, 200)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, a := range page {
			if a.State == engine.Booked {
				held[a.Calendar] = append(held[a.Calendar], a)
				booked++
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	for cal, all := range held {
		slices.SortFunc(all, func(a, b *engine.Appointment) int { return a.Start.Compare(b.Start) })
		for i := 1; i < len(all); i++ {
			if all[i].Start.Before(all[i-1].End) {
				c.t.Errorf("%s and %s overlap on %s", all[i-1].ID, all[i].ID, cal)
			}
		}
	}
	return booked
}
