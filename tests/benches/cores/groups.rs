//! Processors that are simulated: control groups of Linux, each of one thread.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Microseconds of processor time that a core has of each [`PERIOD`]: an eighth, in which some twenty calls are made.
const QUOTA: u32 = 1250;
const PERIOD: u32 = 10_000;
/// Where Linux keeps the groups of the controller.
const FOLDER: &str = "/sys/fs/cgroup/cpu";

/// Control groups of one thread each. Dropped, they are removed: their threads have to have ended.
pub struct Groups(Vec<PathBuf>);

impl Groups {
    pub fn new(cores: usize) -> io::Result<Self> {
        let mut groups = Self(Vec::new());
        for core in 0..cores {
            let group = Path::new(FOLDER).join(format!("ossicle-{}-{cores}-{core}", std::process::id()));
            fs::create_dir(&group)?;
            groups.0.push(group.clone());
            fs::write(group.join("cpu.cfs_period_us"), PERIOD.to_string())?;
            fs::write(group.join("cpu.cfs_quota_us"), QUOTA.to_string())?;
        }
        Ok(groups)
    }

    /// Has the thread that calls it join the next group. A runtime has other threads for what blocks, of which calls need none:
    /// they join none.
    pub fn joining(&self) -> impl Fn() + Send + Sync + use<> {
        let (paths, next) = (self.0.clone(), AtomicUsize::new(0));
        move || {
            if let Some(group) = paths.get(next.fetch_add(1, Relaxed)) {
                // 0 is the thread that writes.
                fs::write(group.join("tasks"), "0").expect("a thread joins its group");
            }
        }
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        for group in &self.0 {
            if let Err(error) = fs::remove_dir(group) {
                eprintln!("{} is left: {error}", group.display());
            }
        }
    }
}
