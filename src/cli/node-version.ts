/** The oldest Node that has what arb uses; as `engines` in package.json. */
const oldest = [22, 19] as const;

/** Why arb cannot run in this version of Node, such as `20.20.2`; nothing where it can. */
export function findNodeFault(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [needed, least] = oldest;
  if (major > needed || (major === needed && minor >= least)) return undefined;
  return `arb needs Node ${oldest.join('.')} or newer, this is ${version}. Install it from https://nodejs.org, or use nvm.`;
}
