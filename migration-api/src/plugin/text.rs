//! Text on its way over the boundary.

use std::{slice, str};

/// Borrowed UTF-8 text.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// The first byte; never null, dangling when `len` is 0.
    pub data: *const u8,
    /// The number of bytes.
    pub len: usize,
}

impl Text {
    /// Lends `text`; the result must not outlive it.
    #[must_use]
    pub const fn lend(text: &str) -> Self {
        Self { data: text.as_ptr(), len: text.len() }
    }

    /// The text, or `None` if it is not UTF-8 or its pointer is null.
    ///
    /// # Safety
    /// `data` must be null or point to `len` bytes that stay readable and unchanged for `'a`.
    #[must_use]
    pub unsafe fn read<'a>(self) -> Option<&'a str> {
        if self.data.is_null() {
            return None;
        }
        // SAFETY: not null, and the caller vouches for `len` readable bytes.
        let bytes = unsafe { slice::from_raw_parts(self.data, self.len) };
        str::from_utf8(bytes).ok()
    }
}
