package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// peer is the address at the other end of the connection.
func peer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// trusted reports whether an address is that of a proxy of ours.
func (h *Handler) trusted(at netip.Addr) bool {
	for _, p := range h.o.TrustFrom {
		if p.Contains(at) {
			return true
		}
	}
	return false
}

// clientAddress is the address of who asks. Behind a proxy of ours it is what that
// says; what others say of themselves counts for nothing.
func (h *Handler) clientAddress(r *http.Request) string {
	at := peer(r)
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(said) - 1; i >= 0 && h.trusted(at); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(said[i]))
		if err != nil {
			break
		}
		at = next.Unmap().WithZone("")
	}
	return at.String()
}

// proxyUser is the name that a proxy of ours gives the visitor; empty if it gives
// none, and if it is not of ours.
func (h *Handler) proxyUser(r *http.Request) string {
	if h.o.TrustHeader == "" || !h.trusted(peer(r)) {
		return ""
	}
	all := r.Header.Values(h.o.TrustHeader)
	if len(all) != 1 { // one of them may be the visitor's own
		return ""
	}
	return strings.TrimSpace(all[0])
}
