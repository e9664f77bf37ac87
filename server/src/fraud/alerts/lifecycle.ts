import { AlertState } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';

/** An alert should be resolved this long after it was opened or reopened. */
export const DUE_AFTER_MS = 24 * 3_600_000;

const { OPEN, ASSIGNED, IN_REVIEW, REOPENED } = AlertState;
const { CONFIRMED_FRAUD, FALSE_POSITIVE, INCONCLUSIVE } = AlertState;

/** States in which somebody said what it was. */
export const RESOLVED_STATES: readonly AlertState[] = [
  CONFIRMED_FRAUD,
  FALSE_POSITIVE,
  INCONCLUSIVE,
];

/** Where an alert may go from each state. Nothing leads back to OPEN. */
const NEXT: ReadonlyMap<AlertState, readonly AlertState[]> = new Map<
  AlertState,
  readonly AlertState[]
>([
  [OPEN, [ASSIGNED, IN_REVIEW, ...RESOLVED_STATES]],
  // To itself: somebody else becomes responsible.
  [ASSIGNED, [ASSIGNED, IN_REVIEW, ...RESOLVED_STATES]],
  [IN_REVIEW, [ASSIGNED, ...RESOLVED_STATES]],
  [REOPENED, [ASSIGNED, IN_REVIEW, ...RESOLVED_STATES]],
  ...RESOLVED_STATES.map((state) => [state, [REOPENED]] as const),
]);

/** Whether an alert is done with, until it is reopened. */
export function resolved(state: AlertState): boolean {
  return RESOLVED_STATES.includes(state);
}

/** Whether an operator may move an alert from one state to another. */
export function transitionAllowed(from: AlertState, to: AlertState): boolean {
  return NEXT.get(from)?.includes(to) === true;
}
