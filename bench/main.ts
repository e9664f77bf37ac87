// `npm run bench [-- --only ID,… --json FILE]`: measures what the README promises, prints a table, writes JSON.
import { parseArgs } from 'node:util';
import { alertBenches } from './fraud/alert.js';
import { mockRulesBench } from './fraud/mock-rules.js';
import { scoreBench } from './fraud/score.js';
import { ingestBenches } from './ingest.js';
import { liveBenches } from './live.js';
import { lifeBenches } from './life.js';
import { readBenches } from './reads.js';
import { servingMemoryBench } from './recommendation/memory.js';
import { recommendationModelBench } from './recommendation/models.js';
import { recommendationRpcBench } from './recommendation/rpc.js';
import { table, writeJson, type Bench, type BenchRow } from './harness/report.js';

const ALL: readonly Bench[] = [
  ...ingestBenches,
  ...liveBenches,
  ...lifeBenches,
  ...readBenches,
  scoreBench,
  ...alertBenches,
  mockRulesBench,
  recommendationModelBench,
  servingMemoryBench,
  recommendationRpcBench,
];

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } });
const only = values.only?.split(',').map((id) => id.trim());
const known = new Set(ALL.flatMap((bench) => bench.ids));
const unknown = only?.filter((id) => !known.has(id)) ?? [];
if (unknown.length > 0) {
  process.stderr.write(
    `no benchmark ${unknown.join(', ')}: choose from ${[...known].join(', ')}\n`,
  );
  process.exit(2);
}

const rows: BenchRow[] = [];
for (const bench of ALL) {
  if (only !== undefined && !bench.ids.some((id) => only.includes(id))) continue;
  process.stderr.write(`… ${bench.title}\n`);
  const measured = await bench.run((line) => process.stderr.write(`  ${line}\n`));
  rows.push(...measured.filter((row) => only === undefined || only.includes(row.id)));
}
process.stdout.write(`${table(rows)}\n`);
if (values.json !== undefined) writeJson(values.json, rows);
