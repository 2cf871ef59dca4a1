package twilio

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"relance/channels"
	"relance/channels/httpcall"
)

// call is one request through twilio-go, which takes no context and forgets the status of
// an answer it cannot read. As the client's transport, it brings the first and keeps the second.
type call struct {
	p     *Provider
	ctx   context.Context
	watch httpcall.Watch

	status int
	after  time.Duration
}

func (p *Provider) newCall(ctx context.Context) *call { return &call{p: p, ctx: ctx} }

// api is twilio-go's service, going through this call.
func (c *call) api() *openapi.ApiService {
	base := &client.Client{
		Credentials: c.p.creds,
		HTTPClient: &http.Client{
			Transport:     c,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	base.SetAccountSid(c.p.set.AccountSID)
	return openapi.NewApiService(&client.RequestHandler{Client: base, Edge: c.p.set.Edge, Region: c.p.set.Region})
}

// RoundTrip implements http.RoundTripper. It reads the whole answer, because twilio-go
// does not close those that hold an error, and an unread one loses its connection.
func (c *call) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(c.watch.Trace(c.ctx))
	if b := c.p.base; b != nil {
		req.Host = b.Host
		req.URL = &url.URL{
			Scheme: b.Scheme, Host: b.Host,
			Path: strings.TrimRight(b.Path, "/") + req.URL.Path, RawQuery: req.URL.RawQuery,
		}
	}
	resp, err := c.p.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	c.status = resp.StatusCode
	c.after = httpcall.RetryAfter(resp.Header, time.Now())
	body, err := io.ReadAll(io.LimitReader(resp.Body, httpcall.MaxAnswer))
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// classify turns an error of twilio-go into an answer. own: the sender is the provider's
// own, not the message's.
func (c *call) classify(err error, own bool) channels.Answer {
	var rest *client.TwilioRestError
	var a channels.Answer
	switch {
	case errors.As(err, &rest):
		a = byCode(rest.Code, c.status, own)
	case c.status >= 300:
		a = byStatus(c.status)
	case c.status != 0 || c.watch.Left():
		return channels.Answer{Outcome: channels.Unknown, Code: httpcall.LostCode(err), Reason: "the answer was lost; the message may have left"}
	default:
		return channels.Answer{Outcome: channels.Temporary, Code: httpcall.LostCode(err), Reason: "Twilio could not be reached"}
	}
	if a.Outcome == channels.Temporary {
		a.After = c.after
	}
	return a
}
