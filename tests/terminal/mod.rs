//! A terminal with somebody at it who answers questions.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::sandbox::patience;

/// Runs `command` on a terminal of its own. Gives the exit code and everything that was written there.
pub fn raw(command: &mut Command) -> (Option<i32>, String) {
    converse(command, &[])
}

/// Runs `command` on a terminal of its own, and types the answer to each question when it has come.
/// Gives the exit code and everything that was shown, without colours.
#[track_caller]
pub fn answered(mut command: Command, answers: &[(&str, &str)]) -> (Option<i32>, String) {
    let (code, text) = converse(&mut command, answers);
    (code, anstream::adapter::strip_str(&text).to_string().replace('\r', ""))
}

#[track_caller]
fn converse(command: &mut Command, answers: &[(&str, &str)]) -> (Option<i32>, String) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let side = || OpenOptions::new().read(true).write(true).open(&name).unwrap();
    // What a terminal can is known by the name that whoever runs the tests has for theirs, if for any.
    if command.get_envs().all(|(name, _)| name != "TERM") {
        command.env("TERM", "xterm-256color");
    }
    let mut child = command.stdin(side()).stdout(side()).stderr(side()).spawn().unwrap();
    // It holds the other side open.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut keys = File::from(terminal);
    let mut screen = keys.try_clone().unwrap();
    let (sender, shown) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        // Once nobody has the other side open any more, reading fails.
        while let Ok(count @ 1..) = screen.read(&mut bytes) {
            sender.send(String::from_utf8_lossy(&bytes[..count]).into_owned()).unwrap();
        }
    });
    let (mut text, mut seen) = (String::new(), 0);
    for (question, answer) in answers {
        while !text[seen..].contains(question) {
            let more = shown.recv_timeout(patience());
            text += &more.unwrap_or_else(|_| panic!("`{question}` did not come after:\n{text}"));
        }
        seen = text.len();
        keys.write_all(answer.as_bytes()).unwrap();
    }
    let code = child.wait().unwrap().code();
    text.extend(shown);
    (code, text)
}
