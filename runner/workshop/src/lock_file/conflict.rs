//! The conflict markers that git leaves in a file that it could not merge.

/// The text of a file as each side of a merge has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sides {
    pub(super) ours: String,
    pub(super) theirs: String,
}

/// What a file says of a merge.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Conflict {
    /// There are no markers in it.
    None,
    /// Git's markers, all of them in order.
    Between(Sides),
    /// Markers that are not git's, or some of them are gone.
    Unclear,
}

/// Where a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Both,
    Ours,
    /// What both come from, which git shows if its `merge.conflictStyle` is `diff3`.
    Base,
    Theirs,
}

impl Conflict {
    /// Reads `text`.
    pub(super) fn of(text: &str) -> Self {
        let (mut ours, mut theirs) = (String::new(), String::new());
        let mut part = Part::Both;
        let mut is_marked = false;
        for line in text.lines() {
            part = match (part, marker(line)) {
                (part, None) => {
                    if matches!(part, Part::Both | Part::Ours) {
                        ours.extend([line, "\n"]);
                    }
                    if matches!(part, Part::Both | Part::Theirs) {
                        theirs.extend([line, "\n"]);
                    }
                    part
                }
                (Part::Both, Some('<')) => Part::Ours,
                (Part::Ours, Some('|')) => Part::Base,
                (Part::Ours | Part::Base, Some('=')) => Part::Theirs,
                (Part::Theirs, Some('>')) => Part::Both,
                (_, Some(_)) => return Self::Unclear,
            };
            is_marked |= part != Part::Both;
        }
        match (is_marked, part) {
            (false, _) => Self::None,
            (true, Part::Both) => Self::Between(Sides { ours, theirs }),
            (true, _) => Self::Unclear,
        }
    }
}

/// The sign that a marker consists of: seven of it, at the start of a line. No line of TOML that cargo writes
/// begins so.
fn marker(line: &str) -> Option<char> {
    let sign = line.chars().next().filter(|sign| "<|=>".contains(*sign))?;
    let rest = line.strip_prefix(&sign.to_string().repeat(7))?;
    (rest.is_empty() || rest.starts_with(' ')).then_some(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sides_are_read_whether_or_not_the_base_is_there() {
        let sides = || Sides { ours: "a\nb\nd\n".into(), theirs: "a\nc\nd\n".into() };
        for base in ["", "||||||| 1234567\nx\n"] {
            let text = format!("a\n<<<<<<< HEAD\nb\n{base}=======\nc\n>>>>>>> alice\nd\n");
            assert_eq!(Conflict::of(&text), Conflict::Between(sides()), "{text}");
            let text = text.replace('\n', "\r\n");
            assert_eq!(Conflict::of(&text), Conflict::Between(sides()), "{text:?}");
        }
    }

    #[test]
    fn markers_that_are_not_whole_are_no_conflict_to_settle() {
        assert_eq!(Conflict::of("a = 1\nb = \"=======\"\n"), Conflict::None);
        for text in [
            "<<<<<<< HEAD\na\n=======\nb\n",
            "a\n=======\nb\n>>>>>>> alice\n",
            "<<<<<<< a\n<<<<<<< b\n",
            "<<<<<<< a\n>>>>>>> b\n",
        ] {
            assert_eq!(Conflict::of(text), Conflict::Unclear, "{text}");
        }
    }
}
