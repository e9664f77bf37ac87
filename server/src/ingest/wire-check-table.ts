/** How the bytes of a field are checked. What is not among these is left to the generated validation. */
export const KIND = {
  unsupported: 0,
  message: 1,
  text: 2,
  letters: 3,
  eventId: 4,
  int: 5,
  bool: 6,
  double: 7,
  timestamp: 8,
  money: 9,
  packedInts: 10,
} as const;

/** What of an event is remembered while it is checked. */
export const CAPTURE = {
  nothing: 0,
  anonymousId: 1,
  userId: 2,
  occurTime: 3,
  payload: 4,
} as const;

/** One field of a message as the wire check sees it. */
export interface FieldCheck {
  /** Field number times 8 plus wire type; another wire type is left to the generated validation. */
  readonly tag: number;
  readonly kind: number;
  /** Marks the field as seen; the members of a oneof share theirs. */
  readonly bit: number;
  readonly repeated: boolean;
  /** Whether the zero value passes although it breaks the rule. */
  readonly ignoreZero: boolean;
  /** Text: characters; numbers: values; time: seconds; both inclusive. */
  readonly min: number;
  readonly max: number;
  /** Of `letters`: 1 for every byte that may stand in it. */
  readonly letters: Uint8Array;
  /** Of a field that holds a message, whether it is supported or not. */
  readonly message: MessageCheck | undefined;
  readonly capture: number;
  /** Of a payload: index into `INPUT_TOPICS`; otherwise -1. */
  readonly topic: number;
}

/** One message as the wire check sees it. */
export interface MessageCheck {
  /** By field number. */
  readonly fields: readonly (FieldCheck | undefined)[];
  /** Bits of which each must be seen. */
  readonly required: number;
  /** Most entries of all repeated fields together; more are left to the generated validation. */
  readonly repeatedMax: number;
  /** False when the message has rules that only the generated validation knows. */
  readonly supported: boolean;
}
