//! The page as a browser shows it.

use std::collections::BTreeSet;
use std::fs;

use super::browser::{Look, Page, browser};
use super::{fleet, long_history};
use crate::sandbox::{Sandbox, repository};

/// The page of the project in the sandbox.
fn page(sandbox: &Sandbox, arguments: &[&str]) -> Option<Page> {
    let browser = browser()?;
    sandbox.run(&[&["report"], arguments].concat()).succeeded();
    Some(Page::show(&browser, &sandbox.path("report.html"), Look::WIDE, sandbox))
}

/// As people look at it: light and dark, wide and narrow, on paper.
fn looked_at(page: &mut Page, name: &str) {
    page.picture(name);
    page.look(Look { is_dark: true, ..Look::WIDE });
    page.picture(&format!("{name}_dark"));
    page.look(Look { width: 420, height: 900, is_dark: false });
    page.picture(&format!("{name}_narrow"));
    let sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(page.value(sideways), 0, "{name} is wider than a narrow screen");
    page.look(Look::WIDE);
    assert!(page.printed(name) > 1000);
    assert_eq!(page.complaints(), [""; 0]);
}

fn number_of_boxes(page: &mut Page) -> u64 {
    page.count(".box:not(.gone)")
}

#[test]
fn the_samples_are_shown_with_all_that_happened() {
    if browser().is_none() {
        return;
    }
    let sandbox = Sandbox::project();
    for entry in fs::read_dir(repository().join("migrations")).unwrap() {
        let id = entry.unwrap().file_name().into_string().unwrap();
        if id.starts_with("20") {
            let mut copy = std::process::Command::new("cp");
            copy.arg("-r").arg(repository().join("migrations").join(&id));
            assert!(copy.arg(sandbox.path("migrations")).status().unwrap().success());
        }
    }
    sandbox.write(
        "migrations/Cargo.toml",
        &fs::read_to_string(repository().join("migrations/Cargo.toml"))
            .unwrap()
            .replace("../migration-api", &repository().join("migration-api").display().to_string()),
    );
    fs::copy(repository().join("migrations/Cargo.lock"), sandbox.path("migrations/Cargo.lock"))
        .unwrap();
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["down", "2"]).succeeded();
    let mut page = page(&sandbox, &[]).unwrap();
    assert_eq!(page.texts("h2"), ["Now", "Timeline", "Schema through time", "Rehearsal"]);
    assert_eq!(page.texts(".tiles strong"), ["7", "2", "0", "0"]);
    assert_eq!(page.count(".event[role=option].down"), 2);
    assert_eq!(page.count(".event[role=option].pending"), 2);
    page.focus(".strip");
    page.press("Home");
    assert_eq!(page.texts(".detail h3"), ["20250106_090000_create_player"]);
    let sentences = page.texts(".detail .sentences li");
    assert!(sentences[0].starts_with("creates table player with columns"), "{sentences:?}");
    let source = page.texts(".detail .file pre").concat();
    assert!(source.contains("impl Migration for"), "{source}");
    page.click(".everything summary");
    // What a migration calls a rename is told as one.
    let renamed =
        page.texts(".everything td").into_iter().find(|text| text.contains("renames column"));
    assert_eq!(renamed.unwrap(), "renames column guest of table roomstay to guest_name");
    looked_at(&mut page, "samples");
}

