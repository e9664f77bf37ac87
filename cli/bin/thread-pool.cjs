'use strict';
// CommonJS, and loaded first: libuv reads the variable when its pool starts, which the loader of ES modules does before
// their first line runs.

/**
 * Threads that the server needs: the gateway and the processor write, each into one lmdb environment, and each may hold
 * two threads of the pool for a commit; two more are for files, DNS and hashes. server/src/adapters/lmdb/README.md.
 */
const THREADS_MIN = 2 * 2 + 2;
const THREADS_DEFAULT = 8;

// An empty one would count as 1.
process.env.UV_THREADPOOL_SIZE ||= String(THREADS_DEFAULT);

module.exports = { THREADS_MIN };
