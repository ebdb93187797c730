//! Access traces: what a visit to the site left behind.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use zeroize::Zeroizing;

use crate::field::codec::{self, Encoded, Malformed, Reader, Writer};
use crate::field::invalid::{Expected, InvalidValue};
use crate::field::kind::Kind;
use crate::field::part::Part;
use crate::field::private_text::PrivateText;
use crate::field::silent::{silent_debug, silent_debug_borrowed};

/// The traces of one access; at least one of them is there.
pub struct AccessTrace {
    url: Option<PrivateText>,
    browser: Option<PrivateText>,
    device: Option<PrivateText>,
    ip: Option<Ip>,
    mail_signal: Option<PrivateText>,
}

/// A trace as it comes in; every part may be empty, but not all.
#[derive(Clone, Copy, Default)]
pub struct TraceParts<'a> {
    /// The page, at most 384 bytes.
    pub url: &'a str,
    /// The browser's name and version, at most 256 bytes.
    pub browser: &'a str,
    /// The kind of device, at most 128 bytes.
    pub device: &'a str,
    /// The IPv4 or IPv6 address.
    pub ip: &'a str,
    /// Whether and when a mail was opened, at most 128 bytes.
    pub mail_signal: &'a str,
}

impl AccessTrace {
    /// Takes a trace; an IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is taken for what it is.
    pub fn parse(parts: TraceParts<'_>) -> Result<Self, InvalidValue> {
        let url = URL.optional(parts.url)?;
        if url.is_some() && host_and_path(parts.url).is_none() {
            return Err(InvalidValue::Malformed { part: URL.name(), expected: Expected::WebAddress });
        }
        let trace = Self {
            url,
            browser: BROWSER.optional(parts.browser)?,
            device: DEVICE.optional(parts.device)?,
            ip: if parts.ip.is_empty() { None } else { Some(Ip::parse(parts.ip)?) },
            mail_signal: MAIL_SIGNAL.optional(parts.mail_signal)?,
        };
        if trace.is_empty() {
            return Err(InvalidValue::Missing { part: "access_trace" });
        }
        codec::within_cap(trace)
    }

    /// The trace without its mail signal, for a member who refuses those; nothing, if nothing else was in it.
    #[must_use]
    pub fn without_mail_signal(mut self) -> Option<Self> {
        self.mail_signal = None;
        (!self.is_empty()).then_some(self)
    }

    /// The page, if it was recorded.
    #[must_use]
    pub const fn url(&self) -> Option<&PrivateText> {
        self.url.as_ref()
    }

    /// The browser's name and version, if recorded.
    #[must_use]
    pub const fn browser(&self) -> Option<&PrivateText> {
        self.browser.as_ref()
    }

    /// The kind of device, if recorded.
    #[must_use]
    pub const fn device(&self) -> Option<&PrivateText> {
        self.device.as_ref()
    }

    /// The IP address in text, if recorded, for whoever may hand it out; each call says why.
    #[must_use]
    pub fn expose_ip(&self) -> Option<Zeroizing<String>> {
        self.ip.as_ref().map(|ip| Zeroizing::new(ip.address().to_string()))
    }

    /// Whether and when a mail was opened, if recorded.
    #[must_use]
    pub const fn mail_signal(&self) -> Option<&PrivateText> {
        self.mail_signal.as_ref()
    }

    /// What helps to find a fault and singles out nobody, as far as it was recorded, with `; ` between:
    /// `example.com/items; Firefox; iPhone; 203.0.113.0/24`.
    ///
    /// - of the page: the host and the first segment of the path, and that only if it is a word (letters, `-`, `_`): no
    ///   user name, port, number, query or fragment;
    /// - of the browser and the device: the family, `other` if it is not a common one;
    /// - of the address: its network of 24 bits (IPv4) or 48 bits (IPv6);
    /// - of the mail signal: nothing.
    pub(super) fn coarse(&self) -> Option<Zeroizing<String>> {
        let url = self.url.as_ref().and_then(|url| coarse_page(url.text()));
        let browser = self.browser.as_ref().map(|browser| family(browser.text(), BROWSERS));
        let device = self.device.as_ref().map(|device| family(device.text(), DEVICES));
        let network = self.ip.as_ref().map(Ip::network);
        let parts = [url.as_deref().map(String::as_str), browser, device, network.as_deref().map(String::as_str)];
        let text = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
        (!text.is_empty()).then(|| Zeroizing::new(text))
    }

