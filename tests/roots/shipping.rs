//! Are erasures taken off the host by the operator's own command, and is it told where that command fails?

use std::fs;
use std::path::PathBuf;

use crate::site::{Ran, Server, Site};

/// A running vault, and the folder that is shipped to.
struct Desk {
    site: Site,
    server: Server,
    spool: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let site = Site::new(&[]);
        let server = site.serve(&[]);
        let spool = site.path("spool");
        fs::create_dir(&spool).unwrap();
        Self { site, server, spool }
    }

    fn ship(&self, command: &str) -> Ran {
        let spool = self.spool.display().to_string();
        self.site.call(&self.server, "operator", &["ledger", "ship", &spool, "--command", command])
    }

    /// The file that was shipped.
    fn shipped(&self) -> PathBuf {
        fs::read_dir(&self.spool).unwrap().next().unwrap().unwrap().path()
    }
}

#[test]
fn the_command_is_given_the_whole_file_and_what_it_prints_is_no_answer() {
    let desk = Desk::new();
    let elsewhere = desk.site.path("elsewhere");
    let copy = format!("echo copying; cp \"$1\" '{}'", elsewhere.display());
    for _ in 0..2 {
        let ran = desk.ship(&copy);
        assert!(ran.is_done && ran.error.contains("copying"), "{}", ran.error);
        assert_eq!(ran.answers.len(), 1);
        assert_eq!(fs::read(&elsewhere).unwrap(), fs::read(desk.shipped()).unwrap());
        // It is run at the first shipment, too, where there is nothing new: the one before may have failed.
        fs::remove_file(&elsewhere).unwrap();
    }
}

#[test]
fn a_command_that_fails_ends_the_shipment_and_says_how() {
    let desk = Desk::new();
    let ran = desk.ship("exit 3");
    assert!(!ran.is_done && ran.answers.is_empty(), "{:?}", ran.answers);
    assert!(ran.error.contains("did not take") && ran.error.contains("exit status: 3"), "{}", ran.error);
    assert!(!fs::read(desk.shipped()).unwrap().is_empty());
}
