package twilio_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/channels/httpcall"
	"relance/channels/twilio"
	"relance/channels/twilio/twiliotest"
)

// BenchmarkAgainstPlain sends through the provider, and with net/http by hand to the same server:
// on a transport that keeps as many connections, and on the default one. provider/plain near 1
// says that the client costs nothing beside the call; all in one run, for the machine changes.
func BenchmarkAgainstPlain(b *testing.B) {
	const senders, each = 64, 2000
	server := twiliotest.Start(twiliotest.Config{})
	b.Cleanup(server.Close)
	p, err := twilio.New(twilio.Settings{
		AccountSID: server.AccountSID, AuthToken: server.AuthToken, BaseURL: server.URL, Sender: "38123", Senders: senders,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.Close() })
	kept := &http.Client{Transport: httpcall.Transport(senders)}
	usual := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	var provider, plain, usually float64
	for b.Loop() {
		provider += perSecond(b, senders, each, func(i int) error {
			if a := p.Send(b.Context(), channeltest.Message(channels.SMS, i)); a.Outcome != channels.Sent {
				return fmt.Errorf("%+v", a)
			}
			return nil
		})
		plain += perSecond(b, senders, each, func(i int) error { return byHand(b, kept, server, i) })
		usually += perSecond(b, senders, each, func(i int) error { return byHand(b, usual, server, i) })
	}
	b.ReportMetric(provider/float64(b.N), "provider/s")
	b.ReportMetric(plain/float64(b.N), "plain/s")
	b.ReportMetric(usually/float64(b.N), "plain_default/s")
	b.ReportMetric(provider/plain, "provider/plain")
	b.ReportMetric(provider/usually, "provider/plain_default")
	b.ReportMetric(0, "ns/op")
}

// perSecond carries n messages by some senders and gives messages per second.
func perSecond(b *testing.B, senders, n int, send func(i int) error) float64 {
	b.Helper()
	var next atomic.Int64
	var g sync.WaitGroup
	began := time.Now()
	for range senders {
		g.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				if err := send(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	g.Wait()
	return float64(n) / time.Since(began).Seconds()
}

// byHand posts a message and reads its id, and nothing else.
func byHand(b *testing.B, c *http.Client, server *twiliotest.Server, i int) error {
	m := channeltest.Message(channels.SMS, i)
	form := url.Values{"To": {m.To}, "From": {"38123"}, "Body": {m.Body}}
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost,
		server.URL+"/2010-04-01/Accounts/"+server.AccountSID+"/Messages.json", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.SetBasicAuth(server.AccountSID, server.AuthToken)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body) // whole, or the connection is lost
	if err != nil {
		return err
	}
	var got struct{ Sid string }
	if err := json.Unmarshal(body, &got); err != nil || got.Sid == "" {
		return fmt.Errorf("status %d: %w", resp.StatusCode, err)
	}
	return nil
}
