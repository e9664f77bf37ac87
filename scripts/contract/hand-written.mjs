// Which hand-written function stands for which rule. A CEL rule is matched by its id AND its exact expression: who changes
// the expression in the proto must look at the function, too.

const MONEY_RULES = '../src/validation/money-rules.js';
const ORDER_RULES = '../src/validation/order-rules.js';
const EVENT_RULES = '../src/validation/event-rules.js';

const AMOUNT =
  "this.currency_code.matches('^[A-Z]{3}$') && this.units >= 0 && this.units <= 1000000000 && " +
  'this.nanos >= 0 && this.nanos <= 999999999';
const LINE_NANOS =
  '(this.total.nanos - this.unit_price.nanos * this.quantity + (has(this.discount) ? this.discount.nanos : 0))';
const has = (field) =>
  `(!has(this.${field}) || this.${field}.currency_code == this.total.currency_code)`;
const LINES_CURRENCY = 'this.lines.all(l, l.total.currency_code == this.total.currency_code)';

/** CEL rules: `check` says whether the message holds; `describe` gives `{what, value, expected?}` of one that does not. */
export const CEL_RULES = [
  { id: 'money.non_negative', expression: AMOUNT, check: 'moneyNonNegative', from: MONEY_RULES },
  {
    id: 'money.positive',
    expression: `${AMOUNT} && (this.units > 0 || this.nanos > 0)`,
    check: 'moneyPositive',
    from: MONEY_RULES,
  },
  {
    id: 'event.identified_user',
    expression: "!has(this.user_identified) || this.user_id != ''",
    check: 'eventIdentifiedUser',
    from: EVENT_RULES,
  },
  {
    id: 'line_item.one_currency',
    expression: `${has('unit_price')} && ${has('discount')}`,
    check: 'lineItemOneCurrency',
    describe: 'currencies',
    from: ORDER_RULES,
  },
  {
    id: 'line_item.adds_up',
    expression:
      `!has(this.unit_price) || (${LINE_NANOS} % 1000000000 == 0 && ` +
      'this.total.units - this.unit_price.units * this.quantity + (has(this.discount) ? this.discount.units : 0) == ' +
      `-(${LINE_NANOS} / 1000000000))`,
    check: 'lineItemAddsUp',
    describe: 'lineItemAmounts',
    from: ORDER_RULES,
  },
  {
    id: 'order.one_currency',
    expression: `${LINES_CURRENCY} && ${has('shipping')} && ${has('tax')} && ${has('discount')}`,
    check: 'orderOneCurrency',
    describe: 'currencies',
    from: ORDER_RULES,
  },
  {
    id: 'refund.one_currency',
    expression: LINES_CURRENCY,
    check: 'refundOneCurrency',
    describe: 'currencies',
    from: ORDER_RULES,
  },
];

/** Rules that no CEL expression can hold; they run on a message that breaks no other rule, and return the finding. */
export const EXTRA_RULES = [
  { message: 'bytebasket.event.v1.OrderCompleted', check: 'orderTotalAddsUp', from: ORDER_RULES },
  { message: 'bytebasket.event.v1.OrderUpdated', check: 'orderTotalAddsUp', from: ORDER_RULES },
  {
    message: 'bytebasket.event.v1.OrderRefunded',
    check: 'refundLinesWithinTotal',
    from: ORDER_RULES,
  },
];
