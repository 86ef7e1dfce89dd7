/** arb's public API. The command line imports nothing else. */
export * from './errors.ts';
export * from './units.ts';
