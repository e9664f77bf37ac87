/** Runs the job that a test gave to this thread or process. */
import { jobOf, work } from './elsewhere.js';

const job = jobOf();
if (job === undefined) throw new Error('started without a job');
await work(job);
