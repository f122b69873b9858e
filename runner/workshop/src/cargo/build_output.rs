//! Listens to cargo while it builds: to its messages on standard output, and to what it says on standard error.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use cargo_metadata::{Message, TargetKind};

use super::activity::{Activity, is_drawn_over};
use super::{Built, Library};
use runner_engine::{Event, Observer};

/// What comes from cargo.
enum Heard {
    Message(Box<Message>),
    /// Standard output has ended, or cannot be read any more.
    NoMoreMessages(io::Result<()>),
    /// A piece of standard error, up to the end of a line or to where cargo begins to draw over it.
    Piece(Vec<u8>),
}

/// What was heard until standard output ended.
pub(super) struct Listened {
    pub(super) built: Built,
    /// Whether cargo came as far as building.
    pub(super) finished: bool,
    words: Vec<u8>,
    rest: Receiver<Heard>,
}

/// How often is told that cargo is still at it.
const TICK: Duration = Duration::from_secs(1);

/// Hears cargo until its standard output ends, and tells of it.
///
/// # Errors
/// Standard output cannot be read.
pub(super) fn listen(
    stdout: impl Read + Send + 'static,
    stderr: impl Read + Send + 'static,
    observe: &mut Observer<'_>,
) -> io::Result<Listened> {
    // Both pipes are read at once: cargo would wait for ever on the one that is full.
    let (sender, heard) = mpsc::channel();
    let words = sender.clone();
    thread::spawn(move || {
        let mut messages = Message::parse_stream(BufReader::new(stdout));
        let ended = messages.try_for_each(|message| {
            let _ = sender.send(Heard::Message(Box::new(message?)));
            Ok(())
        });
        let _ = sender.send(Heard::NoMoreMessages(ended));
    });
    thread::spawn(move || {
        let mut stderr = BufReader::new(stderr);
        while let Ok(piece @ [_, ..]) = read_piece(&mut stderr).as_deref() {
            let _ = words.send(Heard::Piece(piece.to_owned()));
        }
    });
    let mut listened =
        Listened { built: Built::default(), finished: false, words: Vec::new(), rest: heard };
    let mut watch = Watch::new();
    loop {
        match listened.rest.recv_timeout(TICK) {
            Ok(Heard::NoMoreMessages(ended)) => return ended.map(|()| listened),
            Ok(Heard::Message(message)) => {
                watch.goes_on();
                listened.hear(*message, observe);
            }
            Ok(Heard::Piece(piece)) => {
                watch.hear(&piece, observe);
                listened.keep(piece);
            }
            Err(RecvTimeoutError::Timeout) => watch.tick(observe),
            Err(RecvTimeoutError::Disconnected) => return Ok(listened),
        }
    }
}

impl Listened {
    fn hear(&mut self, message: Message, observe: &mut Observer<'_>) {
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
        while let Ok(heard) = self.rest.recv() {
            if let Heard::Piece(piece) = heard {
                self.keep(piece);
            }
        }
        String::from_utf8_lossy(&self.words).into_owned()
    }
}

/// What cargo is at, and since when.
struct Watch {
    began: Instant,
    /// With the moment since which it waits.
    activity: Option<(Activity, Instant)>,
}

impl Watch {
    fn new() -> Self {
        Self { began: Instant::now(), activity: None }
    }

    fn hear(&mut self, piece: &[u8], observe: &mut Observer<'_>) {
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
            self.tell(observe);
        }
    }

    /// It does not wait any more.
    fn goes_on(&mut self) {
        self.activity.take_if(|(now, _)| *now == Activity::Waiting);
    }

    fn tick(&self, observe: &mut Observer<'_>) {
        self.tell(observe);
    }

    fn tell(&self, observe: &mut Observer<'_>) {
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
        let mut told = Vec::new();
        let listened = listen(io::empty(), stderr.as_bytes(), &mut |event| told.push(event));
        // Standard output may end before what stands in the other pipe is read.
        assert_eq!(listened.unwrap().words(), "   Compiling serde v1\nerror: no\n");
        let mut watch = Watch::new();
        for piece in stderr.split_inclusive(['\r', '\n']) {
            watch.hear(piece.as_bytes(), &mut |event| told.push(event));
        }
        let last = told.last().unwrap();
        assert!(matches!(last, Event::Compiling { done: 1, total: 2, .. }), "{told:?}");
        watch.hear(b"    Blocking waiting for file lock on build directory\n", &mut |_| {});
        assert_eq!(watch.activity.as_ref().unwrap().0, Activity::Waiting);
        watch.goes_on();
        assert!(watch.activity.is_none());
    }
}
