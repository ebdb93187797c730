//! What a configuration is refused for, and on which line.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::config::environment::Environment;
use crate::config::restart::{NeedsRestart, needed};
use crate::config::settings::{Algorithm, Config, RootSource};
use crate::config::{Error, load, reload};
use crate::model::ids::PolicyVersion;
use crate::policy::table::Policy;

const POLICY: &str = include_str!("../../policies/imacocokara.toml");

const HEAD: &str = r#"[vault]
folder = "vault"
policy = "policy.toml"
cache = "64 MiB"

[root]
file = "root.key"

[server]
listen = "127.0.0.1:7443"
certificate = "server.pem"
key = "server.key"
client_ca = "ca.pem"
"#;

/// A folder with the files a configuration names, and a configuration of the head and what is added to it.
fn written(added: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.toml"), POLICY).unwrap();
    for name in ["server.pem", "server.key", "ca.pem", "portal.pem"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let file = folder.path().join("fubako.toml");
    fs::write(&file, format!("{HEAD}{added}")).unwrap();
    (folder, file)
}

fn loaded(added: &str) -> Result<Config, Error> {
    let (_folder, file) = written(added);
    load(&file, &Environment::default())
}

/// The findings as people read them, with the folder left out.
fn findings(added: &str) -> Vec<String> {
    let (folder, file) = written(added);
    told(folder.path(), load(&file, &Environment::default()))
}

fn told(folder: &Path, result: Result<Config, Error>) -> Vec<String> {
    let Error::Mistakes { findings, .. } = result.unwrap_err() else { unreachable!("the file can be read") };
    let folder = format!("{}/", folder.display());
    findings.iter().map(|finding| finding.to_string().replace(&folder, "")).collect()
}

fn told_without_folder(file: &Path) -> Vec<String> {
    told(file.parent().unwrap(), load(file, &Environment::default()))
}

/// The lines of the head and one more: where what is added begins.
fn line(after_head: usize) -> usize {
    HEAD.lines().count() + after_head
}

const SHOP: &str = r#"[[caller]]
name = "shop"
identity = "spiffe://market.example/shop"
roles = ["collector", "discloser"]
purposes = ["delivery", "transaction-with-seller"]
recipients = ["class:marketplace", "class:seller", "party:aoyama-books"]
"#;

#[test]
fn a_whole_configuration_is_read() {
    let issuer =
        "[[issuer]]\nname = \"portal\"\nalgorithm = \"ES256\"\npublic_key = \"portal.pem\"\naudience = \"v\"\n";
    let config = loaded(&format!("{SHOP}{issuer}")).unwrap();
    assert_eq!(config.vault().cache().to_string(), "64 MiB");
    assert_eq!(config.vault().policy_text(), POLICY);
    assert_eq!(config.server().listen().to_string(), "127.0.0.1:7443");
    assert!(!config.server().reflects());
    assert!(matches!(config.root(), RootSource::File(file) if file.ends_with("root.key")));
    let [shop] = config.callers() else { unreachable!() };
    assert_eq!((shop.purposes.len(), shop.classes.len(), shop.parties.len()), (2, 2, 1));
    let [portal] = config.issuers() else { unreachable!() };
    assert_eq!((portal.name(), portal.algorithm()), ("portal", Algorithm::Es256));
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_line() {
    let caller = r#"[[caller]]
name = "Shop"
identity = "https://market.example"
roles = ["seller"]
purposes = ["marketing"]
recipients = ["class:friend", "seller", "party:A b"]
records = ["promise"]
"#;
    let found = findings(caller);
    let lines: Vec<String> = [2, 3, 4, 5, 6, 6, 6, 7].iter().map(|after| format!("line {}", line(*after))).collect();
    assert_eq!(found.iter().map(|found| found.split(':').next().unwrap()).collect::<Vec<_>>(), lines);
    for (found, word) in found.iter().zip([
        "`Shop`",
        "`https://",
        "`seller`",
        "`marketing`",
        "`friend`",
        "`seller`",
        "`A b`",
        "`promise`",
    ]) {
        assert!(found.contains(word), "{found}");
    }
}

#[test]
fn unknown_and_missing_keys_are_told_at_once_with_every_other_mistake() {
    let found = findings("colour = \"red\"\n\n[sever]\nsmell = 1\n\n[[caller]]\nsize = 2\nroles = [\"king\"]\n");
    let told = |after: usize, words: &str| format!("line {}: {words}", line(after));
    let server = "`[server]` has no key `colour`; it may have listen, certificate, key, client_ca, reflection";
    let sections = "there is no `sever` in a configuration; there are [vault], [root], [ledger], [backup], [erasure], [keys], [metrics], [server], [[caller]], [[issuer]]";
    let caller = "`[[caller]]` has no key `size`; it may have name, identity, roles, purposes, recipients, records";
    let (name, identity) = ("`[[caller]]` needs `name`", "`[[caller]]` needs `identity`");
    let all = [told(1, server), told(3, sections), told(6, name), told(6, identity), told(7, caller)];
    assert_eq!(found, all);

    let found = findings("colour = \"red\"\n\n[[caller]]\nname = \"A\"\nidentity = \"a\"\nroles = [\"king\"]\n");
    assert!(found.len() == 3 && found.iter().any(|found| found.contains("there is no role `king`")), "{found:?}");
    let (_folder, file) = written("");
    fs::write(&file, "[vault]\nfolder = \"x\"\n").unwrap();
    let found = told_without_folder(&file);
    assert_eq!(found, ["there is no `[server]`; it is needed", "line 1: `[vault]` needs `policy`"]);
}

#[test]
fn sizes_with_which_no_vault_works_are_mistakes() {
    let with = |old: &str, new: &str| {
        let (_folder, file) = written("");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace(old, new)).unwrap();
        told_without_folder(&file)
    };
    let cache = "cache = \"64 MiB\"";
    for (stated, words) in [
        ("cache = \"1 B\"", "line 4: `cache` cannot be 1 B: at least 8 MiB, "),
        ("cache = \"900 TiB\"", "line 4: `cache` cannot be 900 TiB: at most "),
        ("disk_reserve = \"0 B\"", "line 4: `disk_reserve` cannot be 0 B: at least 16 MiB, "),
        ("expected_members = 0", "line 4: `expected_members` cannot be 0: at least 16, "),
        ("expected_members = 100_000_000_000", "line 4: `expected_members` cannot be 100000000000: at most "),
    ] {
        let found = with(cache, stated);
        assert!(found.len() == 1 && found.iter().all(|found| found.starts_with(words)), "{found:?}");
    }
}

#[test]
fn a_mistake_of_the_environment_names_its_variable() {
    let (folder, file) = written("");
    let environment = Environment::saying(None, Some("here"), None);
    assert_eq!(
        told(folder.path(), load(&file, &environment)),
        ["FUBAKO_LISTEN in the environment: `here` is not an address to listen on; write one such as `127.0.0.1:7443`"]
    );
}

#[test]
fn two_callers_with_one_name_or_one_identity_are_a_mistake() {
    let found = findings(&format!("{SHOP}{SHOP}"));
    let again = SHOP.lines().count();
    assert_eq!(
        found,
        [
            format!("line {}: caller `shop` is there already, on line {}", line(again + 2), line(2)),
            format!(
                "line {}: `spiffe://market.example/shop` is already the identity of caller `shop`; each caller needs its own",
                line(again + 3)
            ),
        ]
    );
}

#[test]
fn no_caller_is_called_what_the_vault_calls_itself() {
    let found = findings(&SHOP.replace("\"shop\"", "\"vault\""));
    let reserved = "no caller may be called `vault`: entries of that name tell of what the vault does by itself";
    assert_eq!(found, [format!("line {}: {reserved}", line(2))]);
}

#[test]
fn nobody_may_record_what_its_own_releases_rest_on() {
    let found = findings(&format!("{SHOP}records = [\"contract\", \"transaction\"]\n"));
    // The contract is found through the party, which might be registered as a subcontractor.
    let [first, second] = <[String; 2]>::try_from(found).unwrap();
    for (found, kind, class) in [(&first, "transaction", "marketplace"), (&second, "contract", "subcontractor")] {
        assert!(found.starts_with(&format!("line {}: caller `shop` may record a {kind}", line(7))), "{found}");
        assert!(found.contains(&format!("purpose `delivery` it may ask for recipients of class `{class}`")), "{found}");
    }
}

#[test]
fn a_kind_that_no_release_of_the_caller_rests_on_may_be_recorded() {
    let config = loaded(&format!("{SHOP}records = [\"legal-order\", \"transfer\"]\n")).unwrap();
    assert_eq!(config.callers().first().map(|caller| caller.records.len()), Some(2));
    let no_party = SHOP.replace(", \"party:aoyama-books\"", "");
    assert!(loaded(&format!("{no_party}records = [\"contract\"]\n")).is_ok(), "no row for its classes rests on one");
}

#[test]
fn a_running_vaults_callers_are_checked_against_the_policy_in_force() {
    let (folder, file) = written(&format!("{SHOP}records = [\"transaction\"]\n"));
    let in_force = Policy::parse(POLICY).unwrap();
    // By this newer file, which needs a restart, no release of the shop rests on a sale.
    let newer = POLICY.replace("\nversion = 1\n", "\nversion = 2\n");
    fs::write(folder.path().join("policy.toml"), newer.replace("kind = \"transaction\"", "kind = \"consent\""))
        .unwrap();
    assert!(load(&file, &Environment::default()).is_ok());
    let found = told(folder.path(), reload(&file, &Environment::default(), &in_force));
    assert!(found.iter().any(|found| found.contains("may record a transaction")), "{found:?}");
}

#[test]
fn a_reload_tells_which_changes_need_a_restart() {
    let (folder, file) = written("");
    let running = load(&file, &Environment::default()).unwrap();
    let in_force = Policy::parse(POLICY).unwrap();
    assert_eq!(needed(&running, &running, &in_force), []);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("64 MiB", "65 MiB").replace(":7443", ":7444")).unwrap();
    fs::write(folder.path().join("policy.toml"), format!("{POLICY}# more\n")).unwrap();
    let read = reload(&file, &Environment::default(), &in_force).unwrap();
    let [cache, listen] = ["[vault] cache", "[server] listen"].map(NeedsRestart::Setting);
    let words = NeedsRestart::PolicyWords(PolicyVersion(1));
    assert_eq!(needed(&running, &read, &in_force), [cache, listen, words]);
    fs::write(folder.path().join("policy.toml"), POLICY.replace("\nversion = 1\n", "\nversion = 2\n")).unwrap();
    let read = reload(&file, &Environment::default(), &in_force).unwrap();
    let version = NeedsRestart::PolicyVersion { named: PolicyVersion(2), in_force: PolicyVersion(1) };
    assert!(needed(&running, &read, &in_force).contains(&version));
}

