// Runs a thread's TypeScript source in development and in tests (supervised-thread.ts). Plain JavaScript, because a worker
// of Node 20 starts without the loaders of its parent. Not part of the compiled product.
import { register } from 'tsx/esm/api';

register();
await import(process.argv[2]);
