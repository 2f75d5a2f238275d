package registry

import (
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
)

type rawConn = syscall.RawConn

// A place is how far away an address is.
type place int32

const (
	public    place = iota
	private         // a company's own, and what carriers share
	loopback        // this machine
	forbidden       // where services lie that trust whoever reaches them, and what is no host's
)

var (
	shared = netip.MustParsePrefix("100.64.0.0/10")
	// metadata answer with secrets of the machine in some clouds, from addresses
	// that look like any other; most clouds have a link-local one.
	metadata = map[netip.Addr]bool{
		netip.MustParseAddr("fd00:ec2::254"):   true, // Amazon's
		netip.MustParseAddr("100.100.100.200"): true, // Alibaba's
		netip.MustParseAddr("168.63.129.16"):   true, // Azure's
		netip.MustParseAddr("192.0.0.192"):     true, // Oracle's
	}
	// These carry an IPv4 address inside, which routers may send on to.
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

func placeOf(address netip.Addr) place {
	address = address.WithZone("").Unmap()
	if nat64.Contains(address) {
		bytes := address.As16()
		address = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	switch {
	case address.IsLoopback():
		return loopback
	case metadata[address], address.IsLinkLocalUnicast(), address.IsMulticast(), address.IsUnspecified(), !address.IsValid():
		return forbidden
	case address.IsPrivate(), shared.Contains(address):
		return private
	}
	return public
}

// places knows how near the registries that the user named are. Where those
// lead to (redirects, token servers, places of uploads) may be as near and no
// nearer: a registry in the internet can't reach into the user's network.
type places struct{ nearest atomic.Int32 }

// reach notes where a registry is that the user named.
func (p *places) reach(address netip.Addr) error {
	for at := int32(min(placeOf(address), loopback)); ; {
		if old := p.nearest.Load(); at <= old || p.nearest.CompareAndSwap(old, at) {
			return nil
		}
	}
}

// follow says whether a registry may lead there.
func (p *places) follow(address netip.Addr) error {
	if at := placeOf(address); at == forbidden || at > place(p.nearest.Load()) {
		return fmt.Errorf("%w: the registry leads to %s, an address that is not for it to reach", ErrUnsafe, address)
	}
	return nil
}

// onlyLoopback is for plain http.
func onlyLoopback(address netip.Addr) error {
	if placeOf(address) != loopback {
		return fmt.Errorf("%w: plain http to %s, which isn't this machine", ErrUnsafe, address)
	}
	return nil
}

// isLoopbackName says whether a host's name claims to be this machine's.
func isLoopbackName(host string) bool {
	if address, err := netip.ParseAddr(host); err == nil {
		return placeOf(address) == loopback
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
