// Loads a TypeScript program inside a worker thread: see worker.ts. Plain JavaScript, because a worker of Node 20
// starts without the loaders of its parent.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData.program);
