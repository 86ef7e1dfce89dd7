import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Shell } from './shell.ts';

/** What opens a file as a double click does, by the platform; cmd would read a name as commands. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['explorer.exe'],
};

/** Shows a file in the program that the desktop has for it. False where there is none. */
export async function openFile(file: string, env: Shell['env']): Promise<boolean> {
  const [command = 'xdg-open', ...args] = openers[process.platform] ?? [];
  const child = spawn(command, [...args, resolve(file)], {
    detached: true,
    stdio: 'ignore',
    env: { ...env },
  });
  try {
    await once(child, 'spawn');
  } catch {
    return false;
  }
  child.unref();
  return true;
}
