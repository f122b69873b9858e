//! Reads the output of cargo while it builds: its messages on standard output, and its lines on standard error.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use cargo_metadata::{Message, TargetKind};

use super::activity::{Activity, is_drawn_over};
use super::{Built, Library};
use runner_engine::{Event, Observer};

/// What comes from cargo.
enum CargoOutput {
    Message(Box<Message>),
    /// Standard output has ended, or cannot be read any more.
    NoMoreMessages(io::Result<()>),
    /// A piece of standard error, up to the end of a line or to where cargo begins to draw over it.
    Piece(Vec<u8>),
}

/// What was read until standard output ended.
pub(super) struct BuildOutput {
    pub(super) built: Built,
    /// Whether cargo came as far as building.
    pub(super) finished: bool,
    words: Vec<u8>,
    rest: Receiver<CargoOutput>,
}

/// How often an event says that cargo is still at it.
const TICK: Duration = Duration::from_secs(1);

impl BuildOutput {
    /// Reads until standard output ends, with an event for what cargo is at.
    ///
    /// # Errors
    /// Standard output cannot be read.
    pub(super) fn read(
        stdout: impl Read + Send + 'static,
        stderr: impl Read + Send + 'static,
        observe: &mut Observer<'_>,
    ) -> io::Result<Self> {
        // Both pipes are read at once: cargo would wait for ever on the one that is full.
        let (sender, received) = mpsc::channel();
        let words = sender.clone();
        thread::spawn(move || {
            let mut messages = Message::parse_stream(BufReader::new(stdout));
            let ended = messages.try_for_each(|message| {
                let _ = sender.send(CargoOutput::Message(Box::new(message?)));
                Ok(())
            });
            let _ = sender.send(CargoOutput::NoMoreMessages(ended));
        });
        thread::spawn(move || {
            let mut stderr = BufReader::new(stderr);
            while let Ok(piece @ [_, ..]) = read_piece(&mut stderr).as_deref() {
                let _ = words.send(CargoOutput::Piece(piece.to_owned()));
            }
        });
        let mut output =
            Self { built: Built::default(), finished: false, words: Vec::new(), rest: received };
        let mut progress = Progress::new();
        loop {
            match output.rest.recv_timeout(TICK) {
                Ok(CargoOutput::NoMoreMessages(ended)) => return ended.map(|()| output),
                Ok(CargoOutput::Message(message)) => {
                    progress.end_wait();
                    output.take(*message, observe);
                }
                Ok(CargoOutput::Piece(piece)) => {
                    progress.take(&piece, observe);
                    output.keep(piece);
                }
                Err(RecvTimeoutError::Timeout) => progress.report(observe),
                Err(RecvTimeoutError::Disconnected) => return Ok(output),
            }
        }
    }

    fn take(&mut self, message: Message, observe: &mut Observer<'_>) {
        match message {
            Message::CompilerArtifact(artifact) => {
                let wanted = artifact.target.kind.contains(&TargetKind::CDyLib);
                if !artifact.target.kind.contains(&TargetKind::CustomBuild) {
                    let package = artifact.target.name.clone();
                    observe(Event::Compiled { package, wanted, fresh: artifact.fresh });
                }
                if artifact.target.name == "migration_api" {
                    // An id of a package ends with its version (`cargo help pkgid`).
                    let id = &artifact.package_id.repr;
                    self.built.api_version =
                        id.rsplit(['@', '#']).next().unwrap_or_default().to_owned();
                }
                if wanted {
                    self.built.libraries.extend(Library::of(&artifact));
                }
            }
            Message::BuildFinished(_) => self.finished = true,
            _ => {}
        }
    }

    fn keep(&mut self, piece: Vec<u8>) {
        if !is_drawn_over(&piece) {
            self.words.extend(piece);
        }
    }

