//! The control groups of one cluster, in every hierarchy of version 1 or in the one of version 2.

use std::fs;
use std::path::{Path, PathBuf};

use crate::ClusterError;

const ROOT: &str = "/sys/fs/cgroup";

/// Makes the group `name` in every hierarchy.
pub(crate) fn create(name: &str) -> Result<(), ClusterError> {
    for hierarchy in hierarchies() {
        let group = hierarchy.join(name);
        fs::create_dir_all(&group).map_err(ClusterError::file("make", &group))?;
        // A new group of this hierarchy has no processor and no memory to run on before it is told.
        for file in ["cpuset.cpus", "cpuset.mems"] {
            let (from, to) = (hierarchy.join(file), group.join(file));
            if let Ok(value) = fs::read_to_string(&from) {
                fs::write(&to, value.trim()).map_err(ClusterError::file("write", &to))?;
            }
        }
    }
    Ok(())
}

/// Removes the group `name` and those below it; no process may be left in any of them.
pub(crate) fn remove(name: &str) {
    for hierarchy in hierarchies() {
        remove_below(&hierarchy.join(name));
    }
}

fn remove_below(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_below(&entry.path());
        }
    }
    // The files of a group are not removed one by one: the directory goes as it is.
    let _ = fs::remove_dir(group);
}

fn hierarchies() -> Vec<PathBuf> {
    let root = Path::new(ROOT);
    if root.join("cgroup.controllers").exists() {
        return vec![root.to_owned()];
    }
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.map(|entry| entry.path()).filter(|path| path.join("cgroup.procs").exists()).collect()
}
