'use strict';
// `npm start` runs start.mjs in this process, with a thread pool that is large enough for the server.
require('../cli/bin/thread-pool.cjs');
void import('./start.mjs');
