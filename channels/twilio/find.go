package twilio

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"relance/channels"
)

const (
	findPage  = 50
	findPages = 4
	clockSkew = time.Minute // between our clock and Twilio's
)

// Find implements channels.Finder: it reads the account's messages to m.To, newest first,
// and matches the text. It does not filter by date at Twilio: a message still queued has
// no sent date, and a filter would hide the very one looked for.
func (p *Provider) Find(ctx context.Context, m channels.Message, since time.Time) (channels.Answer, error) {
	since = since.Add(-clockSkew)
	token, number := "", ""
	for range findPages {
		page, err := p.page(ctx, m.To, token, number)
		if err != nil {
			return channels.Answer{}, err
		}
		recent := false
		for i := range page.Messages {
			msg := &page.Messages[i]
			if created(msg).Before(since) {
				continue
			}
			recent = true
			if sameMessage(msg, m) {
				return taken(msg, m.From == "" || m.From == p.set.Sender), nil
			}
		}
		if token, number = next(page); !recent || token == "" && number == "" {
			return channels.Answer{}, fmt.Errorf("twilio: %w", channels.ErrNotFound)
		}
	}
	return channels.Answer{}, fmt.Errorf("twilio: looked at the last %d messages to this number without an answer", findPage*findPages)
}

func (p *Provider) page(ctx context.Context, to, token, number string) (*openapi.ListMessageResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, p.set.Timeout)
	defer cancel()
	call := p.newCall(ctx)
	params := (&openapi.ListMessageParams{}).SetTo(to).SetPageSize(findPage)
	page, err := call.api().PageMessage(params, token, number)
	if err != nil {
		a := call.classify(err, true)
		return nil, fmt.Errorf("twilio: could not look the message up: %s (%s)", a.Reason, a.Code)
	}
	return page, nil
}

// next reads the marks of the next page out of its address.
func next(page *openapi.ListMessageResponse) (token, number string) {
	if page.NextPageUri == nil {
		return "", ""
	}
	u, err := url.Parse(*page.NextPageUri)
	if err != nil {
		return "", ""
	}
	return u.Query().Get("PageToken"), u.Query().Get("Page")
}

// created is when Twilio got the message; one without a date counts as just now.
func created(msg *openapi.ApiV2010Message) time.Time {
	if msg.DateCreated != nil {
		if t, err := time.Parse(time.RFC1123Z, *msg.DateCreated); err == nil {
			return t
		}
	}
	return time.Unix(1<<40, 0)
}

// sameMessage matches by text: the list holds no id of ours. A trial account puts words
// of its own before the text.
func sameMessage(msg *openapi.ApiV2010Message, m channels.Message) bool {
	if msg.Body == nil || msg.Direction != nil && *msg.Direction == "inbound" {
		return false
	}
	return strings.HasSuffix(strings.TrimSpace(*msg.Body), strings.TrimSpace(m.Body))
}
