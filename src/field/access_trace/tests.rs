//! Tests of access traces: which are taken, which refused, and how coarse the coarse form is.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

const NOTHING: TraceParts<'_> = TraceParts { url: "", browser: "", device: "", ip: "", mail_signal: "" };

fn coarse(parts: TraceParts<'_>) -> Option<String> {
    AccessTrace::parse(parts).unwrap().coarse().map(|text| text.as_str().to_owned())
}

#[test]
fn the_coarse_form_names_families_and_networks_only() {
    let parts = TraceParts {
        url: "https://example.com/items/12345?user=hanako#top",
        browser: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1",
        device: "iPhone15,2",
        ip: "203.0.113.77",
        mail_signal: "opened 2026-06-01T10:00:00Z",
    };
    assert_eq!(coarse(parts).as_deref(), Some("example.com/items; Safari; iPhone; 203.0.113.0/24"));
}

#[test]
fn a_coarse_page_is_its_host_and_a_first_word() {
    let pages = [
        ("https://example.com", "example.com"),
        ("http://example.com/", "example.com"),
        ("https://example.com/my-page_a/secret", "example.com/my-page_a"),
        ("https://example.com/12345", "example.com"),
        ("https://example.com/user7", "example.com"),
        ("https://example.com/花子", "example.com"),
        ("https://example.com?token=abc", "example.com"),
        ("https://example.com/reset?token=abc", "example.com/reset"),
        ("https://example.com/reset#abc", "example.com/reset"),
        ("https://example.com/reset;session=abc", "example.com"),
        ("https://hanako:secret@example.com:8443/items", "example.com/items"),
        ("https://a@b@example.com/items", "example.com/items"),
        ("https://[2001:db8::1]:8443/items", "2001:db8::1/items"),
        ("https://例え.jp/items", "例え.jp/items"),
    ];
    for (url, page) in pages {
        assert_eq!(coarse(TraceParts { url, ..NOTHING }).as_deref(), Some(page), "{url}");
    }
}

#[test]
fn a_coarse_address_is_a_network() {
    let networks = [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::1", "::/48"),
    ];
    for (ip, network) in networks {
        assert_eq!(coarse(TraceParts { ip, ..NOTHING }).as_deref(), Some(network), "{ip}");
    }
}

#[test]
fn an_unknown_browser_or_device_is_other() {
    let parts = TraceParts { browser: "HanakoBrowser 1.0", device: "Hanako's fridge", ..NOTHING };
    assert_eq!(coarse(parts).as_deref(), Some("other; other"));
    let chromium_based = [("Chrome/137.0 Safari/537.36 Edg/137.0", "Edge"), ("Chrome/137.0 Safari/537.36", "Chrome")];
    for (browser, family) in chromium_based {
        assert_eq!(coarse(TraceParts { browser, ..NOTHING }).as_deref(), Some(family));
    }
}

#[test]
fn a_mail_signal_is_in_no_coarse_form_and_can_be_left_out() {
    let signal = TraceParts { mail_signal: "opened", ..NOTHING };
    assert_eq!(coarse(signal), None);
    assert!(AccessTrace::parse(signal).unwrap().without_mail_signal().is_none());
    let both = AccessTrace::parse(TraceParts { ip: "192.0.2.1", ..signal }).unwrap().without_mail_signal().unwrap();
    assert!(both.mail_signal().is_none());
    assert_eq!(both.expose_ip().unwrap().as_str(), "192.0.2.1");
}

#[test]
fn what_is_no_trace_is_refused_by_its_part() {
    assert_eq!(AccessTrace::parse(NOTHING).err(), Some(InvalidValue::Missing { part: "access_trace" }));
    let no_address = Some(InvalidValue::Malformed { part: "ip", expected: Expected::IpAddress });
    for ip in
        ["203.0.113", "203.0.113.256", "203.0.113.7/24", "2001:db8::1::2", "localhost", " ::1", "[::1]", "fe80::1%eth0"]
    {
        assert_eq!(AccessTrace::parse(TraceParts { ip, ..NOTHING }).err(), no_address, "{ip}");
    }
    let no_page = Some(InvalidValue::Malformed { part: "url", expected: Expected::WebAddress });
    for url in [
        "example.com",
        "ftp://example.com",
        "https://",
        "https:///x",
        "https://:80",
        "https://a b/",
        "javascript:1",
        "https://[::1",
    ] {
        assert_eq!(AccessTrace::parse(TraceParts { url, ..NOTHING }).err(), no_page, "{url}");
    }
    let control = AccessTrace::parse(TraceParts { browser: "a\nb", ..NOTHING }).err();
    assert_eq!(control, Some(InvalidValue::ControlCharacter { part: "browser" }));
    let long = ["https://example.com/", &"x".repeat(380)].concat();
    let refused = AccessTrace::parse(TraceParts { url: &long, ..NOTHING }).err();
    assert_eq!(refused, Some(InvalidValue::PartTooLong { part: "url", limit: 384 }));
    let (url, browser) = (["https://e.jp/", &"x".repeat(300)].concat(), "b".repeat(200));
    let refused = AccessTrace::parse(TraceParts { url: &url, browser: &browser, ..NOTHING }).err();
    assert_eq!(refused, Some(InvalidValue::TooLong { kind: Kind::AccessTrace, limit: 448 }));
}

#[test]
fn bytes_that_are_no_trace_do_not_decode() {
    for bytes in
        [&[0, 0, 0, 0, 0][..], &[0, 0, 0, 0, 5, 1, 2, 3, 4, 5], &[0, 0, 0, 0, 4, 1, 2, 3], &[0, 0, 0, 1, b'x'], &[]]
    {
        assert_eq!(codec::decode::<AccessTrace>(bytes).err(), Some(Malformed), "{bytes:?}");
    }
}
