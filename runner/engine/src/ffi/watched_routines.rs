//! The table of SQLite's functions with a counter in front of each that leaves something on a connection or in
//! the process. What a migration can call and is not counted only compiles, runs and reads statements.

use std::ffi::{c_int, c_uint, c_void};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::ffi;

/// The version whose table was looked through. Another may be shorter, or have functions that are not known
/// here; then the table is handed over as it is, and nothing is known of what is called.
const VERSION: c_int = 3_054_001;

/// How many functions the table of that version has (`sqlite3_api_routines` in its `sqlite3ext.h`). Where one
/// is in it never changes: the table only grows (<https://sqlite.org/loadext.html>).
const SLOTS: usize = 279;

/// What follows them is absent, for a library that was built with a longer table.
const ABSENT: usize = 121;

/// A table: pointers to functions and nothing else.
type Table = [*const c_void; SLOTS + ABSENT];

/// How often a counted function was called in this process, by whichever library and thread.
static CALLS: AtomicU64 = AtomicU64::new(0);

static WATCHED: OnceLock<Watched> = OnceLock::new();

struct Watched {
    original: [*const c_void; SLOTS],
    table: Table,
}

// SAFETY: it is written once, and points to functions.
unsafe impl Send for Watched {}
// SAFETY: as above.
unsafe impl Sync for Watched {}

/// A number that changes whenever a library calls what leaves something on a connection. `None`: that is not
/// seen with this SQLite.
pub(crate) fn calls() -> Option<u64> {
    WATCHED.get().map(|_| CALLS.load(Ordering::Acquire))
}

/// The table to hand to libraries in the place of `original`.
///
/// # Safety
/// `original` is the table that this process's SQLite hands to extensions.
pub(super) unsafe fn watched(original: *const c_void) -> *const c_void {
    // SAFETY: it may be called at any time.
    if unsafe { ffi::sqlite3_libversion_number() } != VERSION {
        return original;
    }
    let watched = WATCHED.get_or_init(|| {
        // SAFETY: the table of this version has that many pointers, and stays as long as the process.
        let original = unsafe { original.cast::<[*const c_void; SLOTS]>().read() };
        let mut table = [ptr::null(); SLOTS + ABSENT];
        table[..SLOTS].copy_from_slice(&original);
        put_counters(&mut table);
        Watched { original, table }
    });
    (&raw const watched.table).cast()
}

/// Counts a call, and gives the function behind it.
fn counted(slot: usize) -> *const c_void {
    CALLS.fetch_add(1, Ordering::AcqRel);
    match WATCHED.get() {
        Some(watched) => watched.original[slot],
        // Nobody has the table before it is made.
        None => std::process::abort(),
    }
}

type P = *mut c_void;
type I = c_int;
type L = i64;

/// What the functions look like: each shape by what is handed over and what comes back, with the slots and
/// names of those that have it. Pointers are all alike to a caller, to functions too.
macro_rules! counters {
    ($($shape:ident ( $($argument:ident : $type:ty),* ) -> $result:ty { $($slot:literal $name:ident),+ })+) => {
        $(
            unsafe extern "C" fn $shape<const SLOT: usize>($($argument: $type),*) -> $result {
                // SAFETY: a slot is only called through where SQLite has a function, which is of this shape.
                // What is handed over is the caller's affair.
                unsafe {
                    let function: unsafe extern "C" fn($($type),*) -> $result =
                        std::mem::transmute(counted(SLOT));
                    function($($argument),*)
                }
            }
        )+

        fn put_counters(table: &mut Table) {
            // What SQLite was built without stays absent.
            let mut put = |slot: usize, counter: *const c_void| {
                if !table[slot].is_null() {
                    table[slot] = counter;
                }
            };
            $($( put($slot, $shape::<$slot> as *const c_void); )+)+
            // It takes any number of arguments, and could not hand them on. SQLite can be built so that it
            // does nothing: no application is to call it (<https://sqlite.org/c3ref/test_control.html>).
            put(TEST_CONTROL, test_control as *const c_void);
        }

        #[cfg(test)]
        const COUNTED: &[(usize, &str)] = &[$($(($slot, stringify!($name))),+),+];
    };
}

const TEST_CONTROL: usize = 147;

unsafe extern "C" fn test_control(_operation: I) -> I {
    ffi::SQLITE_OK
}

