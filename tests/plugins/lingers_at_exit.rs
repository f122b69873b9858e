//! Succeeds, and keeps its process at its end until there is a file `go`.

use migration_api::prelude::*;

unsafe extern "C" {
    fn atexit(function: extern "C" fn()) -> i32;
}

extern "C" fn linger() {
    let _ = std::fs::write("half", std::process::id().to_string());
    let exists = |file| std::path::Path::new(file).exists();
    // It ends with the folder too.
    while exists("app.db") && !exists("go") {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[derive(Default)]
pub struct LingersAtExit;

impl Migration for LingersAtExit {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a)")?;
        // SAFETY: the library stays loaded, so the function is there at the end.
        unsafe { atexit(linger) };
        Ok(())
    }
}

export_migration!(LingersAtExit);
