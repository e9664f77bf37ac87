import { FRAUD_FEATURES_TABLE } from '@bytebasket/server/fraud/features/table';
import { FRAUD_TABLES } from '@bytebasket/server/fraud/tables';
import { METRIC_TABLES } from '@bytebasket/server/metrics/tables';
import type { TableDeclaration } from '@bytebasket/server/ports/table-store';
import { PROCESSOR_TABLES } from '@bytebasket/server/processor/tables';
import { SERVING_TABLES } from '@bytebasket/server/recommendation/tables';
import { TRANSACTION_TABLES } from '@bytebasket/server/transactions/tables';

/** Every table of the product. */
export const TABLES: readonly TableDeclaration[] = [
  ...PROCESSOR_TABLES,
  ...METRIC_TABLES,
  ...TRANSACTION_TABLES,
  FRAUD_FEATURES_TABLE,
  ...FRAUD_TABLES,
  ...SERVING_TABLES,
];
