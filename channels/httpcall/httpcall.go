// Package httpcall is what every provider behind HTTP needs: a transport that keeps its
// connections, and the knowledge of whether a request may have reached the other side. On
// that hangs whether a message may be sent again (RULES §4: an unknown outcome is found out
// before a second send).
package httpcall

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"relance/channels"
)

// MaxAnswer bounds one answer, in bytes; real ones are far below.
const MaxAnswer = 1 << 20

// Transport keeps that many connections open: the default keeps two per host and dials the
// rest anew. HTTP/1.1 only, so that a connection lost makes one message unknown, not all
// that are under way.
func Transport(connections int) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		MaxIdleConns:        connections,
		MaxIdleConnsPerHost: connections,
		MaxConnsPerHost:     connections,
		IdleConnTimeout:     90 * time.Second,
		Protocols:           protocols,
	}
}

// Watch knows of one request whether it left. The zero value is ready; use it once.
type Watch struct{ left atomic.Bool }

// Left tells whether a connection was given the request: it may have arrived.
func (w *Watch) Left() bool { return w.left.Load() }

// Trace adds the watch to a context. The transport tries again by itself when a kept
// connection turns out closed and nothing was written: GetConn begins each try.
func (w *Watch) Trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { w.left.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { w.left.Store(true) },
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			if i.Err != nil {
				w.left.Store(false) // cut short: nothing that can be read as a request
			}
		},
	})
}

// Once is an empty body that cannot be read twice. With it the transport does not repeat a
// GET on its own after the connection broke, as it would for one that only reads.
func Once() io.ReadCloser { return io.NopCloser(eof{}) }

type eof struct{}

// Read implements io.Reader.
func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// RetryAfter is how long an answer asks to wait, in seconds or until a date (RFC 9110); 0
// when it does not say, or names a moment that has passed.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if s, err := strconv.ParseInt(v, 10, 32); err == nil {
		return max(0, time.Duration(s)*time.Second)
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}

// LostCode names why there was no answer: "cancelled", "timeout" or "connection".
func LostCode(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return channels.CodeCancelled
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "connection"
}
