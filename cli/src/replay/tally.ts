const LISTED_MAX = 20;

const grouped = new Intl.NumberFormat('en-GB');

/** What a replay counted so far. */
export class Tally {
  /** Events handed to the client. */
  events = 0;
  accepted = 0;
  duplicates = 0;
  rejected = 0;
  badRows = 0;
  readonly rejectedBy = new Map<string, number>();
  /** What is worth telling once; at most 20. */
  readonly notes: string[] = [];
  /** The first 20 bad rows and the first 20 rejected events, in words. */
  readonly #listedBad: string[] = [];
  readonly #listedRejected: string[] = [];

  bad(line: string): void {
    this.badRows++;
    if (this.badRows <= LISTED_MAX) this.#listedBad.push(line);
  }

  reject(reason: string, line: string): void {
    this.rejected++;
    this.rejectedBy.set(reason, (this.rejectedBy.get(reason) ?? 0) + 1);
    if (this.rejected <= LISTED_MAX) this.#listedRejected.push(line);
  }

  note(text: string): void {
    if (this.notes.length < LISTED_MAX) this.notes.push(text);
  }

  /** Answered one way or the other. */
  get settled(): number {
    return this.accepted + this.duplicates + this.rejected;
  }

  /** Handed to the client and not answered when the replay ended. */
  get unanswered(): number {
    return this.events - this.settled;
  }

  toJson(): Record<string, unknown> {
    return {
      events: this.events,
      accepted: this.accepted,
      duplicates: this.duplicates,
      rejected: this.rejected,
      rejectedBy: Object.fromEntries(this.rejectedBy),
      unanswered: this.unanswered,
      badRows: this.badRows,
      notes: this.notes,
    };
  }

  lines(): string[] {
    return [
      ...listed(this.#listedBad, this.badRows, 'bad rows (all with --bad-rows FILE)'),
      ...listed(this.#listedRejected, this.rejected, 'rejected events'),
      ...this.notes.map((note) => `note: ${note}`),
      this.#sum(),
    ];
  }

  #sum(): string {
    const counted = (count: number, what: string) => `${grouped.format(count)} ${what}`;
    const reasons = [...this.rejectedBy].map(([reason, count]) => counted(count, reason));
    return [
      `${counted(this.events, 'events')}: ${counted(this.accepted, 'accepted')}`,
      counted(this.duplicates, 'duplicates'),
      `${counted(this.rejected, 'rejected')}${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`,
      ...(this.unanswered === 0 ? [] : [counted(this.unanswered, 'not answered')]),
      counted(this.badRows, 'bad rows'),
    ].join(', ');
  }
}

function listed(lines: readonly string[], count: number, what: string): string[] {
  const more = count - lines.length;
  return more === 0 ? [...lines] : [...lines, `… ${grouped.format(more)} more ${what}`];
}
