package workers

import (
	"context"
	"time"

	"relance/channels"
)

// CodeRate is the code of a message that waits because its providers are at their rates.
const CodeRate = "rate"

// unsureWait is how long a message waits when it is not known how many have left.
const unsureWait = 5 * time.Second

// line is one message's dealings with the rates: it stands in the line of the first provider that
// is full, and in no other, whoever takes it in the end.
type line struct {
	rates Rates
	place time.Duration // when to come back; 0 outside of any line
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
	if err == nil && l.place == 0 {
		l.place, err = l.rates.Line(ctx, provider)
	}
	if err != nil || l.place <= 0 {
		l.place = unsureWait
	}
	return channels.Answer{Code: CodeRate, After: l.place, Reason: "every provider is at its messages a second; the message waits its turn"}, true
}
