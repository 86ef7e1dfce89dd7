/**
 * The module in which a thread begins, by its name beside the module at `here` (`import.meta.url`):
 * both as TypeScript and as built, with the extension of that module.
 */
export const threadEntry = (here: string, name: string): URL =>
  new URL(`./${name}${here.endsWith('.ts') ? '.ts' : '.js'}`, here);
