import { registerCases, type ConformanceCase } from './suite.js';
import { cellCases } from './table-store/cells.js';
import { changeCases } from './table-store/changes.js';
import type { TableStoreConformance } from './table-store/context.js';
import { keyCases } from './table-store/keys.js';
import { tableThreadCases } from './table-store/threads.js';

/** Every promise of the port, for one adapter; cases that its capabilities exclude are not in the list. */
export function tableStoreCases(options: TableStoreConformance): readonly ConformanceCase[] {
  return [
    ...cellCases(options),
    ...keyCases(options),
    ...changeCases(options),
    ...tableThreadCases(options),
  ];
}

/** Registers the suite. An adapter's own test file is this one call. */
export function tableStoreConformance(options: TableStoreConformance): void {
  registerCases(`TableStore: ${options.name}`, tableStoreCases(options));
}
