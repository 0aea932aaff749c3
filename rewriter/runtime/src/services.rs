//! Service names that programs ask `getaddrinfo` and `getnameinfo` for, since there is no `/etc/services`: port numbers as the IANA
//! assigned them.

/// Which transport a service is for.
const TCP: u8 = 1;
const UDP: u8 = 2;

/// A port's first line has its name, further ones other names that programs use.
const SERVICES: &[(&str, u16, u8)] = &[
    ("tcpmux", 1, TCP),
    ("echo", 7, TCP | UDP),
    ("discard", 9, TCP | UDP),
    ("sink", 9, TCP | UDP),
    ("systat", 11, TCP),
    ("daytime", 13, TCP | UDP),
    ("netstat", 15, TCP),
    ("qotd", 17, TCP),
    ("chargen", 19, TCP | UDP),
    ("ftp-data", 20, TCP),
    ("ftp", 21, TCP),
    ("ssh", 22, TCP),
    ("telnet", 23, TCP),
    ("smtp", 25, TCP),
    ("mail", 25, TCP),
    ("time", 37, TCP | UDP),
    ("whois", 43, TCP),
    ("tacacs", 49, TCP | UDP),
    ("domain", 53, TCP | UDP),
    ("bootps", 67, UDP),
    ("bootpc", 68, UDP),
    ("tftp", 69, UDP),
    ("gopher", 70, TCP),
    ("finger", 79, TCP),
    ("http", 80, TCP),
    ("www", 80, TCP),
    ("kerberos", 88, TCP | UDP),
    ("pop3", 110, TCP),
    ("sunrpc", 111, TCP | UDP),
    ("auth", 113, TCP),
    ("nntp", 119, TCP),
    ("ntp", 123, UDP),
    ("epmap", 135, TCP),
    ("netbios-ns", 137, UDP),
    ("netbios-dgm", 138, UDP),
    ("netbios-ssn", 139, TCP),
    ("imap2", 143, TCP),
    ("imap", 143, TCP),
    ("snmp", 161, TCP | UDP),
    ("snmp-trap", 162, TCP | UDP),
    ("bgp", 179, TCP),
    ("irc", 194, TCP | UDP),
    ("ldap", 389, TCP | UDP),
    ("https", 443, TCP | UDP),
    ("microsoft-ds", 445, TCP),
    ("kpasswd", 464, TCP),
    ("submissions", 465, TCP),
    ("isakmp", 500, UDP),
    ("exec", 512, TCP),
    ("biff", 512, UDP),
    ("login", 513, TCP),
    ("who", 513, UDP),
    ("shell", 514, TCP),
    ("syslog", 514, UDP),
    ("printer", 515, TCP),
    ("talk", 517, UDP),
    ("ntalk", 518, UDP),
    ("route", 520, UDP),
    ("uucp", 540, TCP),
    ("rtsp", 554, TCP | UDP),
    ("submission", 587, TCP),
    ("ipp", 631, TCP),
    ("ldaps", 636, TCP | UDP),
    ("domain-s", 853, TCP | UDP),
    ("rsync", 873, TCP),
    ("ftps-data", 989, TCP),
    ("ftps", 990, TCP),
    ("telnets", 992, TCP),
    ("imaps", 993, TCP),
    ("pop3s", 995, TCP),
    ("socks", 1080, TCP),
    ("openvpn", 1194, TCP | UDP),
    ("ms-sql-s", 1433, TCP),
    ("radius", 1812, TCP | UDP),
    ("radius-acct", 1813, TCP | UDP),
    ("nfs", 2049, TCP | UDP),
    ("cvspserver", 2401, TCP),
    ("iscsi-target", 3260, TCP),
    ("mysql", 3306, TCP),
    ("ms-wbt-server", 3389, TCP),
    ("distcc", 3632, TCP),
    ("svn", 3690, TCP),
    ("sip", 5060, TCP | UDP),
    ("xmpp-client", 5222, TCP),
    ("xmpp-server", 5269, TCP),
    ("mdns", 5353, UDP),
    ("postgresql", 5432, TCP),
    ("amqps", 5671, TCP),
    ("amqp", 5672, TCP),
    ("x11", 6000, TCP),
    ("redis", 6379, TCP),
    ("ircs-u", 6697, TCP),
    ("http-alt", 8080, TCP | UDP),
    ("git", 9418, TCP),
];

/// The port of a service over TCP (`stream`) or UDP.
pub fn port(name: &[u8], stream: bool) -> Option<u16> {
    let transport = if stream { TCP } else { UDP };
    SERVICES
        .iter()
        .find(|(service, _, transports)| service.as_bytes() == name && transports & transport != 0)
        .map(|&(_, port, _)| port)
}

/// The name of a port of TCP (`stream`) or UDP.
pub fn name(port: u16, stream: bool) -> Option<&'static str> {
    let transport = if stream { TCP } else { UDP };
    SERVICES
        .iter()
        .find(|&&(_, number, transports)| number == port && transports & transport != 0)
        .map(|&(service, _, _)| service)
}

#[cfg(test)]
mod tests {
    use super::{name, port};

    #[test]
    fn services_depend_on_the_transport() {
        assert_eq!(port(b"http", true), Some(80));
        assert_eq!(port(b"http", false), None);
        assert_eq!(port(b"ntp", false), Some(123));
        assert_eq!(port(b"no such service", true), None);
    }

    #[test]
    fn ports_depend_on_the_transport() {
        assert_eq!(name(80, true), Some("http"));
        assert_eq!(name(514, true), Some("shell"));
        assert_eq!(name(514, false), Some("syslog"));
        assert_eq!(name(9999, true), None);
    }
}
