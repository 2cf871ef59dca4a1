package workers

import (
	"cmp"
	"context"
	"time"

	"relance/channels"
)

// CodeRate is the code of a message that waits because its providers are at their rates.
const CodeRate = "rate"

// unsureWait is how long a message waits when it is not known how many have left.
const unsureWait = 5 * time.Second

// line is one message's dealings with the rates. It stands in the line of the first provider that
// had no room, and only when nobody else took it.
type line struct {
	rates  Rates
	first  string // who had no room
	unsure bool   // how many left is not known
}

// full tells whether the message may not leave through the provider now, and what is answered then.
func (l *line) full(ctx context.Context, provider string) (channels.Answer, bool) {
	if l.rates == nil {
		return channels.Answer{}, false
	}
	free, err := l.rates.Take(ctx, provider)
	if err == nil && free {
		return channels.Answer{}, false
	}
	l.unsure = l.unsure || err != nil
	l.first = cmp.Or(l.first, provider)
	return channels.Answer{Code: CodeRate, After: unsureWait, Reason: "every provider is at its messages a second; the message waits its turn"}, true
}

// place is the delivery with the message's place in line, when it stays.
func (l *line) place(ctx context.Context, d channels.Delivery) channels.Delivery {
	if d.Provider != "" || d.Code != CodeRate || l.unsure {
		return d
	}
	if wait, err := l.rates.Line(ctx, l.first); err == nil {
		d.After = wait
	}
	return d
}
