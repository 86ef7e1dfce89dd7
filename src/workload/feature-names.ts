/** Features of a request by which rules may split; `metadata.<key>` is one besides. */
const featureNames = ['task', 'app', 'tools', 'json', 'vision', 'turns', 'input_tokens'];

/** Whether requests have a feature of this name. */
export function isFeature(name: string): boolean {
  return featureNames.includes(name) || /^metadata\..+$/.test(name);
}

/** Whether its values can be listed, as `when: {task: [chat]}` lists them: a length has too many. */
export const hasListedValues = (name: string) => isFeature(name) && name !== 'input_tokens';