#[test]
fn a_long_history_is_walked_through_searched_and_focused_by_keyboard() {
    let sandbox = Sandbox::project();
    long_history::write(&sandbox, &long_history::steps(), 2);
    let Some(mut page) = page(&sandbox, &[]) else { return };
    let page = &mut page;
    let steps = long_history::STEPS - 2;
    assert_eq!(number_of_boxes(page), long_history::TABLES as u64);
    let names = page.texts(".box .title");
    assert_eq!(BTreeSet::from_iter(&names).len(), names.len(), "two look alike: {names:?}");
    looked_at(page, "long");

    // The slider changes the picture, and says so.
    page.focus("#schema input[type=range]");
    page.press("Home");
    assert_eq!(number_of_boxes(page), 1);
    assert_eq!(page.count(".box.new"), 1);
    assert!(page.texts(".which")[0].starts_with(&format!("1 of {steps}: applied ")));
    page.press("ArrowRight");
    assert_eq!((number_of_boxes(page), page.count(".box.new")), (2, 1));
    let gone = "(() => { const it = document.querySelector('#schema input[type=range]'); \
                for (it.value = 0; !document.querySelector('.box.gone'); it.value++) it.dispatchEvent(new Event('input')); \
                return document.querySelector('.box.gone').textContent })()";
    assert!(page.value(gone).as_str().unwrap().contains("_log_"));
    page.focus("#schema input[type=range]");
    page.press("End");

    // The search finds, and goes there.
    page.focus("#schema input[type=search]");
    page.write("voice_no");
    assert_eq!(page.texts("#matches li"), ["invoice_note"]);
    assert_eq!(page.count(".box.found"), 1);
    page.press("Enter");
    assert_eq!(page.texts(".panel h3"), ["invoice_note"]);
    assert_eq!(page.count(".box.selected"), 1);
    page.picture("long_selected");

    // The focus hides what is no neighbour.
    page.press("f");
    let near = page.texts(".box .title");
    assert!(near.contains(&"invoice".to_owned()) && near.len() < 10, "{near:?}");
    page.picture("long_focus");
    page.press("Escape");
    assert_eq!(number_of_boxes(page), long_history::TABLES as u64);
    page.focus("#schema input[type=search]");
    page.write("customer");
    page.press("Enter");
    page.click(".panel button");
    assert!(number_of_boxes(page) > 8);
    page.picture("long_focus_many");
    page.focus(".diagram");
    page.press("Escape");
    page.press("[");
    assert!(page.texts(".which")[0].starts_with(&format!("{} of {steps}", steps - 1)));

    // Steps are found, one after the other.
    page.focus("#timeline input");
    page.write("index_");
    assert_eq!(page.texts("#timeline output"), ["11 found"]);
    page.press("Enter");
    let first = page.texts(".detail h3");
    page.press("Enter");
    let second = page.texts(".detail h3");
    assert!(first != second && second[0].contains("_index_"), "{first:?} {second:?}");

    // The timeline leads to the schema, and back.
    page.focus(".strip");
    page.press("Home");
    page.press("PageDown");
    page.press("ArrowLeft");
    assert!(
        page.texts(".detail h3")[0].ends_with("_create_warehouse"),
        "{:?}",
        page.texts(".detail h3")
    );
    page.click(".detail button");
    assert_eq!(number_of_boxes(page), 10);
    page.press("ArrowLeft");
    page.click(".told button");
    assert!(
        page.texts(".detail h3")[0].ends_with("_create_campaign"),
        "{:?}",
        page.texts(".detail h3")
    );
    page.picture("long_tenth");
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn a_fleet_of_two_thousand_is_summed_up() {
    let sandbox = Sandbox::empty();
    fleet::write(&sandbox);
    let Some(mut page) = page(&sandbox, &["--fleet", "fleet.plan", "run.jsonl"]) else { return };
    assert_eq!(page.texts("h2"), ["Fleet"]);
    let bars = page.texts("#fleet .bars .number");
    assert_eq!(
        bars[..3].iter().map(|it| it.parse::<usize>().unwrap()).sum::<usize>(),
        fleet::DATABASES - 10
    );
    assert_eq!(page.count("#fleet .card"), 2);
    assert_eq!(page.count("#fleet tbody tr"), 10);
    assert!(page.texts("#fleet summary").contains(&"In no report: 10".to_owned()));
    looked_at(&mut page, "fleet");
}

const HOSTILE: &str = r#"
CREATE TABLE "<script>alert(1)</script>" (id INTEGER PRIMARY KEY, "</script><script>alert(2)//" TEXT, "<img src=x onerror=alert(3)>" TEXT);
CREATE TABLE "'""><b>bold</b>&amp;" ("<!--" INTEGER REFERENCES "<script>alert(1)</script>" (id), "javascript:alert(4)" TEXT DEFAULT '</style><style>*{display:none}');
CREATE TABLE "a`b`c ${alert(5)} {{ 7 * 7 }} {% raw %}" ("line{LS}separator" TEXT, "{RLO}gnp.exe" TEXT);
CREATE VIEW "</textarea><iframe src=//example.org>" AS SELECT 1;
CREATE TABLE "constructor" ("__proto__" TEXT, "toString" TEXT);
"#;

#[test]
fn names_are_never_markup() {
    let sandbox = Sandbox::project();
    let step = |name: &str, sql: &str| (name.to_owned(), sql.to_owned());
    let hostile = HOSTILE.replace("{LS}", "\u{2028}").replace("{RLO}", "\u{202e}");
    let more = "ALTER TABLE \"constructor\" ADD COLUMN \"<i>new</i>\" TEXT; -- </script><script>alert(6)</script>";
    long_history::write(
        &sandbox,
        &[step("hostile", &hostile), step("more", more), step("pending", more)],
        1,
    );
    let connection = sandbox.database();
    connection.execute_batch("CREATE TABLE \"<u>by hand</u>\" (a)").unwrap();
    let Some(mut page) = page(&sandbox, &[]) else { return };
    let page = &mut page;
    assert_eq!(page.count("script"), 2);
    assert_eq!(
        page.count(
            "b, i:not([class]):not(.event > i):not(li > i), u, img, iframe, textarea, style ~ style"
        ),
        0
    );
    let names = page.texts(".box > title");
    for name in [
        "<script>alert(1)</script>",
        "'\"><b>bold</b>&amp;",
        "a`b`c ${alert(5)} {{ 7 * 7 }} {% raw %}",
        "constructor",
        "<u>by hand</u>",
    ] {
        assert!(names.contains(&name.to_owned()), "{name}: {names:?}");
    }
    assert!(page.texts("#now pre")[0].contains("<u>by hand</u>"));
    page.focus("#schema input[type=search]");
    page.write("<SCRIPT");
    page.press("Enter");
    assert_eq!(page.texts(".panel h3"), ["<script>alert(1)</script>"]);
    page.press("f");
    assert_eq!(page.count(".box"), 2);
    page.focus(".strip");
    page.press("Home");
    let sentences = page.texts(".detail .sentences").concat();
    assert!(sentences.contains("</textarea><iframe src=//example.org>"), "{sentences}");
    looked_at(page, "hostile");
}

#[test]
fn a_rehearsal_is_shown_with_what_it_costs_changes_and_loses() {
    if browser().is_none() {
        return;
    }
    let sandbox = Sandbox::project();
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
                INSERT INTO stay SELECT i, 'Guest ' || i, CASE i % 3 WHEN 0 THEN '2s 6d' ELSE i || 's' END, 'a note' FROM n;";
    let create = format!(
        "CREATE TABLE stay (id INTEGER PRIMARY KEY, guest TEXT NOT NULL, price TEXT, note TEXT); {rows}"
    );
    sandbox.sql_migration("report_create_stay", &create, "DROP TABLE stay");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.sql_migration(
        "report_price_in_pence",
        "UPDATE stay SET price = 30 WHERE price = '2s 6d'; DELETE FROM stay WHERE id > 2990;",
        "UPDATE stay SET price = '2s 6d' WHERE price = '30'",
    );
    sandbox.sql_migration(
        "report_drop_note",
        "ALTER TABLE stay DROP COLUMN note",
        "ALTER TABLE stay ADD COLUMN note TEXT",
    );
    assert_eq!(sandbox.run(&["rehearse"]).code, Some(1));
    let mut page = page(&sandbox, &[]).unwrap();
    assert_eq!(page.count("#rehearsal .chart"), 3);
    assert_eq!(page.count("#rehearsal .rehearsed"), 2);
    let steps = page.texts("#rehearsal .rehearsed").concat();
    for text in [
        "price is another in 996 rows",
        "'2s 6d'",
        "10 rows gone: ",
        "note is gone, with 2990 values",
    ] {
        assert!(steps.contains(text), "{text}: {steps}");
    }
    let undeclared = page.texts("#rehearsal .card li").concat();
    assert!(undeclared.contains("stay.note"), "{undeclared}");
    let tried = page.texts("#now td:last-child");
    assert!(tried.iter().any(|text| text.contains("loses stay")), "{tried:?}");
    looked_at(&mut page, "rehearsal");
}
