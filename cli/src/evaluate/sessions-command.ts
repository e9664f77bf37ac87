import { type Command, Option } from 'commander';
import type { CliContext } from '../commands/context.js';
import {
  evaluateSessions,
  type EvaluateSessionsOptions,
  type EvaluateSessionsReport,
} from './evaluate-sessions.js';

type Flags = EvaluateSessionsOptions & { readonly json: boolean };

const grouped = new Intl.NumberFormat('en-GB');
const rate = (value: number) => value.toFixed(4);

/** `bytebasket evaluate sessions`: the recommender that serves, over anyone's sessions. */
export function registerEvaluateSessions(evaluate: Command, context: CliContext): void {
  evaluate
    .command('sessions')
    .description('trains the session recommender on a file and answers cases with it')
    .requiredOption(
      '--train <file>',
      'CSV of session_id,pos,item_id[,time_s]: with header or without, oldest session first or by time_s',
    )
    .requiredOption(
      '--cases <file>',
      'JSON lines of {"case","prefix":[…],"k","exclude_seen"}; the session\'s own items may be answered unless exclude_seen',
    )
    .requiredOption('--out <file>', 'JSON lines of {"case","items":[…]}, best first, up to k')
    .addOption(
      new Option(
        '--tune <on|off>',
        'on: chooses settings on the newest tenth of the training sessions; off: the defaults',
      )
        .choices(['on', 'off'])
        .default('on'),
    )
    .option('--strict', 'stop at the first bad row', false)
    .option('--json', 'prints the counts and settings as one JSON object', false)
    .action(async ({ json, ...options }: Flags) => {
      const report = await evaluateSessions(context, options);
      const lines = json ? [JSON.stringify(report)] : linesOf(report, options.out);
      for (const line of lines) await context.stdout.line(line);
    });
}

function linesOf(report: EvaluateSessionsReport, out: string): string[] {
  const { train, sessionsHeld, settings, tuned, cases } = report;
  const count = (value: number) => grouped.format(value);
  return [
    `train: ${count(train.sessions)} sessions, ${count(train.clicks)} clicks, ` +
      `${count(train.items)} items, ${count(train.badRows)} bad rows`,
    ...(sessionsHeld < train.sessions ? [`held: the newest ${count(sessionsHeld)} sessions`] : []),
    `settings: ${Object.entries(settings)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
    tuned === null
      ? 'chosen: no, these are the defaults'
      : `chosen on ${count(tuned.questions)} held-out clicks: ` +
        `HR@20 ${rate(tuned.hr20)}, MRR@20 ${rate(tuned.mrr20)} ` +
        `(defaults ${rate(tuned.before.hr20)}, ${rate(tuned.before.mrr20)})`,
    `answered: ${count(cases.answered)} cases, ${count(cases.badRows)} bad rows, in ${out}`,
  ];
}
