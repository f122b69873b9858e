//! The signals of the programs that tests start: the same, whoever started the tests.

use std::fs;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

use nix::sys::signal::SigSet;
use signal_hook::consts::{
    SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGXFSZ,
};

/// `nohup`, a shell that runs something in the background, Python and some CI ignore some of these. Of
/// SIGPIPE the standard library takes care.
const ENDING: [i32; 9] =
    [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGXFSZ, SIGCHLD];

/// What this thread starts from here on, and the threads that it starts do, ignores no signal and blocks
/// none, even if this process was started so.
pub fn heard_by_children() {
    static CAUGHT: Once = Once::new();
    // A program inherits what is ignored; what is caught has its default there. To this process a handler
    // that does nothing is as good as none.
    CAUGHT.call_once(|| {
        for signal in ignored() {
            signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false))).unwrap();
        }
    });
    SigSet::all().thread_unblock().unwrap();
}

/// Those that this process was started to ignore. Where `/proc` does not tell, none.
fn ignored() -> impl Iterator<Item = i32> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap());
    ENDING.into_iter().filter(move |signal| mask & (1 << (signal - 1)) != 0)
}
