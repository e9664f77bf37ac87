import { eventLogConformance } from './event-log.js';
import { lmdbEventLog } from './lmdb-event-log.js';

eventLogConformance(lmdbEventLog);
