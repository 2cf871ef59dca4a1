package twilio

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"relance/channels"
)

const maxAnswer = 1 << 20 // bytes of one answer; a page of messages is far below

// newTransport keeps one connection per sender open: the default keeps two and dials the
// rest anew. HTTP/1.1 only, so that a connection lost makes one message unknown, not all
// that are under way.
func newTransport(senders int) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		MaxIdleConns:        senders,
		MaxIdleConnsPerHost: senders,
		MaxConnsPerHost:     senders,
		IdleConnTimeout:     90 * time.Second,
		Protocols:           protocols,
	}
}

// call is one request through twilio-go, which takes no context and forgets the status of
// an answer it cannot read. As the client's transport, it brings the first and keeps the second.
type call struct {
	p    *Provider
	ctx  context.Context
	left atomic.Bool // a connection was given the request: it may have reached Twilio

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
	req = req.Clone(httptrace.WithClientTrace(c.ctx, c.trace()))
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
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		c.after = time.Duration(s) * time.Second
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// trace marks the call as left from the moment a connection holds it. The transport tries
// again by itself when a kept connection turns out closed and nothing was written:
// GetConn begins each try.
func (c *call) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { c.left.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { c.left.Store(true) },
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			if i.Err != nil {
				c.left.Store(false) // cut short: nothing that can be read as a request
			}
		},
	}
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
	case c.status != 0 || c.left.Load():
		return channels.Answer{Outcome: channels.Unknown, Code: lostCode(err), Reason: "the answer was lost; the message may have left"}
	default:
		return channels.Answer{Outcome: channels.Temporary, Code: lostCode(err), Reason: "Twilio could not be reached"}
	}
	if a.Outcome == channels.Temporary {
		a.After = c.after
	}
	return a
}

// lostCode names why there was no answer.
func lostCode(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return channels.CodeCancelled
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "connection"
}
