//! The file systems that SQLite's locks cannot be trusted on: those of other machines, and those that a
//! program serves (<https://sqlite.org/howtocorrupt.html#_filesystems_with_broken_or_missing_lock_implementations>).

use std::path::Path;

/// The kind of the file system that `path` is on, where it is one of another machine or of a program.
#[cfg(target_os = "linux")]
pub(super) fn kind(path: &Path) -> Option<&'static str> {
    // The numbers are in the kernel's `magic.h` and in statfs(2).
    let kind = match rustix::fs::statfs(path).ok()?.f_type as u32 {
        0x6969 => "NFS",
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => "SMB",
        0x6573_5546 => "FUSE",
        0x5346_414f | 0x6b41_4653 => "AFS",
        0x00c3_6400 => "Ceph",
        0x0102_1997 => "9P",
        0x0bd0_0bd0 => "Lustre",
        0x4750_4653 => "GPFS",
        0x0116_1970 => "GFS2",
        0x7461_636f => "OCFS2",
        0x7375_7245 => "Coda",
        _ => return None,
    };
    Some(kind)
}

/// Elsewhere that is not looked at.
#[cfg(not(target_os = "linux"))]
pub(super) fn kind(_path: &Path) -> Option<&'static str> {
    None
}
