package intake

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"relance/engine"
)

// Foreseer is what Foresee asks of the engine. *engine.Engine is one.
type Foreseer interface {
	Service(ctx context.Context, org engine.OrganisationID, id engine.ServiceID) (*engine.Service, error)
	Foresee(ctx context.Context, org engine.OrganisationID, reqs []engine.InviteRequest) ([]engine.Foreseen, error)
	Outlook(ctx context.Context, org engine.OrganisationID, service engine.ServiceID) (*engine.Outlook, error)
}

// Foreseen is what receiving a batch would do.
type Foreseen struct {
	Lines, Accepted, Refused int
	SMS, Emails              int             // messages that would leave
	Parts                    int             // of the SMS, together
	First, Last              time.Time       // of those whose time is known
	Waiting                  *engine.Waiting // who would wait for slots, until the last of them; nil: nobody
	Results                  []ForeseenLine
}

// ForeseenLine is what one line would do: messages at a time, or a refusal.
type ForeseenLine struct {
	Line     int
	At       time.Time       // at the latest, when Waiting; zero when that is not within a year
	Waiting  *engine.Waiting // for slots; nil: not
	Messages []engine.ForeseenMessage
	Refused  *engine.RefusedLine
}

// Foresee reads a batch as Receive does and answers what would become of it, line by line. It stores
// nothing. CodeInvalid: it cannot be read at all; CodeNotFound: there is no such service;
// CodeUnavailable: the upload broke off or the store did not answer.
func Foresee(ctx context.Context, e Foreseer, org engine.OrganisationID, service engine.ServiceID, r io.Reader, f Format) (*Foreseen, error) {
	src, err := open(r, f)
	if err != nil {
		return nil, err
	}
	if _, err := e.Service(ctx, org, service); err != nil {
		return nil, err
	}
	outlook, err := e.Outlook(ctx, org, service)
	if err != nil {
		return nil, err
	}
	rc, out := &receiving{batch: &engine.Batch{Service: service}}, &Foreseen{}
	seen := map[engine.RecipientID]bool{}
	for n := 0; ; {
		p, err := rc.portion(src, min(chunk, maxLines-n))
		if n += p.size(); n == maxLines && err == nil {
			err = rc.beyond(src, &p)
		}
		lines, bad := foreseePortion(ctx, e, org, p, seen)
		if bad != nil {
			return nil, bad
		}
		for _, l := range lines {
			out.add(l, outlook)
		}
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, err
		case ctx.Err() != nil:
			return nil, brokenOff(ctx.Err())
		}
	}
}

// foreseePortion foresees some lines, in their order; seen are the people of those before.
func foreseePortion(ctx context.Context, e Foreseer, org engine.OrganisationID, p portion, seen map[engine.RecipientID]bool) ([]ForeseenLine, error) {
	out := make([]ForeseenLine, 0, p.size())
	for _, l := range p.refused {
		out = append(out, ForeseenLine{Line: l.Line, Refused: l.Refused})
	}
	if len(p.reqs) > 0 {
		results, err := e.Foresee(ctx, org, p.reqs)
		if err != nil {
			return nil, err
		}
		for i, res := range results {
			l := ForeseenLine{Line: p.reqs[i].Line, At: res.At, Messages: res.Messages}
			switch {
			case res.Err != nil:
				l.Refused = refused(l.Line, res.Err).Refused
			case seen[res.Recipient]:
				l = ForeseenLine{Line: l.Line, Refused: &engine.RefusedLine{Line: l.Line, Code: engine.CodeAlreadyInvited, Message: "a line before it invites this person already"}}
			default:
				seen[res.Recipient] = true
			}
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b ForeseenLine) int { return cmp.Compare(a.Line, b.Line) })
	return out, nil
}

// add counts a line; those beyond the room of the calendars wait.
func (f *Foreseen) add(l ForeseenLine, o *engine.Outlook) {
	f.Lines++
	if l.Refused != nil {
		f.Refused++
		f.Results = append(f.Results, l)
		return
	}
	f.paced(&l, o.Next(int64(f.Accepted)))
	f.Results = append(f.Results, l)
	f.Accepted++
	if !l.At.IsZero() && (f.First.IsZero() || l.At.Before(f.First)) {
		f.First = l.At
	}
	if l.At.After(f.Last) {
		f.Last = l.At
	}
	for _, m := range l.Messages {
		switch {
		case m.Fails != "":
		case m.Channel == engine.SMS:
			f.SMS, f.Parts = f.SMS+1, f.Parts+m.Parts
		default:
			f.Emails++
		}
	}
}

// paced puts a line where the pacing of the service would.
func (f *Foreseen) paced(l *ForeseenLine, w *engine.Waiting) {
	if w == nil {
		return
	}
	if l.Waiting = w; w.Expected == nil {
		l.At = time.Time{}
	} else if w.Expected.After(l.At) {
		l.At = *w.Expected
	}
	last := *w
	if f.Waiting != nil {
		last.People += f.Waiting.People
	}
	f.Waiting = &last
}
