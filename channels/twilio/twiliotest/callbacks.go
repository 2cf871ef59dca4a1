package twiliotest

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Signature is what Twilio puts in X-Twilio-Signature for a form posted to address.
func Signature(token, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	io.WriteString(mac, address)
	for _, k := range slices.Sorted(maps.Keys(form)) {
		io.WriteString(mac, k+form.Get(k))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// follow posts the configured receipts of a message, in order.
func (s *Server) follow(sid string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-s.closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	for _, status := range s.cfg.Receipts {
		if _, err := s.Receipt(ctx, sid, status, 0); err != nil {
			return
		}
	}
}

// Receipt moves a message to a status, with an error code or 0, and posts it to the
// message's StatusCallback. It returns the HTTP status of the answer.
func (s *Server) Receipt(ctx context.Context, sid, status string, code int) (int, error) {
	m, ok := s.move(sid, status, code)
	if !ok {
		return 0, fmt.Errorf("no message %s was accepted", sid)
	}
	form := url.Values{
		"MessageSid": {sid}, "SmsSid": {sid}, "MessageStatus": {status}, "SmsStatus": {status},
		"To": {m.To}, "From": {m.From}, "AccountSid": {s.AccountSID}, "ApiVersion": {"2010-04-01"},
	}
	if code != 0 {
		form.Set("ErrorCode", strconv.Itoa(code))
	}
	if m.Callback == "" {
		return 0, errors.New("the message asked for no receipts")
	}
	return s.Post(ctx, m.Callback, form)
}

func (s *Server) move(sid, status string, code int) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.messages {
		if m := &s.messages[i]; m.SID == sid {
			m.Status, m.ErrorCode = status, code
			return *m, true
		}
	}
	return Message{}, false
}

// Inbound posts a message from a person to address, signed. sid is its id: post one twice
// to see that it is applied once.
func (s *Server) Inbound(ctx context.Context, address, sid, from, to, text string) (int, error) {
	return s.Post(ctx, address, url.Values{
		"MessageSid": {sid}, "SmsSid": {sid}, "SmsMessageSid": {sid}, "AccountSid": {s.AccountSID},
		"From": {from}, "To": {to}, "Body": {text}, "NumMedia": {"0"}, "NumSegments": {"1"},
		"SmsStatus": {"received"}, "ApiVersion": {"2010-04-01"},
	})
}

// Post posts a signed form to address and returns the HTTP status of the answer.
func (s *Server) Post(ctx context.Context, address string, form url.Values) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", Signature(s.AuthToken, address, form))
	resp, err := s.post.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}
