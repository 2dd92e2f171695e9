// What is kept in the site's own storage: flags, a number, and, where the browser gives the frame no storage, what the
// frame would keep itself. Nothing before consent, and nothing at all with data-persistence="none".

export const open = (core, wrong) => {
  let told = false;
  const may = () => core.agreed && core.set.persistence !== "none";
  const write = (shelf, name, value) => {
    if (!may()) return;
    try {
      const storage = shelf();
      const key = core.prefix + name;
      // What is so already is not stored again: another tab, which said so, may have gone on meanwhile.
      if ((storage.getItem(key) ?? "") === (value || "")) return;
      if (value) storage.setItem(key, value);
      else storage.removeItem(key);
    } catch {
      if (told) return;
      told = true;
      wrong("storage_blocked", "this page may not use its own storage (a setting of the browser, or a sandbox without allow-same-origin). The chat works; the next page does not know of it.");
    }
  };
  const session = () => sessionStorage;
  return {
    keep: (name, value) => write(core.shelf, name, value),
    // For this tab, whatever the persistence: what was dismissed or opened must not come again on the next page.
    keepForTab: (name, value) => write(session, name, value),
    recallForTab(name) {
      try {
        return may() && sessionStorage.getItem(core.prefix + name);
      } catch {
        return null;
      }
    },
    // All of one kind, by the rest of their names.
    all(kind) {
      const found = {};
      if (!may()) return found;
      try {
        const storage = core.shelf();
        const start = core.prefix + kind;
        for (const name of Object.keys(storage)) {
          if (name.startsWith(start)) found[name.slice(start.length)] = storage.getItem(name);
        }
      } catch {
        // Then there is nothing.
      }
      return found;
    },
    clear() {
      for (const storage of [() => localStorage, session]) {
        try {
          for (const name of Object.keys(storage())) if (name.startsWith(core.prefix)) storage().removeItem(name);
        } catch {
          // Then there is nothing.
        }
      }
    },
  };
};
