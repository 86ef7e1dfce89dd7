import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import workers from 'node:worker_threads';

/**
 * Loaded before a program: each sync of a file takes so many ms longer, in all of its threads. What
 * waits for a sync is blocked as by a disk; a sync in the background takes its time beside.
 */
const delay = Number(process.env.ARB_FSYNC_MS ?? 300);
const self = import.meta.url;
const cell = new Int32Array(new SharedArrayBuffer(4));
let syncs = 0;
const block = () => {
  syncs += 1;
  Atomics.wait(cell, 0, 0, delay);
};
const later = (then: () => void) => {
  syncs += 1;
  setTimeout(then, delay);
};
process.on('exit', () => {
  const log = process.env.ARB_FSYNC_LOG;
  if (log !== undefined && syncs > 0) fs.appendFileSync(log, `${syncs}\n`);
});

const { fsyncSync, fdatasyncSync, fsync, fdatasync, promises } = fs;
fs.fsyncSync = (fd) => {
  block();
  fsyncSync(fd);
};
fs.fdatasyncSync = (fd) => {
  block();
  fdatasyncSync(fd);
};
fs.fsync = Object.assign((fd: number, done: fs.NoParamCallback) => {
  later(() => fsync(fd, done));
}, fsync);
fs.fdatasync = Object.assign((fd: number, done: fs.NoParamCallback) => {
  later(() => fdatasync(fd, done));
}, fdatasync);

const { open } = promises;
promises.open = async (...given: Parameters<typeof open>) => {
  const handle = await open(...given);
  for (const name of ['sync', 'datasync'] as const) {
    const sync = handle[name].bind(handle);
    handle[name] = async () => {
      await new Promise<void>(later);
      await sync();
    };
  }
  return handle;
};

// A thread that is started without options would not be slowed.
const { Worker } = workers;
workers.Worker = class extends Worker {
  constructor(file: string | URL, options: workers.WorkerOptions = {}) {
    const given = options.execArgv ?? process.execArgv;
    super(file, { ...options, execArgv: [...given, '--import', self] });
  }
};
syncBuiltinESMExports();
