/** A processor in a process of its own, to be killed: folds the inputs of a folder until it is. */
import { campaignFolds } from './campaign-folds.js';
import { openWorld, startProcessor } from './processor-world.js';

const { folder, partitions } = JSON.parse(process.argv[2] ?? '{}') as {
  folder: string;
  partitions: number;
};
const world = await openWorld({ folder, partitions });
const running = startProcessor(world, {
  owner: `process ${process.pid}`,
  flushIntervalMs: 2,
  snapshotIntervalMs: 10,
  recordsMax: 25,
  folds: campaignFolds(),
  observe: { flushed: ({ records }) => process.send?.(records) },
});
await running.ended;
