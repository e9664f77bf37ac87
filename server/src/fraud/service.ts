import type { Decision } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import type {
  ScoreTransactionRequest,
  ScoreTransactionResponse,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { validateScoreTransactionRequest } from '@bytebasket/proto/validation';
import { fieldError } from '../gateway/field-error.js';
import type { ServiceContext, ServiceModule } from '../gateway/service-module.js';
import { type ChangeLimits, openResumableChanges } from '../gateway/watch/resumable-changes.js';
import type { UpdateHub } from '../gateway/watch/update-hub.js';
import type { EventLog } from '../ports/event-log.js';
import type { TableStore } from '../ports/table-store.js';
import { getAlert } from './alerts/get-alert.js';
import { listAlerts } from './alerts/list-alerts.js';
import { openAlertUpdates } from './alerts/update-alert.js';
import { openAlertWatch } from './alerts/watch-alerts.js';
import { type LabelOptions, reportLabel } from './label.js';
import { WIRE_FRAUD_DEFINITION, type WireFraudDefinition } from './service-wire.js';

/** Decides about a payment; the decision is durable when it resolves. The request was checked. */
export type Score = (
  request: ScoreTransactionRequest,
  context: ServiceContext,
) => Promise<Decision>;

export interface FraudServiceOptions extends LabelOptions {
  /** Holds FRAUD_TABLES. */
  readonly tables: TableStore;
  /** Holds the topics `fraud-decisions` and `updates`. */
  readonly derived: EventLog;
  readonly hub: UpdateHub;
  readonly score: Score;
  /** Of WatchAlerts; see ChangeLimits for the defaults. */
  readonly limits?: Partial<ChangeLimits> | undefined;
  /** Told of failures behind watches that go on. Default: nobody is told. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

export interface FraudService {
  readonly module: ServiceModule<WireFraudDefinition>;
  /** Ends all watches with SHUTTING_DOWN. The tables, the log and the hub stay open: they belong to the caller. */
  close(): void;
}

/** Opens FraudService over the tables of the fold. */
export function openFraudService(options: FraudServiceOptions): FraudService {
  const { tables, clock } = options;
  const changes = openResumableChanges(options);
  const updates = openAlertUpdates(options);
  const { watch } = openAlertWatch({ tables, changes, clock });
  return {
    module: {
      definition: WIRE_FRAUD_DEFINITION,
      implementation: {
        scoreTransaction: (request, context) => scoreTransaction(options.score, request, context),
        listAlerts: (request) => listAlerts(tables, request, clock.nowMs()),
        getAlert: (request) => getAlert(tables, request),
        updateAlert: async (request, { caller, signal }) => ({
          alert: await updates.update(request, { clientId: caller.clientId, signal }),
        }),
        watchAlerts: (request, { signal }) => watch(request, signal),
        reportLabel: (request, { caller }) => reportLabel(options, request, caller.clientId),
      },
    },
    close: () => {
      changes.close();
      updates.close();
    },
  };
}

async function scoreTransaction(
  score: Score,
  request: ScoreTransactionRequest,
  context: ServiceContext,
): Promise<ScoreTransactionResponse> {
  const violations = validateScoreTransactionRequest(request);
  if (violations !== undefined) throw fieldError(violations);
  return { decision: await score(request, context) };
}
