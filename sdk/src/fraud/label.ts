import {
  LabelSource as Source,
  LabelVerdict as Verdict,
} from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import { createWords } from '../reading/words.js';

/** Who found out: the bank took the money back, the customer complained, a person reviewed it. */
export type LabelSourceName = 'chargeback' | 'customer-claim' | 'manual-review';

/** What was found. */
export type LabelVerdictName = 'fraud' | 'legitimate' | 'inconclusive';

export const LABEL_SOURCES = createWords<LabelSourceName, Source>({
  chargeback: Source.CHARGEBACK,
  'customer-claim': Source.CUSTOMER_CLAIM,
  'manual-review': Source.MANUAL_REVIEW,
});

export const LABEL_VERDICTS = createWords<LabelVerdictName, Verdict>({
  fraud: Verdict.FRAUD,
  legitimate: Verdict.LEGITIMATE,
  inconclusive: Verdict.INCONCLUSIVE,
});
