package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"relance/engine"
)

// resident is one invented person with a phone, a mailbox, or both.
type resident struct {
	plan
	phone, email string

	mu      sync.Mutex
	link    string // of their page, from the newest message
	asks    int    // invitations and relances read so far
	waits   bool   // leaves their page to whoever watches the demo
	booked  bool
	replied bool
}

// crowd is all of them: it reads the outbox and acts over HTTP, as people do.
type crowd struct {
	clock engine.Clock
	out   *client // the outbox, on the ops listener
	walk  *walker
	by    map[string]*resident // by address
	// arrived is the carrier's receipt for an SMS.
	arrived func(ctx context.Context, messageID string) error

	busy   sync.WaitGroup
	mu     sync.Mutex // of the agenda
	agenda []errand
	hands  chan struct{}
	page   chan string
	read   int // the newest message read
}

// errand is something a person will do.
type errand struct {
	at time.Time
	do func(ctx context.Context)
}

// newCrowd brings the sample's people to life.
func newCrowd(d *demo) (*crowd, error) {
	out, err := newClient("http://"+d.cfg.Ops.Address, "")
	if err != nil {
		return nil, err
	}
	c := &crowd{
		clock: d.clock, out: out, walk: newWalker(), by: map[string]*resident{},
		hands: make(chan struct{}, 8), page: make(chan string, 1),
	}
	return c, c.move(d.cmd.Seed)
}

// move gives every sample person their address; the first with a phone waits for the watcher.
func (c *crowd) move(seed uint64) error {
	r := csv.NewReader(bytes.NewReader(samplePeople))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return err
	}
	waiting := false
	for _, row := range rows[1:] {
		if len(row) < 6 {
			continue
		}
		id := engine.RecipientOf(sampleOrganisation, row[0])
		p := &resident{plan: planOf(seed, string(id)), email: row[4]}
		if phone, ok := asFiction(row[3]); ok {
			p.phone = phone
			c.by[phone] = p
		}
		if p.email != "" {
			c.by[p.email] = p
		}
		if !waiting && p.phone != "" && !p.plan.dead {
			waiting, p.waits = true, true
		}
	}
	return nil
}

// unknown tells whether a phone is one that its person gave up.
func (c *crowd) unknown(to string) bool {
	p := c.by[to]
	return p != nil && p.plan.dead && to == p.phone
}

// someone is the page of a person who waits for the watcher; "" when none came in time.
func (c *crowd) someone(ctx context.Context) string {
	t := time.NewTimer(10 * time.Second)
	defer t.Stop()
	select {
	case page := <-c.page:
		return page
	case <-ctx.Done():
	case <-t.C:
	}
	return ""
}

// live reads and acts until ctx ends and everybody has come home.
func (c *crowd) live(ctx context.Context) error {
	defer c.busy.Wait()
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	for {
		if err := c.look(ctx); err != nil {
			return stopped(ctx, err)
		}
		c.start(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
}

// look reads the messages that are new.
func (c *crowd) look(ctx context.Context) error {
	all, err := c.messages(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		p := c.by[m.To]
		if m.Number <= c.read {
			continue
		}
		if c.read = m.Number; p == nil || m.Direction != "out" {
			continue
		}
		if m.sms() {
			if err := c.arrived(ctx, m.ID); err != nil {
				return err
			}
		}
		c.receive(p, m)
	}
	return nil
}

var (
	pageLink  = regexp.MustCompile(`https?://\S+/r/[0-9a-z]+`)
	asksReply = regexp.MustCompile(`(?i)r[ée]pondez 1|reply 1`)
)

// receive is one person reading one message.
func (c *crowd) receive(p *resident, m letter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if link := pageLink.FindString(m.Text); link != "" {
		p.link = link
	}
	if p.waits {
		select {
		case c.page <- p.link:
		default:
		}
		return
	}
	switch {
	case asksReply.MatchString(m.Text) && p.reply != "" && !p.replied:
		p.replied = true
		c.later(2*time.Hour, func(ctx context.Context) { c.answer(ctx, p, m) })
	case p.booked || p.link == "" || m.sms() != p.prefersSMS():
	default:
		p.asks++
		if p.asks-1 == p.answers {
			c.later(p.after, func(ctx context.Context) { c.visit(ctx, p) })
		}
	}
}

// prefersSMS tells which of two copies of one message they act on.
func (p *resident) prefersSMS() bool { return p.phone != "" && !p.plan.dead }

func (c *crowd) later(d time.Duration, do func(ctx context.Context)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.agenda = append(c.agenda, errand{c.clock.Now().Add(d), do})
}

// start starts the errands that are due, some at a time.
func (c *crowd) start(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	c.agenda = slices.DeleteFunc(c.agenda, func(e errand) bool {
		if e.at.After(now) {
			return false
		}
		select {
		case c.hands <- struct{}{}:
		default:
			return false // next time
		}
		c.busy.Go(func() {
			defer func() { <-c.hands }()
			e.do(context.WithoutCancel(ctx)) // who has begun ends: the walker has its own patience
		})
		return true
	})
}

// visit books on the person's page; what they change comes later.
func (c *crowd) visit(ctx context.Context, p *resident) {
	p.mu.Lock()
	link := p.link
	p.mu.Unlock()
	if !c.walk.choose(ctx, link, p.pick) {
		return
	}
	p.mu.Lock()
	p.booked = true
	p.mu.Unlock()
	const later = 5 * time.Hour
	switch p.change {
	case "move":
		c.later(later, func(ctx context.Context) { c.walk.choose(ctx, link+"/move", p.pick+5) })
	case "cancel":
		c.later(later, func(ctx context.Context) { c.walk.confirm(ctx, link+"/cancel") })
	}
}

// answer replies to a reminder, through the outbox as through a phone.
func (c *crowd) answer(ctx context.Context, p *resident, m letter) {
	form := strings.NewReader(replyForm(p.phone, m.From, p.reply))
	// A demo that is ending has no more use for the answer.
	_ = c.out.call(ctx, "POST", "/outbox/reply", &upload{body: form, size: form.Size(), contentType: "application/x-www-form-urlencoded"}, nil)
}
