//! Signs a bundle as `minisign -S` does. The cryptography is minisign's.

use std::path::{Path, PathBuf};

use minisign::{SecretKey, SecretKeyBox};
use runner::explain::Code;
use runner::{Exit, regular_file};

use super::failure::Failure;
use super::output;

/// Reads a secret key. Minisign asks on the terminal for the password that it is encrypted with.
///
/// # Errors
/// It cannot be read, or is none; the password is wrong.
pub(super) fn read_key(path: &Path) -> Result<SecretKey, Failure> {
    let fail = |cause: String| Failure {
        exit: Exit::Usage,
        code: Code::UnreadableFile,
        message: format!("cannot use the secret key `{}`", path.display()),
        causes: vec![cause],
        hint: Some("`minisign -G` makes a pair of keys".into()),
    };
    let text = regular_file::read_text(path, regular_file::SETTINGS)
        .map_err(|error| fail(error.to_string()))?;
    let boxed = || SecretKeyBox::from_string(&text);
    let opened = boxed().and_then(SecretKeyBox::into_unencrypted_secret_key);
    let key = opened.or_else(|_| boxed()?.into_secret_key(None));
    key.map_err(|error| fail(error.to_string()))
}

/// Signs the file at `path`, whose name is part of what is signed, into the file beside it.
///
/// # Errors
/// The file cannot be read, or the signature not be written.
pub(super) fn sign(path: &Path, key: &SecretKey) -> Result<PathBuf, Failure> {
    let message = format!("cannot sign `{}`", path.display());
    let system = |error: &dyn std::error::Error| Failure::of_system(&message, error);
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
