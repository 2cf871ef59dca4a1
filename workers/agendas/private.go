package agendas

import (
	"net/netip"
	"slices"
	"syscall"

	"relance/engine"
)

// onlyPublic is asked just before each connection, with the address a name was resolved to: a name
// that changes its mind between a check and the connection gains nothing.
func onlyPublic(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !public(to.Addr()) {
		return &engine.AgendaError{Reason: "not_allowed", Message: "the address is of a private network, which is not read; agendas.private_addresses in the configuration allows it"}
	}
	return nil
}

// public tells whether an address is one that everybody can reach: no machine, network or link of
// ours, also when an IPv4 address hides in an IPv6 one.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Zone() != "" {
		return false
	}
	return !slices.ContainsFunc(special(), func(p netip.Prefix) bool { return p.Contains(a) })
}

// special are the blocks that are global in form and not in fact (IANA special-purpose registries).
func special() []netip.Prefix {
	names := []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", // the last one holds the broadcast address too
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	}
	out := make([]netip.Prefix, len(names))
	for i, n := range names {
		out[i] = netip.MustParsePrefix(n)
	}
	return out
}
