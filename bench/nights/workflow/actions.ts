import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Each step of GitHub's own that the workflow uses, as shell: $STORE stands for GitHub's storage. */
const steps: Readonly<Record<string, string>> = {
  // act has put the repository in place already.
  'actions/checkout@v4': 'true',
  'actions/setup-node@v4': 'node --version',
  'actions/cache/restore@v4':
    'mkdir -p "$IN_PATH"; if [ -d "$STORE/cache" ]; then cp -a "$STORE/cache/." "$IN_PATH"; fi',
  'actions/cache/save@v4':
    'rm -rf "$STORE/cache"; mkdir -p "$STORE/cache"; cp -a "$IN_PATH/." "$STORE/cache"',
  'actions/upload-artifact@v4':
    'rm -rf "$STORE/$IN_NAME"; mkdir -p "$STORE"; cp -a "$IN_PATH" "$STORE/$IN_NAME"',
  'actions/download-artifact@v4': 'mkdir -p "$IN_PATH"; cp -a "$STORE/$IN_NAME/." "$IN_PATH"',
};

const inputs = ['name', 'path', 'key', 'restore-keys', 'node-version', 'persist-credentials'];

/**
 * Writes actions of the same names and inputs into a folder.
 *
 * @returns what act is told to take instead of GitHub's.
 */
export function writeActions(folder: string): string[] {
  const paths = new Set<string>();
  for (const [name, run] of Object.entries(steps)) {
    const [owner = '', action = '', ...inside] = name.replace(/@.*/, '').split('/');
    const home = join(folder, owner, action);
    const place = join(home, ...inside);
    mkdirSync(place, { recursive: true });
    const env = Object.fromEntries(
      ['name', 'path'].map((each) => [`IN_${each.toUpperCase()}`, `\${{ inputs.${each} }}`]),
    );
    const action_yml = {
      name,
      description: `Stands in for ${name}.`,
      inputs: Object.fromEntries(
        inputs.map((each) => [each, { description: each, required: false }]),
      ),
      runs: { using: 'composite', steps: [{ shell: 'bash', env, run }] },
    };
    writeFileSync(join(place, 'action.yml'), JSON.stringify(action_yml));
    paths.add(`${owner}/${action}@v4=${home}`);
  }
  return [...paths];
}
