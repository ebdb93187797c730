//! Is the page whole, does it load and run nothing, and does other people's text stay text?

use super::*;
use crate::cli::report::Record;
use crate::cli::report::fixture::{HOSTILE, Year, party, policy, purpose, release, row};

fn busy() -> String {
    render(&Year::busy().content(Record::Both))
}

/// The names of the elements that are open at the end of a page, and of those closed that were not open.
fn unbalanced(page: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let mut wrong = Vec::new();
    for tag in page.split('<').skip(1) {
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        if ["meta", "br", ""].contains(&name.as_str()) {
            continue;
        }
        if !tag.starts_with('/') {
            open.push(name);
        } else if open.pop().as_deref() != Some(&name) {
            wrong.push(name);
        }
    }
    open.into_iter().chain(wrong).collect()
}

#[test]
fn every_element_is_closed_where_it_was_opened() {
    assert_eq!(unbalanced(&busy()), Vec::<String>::new());
    assert_eq!(unbalanced(&render(&Year::quiet(Vec::new()).content(Record::Both))), Vec::<String>::new());
}

#[test]
fn the_page_loads_and_runs_nothing() {
    let page = busy();
    for forbidden in ["<script", "<link", "<img", "<iframe", " src=", " href=", "url(", "@import", "javascript:", " on"]
    {
        let inside_tags = page.split('<').filter_map(|tag| tag.split('>').next());
        let found = inside_tags.filter(|tag| format!("<{tag}").contains(forbidden)).count();
        assert_eq!(found, 0, "{forbidden}");
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn what_parties_call_themselves_stays_text_and_keeps_its_direction() {
    let page = busy();
    let escaped = "&lt;script&gt;alert('1')&lt;/script&gt;&quot;, &amp; =HYPERLINK(&quot;";
    assert!(page.contains(&format!("<bdi class=\"title\">{escaped}")), "{page}");
    assert!(page.contains("株式会社青山書店") && page.contains("Imacocokara &amp; Co."));
}

#[test]
fn hostile_text_in_every_place_of_an_entry_stays_text() {
    let mut year = Year::busy();
    let mut entry = release(7, HOSTILE, HOSTILE, HOSTILE);
    for text in [&mut entry.caller, &mut entry.member_id, &mut entry.entry_id] {
        HOSTILE.clone_into(text);
    }
    entry.basis_ids = vec![HOSTILE.to_owned()];
    entry.fields[0].field = HOSTILE.to_owned();
    entry.fields[0].forms = vec![HOSTILE.to_owned()];
    year.entries = vec![entry];
    year.policies = vec![policy(1, vec![purpose(HOSTILE, HOSTILE, HOSTILE, vec![row(HOSTILE)])])];
    let page = render(&year.content(Record::Both));
    assert!(!page.contains("<script") && page.contains("&lt;script"));
    assert_eq!(unbalanced(&page), Vec::<String>::new());
}

#[test]
fn a_party_nobody_knows_any_more_is_named_by_its_id() {
    let page = busy();
    assert!(page.contains("<bdi class=\"title\">gone</bdi>"), "{page}");
    assert!(page.contains(">not registered</span>"));
}

#[test]
fn the_public_is_told_as_unspecified_and_many_persons() {
    assert!(busy().contains("the public (unspecified and many persons)"));
}

#[test]
fn a_time_without_releases_says_so() {
    let page = render(&Year::quiet(Vec::new()).content(Record::Both));
    assert!(page.contains("Nothing was released in this time."));
    assert!(page.contains("Nothing was given to a third party or to the public in this time."));
    assert!(!page.contains("<svg"));
}

#[test]
fn headings_say_what_they_head_and_charts_tell_themselves() {
    let page = busy();
    let headings = page.matches("<th").count() - page.matches("<thead").count();
    assert_eq!(headings, page.matches(" scope=\"").count());
    let charts = page.matches("<svg").count();
    assert_eq!((charts, charts), (page.matches("<desc").count(), page.matches("role=\"img\"").count()));
    assert_eq!(charts, 3);
}

#[test]
fn thirty_purposes_and_many_parties_are_all_there() {
    let purposes = (0..30).map(|count| purpose(&format!("purpose-{count}"), "1", "view", vec![row("seller")]));
    let mut year = Year::quiet(purposes.collect());
    year.parties = (0..50).map(|count| party(&format!("party-{count}"), "seller", &format!("会社{count}"))).collect();
    year.entries = (0..300)
        .map(|index| release(index, &format!("purpose-{}", index % 30), &format!("party-{}", index % 50), "seller"))
        .collect();
    let page = render(&year.content(Record::Both));
    assert_eq!(page.matches("<th scope=\"rowgroup\"").count(), 50 + 30);
    assert_eq!(page.matches("<time datetime=\"2026-11-23T22:30:05Z\">").count(), 300);
}

#[test]
fn releases_that_failed_to_open_are_mentioned() {
    let mut year = Year::busy();
    let mut failed = release(8, "", "", "");
    failed.set_outcome(fubako_proto::v1::EntryOutcome::NotReleased);
    failed.subject = "entry-0".to_owned();
    year.entries.push(failed);
    assert!(render(&year.content(Record::Both)).contains("1 granted release could not be opened"));
}

#[test]
fn what_the_ledger_cannot_tell_of_any_more_is_mentioned() {
    let mut year = Year::busy();
    assert!(!render(&year.content(Record::Both)).contains("Not complete"));
    year.gaps.forgotten_entries = 7;
    assert!(render(&year.content(Record::Both)).contains("Not complete: up to 7 entries are of months past retention"));
}