    const fn is_empty(&self) -> bool {
        let nothing_read = self.url.is_none() && self.browser.is_none() && self.device.is_none();
        nothing_read && self.ip.is_none() && self.mail_signal.is_none()
    }
}

impl Encoded for AccessTrace {
    const KIND: Kind = Kind::AccessTrace;

    fn write(&self, to: &mut Writer) {
        for part in [&self.url, &self.browser, &self.device, &self.mail_signal] {
            to.optional(part.as_ref());
        }
        match &self.ip {
            None => to.length(0),
            Some(Ip::V4(octets)) => {
                to.length(octets.len());
                to.fixed(&**octets);
            }
            Some(Ip::V6(octets)) => {
                to.length(octets.len());
                to.fixed(&**octets);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (url, browser, device) = (from.optional()?, from.optional()?, from.optional()?);
        let mail_signal = from.optional()?;
        let ip = match from.length()? {
            0 => None,
            4 => Some(Ip::V4(Zeroizing::new(from.fixed()?))),
            16 => Some(Ip::V6(Zeroizing::new(from.fixed()?))),
            _ => return Err(Malformed),
        };
        let trace = Self { url, browser, device, ip, mail_signal };
        if trace.is_empty() { Err(Malformed) } else { Ok(trace) }
    }
}

silent_debug!(AccessTrace);
silent_debug_borrowed!(TraceParts);

/// An IP address that can be wiped.
enum Ip {
    V4(Zeroizing<[u8; 4]>),
    V6(Zeroizing<[u8; 16]>),
}

impl Ip {
    fn parse(text: &str) -> Result<Self, InvalidValue> {
        let address: IpAddr =
            text.parse().map_err(|_| InvalidValue::Malformed { part: "ip", expected: Expected::IpAddress })?;
        Ok(match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(Zeroizing::new(address.octets())),
            IpAddr::V6(address) => Self::V6(Zeroizing::new(address.octets())),
        })
    }

    fn address(&self) -> IpAddr {
        match self {
            Self::V4(octets) => Ipv4Addr::from(**octets).into(),
            Self::V6(octets) => Ipv6Addr::from(**octets).into(),
        }
    }

    /// The network it lies in: 24 bits of an IPv4, 48 of an IPv6 address, what a provider gives to many customers or to
    /// one site.
    fn network(&self) -> Zeroizing<String> {
        Zeroizing::new(match self.address() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                format!("{}/24", Ipv4Addr::new(a, b, c, 0))
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
            }
        })
    }
}

/// The host and the first segment of the path, where it is a word.
fn coarse_page(url: &str) -> Option<Zeroizing<String>> {
    let (host, path) = host_and_path(url)?;
    let segment = path.split('/').next().unwrap_or_default();
    let is_word = segment.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'));
    let parts = if is_word && !segment.is_empty() { [host, "/", segment] } else { [host, "", ""] };
    Some(Zeroizing::new(parts.concat()))
}

/// The host, without user name and port, and the path after its first `/`, without query and fragment.
fn host_and_path(url: &str) -> Option<(&str, &str)> {
    let after_scheme = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let without_query = after_scheme.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = without_query.split_once('/').unwrap_or((without_query, ""));
    let with_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // The colons of an IPv6 address lie inside its brackets.
    let host = match with_port.split_once(']') {
        Some((address, _)) => address.strip_prefix('['),
        None => with_port.split(':').next(),
    }?;
    let stands_in_a_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    (!host.is_empty() && host.chars().all(stands_in_a_host)).then_some((host, path))
}

/// The first family whose mark the text has.
fn family(text: &str, families: &[(&str, &'static str)]) -> &'static str {
    families.iter().find(|(mark, _)| text.contains(mark)).map_or("other", |(_, family)| family)
}

const URL: Part = Part::formal("url", 384);
const BROWSER: Part = Part::formal("browser", 256);
const DEVICE: Part = Part::formal("device", 128);
const MAIL_SIGNAL: Part = Part::formal("mail_signal", 128);

/// Marks of browsers and their families, those first that also bear the marks of others.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Opera", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Samsung Internet", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
];

/// Marks of devices and their families, those first that also bear the marks of others.
const DEVICES: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Pixel", "Android"),
    ("Galaxy", "Android"),
    ("Xperia", "Android"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac", "Mac"),
    ("Linux", "Linux"),
];

#[cfg(test)]
mod tests;
