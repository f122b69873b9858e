//! The page: one file, which needs no other and fetches nothing. Its script shows the data in it, as text and never as
//! markup.

use ct_codecs::{Base64, Decoder as _, Encoder as _, Hex};
use minijinja::{Environment, UndefinedBehavior, context};
use runner::explain::Code;
use runner::{Exit, sum};
use serde_json::Value;

use super::super::failure::Failure;

const TEMPLATE: &str = include_str!("report.html");
const STYLE: &str = include_str!("report.css");
/// In the order in which they use each other.
const SCRIPT: &str = concat!(
    include_str!("script/dom.js"),
    include_str!("script/lines.js"),
    include_str!("script/now.js"),
    include_str!("script/timeline.js"),
    include_str!("script/states.js"),
    include_str!("script/boxes.js"),
    include_str!("script/viewport.js"),
    include_str!("script/neighbours.js"),
    include_str!("script/diagram.js"),
    include_str!("script/rehearsal.js"),
    include_str!("script/fleet.js"),
    include_str!("script/main.js"),
);

/// The page that shows `document`.
///
/// # Errors
/// None that is known: the template is part of the program.
pub(super) fn page(document: &Value) -> Result<String, Failure> {
    let (style, script) = (unix_lines(STYLE), unix_lines(SCRIPT));
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let values = context! {
        policy => policy(&style, &script),
        style,
        script,
        data => in_script(document),
    };
    // Under a name without an ending nothing is escaped: all of it is our own, or is JSON in which `<` does not occur.
    let page = environment.render_named_str("page", TEMPLATE, values);
    // It takes the last line's end away.
    page.map(|page| page + "\n").map_err(|error| unmade(&error))
}

/// Nothing but this style and this script counts, and nothing is fetched.
fn policy(style: &str, script: &str) -> String {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        source(style),
        source(script)
    )
}

/// A text as a policy names it (<https://www.w3.org/TR/CSP3/#grammardef-hash-source>).
fn source(text: &str) -> String {
    let sum = Hex::decode_to_vec(sum::sha256(text.as_bytes()), None).unwrap_or_default();
    format!("sha256-{}", Base64::encode_to_string(sum).unwrap_or_default())
}

/// Browsers count line ends as one character.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// JSON that ends no element, begins no comment, and is a line to those who think of other line ends, too.
fn in_script(document: &Value) -> String {
    document
        .to_string()
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

fn unmade(error: &minijinja::Error) -> Failure {
    Failure {
        exit: Exit::Failed,
        code: Code::BadTemplate,
        message: "cannot make the page".to_owned(),
        causes: vec![error.to_string()],
        hint: None,
        statement: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn data_stays_data() {
        let hostile = "</script><script>alert(1)</script><!-- \u{2028} & \" ' `${}` {{ data }}";
        let document = json!({ "name": hostile });
        let page = page(&document).unwrap();
        let (_, rest) = page.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
        let (data, _) = rest.split_once("</script>").unwrap();
        assert!(!data.contains('<') && !data.contains('\u{2028}'), "{data}");
        assert_eq!(serde_json::from_str::<Value>(data).unwrap(), document);
    }

    #[test]
    fn style_and_script_do_not_end_their_elements() {
        for part in [STYLE, SCRIPT] {
            let part = part.to_ascii_lowercase();
            assert!(!part.contains("</s") && !part.contains("<!--"));
        }
        for word in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch("]
        {
            assert!(!SCRIPT.contains(word), "{word}");
        }
    }

    #[test]
    fn the_policy_names_what_is_in_the_page() {
        // That of an empty text.
        assert_eq!(source(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        let page = page(&json!({})).unwrap();
        let between = |begin: &str, end: &str| {
            let (_, rest) = page.split_once(begin).unwrap();
            rest.split_once(end).unwrap().0
        };
        let (style, script) = (between("<style>", "</style>"), between("<script>", "</script>"));
        assert!(page.contains(&policy(style, script)));
    }
}
