import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { showProgress } from '../../replay/progress.js';
import type { LinesFile } from './lines-file.js';
import { runRecords } from './records.js';
import type { MockRun } from './run-mock.js';

/** Writes the events in proto JSON, one a line, as fast as they come. */
export async function writeEvents(run: MockRun, out: LinesFile): Promise<void> {
  const { context, totals } = run;
  const stopProgress = showProgress(context.stderr, () => `${totals.events} events written`);
  try {
    for await (const record of runRecords(run, context.signal)) {
      totals.handed(record);
      await out.line(JSON.stringify(Event.toJSON(record.event)));
    }
  } finally {
    await stopProgress();
    await out.close();
  }
}
