import { AdminServiceDefinition } from '@bytebasket/proto/gen/bytebasket/admin/v1/admin_service';
import {
  validateListDeadLettersRequest,
  validateReconcileRequest,
  validateRepairDeadLettersRequest,
  type Violation,
} from '@bytebasket/proto/validation';
import { fieldError } from '../gateway/field-error.js';
import type { ServiceModule } from '../gateway/service-module.js';
import type { EventLog } from '../ports/event-log.js';
import { openFoldFailures } from './fold-failures.js';
import type { Intake } from './intake.js';
import { listDeadLetters } from './list-dead-letters.js';
import { serviceErrorOf } from './publish.js';
import { reconcile } from './reconcile.js';
import { repairDeadLetters } from './repair-dead-letters.js';

export interface AdminParts {
  readonly log: EventLog;
  readonly intake: Intake;
}

/** AdminService: shows and repairs what was not accepted, accounts for what was. */
export function adminModule(parts: AdminParts): ServiceModule<typeof AdminServiceDefinition> {
  const { log } = parts;
  const foldFailures = openFoldFailures(log);
  return {
    definition: AdminServiceDefinition,
    implementation: {
      listDeadLetters(request, { signal }) {
        check(validateListDeadLettersRequest(request));
        return translated(listDeadLetters(request, { log, foldFailures }, signal));
      },
      repairDeadLetters(request) {
        check(validateRepairDeadLettersRequest(request));
        return translated(repairDeadLetters(request, parts));
      },
      reconcile(request, { signal }) {
        check(validateReconcileRequest(request));
        return translated(reconcile(request, log, signal));
      },
    },
  };
}

function check(violations: readonly Violation[] | undefined): void {
  if (violations !== undefined) throw fieldError(violations);
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw serviceErrorOf(error);
  }
}
