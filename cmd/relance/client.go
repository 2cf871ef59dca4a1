package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// client talks to a Relance over HTTP, as an integrator's program or an operator does.
type client struct {
	base string // without a slash at the end
	key  string // API key; "" where none is asked
	http *http.Client
}

func newClient(base, key string) (*client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, &mistakes{file: "the address", lines: []string{"it must be whole, such as https://rdv.example.org"}}
	}
	return &client{strings.TrimRight(base, "/"), key, &http.Client{}}, nil
}

// problem is an error answer of the API (RFC 9457).
type problem struct {
	Status int     `json:"status"`
	Title  string  `json:"title"`
	Detail string  `json:"detail"`
	Code   string  `json:"code"`
	Errors []fault `json:"errors"`
}

// fault is one mistake of a request or of a line.
type fault struct {
	Pointer   string `json:"pointer"`
	Parameter string `json:"parameter"`
	Detail    string `json:"detail"`
}

func (f fault) String() string {
	place := strings.TrimPrefix(f.Pointer, "/") + f.Parameter
	return strings.TrimSpace(place + " " + f.Detail)
}

func (p *problem) Error() string {
	words := p.Detail
	if words == "" {
		words = p.Title
	}
	for _, f := range p.Errors {
		if !strings.Contains(words, f.Detail) { // the detail often tells the mistakes already
			words += "; " + f.String()
		}
	}
	return fmt.Sprintf("the server answered %d: %s", p.Status, words)
}

// lasting tells whether the same request would fail again.
func (p *problem) lasting() bool {
	return p.Status >= 400 && p.Status < 500 && p.Status != http.StatusConflict &&
		p.Status != http.StatusTooManyRequests && p.Status != http.StatusRequestTimeout
}

// call sends a request and decodes the JSON answer into out (nil: not read). in is sent
// as JSON, or as it is when it is an *upload.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	req, err := c.request(ctx, method, path, in)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%s does not answer: %w", c.base, errors.Unwrap(err)) // without the URL: it may hold a token
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return problemFrom(res)
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("%s answered something else than expected; is it a Relance? %w", c.base, err)
	}
	return nil
}

// upload is a body that is sent as it is.
type upload struct {
	body        io.Reader
	size        int64 // -1: not known
	contentType string
	key         string // Idempotency-Key
}

func (c *client) request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	up, ok := in.(*upload)
	if !ok {
		up = &upload{contentType: "application/json"}
		if in != nil {
			text, err := json.Marshal(in)
			if err != nil {
				return nil, err
			}
			up.body, up.size = bytes.NewReader(text), int64(len(text))
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, up.body)
	if err != nil {
		return nil, err
	}
	if up.body != nil {
		req.ContentLength = up.size
		req.Header.Set("Content-Type", up.contentType)
	}
	if up.key != "" {
		req.Header.Set("Idempotency-Key", up.key)
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	req.Header.Set("Accept", "application/json")
	return req, nil
}

func problemFrom(res *http.Response) error {
	p := &problem{}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(p); err != nil || p.Detail == "" && p.Title == "" {
		p.Detail = "without a reason; is it a Relance, and the whole address?"
	}
	p.Status = res.StatusCode
	return p
}

// again repeats f a few times while the server cannot answer now.
func again(ctx context.Context, wait time.Duration, f func() error) error {
	for attempt := 1; ; attempt++ {
		err := f()
		var p *problem
		if err == nil || attempt == 4 || ctx.Err() != nil || errors.As(err, &p) && p.lasting() {
			return err
		}
		t := time.NewTimer(wait << (attempt - 1))
		select {
		case <-ctx.Done():
			t.Stop()
			return err
		case <-t.C:
		}
	}
}