counters! {
    nothing() -> () { 200 reset_auto_extension }
    number(a: I) -> I { 51 enable_shared_cache, 136 release_memory }
    forget(a: I) -> () { 140 soft_heap_limit }
    long(a: L) -> L { 168 soft_heap_limit64, 244 hard_heap_limit64 }
    one(a: P) -> I {
        16 close, 143 vfs_unregister, 179 close_v2, 182 db_release_memory, 192 auto_extension,
        195 cancel_auto_extension, 212 db_cacheflush
    }
    interrupt(a: P) -> () { 64 interrupt }
    find(a: P) -> P { 141 vfs_find, 164 db_mutex, 251 database_file_object }
    two(a: P, b: P) -> I {
        50 declare_vtab, 70 open, 71 open16, 174 wal_checkpoint, 243 drop_modules
    }
    get(a: P, b: P) -> P { 268 get_clientdata }
    set(a: P, b: I) -> I {
        14 busy_timeout, 142 vfs_register, 150 extended_result_codes, 173 wal_autocheckpoint
    }
    set_row(a: P, b: L) -> () { 216 set_last_insert_rowid }
    handle(a: P, b: P, c: P) -> I {
        13 busy_handler, 17 collation_needed, 18 collation_needed16, 91 set_authorizer, 172 unlock_notify
    }
    hook(a: P, b: P, c: P) -> P {
        40 commit_hook, 74 profile, 90 rollback_hook, 98 trace, 100 update_hook, 175 wal_hook
    }
    overload(a: P, b: P, c: I) -> I { 115 overload_function }
    limit(a: P, b: I, c: I) -> I { 151 limit, 270 setlk_timeout }
    message(a: P, b: I, c: P) -> I { 271 set_errmsg }
    progress(a: P, b: I, c: P, d: P) -> () { 75 progress_handler }
    four(a: P, b: P, c: P, d: P) -> I {
        47 create_module, 196 load_extension, 255 autovacuum_pages, 269 set_clientdata
    }
    back_up(a: P, b: P, c: P, d: P) -> P { 156 backup_init }
    control(a: P, b: P, c: I, d: P) -> I { 127 file_control, 135 open_v2 }
    trace(a: P, b: c_uint, c: P, d: P) -> I { 214 trace_v2 }
    serialize(a: P, b: P, c: P, d: c_uint) -> P { 263 serialize }
    module(a: P, b: P, c: P, d: P, e: P) -> I { 119 create_module_v2 }
    collation(a: P, b: P, c: I, d: P, e: P) -> I { 43 create_collation, 44 create_collation16 }
    collation_v2(a: P, b: P, c: I, d: P, e: P, f: P) -> I { 126 create_collation_v2 }
    checkpoint(a: P, b: P, c: I, d: P, e: P) -> I { 191 wal_checkpoint_v2 }
    status(a: P, b: I, c: P, d: P, e: I) -> I { 165 db_status, 272 db_status64 }
    deserialize(a: P, b: P, c: P, d: L, e: L, f: c_uint) -> I { 262 deserialize }
    blob(a: P, b: P, c: P, d: P, e: L, f: I, g: P) -> I { 123 blob_open }
    function(a: P, b: P, c: I, d: I, e: P, f: P, g: P, h: P) -> I {
        45 create_function, 46 create_function16
    }
    function_v2(a: P, b: P, c: I, d: I, e: P, f: P, g: P, h: P, i: P) -> I { 162 create_function_v2 }
    window(a: P, b: P, c: I, d: I, e: P, f: P, g: P, h: P, i: P, j: P) -> I { 239 create_window_function }
}

#[cfg(test)]
mod tests {
    use std::mem::transmute;

    use rusqlite::Connection;

    use super::*;
    use crate::ffi::routines;

