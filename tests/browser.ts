import { chromium } from "playwright-core";

/** A Chromium that makes no connection of its own. Close it. */
// deno-lint-ignore no-explicit-any -- what playwright-core returns
export function launchBrowser(): Promise<any> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync", "--no-first-run"],
    ],
  });
}
