import { type NamedText, namePolicy } from '../../policy/write.ts';
import { readInput } from '../config/input.ts';

/** The id of a policy by what it decides, and its file with that id. @throws UsageError */
export function identifyPolicy(file: string): NamedText {
  return namePolicy(readInput(file), file);
}