    fn table() -> &'static Table {
        // SAFETY: the table stays as long as the process.
        unsafe { &*routines().unwrap().as_ptr().cast::<Table>() }
    }

    #[test]
    fn the_table_of_this_sqlite_was_looked_through() {
        // Where SQLite is another: see what `sqlite3_api_routines` has gained, and whether each function leaves
        // something on a connection. Then raise `SLOTS`.
        assert_eq!(ffi::SQLITE_VERSION_NUMBER, VERSION);
        assert!(lasting_calls_are_seen());
        let original = &WATCHED.get().unwrap().original;
        // The last one, and none after it.
        assert_eq!(original[SLOTS - 1], ffi::sqlite3_result_str as *const c_void);
        assert!(table()[SLOTS..].iter().all(|function| function.is_null()));
        for (slot, name) in COUNTED {
            let is_absent = original[*slot].is_null();
            assert_eq!(is_absent, *name == "unlock_notify", "{name}");
            assert_eq!(table()[*slot] == original[*slot], is_absent, "{name}");
        }
    }

    fn lasting_calls_are_seen() -> bool {
        routines().unwrap();
        calls().is_some()
    }

    /// Each counter stands where SQLite has the function of its name.
    #[test]
    fn each_counter_is_in_front_of_the_function_that_it_is_named_for() {
        macro_rules! names {
            ($($name:ident)+) => { [$((stringify!($name), ffi::$name as *const c_void)),+] };
        }
        let functions = names! {
            sqlite3_auto_extension sqlite3_autovacuum_pages sqlite3_backup_init sqlite3_blob_open
            sqlite3_busy_handler sqlite3_busy_timeout sqlite3_cancel_auto_extension sqlite3_close
            sqlite3_collation_needed sqlite3_commit_hook sqlite3_create_collation_v2
            sqlite3_create_function_v2 sqlite3_create_module_v2 sqlite3_create_window_function
            sqlite3_database_file_object sqlite3_db_cacheflush sqlite3_db_mutex
            sqlite3_db_release_memory sqlite3_db_status sqlite3_db_status64 sqlite3_declare_vtab
            sqlite3_deserialize sqlite3_drop_modules sqlite3_enable_shared_cache
            sqlite3_extended_result_codes sqlite3_file_control sqlite3_get_clientdata
            sqlite3_hard_heap_limit64 sqlite3_interrupt sqlite3_limit sqlite3_load_extension
            sqlite3_open sqlite3_open_v2 sqlite3_overload_function sqlite3_profile
            sqlite3_progress_handler sqlite3_release_memory sqlite3_reset_auto_extension
            sqlite3_rollback_hook sqlite3_serialize sqlite3_set_authorizer sqlite3_set_clientdata
            sqlite3_set_errmsg sqlite3_set_last_insert_rowid sqlite3_setlk_timeout
            sqlite3_soft_heap_limit sqlite3_soft_heap_limit64 sqlite3_trace sqlite3_trace_v2
            sqlite3_update_hook sqlite3_vfs_find sqlite3_vfs_register sqlite3_vfs_unregister
            sqlite3_wal_autocheckpoint sqlite3_wal_checkpoint sqlite3_wal_checkpoint_v2
            sqlite3_wal_hook
        };
        routines().unwrap();
        let original = &WATCHED.get().unwrap().original;
        for (name, function) in functions {
            let name = name.strip_prefix("sqlite3_").unwrap();
            let (slot, _) = COUNTED.iter().find(|(_, counted)| *counted == name).unwrap();
            assert_eq!(original[*slot], function, "{name}");
        }
        assert_eq!(original[TEST_CONTROL], ffi::sqlite3_test_control as *const c_void);
    }

    #[test]
    fn a_counted_function_does_its_work_and_others_are_not_counted() {
        const STEP: usize = 94;
        let connection = Connection::open_in_memory().unwrap();
        let before = {
            routines().unwrap();
            calls().unwrap()
        };
        // SAFETY: the slot has a function of this shape, and the connection is open.
        unsafe {
            let set: unsafe extern "C" fn(*mut ffi::sqlite3, I) -> I = transmute(table()[14]);
            assert_eq!(set(connection.handle(), 4321), ffi::SQLITE_OK);
        }
        let timeout = connection.query_row("PRAGMA busy_timeout", [], |row| row.get(0));
        assert_eq!(timeout, Ok(4321));
        // Other tests of this process may call some at the same time.
        assert!(calls().unwrap() > before);
        assert_eq!(table()[STEP], ffi::sqlite3_step as *const c_void);
    }

    #[test]
    fn what_sqlite_has_for_its_own_tests_does_nothing() {
        // SAFETY: the slot has a function that takes this and may be called at any time.
        let answer = unsafe {
            let control: unsafe extern "C" fn(I, ...) -> I = transmute(table()[TEST_CONTROL]);
            control(ffi::SQLITE_TESTCTRL_BYTEORDER)
        };
        assert_eq!(answer, ffi::SQLITE_OK);
    }
}
