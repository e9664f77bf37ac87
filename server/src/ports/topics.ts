/** The topics of the log, by name. Architecture: what is in each and who writes it. */
export const TOPICS = {
  userActivity: 'user-activity',
  transactions: 'transactions',
  deadLetters: 'dead-letters',
  fraudDecisions: 'fraud-decisions',
  updates: 'updates',
} as const;

/** The topics that carry what shops send. */
export const INPUT_TOPICS = [TOPICS.userActivity, TOPICS.transactions] as const;
