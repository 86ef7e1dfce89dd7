import type { AuditRow } from '../src/index.ts';
import { parseMarket } from '../src/sim/market/market.ts';
import { startMarket } from '../src/sim/server/server.ts';

/**
 * The simulator in a process of its own; its audit goes to stdout when it is ended, or its bill. A
 * workload tells its judges what was asked.
 */
const [text = '', audit = 'audit', workload] = process.argv.slice(2);
const rows: AuditRow[] = [];
const market = await startMarket({
  market: parseMarket(text, 'market'),
  port: 0,
  ...(workload !== undefined && { workload }),
  onAudit: (row) => rows.push(row),
});
process.stdout.write(`${JSON.stringify({ url: market.url })}\n`);
process.on('SIGTERM', () => {
  const left = audit === 'audit' ? rows : [market.bill()];
  const lines = left.map((row) => JSON.stringify(row)).join('\n');
  process.stdout.write(`${lines}\n`, () => process.exit(0));
});
