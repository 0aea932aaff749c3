//! Service names that programs ask `getaddrinfo` for, since there is no `/etc/services`: port numbers as the IANA
//! assigned them.

/// Which transport a service is for.
const TCP: u8 = 1;
const UDP: u8 = 2;

const SERVICES: &[(&str, u16, u8)] = &[
    ("echo", 7, TCP | UDP),
    ("discard", 9, TCP | UDP),
    ("daytime", 13, TCP | UDP),
    ("chargen", 19, TCP | UDP),
    ("ftp-data", 20, TCP),
    ("ftp", 21, TCP),
    ("ssh", 22, TCP),
    ("telnet", 23, TCP),
    ("smtp", 25, TCP),
    ("time", 37, TCP | UDP),
    ("domain", 53, TCP | UDP),
    ("tftp", 69, UDP),
    ("gopher", 70, TCP),
    ("finger", 79, TCP),
    ("http", 80, TCP),
    ("pop3", 110, TCP),
    ("nntp", 119, TCP),
    ("ntp", 123, UDP),
    ("imap", 143, TCP),
    ("imap2", 143, TCP),
    ("snmp", 161, TCP | UDP),
    ("irc", 194, TCP | UDP),
    ("ldap", 389, TCP | UDP),
    ("https", 443, TCP | UDP),
    ("submissions", 465, TCP),
    ("syslog", 514, UDP),
    ("submission", 587, TCP),
    ("ldaps", 636, TCP | UDP),
    ("imaps", 993, TCP),
    ("pop3s", 995, TCP),
    ("socks", 1080, TCP),
    ("mysql", 3306, TCP),
    ("postgresql", 5432, TCP),
    ("mdns", 5353, UDP),
    ("amqp", 5672, TCP),
    ("redis", 6379, TCP),
    ("http-alt", 8080, TCP | UDP),
];

/// The port of a service over TCP (`stream`) or UDP.
pub fn port(name: &[u8], stream: bool) -> Option<u16> {
    let transport = if stream { TCP } else { UDP };
    SERVICES
        .iter()
        .find(|(service, _, transports)| service.as_bytes() == name && transports & transport != 0)
        .map(|&(_, port, _)| port)
}

#[cfg(test)]
mod tests {
    use super::port;

    #[test]
    fn services_depend_on_the_transport() {
        assert_eq!(port(b"http", true), Some(80));
        assert_eq!(port(b"http", false), None);
        assert_eq!(port(b"ntp", false), Some(123));
        assert_eq!(port(b"no such service", true), None);
    }
}