    /// All that cargo said on standard error, once that has ended.
    pub(super) fn words(mut self) -> String {
        while let Ok(received) = self.rest.recv() {
            if let CargoOutput::Piece(piece) = received {
                self.keep(piece);
            }
        }
        String::from_utf8_lossy(&self.words).into_owned()
    }
}

/// What cargo is at, and since when.
struct Progress {
    began: Instant,
    /// With the moment since which it waits.
    activity: Option<(Activity, Instant)>,
}

impl Progress {
    fn new() -> Self {
        Self { began: Instant::now(), activity: None }
    }

    fn take(&mut self, piece: &[u8], observe: &mut Observer<'_>) {
        let Some(next) = Activity::of(&String::from_utf8_lossy(piece)) else { return };
        let is_news = |(now, _): &(Activity, Instant)| {
            *now != next && (*now == Activity::Waiting || next.is_as_much_as(now))
        };
        if self.activity.as_ref().is_none_or(is_news) {
            let since = match next {
                Activity::Waiting => Instant::now(),
                Activity::Compiling { .. } => self.began,
            };
            self.activity = Some((next, since));
            self.report(observe);
        }
    }

    /// It does not wait any more.
    fn end_wait(&mut self) {
        self.activity.take_if(|(now, _)| *now == Activity::Waiting);
    }

    fn report(&self, observe: &mut Observer<'_>) {
        if let Some((activity, since)) = &self.activity {
            observe(activity.event(since.elapsed()));
        }
    }
}

/// Reads up to the end of a line, or to a carriage return by itself; nothing at the end.
fn read_piece(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut piece = Vec::new();
    loop {
        let buffer = from.fill_buf()?;
        let ends_here = piece.last() == Some(&b'\r') && buffer.first() != Some(&b'\n');
        if buffer.is_empty() || ends_here {
            return Ok(piece);
        }
        let end = buffer.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let length = end.map_or(buffer.len(), |end| end + 1);
        piece.extend_from_slice(&buffer[..length]);
        from.consume(length);
        if piece.ends_with(b"\n") {
            return Ok(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_over_is_a_piece_and_a_line_end_of_two_is_none() {
        let text = b"    Building [> ] 0/2\r   Compiling a\r\nerror: b\n\rlast";
        // However little comes at once.
        for capacity in [1, 2, 7, 4096] {
            let mut from = BufReader::with_capacity(capacity, &text[..]);
            let mut pieces = Vec::new();
            loop {
                match read_piece(&mut from).unwrap() {
                    piece if piece.is_empty() => break,
                    piece => pieces.push(String::from_utf8(piece).unwrap()),
                }
            }
            let expected =
                ["    Building [> ] 0/2\r", "   Compiling a\r\n", "error: b\n", "\r", "last"];
            assert_eq!(pieces, expected, "{capacity}");
        }
    }

    #[test]
    fn what_cargo_is_at_is_told_and_what_it_draws_is_no_part_of_its_words() {
        let stderr = "   Compiling serde v1\n    Building [> ] 0/2: serde\r    Building [> ] 1/2: m1\rerror: no\n";
        let mut events = Vec::new();
        let output =
            BuildOutput::read(io::empty(), stderr.as_bytes(), &mut |event| events.push(event));
        // Standard output may end before what stands in the other pipe is read.
        assert_eq!(output.unwrap().words(), "   Compiling serde v1\nerror: no\n");
        let mut progress = Progress::new();
        for piece in stderr.split_inclusive(['\r', '\n']) {
            progress.take(piece.as_bytes(), &mut |event| events.push(event));
        }
        let last = events.last().unwrap();
        assert!(matches!(last, Event::Compiling { done: 1, total: 2, .. }), "{events:?}");
        progress.take(b"    Blocking waiting for file lock on build directory\n", &mut |_| {});
        assert_eq!(progress.activity.as_ref().unwrap().0, Activity::Waiting);
        progress.end_wait();
        assert!(progress.activity.is_none());
    }
}
