// Stories in a real Chromium, against a running site, edge and desk. `cargo xtask test --only browser` starts these
// and names them in the environment; nothing here starts or installs anything.
import path from "node:path";
import { defineConfig } from "@playwright/test";

const GALLERY = ["**/gallery.spec.ts", "**/launcher.spec.ts"];

export default defineConfig({
  testDir: ".",
  outputDir: "../../.parlor/playwright",
  // The gallery's boards are pictures for people too.
  snapshotPathTemplate: "../../docs/images/gallery/{arg}{ext}",
  updateSnapshots: process.env.PARLOR_SCREENSHOTS ? "all" : "none",
  // One desk serves all stories, and each story wants it for itself. The gallery wants neither desk nor edge, and what is
  // measured there takes as long as all stories: it goes on beside them.
  workers: 2,
  fullyParallel: false,
  projects: [
    { name: "stories", testIgnore: GALLERY, workers: 1 },
    { name: "gallery", testMatch: GALLERY, workers: 1 },
  ],
  // A test that passes at the second try is a defect.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    viewport: { width: 1280, height: 860 },
    locale: "en-GB",
    timezoneId: "Europe/London",
    colorScheme: "light",
    launchOptions: {
      executablePath: path.join(__dirname, "chromium.sh"),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
    trace: "off",
  },
});
