import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** What identifies the running system: it changes with every boot. */
export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Only Linux has it; the time of the boot, to ten seconds, does for the others.
    return `boot-${Math.round((Date.now() / 1_000 - uptime()) / 10)}`;
  }
}
