import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';

/** Debian's Chromium, or what CHROMIUM names. */
export const openBrowser = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });

/** Milliseconds from the begin of the navigation to the first text or image of the page. */
export async function readFirstPaint(tab: Page): Promise<number> {
  // It is told some frames after it happened.
  for (let tries = 0; tries < 100; tries++) {
    const at = await tab.evaluate(
      "performance.getEntriesByName('first-contentful-paint')[0]?.startTime",
    );
    if (typeof at === 'number') return at;
    await sleep(50);
  }
  return Infinity;
}
