//! What the file system says of files without reading them. Differences between platforms are here.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Sizes and times of some files and folders. The time of a folder changes when something in it is
/// made, removed or renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    /// A sum of everything. Another build of the runner may sum up otherwise.
    pub(super) sum: u64,
    /// When anything was changed last.
    newest: SystemTime,
}

impl Stamp {
    /// Looks at `paths` in `folder` below `root`. The empty path is the folder.
    pub(super) fn of<'p>(
        root: &Root,
        folder: &str,
        paths: impl Iterator<Item = &'p str>,
    ) -> io::Result<Self> {
        let mut sum = DefaultHasher::new();
        let mut newest = SystemTime::UNIX_EPOCH;
        let mut path = String::new();
        for below in paths {
            path.clear();
            path.extend([folder, "/", below]);
            newest = newest.max(root.look(Path::new(&path), &mut sum)?);
        }
        Ok(Self { sum: sum.finish(), newest })
    }

    /// Looks at `paths`, whatever they are called, in `root` itself.
    pub(super) fn of_all<'p>(
        root: &Root,
        paths: impl Iterator<Item = &'p Path>,
    ) -> io::Result<Self> {
        let mut sum = DefaultHasher::new();
        let mut newest = SystemTime::UNIX_EPOCH;
        for path in paths {
            newest = newest.max(root.look(&Path::new(".").join(path), &mut sum)?);
        }
        Ok(Self { sum: sum.finish(), newest })
    }

    /// Whether a change after `moment` would show in the times. A file that was changed just before
    /// may be changed again within the same tick of the file system's clock, and look the same. Git
    /// has this problem with its index (<https://git-scm.com/docs/racy-git>).
    pub(super) fn would_show_change_since(&self, moment: SystemTime) -> bool {
        /// The coarsest clock of a file system in use, that of FAT, has two seconds; the times here
        /// are cut to one.
        const TICK: Duration = Duration::from_secs(3);
        moment.duration_since(self.newest).is_ok_and(|age| age > TICK)
    }
}

/// A folder below which files are looked at. Where the system can, it is opened once: to follow its
/// path for each of thousands of files would cost more than to look at them.
#[cfg(unix)]
pub(super) struct Root(std::os::fd::OwnedFd);

#[cfg(unix)]
impl Root {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::open(folder, flags, Mode::empty())?))
    }

    /// Adds what there is to say of `path` to `sum`, and gives when it changed last. Nobody can set
    /// back the time of a change of status, which every write changes too.
    fn look(&self, path: &Path, sum: &mut DefaultHasher) -> io::Result<SystemTime> {
        use rustix::fs::{AtFlags, statat};
        // Of a link that leads nowhere there is the link itself to look at.
        let stat = statat(&self.0, path, AtFlags::empty())
            .or_else(|_| statat(&self.0, path, AtFlags::SYMLINK_NOFOLLOW))?;
        (stat.st_ino, stat.st_size).hash(sum);
        (stat.st_mtime, stat.st_mtime_nsec, stat.st_ctime, stat.st_ctime_nsec).hash(sum);
        let seconds = u64::try_from(stat.st_mtime.max(stat.st_ctime)).unwrap_or_default();
        Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    }
}

/// As above, without a time that nobody can set.
#[cfg(not(unix))]
pub(super) struct Root(std::path::PathBuf);

#[cfg(not(unix))]
impl Root {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self(folder.to_owned()))
    }

    fn look(&self, path: &Path, sum: &mut DefaultHasher) -> io::Result<SystemTime> {
        let path = self.0.join(path);
        let metadata = std::fs::metadata(&path).or_else(|_| std::fs::symlink_metadata(&path))?;
        let modified = metadata.modified()?;
        (metadata.len(), modified).hash(sum);
        Ok(modified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_just_written_is_not_settled() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "x").unwrap();
        let root = Root::open(folder.path()).unwrap();
        let stamp = Stamp::of(&root, ".", ["a"].into_iter()).unwrap();
        let later = |seconds| stamp.newest + Duration::from_secs(seconds);
        assert!(!stamp.would_show_change_since(stamp.newest));
        assert!(!stamp.would_show_change_since(later(2)));
        assert!(stamp.would_show_change_since(later(4)));
        // A time in the future is never trusted.
        assert!(!stamp.would_show_change_since(SystemTime::UNIX_EPOCH));
    }
}
