package pages

import (
	"bytes"
	"compress/gzip"
	"strconv"
	"strings"
	"sync"
)

// head writes the headers every answer has (RULES §5).
func (c *call) head(contentType string) {
	h := c.w.Header()
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", c.looks.policy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Strict-Transport-Security", "max-age=31536000")
	h.Set("Vary", "Accept-Encoding, Accept-Language")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY") // for browsers older than frame-ancestors
	h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
}

// write sends a whole body, compressed when the browser takes it.
func (c *call) write(status int, contentType string, body []byte) {
	c.head(contentType)
	if acceptsGzip(c.r.Header.Get("Accept-Encoding")) {
		if small, err := c.looks.compress(body); err == nil {
			c.w.Header().Set("Content-Encoding", "gzip")
			body = small
		}
	}
	c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	// The browser has gone when this fails; there is nobody left to tell.
	_, _ = c.w.Write(body)
}

// compressors are reused: each holds several hundred kilobytes.
type compressors struct{ pool sync.Pool }

func (p *compressors) compress(body []byte) ([]byte, error) {
	z, ok := p.pool.Get().(*gzip.Writer)
	if !ok {
		z = gzip.NewWriter(nil)
	}
	defer p.pool.Put(z)
	var out bytes.Buffer
	z.Reset(&out)
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// acceptsGzip reads Accept-Encoding; "gzip;q=0" is a no.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, weighted := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(weight)), "q="), 64)
			return !weighted || err == nil && q > 0
		}
	}
	return false
}
