import type { FoldDefinition } from '@bytebasket/server/processor/fold';
import { countingFold } from './counting-fold.js';
import { decidingFold } from './deciding-fold.js';

/** What the crash campaigns run: one fold that writes rows and one that has things decided. */
export const campaignFolds = (): FoldDefinition[] => [countingFold(), decidingFold()];
