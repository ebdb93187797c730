//! The configuration of the development kit, as it is written to its file.

use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::cli::dev::callers::{CALLERS, Reach, SampleCaller};
use crate::cli::dev::kit::Scale;
use crate::policy::table::Policy;

/// The configuration's text, for a server on that address.
pub(super) fn text(listen: SocketAddr, scale: Scale, policy: &Policy) -> String {
    let mut text = format!("{HEAD}{}", frame(listen, scale));
    for caller in CALLERS {
        text.push_str(&block(caller, policy));
    }
    text
}

fn frame(listen: SocketAddr, scale: Scale) -> String {
    let size = match scale {
        Scale::Trial => "cache = \"64 MiB\"\ndisk_reserve = \"64 MiB\"\nexpected_members = 10_000".to_owned(),
        Scale::Members(members) => format!("expected_members = {members}"),
    };
    format!(
        "
[vault]
folder = \"vault\"
policy = \"policy.toml\"
{size}

[root]
file = \"root.key\"

[server]
listen = \"{listen}\"
certificate = \"server.pem\"
key = \"server.key\"
client_ca = \"ca.pem\"
reflection = true

[[issuer]]
name = \"{ISSUER}\"
algorithm = \"EdDSA\"
public_key = \"issuer.pem\"
audience = \"{AUDIENCE}\"
"
    )
}

fn block(caller: &SampleCaller, policy: &Policy) -> String {
    let roles = list(caller.roles.iter().map(|role| role.name()));
    let (name, who, identity) = (caller.name, caller.who, caller.identity());
    let mut text = format!("\n# {who}\n[[caller]]\nname = \"{name}\"\nidentity = \"{identity}\"\nroles = [{roles}]\n");
    let recipients = match caller.reach {
        Reach::Nobody => String::new(),
        Reach::Classes(classes) => list(classes.iter().map(|class| format!("class:{class}"))),
        Reach::Itself(_) => list([format!("party:{name}")]),
    };
    let lists = [
        ("purposes", list(caller.purposes(policy))),
        ("recipients", recipients),
        ("records", list(caller.records.iter().map(|kind| kind.name()))),
    ];
    for (key, list) in lists.iter().filter(|(_, list)| !list.is_empty()) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{key} = [{list}]");
    }
    text
}

fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| format!("\"{}\"", item.as_ref())).collect::<Vec<_>>().join(", ")
}

const HEAD: &str = "# Made for development by this program: the root key lies beside the vault, and every private key \
beside its
# certificate. Never put real data into it.
";

/// The name of the kit's issuer of assertions.
pub(super) const ISSUER: &str = "portal";
/// Whom its assertions are for.
pub(super) const AUDIENCE: &str = "fubako";
