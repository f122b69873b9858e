//! What a page shows: commands with their outputs, and files with their texts.

/// A piece of a page that does something.
pub(crate) enum Piece {
    /// A command, what it prints, and its exit code.
    Command { words: Vec<String>, output: String, code: i32 },
    /// A file, whose path may have a `*` in it, and its text or what is added to it.
    File { path: String, text: String, how: Writing },
}

/// How a file is written.
#[derive(Clone, Copy)]
pub(crate) enum Writing {
    /// The text is the file.
    Whole,
    /// The text goes to the end of the file.
    Added,
}

/// The lines that name a file, whose text is the next block.
const NAMES: [(&str, Writing); 2] = [("In `", Writing::Whole), ("At the end of `", Writing::Added)];

/// Reads ```` ```console ```` blocks as commands, of which those in ```` ```console refused ```` are
/// refused and those in ```` ```console failed ```` fail, and a block after "In `PATH`:" or "At the end of
/// `PATH`:" as a file.
pub(crate) fn pieces(markdown: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut file = None;
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        for (prefix, how) in NAMES {
            if let Some(path) = line.strip_prefix(prefix).and_then(|rest| rest.strip_suffix("`:")) {
                file = Some((path.to_owned(), how));
            }
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some(how) = language.strip_prefix("console") {
            commands(&block, how.trim(), &mut pieces);
        } else if let Some((path, how)) = file.take() {
            pieces.push(Piece::File { path, text: block.join("\n") + "\n", how });
        }
    }
    pieces
}

fn commands(block: &[&str], how: &str, pieces: &mut Vec<Piece>) {
    let code = match how {
        "" => 0,
        "failed" => 1,
        "not usable" => 2,
        "refused" => 3,
        other => panic!("how does a command end that is `{other}`?"),
    };
    for line in block {
        if let Some(words) = line.strip_prefix("$ ") {
            pieces.push(Piece::Command { words: split(words), output: String::new(), code });
        } else if let Some(Piece::Command { output, .. }) = pieces.last_mut() {
            *output += line;
            output.push('\n');
        }
    }
}

/// The words of a command line, of which some may be quoted.
pub(crate) fn split(line: &str) -> Vec<String> {
    let word = regex::Regex::new(r#""[^"]*"|\S+"#).unwrap();
    word.find_iter(line).map(|found| found.as_str().trim_matches('"').to_owned()).collect()
}
