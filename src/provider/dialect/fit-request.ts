import { list, object, text } from '../../workload/json.ts';
import type { ChatBody, Message } from '../../workload/request.ts';
import type { Target } from '../target/target.ts';
import { describeModelLimits } from './anthropic-models.ts';
import { toolsFromFunctions, usesFunctions } from './legacy-functions.ts';
import { adapt } from './params.ts';
import { getVocabulary, isNeutral, type Vocabulary } from './vocabulary.ts';

/** What becomes of a request on its way to a target. */
export interface Fit {
  /** Why the target's wire cannot say it, in words for a skipped row; absent where it can. */
  readonly obstacle?: string;
  /** What is said in other words or left out, by documented rules; empty = sent as recorded. */
  readonly translated: readonly string[];
}

/**
 * Whether a target's wire can say what a request says. What it cannot say and would change the answer
 * or its price is an obstacle, never left out in silence: `params.drop` of the target is how a user
 * agrees to leave it out.
 */
export function fitRequest(body: ChatBody, target: Target): Fit {
  const translated = listRenamed(body, target);
  const words = getVocabulary(target.wire);
  if (!words) return { translated };
  const obstacle = findWireObstacle(body, target);
  if (obstacle !== undefined) return { obstacle, translated };
  const adapted = adapt(body, target);
  translated.push(...listLeftOut(adapted, words));
  if (target.wire === 'anthropic-messages') {
    translated.push(...describeModelLimits(adapted, target.model));
  }
  return { translated };
}

/** The obstacle alone, for what is sent: costs nothing where the wire carries whatever was recorded. */
export function findWireObstacle(body: ChatBody, target: Target): string | undefined {
  const words = getVocabulary(target.wire);
  if (!words) return undefined;
  const adapted = toolsFromFunctions(adapt(body, target));
  return (
    findParameter(adapted, words) ??
    findTool(adapted) ??
    findFormat(adapted, target) ??
    findInMessages(adapted.messages, words)
  );
}

function listRenamed(body: ChatBody, { wire, params: { rename } }: Target): string[] {
  const renamed = Object.entries(rename).flatMap(([from, to]) => {
    const isRole = body.messages.some(({ role }) => role === from);
    return isRole || body[from] != null ? [`${from} is sent as ${to}`] : [];
  });
  const older = rename.functions !== 'tools' && wire !== 'openai-chat' && usesFunctions(body);
  return older ? [...renamed, 'functions is sent as tools'] : renamed;
}

function findParameter(body: ChatBody, { cannot }: Vocabulary): string | undefined {
  const name = cannot.find((each) => body[each] != null && !isNeutral(each, body[each]));
  return (
    name && `its wire has no ${name} (leave it out with params.drop if the answers may differ)`
  );
}

function findTool(body: ChatBody): string | undefined {
  const other = list(body.tools).find((each) => !text(object(object(each)?.function)?.name));
  if (other) return `its wire has no tool of type "${text(object(other)?.type) ?? 'unknown'}"`;
  const choice = object(body.tool_choice);
  if (choice && !text(object(choice.function)?.name)) {
    return `its wire has no tool_choice of type "${text(choice.type) ?? 'unknown'}"`;
  }
  return undefined;
}

function findFormat(body: ChatBody, { wire }: Target): string | undefined {
  const type = text(object(body.response_format)?.type);
  if (wire !== 'anthropic-messages' || type !== 'json_object') return undefined;
  return 'its wire has no response_format of type "json_object" (leave it out with params.drop if the answers may differ)';
}

const roles = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];

function findInMessages(messages: readonly Message[], words: Vocabulary): string | undefined {
  for (const message of messages) {
    const { role, content } = message;
    if (!roles.includes(role)) return `its wire has no role "${role}"`;
    if (message.audio != null) return 'its wire has no answer in audio as a message';
    if (typeof content === 'string') continue;
    for (const part of list(content)) {
      const obstacle = findInPart(object(part) ?? {}, role, words);
      if (obstacle !== undefined) return obstacle;
    }
  }
  return undefined;
}

function findInPart(
  part: Readonly<Record<string, unknown>>,
  role: string,
  words: Vocabulary,
): string | undefined {
  const type = text(part.type) ?? 'unknown';
  if (type === 'text') return undefined;
  if (role === 'tool' || role === 'function') {
    return words.resultParts.includes(type)
      ? undefined
      : `its wire has no ${type} in a tool's result`;
  }
  if (role !== 'user') return `its wire has no ${type} in a message of role "${role}"`;
  if (!words.parts.includes(type)) return `its wire has no part of type "${type}"`;
  if (type === 'file' && text(object(part.file)?.file_data) === undefined) {
    return 'its wire has no file by file_id: the file is at the provider it was uploaded to';
  }
  const video = text(object(part.video_url)?.url) ?? '';
  if (type === 'video_url' && !video.startsWith('data:')) {
    return 'its wire has no video by address';
  }
  return undefined;
}

function listLeftOut(body: ChatBody, { leftOut, hoistsSystem }: Vocabulary): string[] {
  const said = leftOut.filter((name) => body[name] != null).map((name) => `${name} is left out`);
  const { messages } = body;
  if (messages.some(({ name, role }) => name != null && role !== 'tool' && role !== 'function')) {
    said.push('the name of a message is left out');
  }
  const isSystem = ({ role }: Message) => role === 'system' || role === 'developer';
  const firstOther = messages.findIndex((message) => !isSystem(message));
  if (hoistsSystem && firstOther !== -1 && messages.slice(firstOther).some(isSystem)) {
    said.push('a later system message goes to the front');
  }
  const detailed = messages.some(({ content }) =>
    list(typeof content === 'string' ? undefined : content).some(
      (part) => object(object(part)?.image_url)?.detail != null,
    ),
  );
  if (hoistsSystem && detailed) said.push('the detail of an image is left out');
  return said;
}
