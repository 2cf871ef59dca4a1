package twilio_test

import (
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"relance/channels"
	"relance/channels/channeltest"
	"relance/channels/twilio"
	"relance/channels/twilio/twiliotest"
)

// BenchmarkSend compares 64 senders through the provider with twilio-go's usual client.
func BenchmarkSend(b *testing.B) {
	b.Run("provider", func(b *testing.B) {
		server := twiliotest.Start(twiliotest.Config{})
		b.Cleanup(server.Close)
		p, err := twilio.New(twilio.Settings{
			AccountSID: server.AccountSID, AuthToken: server.AuthToken, BaseURL: server.URL, Sender: "38123",
		})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { p.Close() })
		var n atomic.Int64
		senders(b, server, func() error {
			a := p.Send(b.Context(), channeltest.Message(channels.SMS, int(n.Add(1))))
			if a.Outcome != channels.Sent {
				return fmt.Errorf("%+v", a)
			}
			return nil
		})
	})
	b.Run("library default", func(b *testing.B) {
		server := twiliotest.Start(twiliotest.Config{})
		b.Cleanup(server.Close)
		c := &client.Client{
			Credentials: client.NewCredentials(server.AccountSID, server.AuthToken),
			HTTPClient:  &http.Client{Transport: toServer{server.URL, http.DefaultTransport.(*http.Transport).Clone()}},
		}
		c.SetAccountSid(server.AccountSID)
		api := openapi.NewApiServiceWithClient(c)
		senders(b, server, func() error {
			_, err := api.CreateMessage((&openapi.CreateMessageParams{}).SetTo("+33612345678").SetFrom("38123").SetBody("Bonjour"))
			return err
		})
	})
}

type toServer struct {
	url  string
	base http.RoundTripper
}

func (t toServer) RoundTrip(r *http.Request) (*http.Response, error) {
	u, err := url.Parse(t.url)
	if err != nil {
		return nil, err
	}
	r.URL.Scheme, r.URL.Host = u.Scheme, u.Host
	return t.base.RoundTrip(r)
}

func senders(b *testing.B, server *twiliotest.Server, send func() error) {
	b.Helper()
	b.ReportAllocs()
	b.SetParallelism(32) // times two processors
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := send(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(float64(server.Dialled())/float64(b.N), "dials/msg")
}
