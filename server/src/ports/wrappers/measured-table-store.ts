import type { TableStore } from '../table-store.js';
import { measured, measuredStream, type OnCall } from './measured.js';

/** The same tables; `onCall` is told of every method but `close`, a scan when it ends or its reader leaves. */
export function measuredTableStore(store: TableStore, onCall: OnCall): TableStore {
  return {
    capabilities: store.capabilities,
    write: (table, rows) => measured('write', onCall, () => store.write(table, rows)),
    remove: (table, rows) => measured('remove', onCall, () => store.remove(table, rows)),
    get: (table, key) => measured('get', onCall, () => store.get(table, key)),
    scan: (table, partitionKey, options) =>
      measuredStream('scan', onCall, store.scan(table, partitionKey, options)),
    compareAndSet: (table, change) =>
      measured('compareAndSet', onCall, () => store.compareAndSet(table, change)),
    expire: (nowMs) => measured('expire', onCall, () => store.expire(nowMs)),
    close: () => store.close(),
  };
}
