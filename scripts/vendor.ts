import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/**
 * Puts the two encodings of gpt-tokenizer that arb uses into the build, with the package's licence: as
 * a dependency it would bring all seven, each in two formats, 30 MB in all.
 */
const root = join(import.meta.dirname, '..');
const from = join(root, 'node_modules', 'gpt-tokenizer');
const to = join(root, 'dist', 'vendor', 'gpt-tokenizer');
const encodings = ['o200k_base', 'cl100k_base'];

const copied = new Set<string>();
for (const name of encodings) copyModule(join(from, 'esm', 'encoding', `${name}.js`));
copyFileSync(join(from, 'LICENSE'), join(to, 'LICENSE'));

const user = join(root, 'dist', 'workload', 'tokens.js');
const text = readFileSync(user, 'utf8');
const vendored = text.replaceAll(
  /'gpt-tokenizer\/(encoding\/\w+)'/g,
  "'../vendor/gpt-tokenizer/$1.js'",
);
if (vendored.split('vendor/gpt-tokenizer').length !== encodings.length + 1) {
  throw new Error(
    `${user}: does not load ${encodings.join(' and ')} as scripts/vendor.ts expects.`,
  );
}
writeFileSync(user, vendored);

/** The module and all that it imports, at the same places below `to`. */
function copyModule(file: string): void {
  if (copied.has(file)) return;
  copied.add(file);
  const target = join(to, relative(join(from, 'esm'), file));
  mkdirSync(dirname(target), { recursive: true });
  const code = readFileSync(file, 'utf8').replaceAll(/^\/\/# sourceMappingURL=.*$/gm, '');
  writeFileSync(target, code);
  for (const [, specifier = ''] of code.matchAll(/(?:from|import)\s*['"](\.[^'"]+)['"]/g)) {
    copyModule(resolve(dirname(file), specifier));
  }
}

/**
 * The renderer of react-dom for the server: two of its files, 0.3 of 8 MB. React itself is there for the
 * live screen.
 */
const dom = join(root, 'node_modules', 'react-dom');
const domTo = join(root, 'dist', 'vendor', 'react-dom');
mkdirSync(domTo, { recursive: true });
copyFileSync(join(dom, 'LICENSE'), join(domTo, 'LICENSE'));
copyFileSync(join(dom, 'cjs', 'react-dom.production.js'), join(domTo, 'react-dom.cjs'));
const server = readFileSync(join(dom, 'cjs', 'react-dom-server-legacy.node.production.js'), 'utf8');
writeFileSync(
  join(domTo, 'server.cjs'),
  server.replaceAll('require("react-dom")', 'require("./react-dom.cjs")'),
);
const renderer = join(root, 'dist', 'report', 'html', 'render.js');
const rendering = readFileSync(renderer, 'utf8');
const renderingFrom = rendering.replace(
  "'react-dom/server'",
  "'../../vendor/react-dom/server.cjs'",
);
if (renderingFrom === rendering) {
  throw new Error(`${renderer}: does not load react-dom/server as scripts/vendor.ts expects.`);
}
writeFileSync(renderer, renderingFrom);
