//! Signs a bundle as `minisign -S` does. The cryptography is minisign's.

use std::path::{Path, PathBuf};

use ct_codecs::{Base64, Decoder as _};
use minisign::{SecretKey, SecretKeyBox};
use runner::explain::Code;
use runner::{Exit, regular_file};

use super::failure::Failure;
use super::output;

/// Where minisign asks for a password.
#[cfg(unix)]
const TERMINAL: &str = "/dev/tty";

/// Reads a secret key. Minisign asks on the terminal for the password that it is encrypted with, if it is.
///
/// # Errors
/// It cannot be read, or is none; the password is wrong, or there is no terminal to ask for it.
pub(super) fn read_key(path: &Path) -> Result<SecretKey, Failure> {
    let fail = |cause: String, hint: &str| Failure {
        exit: Exit::Usage,
        code: Code::UnreadableFile,
        message: format!("cannot use the secret key `{}`", path.display()),
        causes: vec![cause],
        hint: Some(hint.into()),
    };
    let another = "`minisign -G` makes a pair of keys";
    let text = regular_file::read_text(path, regular_file::SETTINGS)
        .map_err(|error| fail(error.to_string(), another))?;
    let boxed = || SecretKeyBox::from_string(&text);
    let unencrypted = boxed().and_then(SecretKeyBox::into_unencrypted_secret_key);
    if let Ok(key) = unencrypted.or_else(|error| without_checksum(&text).ok_or(error)) {
        return Ok(key);
    }
    if is_encrypted(&text) && !has_terminal() {
        let cause = "it has a password, and there is no terminal to ask for it".to_owned();
        return Err(fail(cause, "`minisign -G -W` makes a pair of keys without a password"));
    }
    let key = boxed().and_then(|boxed| boxed.into_secret_key(None));
    key.map_err(|error| fail(error.to_string(), another))
}

/// A key without a password as minisign itself writes it (`-G -W`): zeros stand where the checksum of an
/// encrypted key stands.
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

#[cfg(unix)]
fn has_terminal() -> bool {
    std::fs::File::open(TERMINAL).is_ok()
}

/// Elsewhere it is seen when it is asked for.
#[cfg(not(unix))]
fn has_terminal() -> bool {
    true
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
