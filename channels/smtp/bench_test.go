package smtp_test

import (
	"crypto/tls"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mail "github.com/wneessen/go-mail"

	"relance/channels"
	"relance/channels/smtp"
	"relance/channels/smtp/smtptest"
)

const atOnce = 4 // senders, and connections kept

// rate carries n messages by some senders and gives messages per second.
func rate(b *testing.B, senders, n int, send func(i int) error) float64 {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range senders {
		wg.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				if err := send(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(n) / time.Since(began).Seconds()
}

func carrying(b *testing.B, p *smtp.Provider) func(int) error {
	return func(i int) error {
		if a := p.Send(b.Context(), email(i)); a.Outcome != channels.Sent {
			return fmt.Errorf("%+v", a)
		}
		return nil
	}
}

// BenchmarkPool compares kept connections with go-mail's one for each message, over
// STARTTLS, with as many senders, in one run. ratio is pooled/s over each/s.
func BenchmarkPool(b *testing.B) {
	p, server := start(b, smtptest.Config{}, func(s *smtp.Settings) { s.Connections = atOnce })
	var each, pooled float64
	for b.Loop() {
		each += rate(b, atOnce, 200, func(i int) error { return dialAndSend(server, i) })
		pooled += rate(b, atOnce, 2000, carrying(b, p))
	}
	b.ReportMetric(each/float64(b.N), "each/s")
	b.ReportMetric(pooled/float64(b.N), "pooled/s")
	b.ReportMetric(pooled/each, "ratio")
	b.ReportMetric(0, "ns/op")
}

// dialAndSend is how go-mail's own example sends.
func dialAndSend(server *smtptest.Server, i int) error {
	m := email(i)
	c, err := mail.NewClient(server.Host, mail.WithPort(server.Port), mail.WithTLSPolicy(mail.TLSMandatory),
		mail.WithTLSConfig(&tls.Config{ServerName: server.Host, RootCAs: server.Pool, MinVersion: tls.VersionTLS12}))
	if err != nil {
		return err
	}
	msg := mail.NewMsg()
	if err := msg.From("rdv@agence.example"); err != nil {
		return err
	}
	if err := msg.To(m.To); err != nil {
		return err
	}
	msg.Subject(m.Subject)
	msg.SetBodyString(mail.TypeTextPlain, m.Body)
	msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	return c.DialAndSend(msg)
}

// BenchmarkPipelining compares the envelope in one write with one command after the other,
// on one connection to a server whose answers take 2 ms.
func BenchmarkPipelining(b *testing.B) {
	const lag = 2 * time.Millisecond
	one := func(s *smtp.Settings) { s.Connections = 1 }
	plain, _ := rough(b, smtptest.RoughConfig{Lag: lag}, one)
	together, _ := rough(b, smtptest.RoughConfig{Lag: lag, Pipelining: true}, one)
	var each, all float64
	for b.Loop() {
		each += rate(b, 1, 100, carrying(b, plain))
		all += rate(b, 1, 100, carrying(b, together))
	}
	b.ReportMetric(each/float64(b.N), "one_by_one/s")
	b.ReportMetric(all/float64(b.N), "pipelined/s")
	b.ReportMetric(all/each, "ratio")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkDKIM shows what signing costs: signed/s over unsigned/s, with RSA of 2048 bits.
func BenchmarkDKIM(b *testing.B) {
	key := rsaKey(b, 2048)
	four := func(s *smtp.Settings) { s.Connections = atOnce }
	plain, _ := start(b, smtptest.Config{}, four)
	signed, _ := start(b, smtptest.Config{}, four, func(s *smtp.Settings) { s.DKIM = smtp.DKIM{Selector: "rdv", Key: key.pem} })
	var without, with float64
	for b.Loop() {
		without += rate(b, atOnce, 1000, carrying(b, plain))
		with += rate(b, atOnce, 1000, carrying(b, signed))
	}
	b.ReportMetric(without/float64(b.N), "unsigned/s")
	b.ReportMetric(with/float64(b.N), "signed/s")
	b.ReportMetric(with/without, "ratio")
	b.ReportMetric(0, "ns/op")
}
