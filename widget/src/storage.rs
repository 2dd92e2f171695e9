//! The frame's own storage. Where a browser refuses it, the widget works and remembers nothing.

use web_sys::Storage;

use crate::snapshot::{Entry, Kept};

/// The entries of one resource.
pub struct Shelf {
    storage: Option<Storage>,
    prefix: String,
}

impl Shelf {
    /// The shelf of a resource.
    pub fn new(resource: &str) -> Self {
        Self {
            storage: crate::app::window().local_storage().ok().flatten(),
            prefix: ["parlor.", resource, "."].concat(),
        }
    }

    /// Everything on it.
    pub fn read(&self) -> Kept {
        let Some(storage) = &self.storage else {
            return Kept::default();
        };
        let length = storage.length().unwrap_or(0);
        Kept::from_entries((0..length).filter_map(|index| {
            let name = storage.key(index).ok()??;
            let key = name.strip_prefix(&self.prefix)?.to_owned();
            let value = storage.get_item(&name).ok()??;
            Some((key, value))
        }))
    }

    /// Writes or removes one entry.
    pub fn keep(&self, entry: &Entry) {
        let Some(storage) = &self.storage else {
            return;
        };
        let name = [self.prefix.as_str(), &entry.key].concat();
        // A full storage is not the visitor's concern: what could not be kept is still sent.
        let _ = match &entry.value {
            Some(value) => storage.set_item(&name, value),
            None => storage.remove_item(&name),
        };
    }
}