#[test]
fn a_vault_has_exactly_one_root_key() {
    let (folder, file) = written("");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("[root]\nfile = \"root.key\"\n", "")).unwrap();
    let found = told(folder.path(), load(&file, &Environment::default()));
    let ways =
        "one of `file`, `passphrase_file`, `prompt = true`, `shares = true`, `pkcs11_module` and `transit_address`";
    assert_eq!(found, [format!("no root key: give `[root]` {ways}")]);
    fs::write(&file, text.replace("[root]\n", "[root]\nprompt = true\n")).unwrap();
    let found = told(folder.path(), load(&file, &Environment::default()));
    let [found] = <[String; 1]>::try_from(found).unwrap();
    assert!(found.starts_with("line 7: more than one root key: keep one of `file`, `passphrase_file`, "), "{found}");
}

#[test]
fn a_root_key_kept_by_others_is_named_whole_or_refused() {
    let (folder, file) = written("");
    let text = fs::read_to_string(&file).unwrap();
    let with = |root: &str| {
        fs::write(&file, text.replace("file = \"root.key\"", root)).unwrap();
        load(&file, &Environment::default())
    };
    assert_eq!(with("shares = true").unwrap().root(), &RootSource::Shares);
    let token = "transit_address = \"https://bao:8200\"\ntransit_key = \"fubako\"\ntransit_token_file = \"token\"";
    let config = with(token).unwrap();
    let RootSource::Transit(transit) = config.root() else { unreachable!("{config:?}") };
    assert_eq!((transit.mount.as_str(), transit.token_file.as_path()), ("transit", &*folder.path().join("token")));
    let hsm = "pkcs11_module = \"/usr/lib/hsm.so\"\npkcs11_token = \"vault\"\npkcs11_key = \"root\"";
    let config = with(hsm).unwrap();
    let RootSource::Pkcs11(hsm) = config.root() else { unreachable!("{config:?}") };
    assert_eq!((hsm.module.as_path(), hsm.pin_file.as_ref()), (Path::new("/usr/lib/hsm.so"), None));

    for (root, words) in [
        (
            "pkcs11_token = \"t\"",
            "`pkcs11_token` alone leads to no root key: `[root]` also needs `pkcs11_module` and `pkcs11_key`",
        ),
        ("pkcs11_pin_file = \"p\"", "needs `pkcs11_module` and `pkcs11_token` and `pkcs11_key`"),
        ("transit_key = \"k\"", "needs `transit_address` and `transit_token_file`"),
        ("transit_mount = \"m\"", "needs `transit_address` and `transit_key` and `transit_token_file`"),
        ("shares = true\npkcs11_token = \"t\"", "more than one root key"),
        ("shares = false", "no root key"),
    ] {
        let found = told(folder.path(), with(root));
        assert!(found.len() == 1 && found.iter().all(|found| found.contains(words)), "{found:?}");
    }
}

