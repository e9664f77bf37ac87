/** A processor of decisions and alerts in a process of its own, to be killed: works on a folder until it is. */
import { FRAUD_TABLES } from '@bytebasket/server/fraud/tables';
import { allTopics } from '../support/all-topics.js';
import { openWorld, startProcessor } from '../support/processor-world.js';
import { DECIDING } from './alert-folds.js';

const { folder, partitions } = JSON.parse(process.argv[2] ?? '{}') as {
  folder: string;
  partitions: number;
};
const world = await openWorld({ folder, partitions, tables: FRAUD_TABLES });
const running = startProcessor(
  { ...world, inputs: allTopics(world) },
  {
    ...DECIDING,
    folds: DECIDING.folds(),
    owner: `process ${process.pid}`,
    observe: { flushed: ({ records }) => process.send?.(records) },
  },
);
await running.ended;
