/**
 * Precision and recall of `arb import --redact` on 2,000 planted values of eight kinds in five
 * languages, in prompts, answers, arguments of tools and metadata, beside as many that look like them.
 *
 *   npm run bench:redaction [-- SEED]
 *
 * Exits 1 where a planted card, IBAN, key or JWT is left, where ids of the output depend on a planted
 * value, or where precision or recall is under 0.95.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arb } from '../command.ts';
import { createDraw, type Draw, decoys, type Kind, kinds } from './values.ts';

const PLANTED = 2_000;

/** Sentences with a place for a value, by language. */
const sentences = {
  en: ['Please note %, thank you.', 'My data is % and I live in Leeds.', 'Use % for it'],
  de: [
    'Bitte notieren Sie %, danke.',
    'Meine Angabe lautet % und ich wohne in Köln.',
    'Nutze % dafür',
  ],
  fr: ['Veuillez noter %, merci.', "Ma donnée est % et j'habite à Lyon.", 'Utilisez % pour cela'],
  es: ['Anote %, por favor.', 'Mi dato es % y vivo en Cádiz.', 'Usa % para eso'],
  it: ['Prenda nota di %, grazie.', 'Il mio dato è % e abito a Forlì.', 'Usa % per questo'],
} as const;

/** Where in a record a text stands. */
const places = ['prompt', 'answer', 'arguments', 'metadata'] as const;

interface Planted {
  readonly value: string;
  readonly kind: Kind | 'decoy';
  readonly language: string;
}

function toRecord(text: string, place: (typeof places)[number], number: number): object {
  const call = {
    id: 'call_1',
    type: 'function',
    function: { name: 'save', arguments: JSON.stringify({ note: text }) },
  };
  const turns = [
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_1', content: 'ok' },
  ];
  return {
    at_ms: number,
    metadata: { number, ...(place === 'metadata' && { note: text }) },
    request: {
      messages: [
        { role: 'user', content: place === 'prompt' ? text : 'Go on' },
        ...(place === 'arguments' ? turns : []),
      ],
    },
    recorded: { answer: place === 'answer' ? text : 'Done.' },
  };
}

function plant(draw: Draw): { planted: Planted[]; log: string } {
  const languages = Object.keys(sentences) as (keyof typeof sentences)[];
  const names = Object.keys(kinds) as Kind[];
  const planted: Planted[] = [];
  const records: object[] = [];
  for (let at = 0; at < 2 * PLANTED; at++) {
    const language = languages[at % languages.length] ?? 'en';
    const kind = at % 2 === 0 ? (names[(at >> 1) % names.length] ?? 'card') : 'decoy';
    const value =
      kind === 'decoy' ? (decoys[draw(decoys.length)]?.(draw) ?? '') : kinds[kind](draw);
    const sentence = sentences[language][draw(3)] ?? '%';
    planted.push({ value, kind, language });
    records.push(
      toRecord(
        sentence.replace('%', () => value),
        places[draw(places.length)] ?? 'prompt',
        at,
      ),
    );
  }
  return { planted, log: records.map((record) => JSON.stringify(record)).join('\n') };
}

const folder = mkdtempSync(join(tmpdir(), 'arb-redaction-'));

async function redact(seed: number) {
  const { planted, log } = plant(createDraw(seed));
  const [file, out] = [join(folder, 'log.jsonl'), join(folder, 'workload.jsonl')];
  writeFileSync(file, log);
  const { code } = await arb('import', file, '--redact', '-o', out);
  if (code !== 0) throw new Error(`arb import ended with ${code}`);
  const lines = readFileSync(out, 'utf8').trim().split('\n');
  return { planted, lines };
}

const seed = Number(process.argv[2] ?? 7);
const { planted, lines } = await redact(seed);
const left = new Map<string, number>();
const all = new Map<string, number>();
let wrong = 0;
const shown: string[] = [];
planted.forEach(({ value, kind, language }, at) => {
  const secret = kind === 'secret' ? value.replace('password: ', '') : value;
  const kept = lines[at]?.includes(JSON.stringify(JSON.stringify(secret)).slice(3, -3)) ?? true;
  if (kind === 'decoy') {
    if (!kept) {
      wrong += 1;
      if (shown.length < 10) shown.push(`  redacted though it is none: ${value}`);
    }
    return;
  }
  for (const name of [kind, `in ${language}`]) {
    all.set(name, (all.get(name) ?? 0) + 1);
    if (kept) left.set(name, (left.get(name) ?? 0) + 1);
  }
  if (kept && shown.length < 10) shown.push(`  left: ${kind} ${value}`);
});

for (const [name, count] of all) {
  const missed = left.get(name) ?? 0;
  console.log(`${name.padEnd(8)} ${count - missed} of ${count} redacted`);
}
const found = planted.filter(({ kind }) => kind !== 'decoy').length;
const missed = [...left].filter(([name]) => name in kinds).reduce((sum, [, n]) => sum + n, 0);
const recall = 1 - missed / found;
const precision = (found - missed) / (found - missed + wrong);
console.log(
  `recall ${recall.toFixed(4)}, precision ${precision.toFixed(4)} (${wrong} of ${PLANTED} others redacted)`,
);
for (const line of shown) console.log(line);

/** Ids where the planted values are others of the same lengths: what is written says nothing of them. */
const ids = (texts: readonly string[]) => texts.map((line) => JSON.parse(line).id).join();
const cards = (digit: string) =>
  ['4111 1111 1111 1111', '5500 0000 0000 0004', '4012 8888 8888 1881']
    .map((card, at) =>
      JSON.stringify(
        toRecord(`Note ${digit === 'a' ? card : '4222 2222 2222 2220'}`, 'prompt', at),
      ),
    )
    .join('\n');
async function idsOf(log: string): Promise<string> {
  const [file, out] = [join(folder, 'ids.jsonl'), join(folder, 'ids.workload.jsonl')];
  writeFileSync(file, log);
  await arb('import', file, '--redact', '-o', out);
  return ids(readFileSync(out, 'utf8').trim().split('\n'));
}
const isBlind = (await idsOf(cards('a'))) === (await idsOf(cards('b')));
console.log(`ids ${isBlind ? 'are the same' : 'DIFFER'} where only the secrets differ`);
rmSync(folder, { recursive: true });

const hard = ['card', 'iban', 'key', 'jwt'].filter((kind) => (left.get(kind) ?? 0) > 0);
if (hard.length > 0) console.log(`LEFT: ${hard.join(', ')}`);
process.exitCode = hard.length > 0 || !isBlind || recall < 0.95 || precision < 0.95 ? 1 : 0;
