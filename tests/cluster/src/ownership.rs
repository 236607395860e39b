//! Whose a cluster's directory is: one process at a time, and whoever comes next cleans up.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use crate::authority::write;
use crate::plan::Plan;
use crate::wait::until;
use crate::{ClusterError, control_groups, network};

/// Where the directories of all clusters are: short, for the paths of sockets below must stay under 108 bytes.
pub(crate) const BASE: &str = "/var/lib/zero-trust-eks";
/// The file that holds the process id of whoever runs the cluster, and whose lock shows that it still does.
const OWNER: &str = "owner";

/// Ends the cluster `plan`, whoever runs it, and removes what it left. Nothing happens when there is none.
///
/// # Errors
///
/// When its owner does not end.
pub fn down(plan: Plan) -> Result<(), ClusterError> {
    let directory = Path::new(BASE).join(plan.name());
    let path = directory.join(OWNER);
    let Ok(owner) = File::open(&path) else { return Ok(()) };
    if owner.try_lock().is_err() {
        let text = fs::read_to_string(&path).map_err(ClusterError::file("read", &path))?;
        let pid = text.trim().parse().ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        until("the end of the cluster's owner", Duration::from_mins(1), || {
            owner.try_lock().map_err(|error| error.to_string())
        })?;
    }
    clean(plan, &directory);
    Ok(())
}

/// Makes the cluster's directory this process's own, after what an earlier run left is gone.
pub(crate) fn take_over(plan: Plan, directory: &Path) -> Result<File, ClusterError> {
    let path = directory.join(OWNER);
    if let Ok(owner) = File::open(&path)
        && owner.try_lock().is_err()
    {
        return Err(ClusterError::Running { number: plan.number() });
    }
    clean(plan, directory);
    fs::create_dir_all(directory.join("logs")).map_err(ClusterError::file("make", directory))?;
    write(&path, &std::process::id().to_string(), 0o644)?;
    let owner = File::open(&path).map_err(ClusterError::file("open", &path))?;
    owner.try_lock().map_err(|error| ClusterError::file("lock", &path)(error.into()))?;
    control_groups::create(&plan.name())?;
    Ok(owner)
}

pub(crate) fn clean(plan: Plan, directory: &Path) {
    network::disconnect(plan);
    control_groups::remove(&plan.name());
    let _ = fs::remove_dir_all(directory);
}
