//! Stamps: a hash of everything that a build reads, kept when it succeeded. The same hash again means nothing to do.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The hash of files and folders (by path below `root`, with their content) and of further facts.
///
/// # Errors
/// Where something that exists cannot be read. What does not exist counts as absent.
pub fn of(root: &Path, paths: &[&str], facts: &[&str]) -> Result<String> {
    let mut hash = Sha256::new();
    for path in paths {
        add(&mut hash, &root.join(path))?;
    }
    for fact in facts {
        hash.update(fact.as_bytes());
        hash.update([0]);
    }
    Ok(hex(&hash.finalize()))
}

/// Whether the last successful build named `name` had this stamp.
pub fn is(root: &Path, name: &str, stamp: &str) -> bool {
    fs::read_to_string(path(root, name)).is_ok_and(|kept| kept == stamp)
}

/// Keeps the stamp of a build that succeeded.
///
/// # Errors
/// Where it cannot be written.
pub fn set(root: &Path, name: &str, stamp: &str) -> Result<()> {
    let path = path(root, name);
    fs::create_dir_all(path.parent().unwrap_or(root))?;
    fs::write(&path, stamp).with_context(|| format!("could not write {}", path.display()))
}

/// Drops a stamp before a build that may leave half of its work.
///
/// # Errors
/// Where it is there and cannot be removed.
pub fn forget(root: &Path, name: &str) -> Result<()> {
    match fs::remove_file(path(root, name)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Ten hex digits of the content's hash, for a file name.
pub fn short(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)).chars().take(10).collect()
}

fn path(root: &Path, name: &str) -> std::path::PathBuf {
    root.join(".parlor/stamps").join(name)
}

fn add(hash: &mut Sha256, path: &Path) -> Result<()> {
    let Ok(facts) = fs::metadata(path) else { return Ok(()) };
    if facts.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(path)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            add(hash, &entry.path())?;
        }
    } else {
        let bytes = fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
        hash.update(path.to_string_lossy().as_bytes());
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(&bytes);
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_content_name_or_fact_changes_the_stamp() {
        let folder = std::env::temp_dir().join(format!("parlor-stamp-{}", std::process::id()));
        fs::create_dir_all(folder.join("in")).unwrap();
        fs::write(folder.join("in/a"), "one").unwrap();
        let first = of(&folder, &["in"], &["fact"]).unwrap();
        assert_eq!(of(&folder, &["in"], &["fact"]).unwrap(), first);
        assert_ne!(of(&folder, &["in"], &["other"]).unwrap(), first);
        fs::write(folder.join("in/a"), "two").unwrap();
        let second = of(&folder, &["in"], &["fact"]).unwrap();
        assert_ne!(second, first);
        fs::rename(folder.join("in/a"), folder.join("in/b")).unwrap();
        assert_ne!(of(&folder, &["in"], &["fact"]).unwrap(), second);
        fs::remove_dir_all(&folder).unwrap();
    }
}
