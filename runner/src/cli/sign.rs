//! Signs a bundle as `minisign -S` does. The cryptography is minisign's.

use std::path::{Path, PathBuf};

use ct_codecs::{Base64, Decoder as _};
use minisign::{SecretKey, SecretKeyBox};
use runner::bundle::SIGNING_PASSWORD;
use runner::explain::Code;
use runner::{Exit, regular_file};

use super::failure::Failure;
use super::output;
use super::signing_password::PasswordSource;

/// Reads a secret key, and the password that it is encrypted with from `password`, if it is.
///
/// # Errors
/// It cannot be read, or is none; the password cannot be read, or is another key's.
pub(super) fn read_key(path: &Path, password: &PasswordSource) -> Result<SecretKey, Failure> {
    let fail = |causes: Vec<String>, hint: String| Failure {
        exit: Exit::Usage,
        code: Code::UnreadableFile,
        message: format!("cannot use the secret key `{}`", path.display()),
        causes,
        hint: Some(hint),
        statement: None,
    };
    let no_key = |cause: String| fail(vec![cause], "`minisign -G` makes a pair of keys".to_owned());
    let text = regular_file::read_text(path, regular_file::SETTINGS)
        .map_err(|error| no_key(error.to_string()))?;
    let boxed = || SecretKeyBox::from_string(&text);
    if !is_encrypted(&text) {
        let key = boxed().and_then(SecretKeyBox::into_unencrypted_secret_key);
        return key
            .or_else(|error| without_checksum(&text).ok_or(error))
            .map_err(|error| no_key(error.to_string()));
    }
    let given = password.read().map_err(|error| match password {
        PasswordSource::Terminal => fail(
            vec![
                "it has a password, and there is no terminal to ask for it".to_owned(),
                error.to_string(),
            ],
            format!(
                "`--password-file FILE`, where `-` is standard input, or the variable \
                 `{SIGNING_PASSWORD}` has it; `minisign -G -W` makes a pair of keys without one"
            ),
        ),
        _ => fail(
            vec![
                format!("its password cannot be read from {}", password.name()),
                error.to_string(),
            ],
            "`--password-file FILE` names a file whose first line it is, and `-` standard input"
                .to_owned(),
        ),
    })?;
    let key = boxed().and_then(|boxed| boxed.into_secret_key(Some(given)));
    key.map_err(|error| {
        fail(vec![error.to_string()], format!("its password was read from {}", password.name()))
    })
}

/// A key without a password as minisign itself writes it (`-G -W`): zeros are where the checksum of an
/// encrypted key is.
fn without_checksum(text: &str) -> Option<SecretKey> {
    const CHECKSUM: [u8; 32] = [0; 32];
    let bytes = decoded(text)?;
    let is_so = !is_encrypted(text) && bytes.ends_with(&CHECKSUM);
    is_so.then(|| SecretKey::from_bytes(&bytes).ok())?
}

/// Whether a key has a password: it is named how that becomes a key.
fn is_encrypted(text: &str) -> bool {
    decoded(text).is_some_and(|bytes| bytes.get(2..4).is_some_and(|algorithm| algorithm != [0, 0]))
}

/// What the second line of a key holds.
fn decoded(text: &str) -> Option<Vec<u8>> {
    Base64::decode_to_vec(text.lines().nth(1)?.trim(), None).ok()
}

/// Signs the file at `path`, whose name is part of what is signed, into the file beside it.
///
/// # Errors
/// The file cannot be read, or the signature not be written.
pub(super) fn sign(path: &Path, key: &SecretKey) -> Result<PathBuf, Failure> {
    let message = format!("cannot sign `{}`", path.display());
    let system = |error: &(dyn std::error::Error + 'static)| Failure::of_system(&message, error);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let trusted = format!("file:{name}\tprehashed");
    let file = regular_file::open(path).map_err(|error| system(&error))?;
    let signature = minisign::sign(None, key, file, Some(&trusted), Some("a bundle of runner"))
        .map_err(|error| system(&error))?;
    let mut beside = path.to_owned().into_os_string();
    beside.push(".minisig");
    let beside = PathBuf::from(beside);
    output::write(&beside, &signature.into_string())?;
    Ok(beside)
}