#[test]
fn sizes_addresses_and_files_are_checked() {
    let (folder, file) = written("");
    let text = fs::read_to_string(&file).unwrap();
    let wrong = text.replace("64 MiB", "lots").replace("127.0.0.1:7443", "here").replace("server.key", "gone.key");
    fs::write(&file, wrong).unwrap();
    assert_eq!(
        told(folder.path(), load(&file, &Environment::default())),
        [
            "line 4: `lots` is not a size; write a number with its unit, such as `512 MiB`",
            "line 10: `here` is not an address to listen on; write one such as `127.0.0.1:7443`",
            "line 12: cannot read `gone.key`: there is no such file",
        ]
    );
}

#[test]
fn the_mistakes_of_the_policy_are_told_with_its_lines() {
    let (folder, file) = written("");
    fs::write(folder.path().join("policy.toml"), POLICY.replace("clause = \"2.a\"", "clause = \"9.z\"")).unwrap();
    let found = told(folder.path(), load(&file, &Environment::default()));
    assert!(
        found.first().is_some_and(|found| found.starts_with("line 3: the policy `policy.toml` has a mistake on line "))
    );
}

#[test]
fn the_environment_overrides_the_file() {
    let (_folder, file) = written("");
    let environment = Environment::saying(Some("/srv/data"), Some("[::]:9000"), Some("/mnt/key"));
    let config = load(&file, &environment).unwrap();
    assert_eq!(config.vault().folder(), Path::new("/srv/data"));
    assert_eq!(config.server().listen().port(), 9000);
    assert_eq!(config.root(), &RootSource::File("/mnt/key".into()));
}

