//! Paths in JSON, which holds Unicode alone, as a path need not be.

use std::path::{Path, PathBuf};

use ct_codecs::{Base64, Decoder as _, Encoder as _};
use serde::{Deserialize, Serialize};

/// A path in JSON: `"path": "..."`, or `"path_base64": "..."` with its bytes where it is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathText {
    /// Text.
    Path(String),
    /// Bytes, in base64.
    PathBase64(String),
}

impl PathText {
    /// As JSON holds `path`.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Path(text.to_owned()),
            None => {
                let bytes = path.as_os_str().as_encoded_bytes();
                Self::PathBase64(Base64::encode_to_string(bytes).unwrap_or_default())
            }
        }
    }

    /// The path; `None`: what should be base64 is not, or the system has no such path.
    #[must_use]
    pub fn path(self) -> Option<PathBuf> {
        match self {
            Self::Path(text) => Some(text.into()),
            Self::PathBase64(text) => path(Base64::decode_to_vec(text, None).ok()?),
        }
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn path(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

/// Elsewhere a path is no sequence of bytes.
#[cfg(not(unix))]
fn path(_: Vec<u8>) -> Option<PathBuf> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn every_path_survives_json() {
        for bytes in [b"/srv/a.db".as_slice(), "/srv/ü \"x\"\n.db".as_bytes(), b"/srv/\xff\xfe.db"]
        {
            let there = path(bytes.to_owned()).unwrap();
            let text = serde_json::to_string(&PathText::of(&there)).unwrap();
            let back: PathText = serde_json::from_str(&text).unwrap();
            assert_eq!(back.path(), Some(there), "{text}");
        }
    }

    #[test]
    fn what_is_no_base64_is_no_path() {
        assert_eq!(PathText::PathBase64("?".into()).path(), None);
    }
}
