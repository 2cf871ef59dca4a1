package engine

import (
	"context"
	"strings"
	"time"
)

// Foreseen is what inviting one person would do, by the state of things now: a refusal, or when their
// first messages would leave, and which. Pacing is not looked at: Outlook says who would wait.
type Foreseen struct {
	Recipient RecipientID
	Err       *Error
	At        time.Time // out of quiet hours, in the organisation's zone
	Messages  []ForeseenMessage
}

// ForeseenMessage is a message of the invitation.
type ForeseenMessage struct {
	Channel Channel
	Parts   int    // of an SMS; 0 of an email
	Fails   string // why it would not leave: too_long, template, opted_out; "" when it would
}

// Foresee answers what Invite would, by the same decisions, and stores nothing. The requests of a call do
// not know of each other: who is named twice is foreseen twice.
func (e *Engine) Foresee(ctx context.Context, org OrganisationID, reqs []InviteRequest) ([]Foreseen, error) {
	in := &inviting{e: e, org: org, now: e.Clock.Now().Truncate(time.Millisecond), results: make([]InviteResult, len(reqs))}
	if err := in.policies(ctx, reqs); err != nil {
		return nil, err
	}
	todo := make([]*invitee, 0, len(reqs))
	for i, r := range reqs {
		if p := in.check(i, r); p != nil {
			todo = append(todo, p)
		}
	}
	if err := in.load(ctx, todo); err != nil {
		return nil, err
	}
	out := make([]Foreseen, len(reqs))
	var letters []*letter
	for _, p := range todo {
		letters = append(letters, in.foresee(p, &out[p.n])...)
	}
	if err := e.findStopped(ctx, org.Partition(), letters); err != nil {
		return nil, err
	}
	at := 0
	for i, res := range in.results {
		out[i].Recipient, out[i].Err = res.Recipient, res.Err
		for n := range out[i].Messages {
			out[i].Messages[n] = letters[at].foreseen()
			at++
		}
	}
	return out, nil
}

// foresee makes the invitation and its first messages, and leaves them where they are: the letters. The
// result has as many messages as there are letters.
func (in *inviting) foresee(p *invitee, out *Foreseen) []*letter {
	c := in.decide(p)
	if c == nil {
		return nil // refused: the result says why
	}
	people, invs := putsOf[Recipient](c, string(p.id)), putsOf[Invitation](c, string(in.results[p.n].Invitation))
	d := &dossier{e: in.e, o: in.o, w: in.w, s: in.services[p.req.Service], r: people[0], inv: invs[0], q: in.e.quietOf(in.o, in.services[p.req.Service])}
	d.now = d.q.next(d.inv.Next.At)
	d.r.PausedAt = nil // a pause ends some day: this is what will be written then
	told := &Change{}
	d.invite(told)
	queued := putsOf[Message](told, "msg_")
	out.At, out.Messages = d.local(d.now), make([]ForeseenMessage, len(queued))
	letters := make([]*letter, len(queued))
	for i, m := range queued {
		letters[i] = &letter{dossier: d, id: string(m.ID), p: in.org.Partition(), m: m}
	}
	return letters
}

// foreseen is what would become of the letter when its time comes.
func (l *letter) foreseen() ForeseenMessage {
	f := ForeseenMessage{Channel: l.m.Channel}
	if l.stopped != nil {
		f.Fails = ReasonOptedOut
		return f
	}
	out, err := l.fitting(&Change{}, false)
	switch {
	case err != nil:
		f.Fails = ReasonTemplate
	case l.m.Channel == SMS:
		if f.Parts = out.Text.Parts; f.Parts > l.s.MaxParts {
			f.Fails = ReasonTooLong
		}
	}
	return f
}

// putsOf are copies of the records that a change would store, by the beginning of their ids.
func putsOf[T any, P interface {
	*T
	cloner
}](c *Change, prefix string) []P {
	var out []P
	for _, p := range c.Puts {
		if v, ok := p.of.(P); ok && strings.HasPrefix(p.ID, prefix) {
			out = append(out, v.clone().(P))
		}
	}
	return out
}
