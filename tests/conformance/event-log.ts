import { appendCases } from './event-log/append.js';
import type { EventLogConformance } from './event-log/context.js';
import { groupCases } from './event-log/groups.js';
import { readCases } from './event-log/read.js';
import { threadCases } from './event-log/threads.js';
import { registerCases, type ConformanceCase } from './suite.js';

/** Every promise of the port, for one adapter; cases that its capabilities exclude are not in the list. */
export function eventLogCases(options: EventLogConformance): readonly ConformanceCase[] {
  return [
    ...appendCases(options),
    ...readCases(options),
    ...groupCases(options),
    ...threadCases(options),
  ];
}

/** Registers the suite. An adapter's own test file is this one call. */
export function eventLogConformance(options: EventLogConformance): void {
  registerCases(`EventLog: ${options.name}`, eventLogCases(options));
}
