const LISTED_MAX = 20;

/** What a replay counted so far. */
export class Tally {
  events = 0;
  accepted = 0;
  duplicates = 0;
  rejected = 0;
  badRows = 0;
  readonly rejectedBy = new Map<string, number>();
  /** The first 20 bad rows and the first 20 rejected events, in words. */
  readonly listed: string[] = [];
  readonly notes: string[] = [];
  #listedRejections = 0;

  bad(line: string): void {
    this.badRows++;
    if (this.badRows <= LISTED_MAX) this.listed.push(line);
  }

  reject(reason: string, line: string): void {
    this.rejected++;
    this.rejectedBy.set(reason, (this.rejectedBy.get(reason) ?? 0) + 1);
    if (this.#listedRejections++ < LISTED_MAX) this.listed.push(line);
  }

  /** Answered one way or the other. */
  get settled(): number {
    return this.accepted + this.duplicates + this.rejected;
  }

  toJson(): Record<string, unknown> {
    return {
      events: this.events,
      accepted: this.accepted,
      duplicates: this.duplicates,
      rejected: this.rejected,
      rejectedBy: Object.fromEntries(this.rejectedBy),
      badRows: this.badRows,
      notes: this.notes,
    };
  }

  lines(): string[] {
    const reasons = [...this.rejectedBy].map(([reason, count]) => `${count} ${reason}`).join(', ');
    return [
      ...this.listed,
      ...(this.badRows > LISTED_MAX ? [`… ${this.badRows - LISTED_MAX} more bad rows`] : []),
      ...this.notes.map((note) => `note: ${note}`),
      `${this.events} events: ${this.accepted} accepted, ${this.duplicates} duplicates, ${this.rejected} rejected` +
        `${reasons === '' ? '' : ` (${reasons})`}; ${this.badRows} bad rows`,
    ];
  }
}