#[test]
fn an_issuer_needs_its_parts_and_its_own_name() {
    let issuer = "[[issuer]]\nname = \"portal\"\nalgorithm = \"HS256\"\npublic_key = \"none.pem\"\naudience = \"\"\n";
    let found = findings(issuer);
    let told = |after: usize, words: &str| format!("line {}: {words}", line(after));
    assert_eq!(
        found,
        [
            told(3, "there is no algorithm `HS256`; there are `EdDSA`, `ES256`"),
            told(4, "cannot read `none.pem`: there is no such file"),
            told(5, "an issuer's `audience` must not be empty"),
        ]
    );
    let good = "[[issuer]]\nname = \"portal\"\nalgorithm = \"EdDSA\"\npublic_key = \"portal.pem\"\naudience = \"v\"\n";
    let taken = format!("issuer `portal` is there already, on line {}", line(2));
    assert_eq!(findings(&format!("{good}{good}")), [told(7, &taken)]);
}

#[test]
fn a_file_that_is_not_there_is_told_so() {
    let missing = load(Path::new("nowhere.toml"), &Environment::default());
    assert_eq!(missing.unwrap_err().to_string(), "cannot read the configuration `nowhere.toml`");
}

#[test]
fn a_grace_period_is_none_unless_it_is_said_and_three_months_at_most() {
    assert_eq!(loaded("").unwrap().erasure().grace_days(), 0);
    assert_eq!(loaded("[erasure]\ngrace_days = 14\n").unwrap().erasure().grace_days(), 14);
    assert!(findings("[erasure]\ngrace_days = 91\n").iter().any(|found| found.contains("`grace_days`")));
}

#[test]
fn a_schedule_names_keys_that_are_rotated_and_days_that_can_be() {
    let keys = loaded("[keys]\nrotate_every_days = { contact = 90, index = 365 }\n").unwrap();
    let named: Vec<_> = keys.keys().schedule().days().iter().map(|(key, days)| format!("{key} {days}")).collect();
    assert_eq!(named, ["contact 90", "index 365"]);
    assert!(loaded("").unwrap().keys().schedule().days().is_empty());
    let found = findings("[keys]\nrotate_every_days = { kontact = 90, ledger-202611 = 1, card = 0 }\n");
    let told = |words: &str| found.iter().any(|found| found.contains(words));
    assert!(
        told("no key `kontact`") && told("no key `ledger-202611`") && told("`rotate_every_days` cannot be 0"),
        "{found:?}"
    );
}

#[test]
fn metrics_are_off_unless_an_address_is_said() {
    assert_eq!(loaded("").unwrap().metrics().listen(), None);
    let on = loaded("[metrics]\nlisten = \"127.0.0.1:9464\"\n").unwrap();
    assert_eq!(on.metrics().listen(), "127.0.0.1:9464".parse().ok());
    assert!(findings("[metrics]\nlisten = \"here\"\n").iter().any(|found| found.contains("`here` is not an address")));
}
