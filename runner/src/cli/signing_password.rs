//! The password of a secret key: from a file, from standard input, from the environment, or asked for on a
//! terminal.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use runner::bundle::SIGNING_PASSWORD;

/// Where the password of a secret key is.
pub(super) enum PasswordSource {
    /// The first line of a file.
    File(PathBuf),
    /// The first line of standard input.
    Input,
    /// The environment variable.
    Environment(String),
    /// Somebody who sits at a terminal.
    Terminal,
}

impl PasswordSource {
    /// What the command line says (`-` is standard input), or else the environment. An empty variable is
    /// none.
    pub(super) fn of(file: Option<&Path>) -> Self {
        let variable = || std::env::var(SIGNING_PASSWORD).ok().filter(|text| !text.is_empty());
        match (file, variable()) {
            (Some(path), _) if path == Path::new("-") => Self::Input,
            (Some(path), _) => Self::File(path.to_owned()),
            (None, Some(password)) => Self::Environment(password),
            (None, None) => Self::Terminal,
        }
    }

    /// The password.
    ///
    /// # Errors
    /// It cannot be read; there is no terminal to ask on.
    pub(super) fn read(&self) -> io::Result<String> {
        match self {
            // A pipe of a shell (`<(...)`) has a name too, so no regular file is asked for.
            Self::File(path) => first_line(File::open(path)?),
            Self::Input => first_line(io::stdin()),
            Self::Environment(password) => Ok(password.clone()),
            // On the terminal itself: standard output may be a document.
            Self::Terminal => rpassword::prompt_password("password of the secret key: "),
        }
    }

    /// What it is called in an error.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(path) => format!("the first line of `{}`", path.display()),
            Self::Input => "the first line of standard input".to_owned(),
            Self::Environment(_) => format!("the variable `{SIGNING_PASSWORD}`"),
            Self::Terminal => "the terminal".to_owned(),
        }
    }
}

/// The first line, without its end.
fn first_line(source: impl Read) -> io::Result<String> {
    /// Longer ones minisign does not take.
    const LONGEST: u64 = 1024;
    let mut line = String::new();
    BufReader::new(source.take(LONGEST + 2)).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_password_whatever_ends_it() {
        for (text, password) in
            [("a b", "a b"), ("a \n", "a "), ("a\r\nmore\n", "a"), ("\n", ""), ("", "")]
        {
            assert_eq!(first_line(text.as_bytes()).unwrap(), password, "{text:?}");
        }
    }
}
