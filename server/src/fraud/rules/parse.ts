import {
  type Action,
  ACTIONS,
  type RuleDeclaration,
  type RuleProblem,
  type RuleSetDeclaration,
  RuleSetError,
  type Thresholds,
} from './declaration.js';

const RULES_MAX = 500;
const VERSION_MAX = 64;
const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const ID_MAX = 64;

const SET_KEYS = ['version', 'thresholds', 'rules'];
const THRESHOLD_KEYS = ['challenge', 'review', 'block'] as const;
const RULE_KEYS = ['id', 'when', 'weight', 'reason', 'action', 'enabled'];

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a rule set from parsed YAML or JSON. Throws RuleSetError that lists every field that is missing, unknown or out of
 * range; expressions are checked by `compileRules`.
 */
export function parseRuleSet(data: unknown): RuleSetDeclaration {
  const problems: RuleProblem[] = [];
  const report = (where: string, message: string): void => {
    problems.push({ where, message });
  };
  const fields = fieldsOf(data);
  if (fields === undefined) {
    throw new RuleSetError([
      { where: 'the rule set', message: `is ${typeName(data)}: write version, thresholds, rules` },
    ]);
  }
  unknownKeys(fields, SET_KEYS).forEach((key) => {
    report(key, `is not known: use ${SET_KEYS.join(', ')}`);
  });
  const version =
    typeof fields['version'] === 'number' ? `${fields['version']}` : fields['version'];
  if (typeof version !== 'string' || version === '' || version.length > VERSION_MAX) {
    report('version', `is ${shown(version)}: write 1 to ${VERSION_MAX} characters`);
  }
  const thresholds = parseThresholds(fields['thresholds'], report);
  const list = fields['rules'];
  if (!Array.isArray(list) || list.length > RULES_MAX) {
    report('rules', `is ${shown(list)}: write a list of at most ${RULES_MAX} rules`);
  }
  const rules = (Array.isArray(list) ? list.slice(0, RULES_MAX) : []).flatMap((rule, index) =>
    parseRule(rule, `rules[${index}]`, report),
  );
  duplicates(rules).forEach((id) => {
    report(id, 'stands twice: give each rule an id of its own');
  });
  if (problems.length > 0) throw new RuleSetError(problems);
  return { version: String(version), thresholds, rules };
}

type Report = (where: string, message: string) => void;

function parseThresholds(data: unknown, report: Report): Thresholds {
  const fields = fieldsOf(data) ?? {};
  unknownKeys(fields, THRESHOLD_KEYS).forEach((key) => {
    report(`thresholds.${key}`, `is not known: use ${THRESHOLD_KEYS.join(', ')}`);
  });
  let least = 0;
  const value = (key: (typeof THRESHOLD_KEYS)[number]): number => {
    const given = fields[key];
    if (typeof given !== 'number' || !(given >= least && given <= 100)) {
      report(`thresholds.${key}`, `is ${shown(given)}: write a score from ${least} to 100`);
      return least;
    }
    least = given;
    return given;
  };
  return { challenge: value('challenge'), review: value('review'), block: value('block') };
}

function parseRule(data: unknown, place: string, report: Report): readonly RuleDeclaration[] {
  const fields = fieldsOf(data);
  if (fields === undefined) {
    report(place, `is ${typeName(data)}: write id, when, weight, reason`);
    return [];
  }
  const { id, when, weight, reason, action = 'allow', enabled = true } = fields;
  const where = typeof id === 'string' && id !== '' ? id : place;
  unknownKeys(fields, RULE_KEYS).forEach((key) => {
    report(where, `${key} is not known: use ${RULE_KEYS.join(', ')}`);
  });
  if (typeof id !== 'string' || !ID.test(id) || id.length > ID_MAX) {
    report(place, `id is ${shown(id)}: write lower-case words with hyphens, at most ${ID_MAX}`);
  }
  if (typeof when !== 'string') report(where, `when is ${shown(when)}: write a CEL expression`);
  if (typeof weight !== 'number' || !(weight > 0 && weight <= 1)) {
    report(where, `weight is ${shown(weight)}: write a number above 0, at most 1`);
  }
  if (typeof reason !== 'string' || reason === '') {
    report(where, `reason is ${shown(reason)}: say in words why, with {feature} for values`);
  }
  if (!isAction(action)) {
    report(where, `action is ${shown(action)}: use ${ACTIONS.join(', ')}`);
  }
  if (typeof enabled !== 'boolean')
    report(where, `enabled is ${shown(enabled)}: use true or false`);
  return [
    {
      id: String(id),
      when: String(when),
      weight: Number(weight),
      reason: String(reason),
      action: isAction(action) ? action : 'allow',
      enabled: enabled === true,
    },
  ];
}

function isAction(value: unknown): value is Action {
  return (ACTIONS as readonly unknown[]).includes(value);
}

function fieldsOf(data: unknown): Fields | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  return data as Fields;
}

function unknownKeys(fields: Fields, known: readonly string[]): string[] {
  return Object.keys(fields).filter((key) => !known.includes(key));
}

function duplicates(rules: readonly RuleDeclaration[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { id } of rules) {
    if (seen.has(id)) twice.add(id);
    seen.add(id);
  }
  return twice;
}

function typeName(value: unknown): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeName(value);
}
