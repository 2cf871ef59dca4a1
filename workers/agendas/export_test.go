package agendas

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/netip"
)

// Public is what the dialler asks.
func Public(a string) bool { return public(netip.MustParseAddr(a)) }

// Trust makes a reader believe a server of the tests.
func Trust(r *Reader, c *x509.Certificate) {
	pool := x509.NewCertPool()
	pool.AddCert(c)
	r.client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}
