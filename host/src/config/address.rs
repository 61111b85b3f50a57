//! Which addresses a bucket can have.

use super::origin::is_localhost;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Alibaba Cloud's metadata service: it hands the credentials of the machine's role to whoever asks. It lies within
/// 100.64.0.0/10, where the internal endpoints of OSS are, so it has to be named.
const METADATA: Ipv4Addr = Ipv4Addr::new(100, 100, 100, 200);

/// What else than public addresses an endpoint may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AddressRule {
    /// The loopback addresses: only where the endpoint is this machine by its own words.
    pub(crate) loopback: bool,
    /// Private networks: not where the endpoint is one of OSS's public names, which have no business there. Whoever
    /// points such a name at a private address has taken over the name.
    pub(crate) private: bool,
    /// The metadata service's address: only where the config chose the instance's role, and for that alone.
    pub(crate) metadata: bool,
}

/// Whether a host is this machine by its own words: by an address, or as `localhost`.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.parse::<IpAddr>()
        .map_or_else(|_| is_localhost(&host.to_ascii_lowercase()), |it| it.to_canonical().is_loopback())
}

impl AddressRule {
    /// Any address: for who was named by the operator, such as a proxy.
    pub(crate) const ANY: Self = Self { loopback: true, private: true, metadata: true };

    /// Whether a connection to this address is allowed.
    pub(crate) fn includes(self, address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(address) => self.includes_v4(address),
            IpAddr::V6(address) => match embedded(address) {
                Some(inner) => self.includes_v4(inner),
                None => self.includes_v6(address),
            },
        }
    }

    fn includes_v4(self, address: Ipv4Addr) -> bool {
        if address == METADATA {
            return self.metadata;
        }
        let never =
            address.octets()[0] == 0 || address.is_link_local() || address.is_multicast() || address.octets()[0] >= 240;
        !never && (self.loopback || !address.is_loopback()) && (self.private || !address.is_private())
    }

    fn includes_v6(self, address: Ipv6Addr) -> bool {
        let site_local = address.segments()[0] & 0xffc0 == 0xfec0;
        let never = address.is_unspecified() || address.is_multicast() || address.is_unicast_link_local() || site_local;
        !never && (self.loopback || !address.is_loopback()) && (self.private || !address.is_unique_local())
    }
}

/// The IPv4 address that NAT64 (64:ff9b::/96), 6to4 (2002::/16) or the old IPv4-compatible form (::/96) leads to.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let at = |index: usize| Ipv4Addr::new(octets[index], octets[index + 1], octets[index + 2], octets[index + 3]);
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => Some(at(12)),
        [0x2002, ..] => Some(at(2)),
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => Some(at(12)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: AddressRule = AddressRule { loopback: false, private: false, metadata: false };
    const PRIVATE: AddressRule = AddressRule { loopback: false, private: true, metadata: false };
    const LOCAL: AddressRule = AddressRule { loopback: true, private: true, metadata: false };

    fn includes(reach: AddressRule, address: &str) -> bool {
        reach.includes(address.parse().unwrap())
    }

    #[test]
    fn no_endpoint_reaches_metadata_or_link_local_or_nowhere() {
        for address in [
            "100.100.100.200",
            "::ffff:100.100.100.200",
            "::100.100.100.200",
            "64:ff9b::6464:64c8",
            "2002:6464:64c8::1",
            "169.254.169.254",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "fe80::1",
            "ff02::1",
            "fec0::1",
        ] {
            for reach in [PUBLIC, PRIVATE, LOCAL] {
                assert!(!includes(reach, address), "{address} {reach:?}");
            }
        }
    }

    #[test]
    fn the_metadata_service_is_for_the_role_of_the_instance() {
        let role = AddressRule { metadata: true, ..PUBLIC };
        assert!(includes(role, "100.100.100.200"));
        for address in ["169.254.169.254", "127.0.0.1", "10.0.0.1", "0.0.0.0"] {
            assert!(!includes(role, address), "{address}");
        }
    }

    #[test]
    fn loopback_is_for_local_endpoints_and_private_networks_not_for_public_ones() {
        for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(!includes(PUBLIC, address) && !includes(PRIVATE, address) && includes(LOCAL, address), "{address}");
        }
        for address in ["10.0.0.1", "172.16.0.1", "192.168.1.1", "fd00::1"] {
            assert!(!includes(PUBLIC, address) && includes(PRIVATE, address), "{address}");
        }
    }

    #[test]
    fn public_addresses_and_the_internal_endpoints_are_reached() {
        for address in ["118.31.219.190", "100.118.28.50", "2408:4001::1", "64:ff9b::761f:dbbe"] {
            assert!(includes(PUBLIC, address), "{address}");
        }
    }
}
