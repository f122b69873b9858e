//! The steps of a job as an argument of the process that takes them: who lists processes reads there what one is
//! about, and so does another runner that waits for its lock.

use crate::direction::Direction;
use crate::id::MigrationId;

/// `steps` as an argument, as `forward:20250106_090000_add_level`. `None`: there are none.
pub(crate) fn of<'s>(
    mut steps: impl Iterator<Item = (Direction, &'s MigrationId)>,
) -> Option<String> {
    let (direction, first) = steps.next()?;
    let direction = match direction {
        Direction::Forward => FORWARD,
        Direction::Backward => BACKWARD,
    };
    Some(match steps.last() {
        None => format!("{direction}:{first}"),
        Some((_, last)) => format!("{direction}:{first}..{last}"),
    })
}

/// What the runner with these arguments does, in words that follow "a runner that"; `None`: it is none, or says
/// nothing of its steps.
pub(crate) fn in_words(arguments: &[&str]) -> Option<String> {
    let (direction, ids) = arguments.last()?.split_once(':')?;
    let verb = match direction {
        FORWARD => "applies",
        BACKWARD => "reverts",
        _ => return None,
    };
    let is_id = |id: &str| id.parse::<MigrationId>().is_ok();
    match ids.split_once("..") {
        Some((first, last)) if is_id(first) && is_id(last) => {
            Some(format!("{verb} `{first}` to `{last}`"))
        }
        None if is_id(ids) => Some(format!("{verb} `{ids}`")),
        _ => None,
    }
}

const FORWARD: &str = "forward";
const BACKWARD: &str = "backward";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_runner_is_about_stands_in_its_last_argument() {
        let (a, b) = ("20250105_090000_create_player", "20250106_090000_add_level");
        for (argument, expected) in [
            (format!("forward:{a}"), Some(format!("applies `{a}`"))),
            (format!("backward:{b}..{a}"), Some(format!("reverts `{b}` to `{a}`"))),
            (format!("forward:{a}..x"), None),
            ("forward:ever".to_owned(), None),
            (format!("sideways:{a}"), None),
            ("app.db".to_owned(), None),
        ] {
            assert_eq!(in_words(&["runner", "apply-job", &argument]), expected, "{argument}");
        }
        assert_eq!(in_words(&[]), None);
    }
}
