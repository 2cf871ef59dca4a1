package twilio

import (
	"context"
	"errors"
	"net"
	"testing"

	"relance/channels"
	"relance/channels/channeltest"
)

// TestRegionAndEdge: the settings make the host that is called, for sends and look-ups.
func TestRegionAndEdge(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]Settings{
		"api.twilio.com:443":            {},
		"api.dublin.ie1.twilio.com:443": {Region: "ie1", Edge: "dublin"},
		"api.dublin.us1.twilio.com:443": {Edge: "dublin"},
		"api.ie1.twilio.com:443":        {Region: "ie1"},
		"proxy.example:443":             {Region: "ie1", Edge: "dublin", BaseURL: "https://proxy.example"},
	} {
		s.AccountSID, s.AuthToken, s.Sender = "AC1", "t", "38123"
		p, err := New(s)
		if err != nil {
			t.Fatal(err)
		}
		var called []string
		p.transport.Proxy = nil
		p.transport.DialContext = func(_ context.Context, _, address string) (net.Conn, error) {
			called = append(called, address)
			return nil, errors.New("nobody is called in a test")
		}
		if a := p.Send(t.Context(), channeltest.Message(channels.SMS, 1)); a.Outcome != channels.Temporary {
			t.Errorf("answer %+v", a)
		}
		if p.Check(t.Context()) == nil {
			t.Error("nobody answered the check")
		}
		if len(called) != 2 || called[0] != want || called[1] != want {
			t.Errorf("called %v, want %s", called, want)
		}
	}
}
