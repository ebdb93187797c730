//! The identity of a client: read once a connection from the certificate the handshake verified.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use crate::model::caller::Identity;

/// The identity a verified end-entity certificate (DER) names.
///
/// It is the one `spiffe://` URI among its subject alternative names or, where there is no URI, the one DNS name. A
/// certificate that names none or several, or that does not parse to the end, names nobody: which of several names is
/// meant, only a guess could tell. The common name counts for nothing.
pub(super) fn of_certificate(der: &[u8]) -> Option<Identity> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let names = &certificate.subject_alternative_name().ok()??.value.general_names;
    let mut uris = Vec::new();
    let mut hosts = Vec::new();
    for name in names {
        match name {
            GeneralName::URI(uri) => uris.push(*uri),
            GeneralName::DNSName(host) => hosts.push(*host),
            GeneralName::Invalid(..) => return None,
            GeneralName::OtherName(..)
            | GeneralName::RFC822Name(_)
            | GeneralName::X400Address(_)
            | GeneralName::DirectoryName(_)
            | GeneralName::EDIPartyName(_)
            | GeneralName::IPAddress(_)
            | GeneralName::RegisteredID(_) => {}
        }
    }
    match (uris.as_slice(), hosts.as_slice()) {
        ([uri], _) if uri.starts_with("spiffe://") => Identity::parse(uri),
        ([], [host]) => Identity::parse(host),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::SanType;

    use super::*;
    use crate::rpc::trial::{Authority, dns, uri};

    fn named(names: Vec<SanType>) -> Option<String> {
        let certificate = Authority::new().certificate(names);
        of_certificate(&certificate).map(|identity| identity.to_string())
    }

    #[test]
    fn one_spiffe_uri_or_else_one_dns_name_is_the_identity() {
        let spiffe = "spiffe://market.example/shop";
        assert_eq!(named(vec![uri(spiffe)]).as_deref(), Some(spiffe));
        assert_eq!(named(vec![uri(spiffe), dns("shop.example"), dns("other.example")]).as_deref(), Some(spiffe));
        assert_eq!(named(vec![dns("shop.example")]).as_deref(), Some("shop.example"));
    }

    #[test]
    fn none_or_several_names_are_nobody() {
        let cases = [
            vec![],
            vec![uri("spiffe://market.example/shop"), uri("spiffe://market.example/other")],
            vec![uri("spiffe://market.example/shop"), uri("https://market.example/shop")],
            vec![uri("https://market.example/shop")],
            vec![uri("https://market.example/shop"), dns("shop.example")],
            vec![dns("shop.example"), dns("other.example")],
            vec![dns("*.example")],
            vec![dns("Shop.example")],
            vec![uri("spiffe://market.example")],
        ];
        for names in cases {
            assert_eq!(named(names.clone()), None, "{names:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_certificate_or_go_on_after_it_are_nobody() {
        let mut certificate = Authority::new().certificate(vec![dns("shop.example")]);
        certificate.push(0);
        assert_eq!(of_certificate(&certificate), None);
        assert_eq!(of_certificate(b"shop.example"), None);
    }
}
