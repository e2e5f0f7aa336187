import { access, constants } from "node:fs/promises";
import process from "node:process";
import { type Browser, chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Starts Chromium.
 *
 * @throws {Error} that says what to install if it is not there: a browser that is missing is a
 * failure, not a reason to skip.
 */
export async function startBrowser(
  executablePath: string = process.env["CHROMIUM_PATH"] || "/usr/bin/chromium",
): Promise<Browser> {
  try {
    await access(executablePath, constants.X_OK);
  } catch {
    throw new Error(
      `Cannot test the page: ${executablePath} is not a program. Install Chromium ` +
        "(on Debian: apt-get install chromium), or say with CHROMIUM_PATH where it is",
    );
  }
  return await chromium.launch({ executablePath, args: ARGS });
}
