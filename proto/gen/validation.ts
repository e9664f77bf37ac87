// Generated from the buf.validate rules of the proto files by scripts/generate.mjs. Do not edit.
/* eslint-disable */
import { eventIdentifiedUser } from '../src/validation/event-rules.js';
import { moneyNonNegative, moneyPositive } from '../src/validation/money-rules.js';
import { currencies, lineItemAddsUp, lineItemAmounts, lineItemOneCurrency, orderOneCurrency, orderTotalAddsUp, refundLinesWithinTotal, refundOneCurrency } from '../src/validation/order-rules.js';
import { PERSONAL, amount, cut, isText, showTime } from '../src/validation/show.js';
import { codePoints, longer, matchesCountry, matchesId, matchesUuidV7, shorter } from '../src/validation/text.js';
import { add, full, nest, report } from '../src/validation/violation.js';
import type { Findings, Violation } from '../src/validation/violation.js';
import type { FieldPatch, ListDeadLettersRequest, ReconcileRequest, RepairDeadLettersRequest } from './bytebasket/admin/v1/admin_service.js';
import type { DeadLetterPosition } from './bytebasket/admin/v1/dead_letter.js';
import type { AddressChanged, LoginFailed, PasswordReset, UserIdentified, UserLoggedIn, UserSignedUp } from './bytebasket/event/v1/account.js';
import type { ListFilter, ListSort, PageViewed, ProductClicked, ProductListFiltered, ProductListViewed, ProductReviewed, ProductShared, ProductViewed, ProductsSearched, Promotion, PromotionClicked, PromotionViewed, SessionStarted } from './bytebasket/event/v1/browsing.js';
import type { CartShared, CartViewed, Coupon, CouponApplied, CouponDenied, CouponEntered, CouponRemoved, ProductAdded, ProductAddedToWishlist, ProductRemoved, ProductRemovedFromWishlist, WishlistProductAddedToCart } from './bytebasket/event/v1/cart.js';
import type { ProductUpdated } from './bytebasket/event/v1/catalogue.js';
import type { App, Campaign, Context, Device, Page } from './bytebasket/event/v1/context.js';
import type { Event } from './bytebasket/event/v1/event.js';
import type { LabelReported } from './bytebasket/event/v1/label.js';
import type { CheckoutStarted, CheckoutStepCompleted, CheckoutStepViewed, OrderCancelled, OrderCompleted, OrderRefunded, OrderUpdated, PaymentInfoEntered } from './bytebasket/event/v1/order.js';
import type { Address, Card, PaymentAttempted, PaymentAuthorised, PaymentDeclined } from './bytebasket/event/v1/payment.js';
import type { LineItem, Product } from './bytebasket/event/v1/product.js';
import type { RecommendationClicked, RecommendationShown } from './bytebasket/event/v1/recommendation.js';
import type { GetAlertRequest, ListAlertsRequest, ReportLabelRequest, ScoreTransactionRequest, UpdateAlertRequest, WatchAlertsRequest } from './bytebasket/fraud/v1/fraud_service.js';
import type { PublishRequest, PublishStreamRequest } from './bytebasket/ingest/v1/ingest_service.js';
import type { ListMetricsRequest, QueryMetricsRequest, SeriesSelector, WatchMetricsRequest } from './bytebasket/metrics/v1/metrics_service.js';
import type { GetRecommendationsRequest, GetSimilarItemsRequest, GetTrendingItemsRequest, WatchRecommendationsRequest } from './bytebasket/recommendation/v1/recommendation_service.js';
import type { GetTransactionRequest, ListTransactionsRequest, WatchTransactionsRequest } from './bytebasket/transaction/v1/transaction_service.js';

export { VIOLATIONS_MAX } from '../src/validation/violation.js';
export type { Violation };

function checkDeadLetterPosition(m: DeadLetterPosition): Findings {
  let found: Findings;
  if (!(m.partition >= 0)) found = add(found, { field: 'partition', rule: 'int32.gte', what: `is ${String(m.partition)}`, remedy: 'use at least 0', value: String(m.partition) });
  if (!(m.offset >= 0n)) found = add(found, { field: 'offset', rule: 'int64.gte', what: `is ${m.offset.toString()}`, remedy: 'use at least 0', value: m.offset.toString() });
  return found;
}

function checkFieldPatch(m: FieldPatch): Findings {
  let found: Findings;
  if (shorter(m.field, 1)) found = add(found, { field: 'field', rule: 'string.min_len', what: `has ${codePoints(m.field).toString()} characters`, remedy: 'use 1 to 256 characters', value: cut(m.field) });
  if (m.field.length > 256 && longer(m.field, 256)) found = add(found, { field: 'field', rule: 'string.max_len', what: `has ${codePoints(m.field).toString()} characters`, remedy: 'use 1 to 256 characters', value: cut(m.field) });
  if (m.jsonValue.length > 4096 && longer(m.jsonValue, 4096)) found = add(found, { field: 'json_value', rule: 'string.max_len', what: `has ${codePoints(m.jsonValue).toString()} characters`, remedy: 'use at most 4096 characters', value: cut(m.jsonValue) });
  return found;
}

function checkListDeadLettersRequest(m: ListDeadLettersRequest): Findings {
  let found: Findings;
  if (!(m.pageSize >= 0 && m.pageSize <= 500)) found = add(found, { field: 'page_size', rule: 'int32.gte_lte', what: `is ${String(m.pageSize)}`, remedy: 'use 0 to 500', value: String(m.pageSize) });
  if (m.pageToken.length > 1024 && longer(m.pageToken, 1024)) found = add(found, { field: 'page_token', rule: 'string.max_len', what: `has ${codePoints(m.pageToken).toString()} characters`, remedy: 'use at most 1024 characters', value: cut(m.pageToken) });
  if (m.startTime !== undefined) {
    if (!(m.startTime.getTime() >= 0 && m.startTime.getTime() < 253370764800000)) found = add(found, { field: 'start_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.startTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.startTime) });
  }
  if (m.endTime !== undefined) {
    if (!(m.endTime.getTime() >= 0 && m.endTime.getTime() < 253370764800000)) found = add(found, { field: 'end_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.endTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.endTime) });
  }
  if (m.clientId !== '') {
    if (!matchesId(m.clientId)) found = add(found, { field: 'client_id', rule: 'string.pattern', what: isText(m.clientId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.clientId) });
  }
  return found;
}

function checkReconcileRequest(m: ReconcileRequest): Findings {
  let found: Findings;
  if (!matchesId(m.clientId)) found = add(found, { field: 'client_id', rule: 'string.pattern', what: isText(m.clientId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.clientId) });
  if (!(m.startBatchNumber >= 1n)) found = add(found, { field: 'start_batch_number', rule: 'int64.gte', what: `is ${m.startBatchNumber.toString()}`, remedy: 'use at least 1', value: m.startBatchNumber.toString() });
  if (!(m.endBatchNumber > 1n)) found = add(found, { field: 'end_batch_number', rule: 'int64.gt', what: `is ${m.endBatchNumber.toString()}`, remedy: 'use above 1', value: m.endBatchNumber.toString() });
  if (m.startTime !== undefined) {
    if (!(m.startTime.getTime() >= 0 && m.startTime.getTime() < 253370764800000)) found = add(found, { field: 'start_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.startTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.startTime) });
  }
  return found;
}

function checkRepairDeadLettersRequest(m: RepairDeadLettersRequest): Findings {
  let found: Findings;
  if (m.positions.length < 1) found = add(found, { field: 'positions', rule: 'repeated.min_items', what: `has ${String(m.positions.length)} entries`, remedy: 'send 1 to 500 entries', value: String(m.positions.length) });
  if (m.positions.length > 500) found = add(found, { field: 'positions', rule: 'repeated.max_items', what: `has ${String(m.positions.length)} entries`, remedy: 'send 1 to 500 entries', value: String(m.positions.length) });
  {
    let index = 0;
    for (const item of m.positions) {
      { const inner = checkDeadLetterPosition(item); if (inner !== undefined) found = nest(found, `positions[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.patches.length > 50) found = add(found, { field: 'patches', rule: 'repeated.max_items', what: `has ${String(m.patches.length)} entries`, remedy: 'send at most 50 entries', value: String(m.patches.length) });
  {
    let index = 0;
    for (const item of m.patches) {
      { const inner = checkFieldPatch(item); if (inner !== undefined) found = nest(found, `patches[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  return found;
}

function checkAddress(m: Address): Findings {
  let found: Findings;
  if (m.fingerprint.length > 128 && longer(m.fingerprint, 128)) found = add(found, { field: 'fingerprint', rule: 'string.max_len', what: `has ${codePoints(m.fingerprint).toString()} characters`, remedy: 'use at most 128 characters', value: PERSONAL });
  if (m.country !== '') {
    if (!matchesCountry(m.country)) found = add(found, { field: 'country', rule: 'string.pattern', what: isText(m.country), remedy: 'use two capital letters, such as DE', value: cut(m.country) });
  }
  if (m.postalCode.length > 16 && longer(m.postalCode, 16)) found = add(found, { field: 'postal_code', rule: 'string.max_len', what: `has ${codePoints(m.postalCode).toString()} characters`, remedy: 'use at most 16 characters', value: PERSONAL });
  return found;
}

function checkAddressChanged(m: AddressChanged): Findings {
  let found: Findings;
  if (m.fingerprint.length > 128 && longer(m.fingerprint, 128)) found = add(found, { field: 'fingerprint', rule: 'string.max_len', what: `has ${codePoints(m.fingerprint).toString()} characters`, remedy: 'use at most 128 characters', value: PERSONAL });
  return found;
}

function checkApp(m: App): Findings {
  let found: Findings;
  if (m.name.length > 128 && longer(m.name, 128)) found = add(found, { field: 'name', rule: 'string.max_len', what: `has ${codePoints(m.name).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.name) });
  if (m.version.length > 64 && longer(m.version, 64)) found = add(found, { field: 'version', rule: 'string.max_len', what: `has ${codePoints(m.version).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.version) });
  return found;
}

function checkCampaign(m: Campaign): Findings {
  let found: Findings;
  if (m.name.length > 128 && longer(m.name, 128)) found = add(found, { field: 'name', rule: 'string.max_len', what: `has ${codePoints(m.name).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.name) });
  if (m.source.length > 128 && longer(m.source, 128)) found = add(found, { field: 'source', rule: 'string.max_len', what: `has ${codePoints(m.source).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.source) });
  if (m.medium.length > 128 && longer(m.medium, 128)) found = add(found, { field: 'medium', rule: 'string.max_len', what: `has ${codePoints(m.medium).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.medium) });
  if (m.term.length > 128 && longer(m.term, 128)) found = add(found, { field: 'term', rule: 'string.max_len', what: `has ${codePoints(m.term).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.term) });
  if (m.content.length > 128 && longer(m.content, 128)) found = add(found, { field: 'content', rule: 'string.max_len', what: `has ${codePoints(m.content).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.content) });
  return found;
}

function checkCard(m: Card): Findings {
  let found: Findings;
  if (m.fingerprint.length > 128 && longer(m.fingerprint, 128)) found = add(found, { field: 'fingerprint', rule: 'string.max_len', what: `has ${codePoints(m.fingerprint).toString()} characters`, remedy: 'use at most 128 characters', value: PERSONAL });
  if (m.bin !== '') {
    if (!/^[0-9]{6,8}$/u.test(m.bin)) found = add(found, { field: 'bin', rule: 'string.pattern', what: isText(m.bin), remedy: 'use 6 to 8 digits', value: cut(m.bin) });
  }
  if (m.country !== '') {
    if (!matchesCountry(m.country)) found = add(found, { field: 'country', rule: 'string.pattern', what: isText(m.country), remedy: 'use two capital letters, such as DE', value: cut(m.country) });
  }
  return found;
}

function checkCartShared(m: CartShared): Findings {
  let found: Findings;
  if (m.cartId !== '') {
    if (!matchesId(m.cartId)) found = add(found, { field: 'cart_id', rule: 'string.pattern', what: isText(m.cartId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.cartId) });
  }
  if (m.via.length > 64 && longer(m.via, 64)) found = add(found, { field: 'via', rule: 'string.max_len', what: `has ${codePoints(m.via).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.via) });
  if (m.productIds.length > 500) found = add(found, { field: 'product_ids', rule: 'repeated.max_items', what: `has ${String(m.productIds.length)} entries`, remedy: 'send at most 500 entries', value: String(m.productIds.length) });
  {
    let index = 0;
    for (const item of m.productIds) {
      if (!matchesId(item)) found = add(found, { field: `product_ids[${index}]`, rule: 'string.pattern', what: isText(item), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(item) });
      if (full(found)) break;
      index += 1;
    }
  }
  return found;
}

function checkCartViewed(m: CartViewed): Findings {
  let found: Findings;
  if (m.cartId !== '') {
    if (!matchesId(m.cartId)) found = add(found, { field: 'cart_id', rule: 'string.pattern', what: isText(m.cartId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.cartId) });
  }
  if (m.lines.length > 500) found = add(found, { field: 'lines', rule: 'repeated.max_items', what: `has ${String(m.lines.length)} entries`, remedy: 'send at most 500 entries', value: String(m.lines.length) });
  {
    let index = 0;
    for (const item of m.lines) {
      { const inner = checkLineItem(item); if (inner !== undefined) found = nest(found, `lines[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  return found;
}

function checkCheckoutStarted(m: CheckoutStarted): Findings {
  let found: Findings;
  if (m.checkoutId !== '') {
    if (!matchesId(m.checkoutId)) found = add(found, { field: 'checkout_id', rule: 'string.pattern', what: isText(m.checkoutId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.checkoutId) });
  }
  if (m.orderId !== '') {
    if (!matchesId(m.orderId)) found = add(found, { field: 'order_id', rule: 'string.pattern', what: isText(m.orderId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.orderId) });
  }
  if (m.lines.length > 500) found = add(found, { field: 'lines', rule: 'repeated.max_items', what: `has ${String(m.lines.length)} entries`, remedy: 'send at most 500 entries', value: String(m.lines.length) });
  {
    let index = 0;
    for (const item of m.lines) {
      { const inner = checkLineItem(item); if (inner !== undefined) found = nest(found, `lines[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.value !== undefined) {
    if (!moneyNonNegative(m.value)) found = add(found, { field: 'value', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.value) });
  }
  return found;
}

function checkCheckoutStepCompleted(m: CheckoutStepCompleted): Findings {
  let found: Findings;
  if (m.checkoutId !== '') {
    if (!matchesId(m.checkoutId)) found = add(found, { field: 'checkout_id', rule: 'string.pattern', what: isText(m.checkoutId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.checkoutId) });
  }
  if (!(m.step >= 1 && m.step <= 100)) found = add(found, { field: 'step', rule: 'int32.gte_lte', what: `is ${String(m.step)}`, remedy: 'use 1 to 100', value: String(m.step) });
  if (m.shippingMethod.length > 64 && longer(m.shippingMethod, 64)) found = add(found, { field: 'shipping_method', rule: 'string.max_len', what: `has ${codePoints(m.shippingMethod).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.shippingMethod) });
  if (m.paymentMethod.length > 64 && longer(m.paymentMethod, 64)) found = add(found, { field: 'payment_method', rule: 'string.max_len', what: `has ${codePoints(m.paymentMethod).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.paymentMethod) });
  return found;
}

function checkCheckoutStepViewed(m: CheckoutStepViewed): Findings {
  let found: Findings;
  if (m.checkoutId !== '') {
    if (!matchesId(m.checkoutId)) found = add(found, { field: 'checkout_id', rule: 'string.pattern', what: isText(m.checkoutId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.checkoutId) });
  }
  if (!(m.step >= 1 && m.step <= 100)) found = add(found, { field: 'step', rule: 'int32.gte_lte', what: `is ${String(m.step)}`, remedy: 'use 1 to 100', value: String(m.step) });
  if (m.shippingMethod.length > 64 && longer(m.shippingMethod, 64)) found = add(found, { field: 'shipping_method', rule: 'string.max_len', what: `has ${codePoints(m.shippingMethod).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.shippingMethod) });
  if (m.paymentMethod.length > 64 && longer(m.paymentMethod, 64)) found = add(found, { field: 'payment_method', rule: 'string.max_len', what: `has ${codePoints(m.paymentMethod).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.paymentMethod) });
  return found;
}

function checkContext(m: Context): Findings {
  let found: Findings;
  if (m.device !== undefined) {
    { const inner = checkDevice(m.device); if (inner !== undefined) found = nest(found, 'device', inner); }
  }
  if (m.country !== '') {
    if (!matchesCountry(m.country)) found = add(found, { field: 'country', rule: 'string.pattern', what: isText(m.country), remedy: 'use two capital letters, such as DE', value: cut(m.country) });
  }
  if (m.locale.length > 35 && longer(m.locale, 35)) found = add(found, { field: 'locale', rule: 'string.max_len', what: `has ${codePoints(m.locale).toString()} characters`, remedy: 'use at most 35 characters', value: cut(m.locale) });
  if (m.app !== undefined) {
    { const inner = checkApp(m.app); if (inner !== undefined) found = nest(found, 'app', inner); }
  }
  if (m.page !== undefined) {
    { const inner = checkPage(m.page); if (inner !== undefined) found = nest(found, 'page', inner); }
  }
  if (m.campaign !== undefined) {
    { const inner = checkCampaign(m.campaign); if (inner !== undefined) found = nest(found, 'campaign', inner); }
  }
  if (m.ip.length > 45 && longer(m.ip, 45)) found = add(found, { field: 'ip', rule: 'string.max_len', what: `has ${codePoints(m.ip).toString()} characters`, remedy: 'use at most 45 characters', value: PERSONAL });
  if (m.userAgent.length > 512 && longer(m.userAgent, 512)) found = add(found, { field: 'user_agent', rule: 'string.max_len', what: `has ${codePoints(m.userAgent).toString()} characters`, remedy: 'use at most 512 characters', value: cut(m.userAgent) });
  if (m.consents.length > 8) found = add(found, { field: 'consents', rule: 'repeated.max_items', what: `has ${String(m.consents.length)} entries`, remedy: 'send at most 8 entries', value: String(m.consents.length) });
  return found;
}

function checkCoupon(m: Coupon): Findings {
  let found: Findings;
  if (shorter(m.code, 1)) found = add(found, { field: 'code', rule: 'string.min_len', what: `has ${codePoints(m.code).toString()} characters`, remedy: 'use 1 to 128 characters', value: cut(m.code) });
  if (m.code.length > 128 && longer(m.code, 128)) found = add(found, { field: 'code', rule: 'string.max_len', what: `has ${codePoints(m.code).toString()} characters`, remedy: 'use 1 to 128 characters', value: cut(m.code) });
  if (m.name.length > 128 && longer(m.name, 128)) found = add(found, { field: 'name', rule: 'string.max_len', what: `has ${codePoints(m.name).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.name) });
  if (m.orderId !== '') {
    if (!matchesId(m.orderId)) found = add(found, { field: 'order_id', rule: 'string.pattern', what: isText(m.orderId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.orderId) });
  }
  if (m.cartId !== '') {
    if (!matchesId(m.cartId)) found = add(found, { field: 'cart_id', rule: 'string.pattern', what: isText(m.cartId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.cartId) });
  }
  return found;
}

function checkCouponApplied(m: CouponApplied): Findings {
  let found: Findings;
  if (m.coupon === undefined) found = add(found, { field: 'coupon', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkCoupon(m.coupon); if (inner !== undefined) found = nest(found, 'coupon', inner); }
  }
  if (m.discount !== undefined) {
    if (!moneyNonNegative(m.discount)) found = add(found, { field: 'discount', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.discount) });
  }
  return found;
}

function checkCouponDenied(m: CouponDenied): Findings {
  let found: Findings;
  if (m.coupon === undefined) found = add(found, { field: 'coupon', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkCoupon(m.coupon); if (inner !== undefined) found = nest(found, 'coupon', inner); }
  }
  if (m.reason.length > 256 && longer(m.reason, 256)) found = add(found, { field: 'reason', rule: 'string.max_len', what: `has ${codePoints(m.reason).toString()} characters`, remedy: 'use at most 256 characters', value: cut(m.reason) });
  return found;
}

function checkCouponEntered(m: CouponEntered): Findings {
  let found: Findings;
  if (m.coupon === undefined) found = add(found, { field: 'coupon', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkCoupon(m.coupon); if (inner !== undefined) found = nest(found, 'coupon', inner); }
  }
  return found;
}

function checkCouponRemoved(m: CouponRemoved): Findings {
  let found: Findings;
  if (m.coupon === undefined) found = add(found, { field: 'coupon', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkCoupon(m.coupon); if (inner !== undefined) found = nest(found, 'coupon', inner); }
  }
  if (m.discount !== undefined) {
    if (!moneyNonNegative(m.discount)) found = add(found, { field: 'discount', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.discount) });
  }
  return found;
}

function checkDevice(m: Device): Findings {
  let found: Findings;
  if (m.fingerprint.length > 128 && longer(m.fingerprint, 128)) found = add(found, { field: 'fingerprint', rule: 'string.max_len', what: `has ${codePoints(m.fingerprint).toString()} characters`, remedy: 'use at most 128 characters', value: PERSONAL });
  if (m.os.length > 64 && longer(m.os, 64)) found = add(found, { field: 'os', rule: 'string.max_len', what: `has ${codePoints(m.os).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.os) });
  if (m.browser.length > 64 && longer(m.browser, 64)) found = add(found, { field: 'browser', rule: 'string.max_len', what: `has ${codePoints(m.browser).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.browser) });
  if (!(m.screenWidthPx >= 0 && m.screenWidthPx <= 100000)) found = add(found, { field: 'screen_width_px', rule: 'int32.gte_lte', what: `is ${String(m.screenWidthPx)}`, remedy: 'use 0 to 100000', value: String(m.screenWidthPx) });
  if (!(m.screenHeightPx >= 0 && m.screenHeightPx <= 100000)) found = add(found, { field: 'screen_height_px', rule: 'int32.gte_lte', what: `is ${String(m.screenHeightPx)}`, remedy: 'use 0 to 100000', value: String(m.screenHeightPx) });
  return found;
}

function checkEvent(m: Event): Findings {
  let found: Findings;
  if (!matchesUuidV7(m.eventId)) found = add(found, { field: 'event_id', rule: 'string.pattern', what: isText(m.eventId), remedy: 'use a UUIDv7 in lower case with hyphens', value: cut(m.eventId) });
  if (!matchesId(m.anonymousId)) found = add(found, { field: 'anonymous_id', rule: 'string.pattern', what: `is ${PERSONAL}`, remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: PERSONAL });
  if (m.userId !== '') {
    if (!matchesId(m.userId)) found = add(found, { field: 'user_id', rule: 'string.pattern', what: `is ${PERSONAL}`, remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: PERSONAL });
  }
  if (m.sessionId !== '') {
    if (!matchesId(m.sessionId)) found = add(found, { field: 'session_id', rule: 'string.pattern', what: isText(m.sessionId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.sessionId) });
  }
  if (m.occurTime === undefined) found = add(found, { field: 'occur_time', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    if (!(m.occurTime.getTime() >= 0 && m.occurTime.getTime() < 253370764800000)) found = add(found, { field: 'occur_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.occurTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.occurTime) });
  }
  if (m.context !== undefined) {
    { const inner = checkContext(m.context); if (inner !== undefined) found = nest(found, 'context', inner); }
  }
  switch (m.payload?.$case) {
    case 'pageViewed':
      { const inner = checkPageViewed(m.payload.value); if (inner !== undefined) found = nest(found, 'page_viewed', inner); }
      break;
    case 'sessionStarted':
      { const inner = checkSessionStarted(m.payload.value); if (inner !== undefined) found = nest(found, 'session_started', inner); }
      break;
    case 'productsSearched':
      { const inner = checkProductsSearched(m.payload.value); if (inner !== undefined) found = nest(found, 'products_searched', inner); }
      break;
    case 'productListViewed':
      { const inner = checkProductListViewed(m.payload.value); if (inner !== undefined) found = nest(found, 'product_list_viewed', inner); }
      break;
    case 'productListFiltered':
      { const inner = checkProductListFiltered(m.payload.value); if (inner !== undefined) found = nest(found, 'product_list_filtered', inner); }
      break;
    case 'promotionViewed':
      { const inner = checkPromotionViewed(m.payload.value); if (inner !== undefined) found = nest(found, 'promotion_viewed', inner); }
      break;
    case 'promotionClicked':
      { const inner = checkPromotionClicked(m.payload.value); if (inner !== undefined) found = nest(found, 'promotion_clicked', inner); }
      break;
    case 'productClicked':
      { const inner = checkProductClicked(m.payload.value); if (inner !== undefined) found = nest(found, 'product_clicked', inner); }
      break;
    case 'productViewed':
      { const inner = checkProductViewed(m.payload.value); if (inner !== undefined) found = nest(found, 'product_viewed', inner); }
      break;
    case 'productShared':
      { const inner = checkProductShared(m.payload.value); if (inner !== undefined) found = nest(found, 'product_shared', inner); }
      break;
    case 'productReviewed':
      { const inner = checkProductReviewed(m.payload.value); if (inner !== undefined) found = nest(found, 'product_reviewed', inner); }
      break;
    case 'productAdded':
      { const inner = checkProductAdded(m.payload.value); if (inner !== undefined) found = nest(found, 'product_added', inner); }
      break;
    case 'productRemoved':
      { const inner = checkProductRemoved(m.payload.value); if (inner !== undefined) found = nest(found, 'product_removed', inner); }
      break;
    case 'cartViewed':
      { const inner = checkCartViewed(m.payload.value); if (inner !== undefined) found = nest(found, 'cart_viewed', inner); }
      break;
    case 'cartShared':
      { const inner = checkCartShared(m.payload.value); if (inner !== undefined) found = nest(found, 'cart_shared', inner); }
      break;
    case 'couponEntered':
      { const inner = checkCouponEntered(m.payload.value); if (inner !== undefined) found = nest(found, 'coupon_entered', inner); }
      break;
    case 'couponApplied':
      { const inner = checkCouponApplied(m.payload.value); if (inner !== undefined) found = nest(found, 'coupon_applied', inner); }
      break;
    case 'couponDenied':
      { const inner = checkCouponDenied(m.payload.value); if (inner !== undefined) found = nest(found, 'coupon_denied', inner); }
      break;
    case 'couponRemoved':
      { const inner = checkCouponRemoved(m.payload.value); if (inner !== undefined) found = nest(found, 'coupon_removed', inner); }
      break;
    case 'productAddedToWishlist':
      { const inner = checkProductAddedToWishlist(m.payload.value); if (inner !== undefined) found = nest(found, 'product_added_to_wishlist', inner); }
      break;
    case 'productRemovedFromWishlist':
      { const inner = checkProductRemovedFromWishlist(m.payload.value); if (inner !== undefined) found = nest(found, 'product_removed_from_wishlist', inner); }
      break;
    case 'wishlistProductAddedToCart':
      { const inner = checkWishlistProductAddedToCart(m.payload.value); if (inner !== undefined) found = nest(found, 'wishlist_product_added_to_cart', inner); }
      break;
    case 'checkoutStarted':
      { const inner = checkCheckoutStarted(m.payload.value); if (inner !== undefined) found = nest(found, 'checkout_started', inner); }
      break;
    case 'checkoutStepViewed':
      { const inner = checkCheckoutStepViewed(m.payload.value); if (inner !== undefined) found = nest(found, 'checkout_step_viewed', inner); }
      break;
    case 'checkoutStepCompleted':
      { const inner = checkCheckoutStepCompleted(m.payload.value); if (inner !== undefined) found = nest(found, 'checkout_step_completed', inner); }
      break;
    case 'paymentInfoEntered':
      { const inner = checkPaymentInfoEntered(m.payload.value); if (inner !== undefined) found = nest(found, 'payment_info_entered', inner); }
      break;
    case 'orderCompleted':
      { const inner = checkOrderCompleted(m.payload.value); if (inner !== undefined) found = nest(found, 'order_completed', inner); }
      break;
    case 'orderUpdated':
      { const inner = checkOrderUpdated(m.payload.value); if (inner !== undefined) found = nest(found, 'order_updated', inner); }
      break;
    case 'orderRefunded':
      { const inner = checkOrderRefunded(m.payload.value); if (inner !== undefined) found = nest(found, 'order_refunded', inner); }
      break;
    case 'orderCancelled':
      { const inner = checkOrderCancelled(m.payload.value); if (inner !== undefined) found = nest(found, 'order_cancelled', inner); }
      break;
    case 'paymentAttempted':
      { const inner = checkPaymentAttempted(m.payload.value); if (inner !== undefined) found = nest(found, 'payment_attempted', inner); }
      break;
    case 'paymentAuthorised':
      { const inner = checkPaymentAuthorised(m.payload.value); if (inner !== undefined) found = nest(found, 'payment_authorised', inner); }
      break;
    case 'paymentDeclined':
      { const inner = checkPaymentDeclined(m.payload.value); if (inner !== undefined) found = nest(found, 'payment_declined', inner); }
      break;
    case 'userSignedUp':
      { const inner = checkUserSignedUp(m.payload.value); if (inner !== undefined) found = nest(found, 'user_signed_up', inner); }
      break;
    case 'userLoggedIn':
      { const inner = checkUserLoggedIn(m.payload.value); if (inner !== undefined) found = nest(found, 'user_logged_in', inner); }
      break;
    case 'loginFailed':
      { const inner = checkLoginFailed(m.payload.value); if (inner !== undefined) found = nest(found, 'login_failed', inner); }
      break;
    case 'passwordReset':
      { const inner = checkPasswordReset(m.payload.value); if (inner !== undefined) found = nest(found, 'password_reset', inner); }
      break;
    case 'addressChanged':
      { const inner = checkAddressChanged(m.payload.value); if (inner !== undefined) found = nest(found, 'address_changed', inner); }
      break;
    case 'userIdentified':
      { const inner = checkUserIdentified(m.payload.value); if (inner !== undefined) found = nest(found, 'user_identified', inner); }
      break;
    case 'labelReported':
      { const inner = checkLabelReported(m.payload.value); if (inner !== undefined) found = nest(found, 'label_reported', inner); }
      break;
    case 'recommendationShown':
      { const inner = checkRecommendationShown(m.payload.value); if (inner !== undefined) found = nest(found, 'recommendation_shown', inner); }
      break;
    case 'recommendationClicked':
      { const inner = checkRecommendationClicked(m.payload.value); if (inner !== undefined) found = nest(found, 'recommendation_clicked', inner); }
      break;
    case 'productUpdated':
      { const inner = checkProductUpdated(m.payload.value); if (inner !== undefined) found = nest(found, 'product_updated', inner); }
      break;
  }
  if (!eventIdentifiedUser(m)) found = add(found, { field: '', rule: 'event.identified_user', what: '', remedy: 'user_identified needs user_id', value: '' });
  if (m.payload === undefined) found = add(found, { field: 'payload', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  return found;
}

function checkLabelReported(m: LabelReported): Findings {
  let found: Findings;
  if (!matchesId(m.paymentId)) found = add(found, { field: 'payment_id', rule: 'string.pattern', what: isText(m.paymentId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.paymentId) });
  { const number: number = m.source; if (number !== 0 && number !== 1 && number !== 2 && number !== 3) found = add(found, { field: 'source', rule: 'enum.defined_only', what: `is ${String(m.source)}`, remedy: 'use LABEL_SOURCE_CHARGEBACK, LABEL_SOURCE_CUSTOMER_CLAIM, LABEL_SOURCE_MANUAL_REVIEW', value: String(m.source) }); }
  { const number: number = m.source; if (number === 0) found = add(found, { field: 'source', rule: 'enum.not_in', what: `is ${String(m.source)}`, remedy: 'use LABEL_SOURCE_CHARGEBACK, LABEL_SOURCE_CUSTOMER_CLAIM, LABEL_SOURCE_MANUAL_REVIEW', value: String(m.source) }); }
  { const number: number = m.verdict; if (number !== 0 && number !== 1 && number !== 2 && number !== 3) found = add(found, { field: 'verdict', rule: 'enum.defined_only', what: `is ${String(m.verdict)}`, remedy: 'use LABEL_VERDICT_FRAUD, LABEL_VERDICT_LEGITIMATE, LABEL_VERDICT_INCONCLUSIVE', value: String(m.verdict) }); }
  { const number: number = m.verdict; if (number === 0) found = add(found, { field: 'verdict', rule: 'enum.not_in', what: `is ${String(m.verdict)}`, remedy: 'use LABEL_VERDICT_FRAUD, LABEL_VERDICT_LEGITIMATE, LABEL_VERDICT_INCONCLUSIVE', value: String(m.verdict) }); }
  if (m.fraudTime !== undefined) {
    if (!(m.fraudTime.getTime() >= 0 && m.fraudTime.getTime() < 253370764800000)) found = add(found, { field: 'fraud_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.fraudTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.fraudTime) });
  }
  if (m.note.length > 512 && longer(m.note, 512)) found = add(found, { field: 'note', rule: 'string.max_len', what: `has ${codePoints(m.note).toString()} characters`, remedy: 'use at most 512 characters', value: cut(m.note) });
  return found;
}

function checkLineItem(m: LineItem): Findings {
  let found: Findings;
  if (m.product === undefined) found = add(found, { field: 'product', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkProduct(m.product); if (inner !== undefined) found = nest(found, 'product', inner); }
  }
  if (!(m.quantity >= 1 && m.quantity <= 1000000)) found = add(found, { field: 'quantity', rule: 'int32.gte_lte', what: `is ${String(m.quantity)}`, remedy: 'use 1 to 1000000', value: String(m.quantity) });
  if (m.unitPrice !== undefined) {
    if (!moneyNonNegative(m.unitPrice)) found = add(found, { field: 'unit_price', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.unitPrice) });
  }
  if (m.discount !== undefined) {
    if (!moneyNonNegative(m.discount)) found = add(found, { field: 'discount', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.discount) });
  }
  if (m.total === undefined) found = add(found, { field: 'total', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    if (!moneyNonNegative(m.total)) found = add(found, { field: 'total', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.total) });
  }
  if (!lineItemOneCurrency(m)) found = add(found, { field: '', rule: 'line_item.one_currency', remedy: 'unit_price, discount and total must have one currency', ...currencies(m) });
  if (!lineItemAddsUp(m)) found = add(found, { field: '', rule: 'line_item.adds_up', remedy: 'total must be unit_price x quantity - discount', ...lineItemAmounts(m) });
  return found;
}

function checkListFilter(m: ListFilter): Findings {
  let found: Findings;
  if (m.type.length > 64 && longer(m.type, 64)) found = add(found, { field: 'type', rule: 'string.max_len', what: `has ${codePoints(m.type).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.type) });
  if (m.value.length > 256 && longer(m.value, 256)) found = add(found, { field: 'value', rule: 'string.max_len', what: `has ${codePoints(m.value).toString()} characters`, remedy: 'use at most 256 characters', value: cut(m.value) });
  return found;
}

function checkListSort(m: ListSort): Findings {
  let found: Findings;
  if (m.type.length > 64 && longer(m.type, 64)) found = add(found, { field: 'type', rule: 'string.max_len', what: `has ${codePoints(m.type).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.type) });
  if (m.value.length > 64 && longer(m.value, 64)) found = add(found, { field: 'value', rule: 'string.max_len', what: `has ${codePoints(m.value).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.value) });
  return found;
}

function checkLoginFailed(m: LoginFailed): Findings {
  let found: Findings;
  if (m.method.length > 64 && longer(m.method, 64)) found = add(found, { field: 'method', rule: 'string.max_len', what: `has ${codePoints(m.method).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.method) });
  return found;
}

function checkOrderCancelled(m: OrderCancelled): Findings {
  let found: Findings;
  if (!matchesId(m.orderId)) found = add(found, { field: 'order_id', rule: 'string.pattern', what: isText(m.orderId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.orderId) });
  if (m.reason.length > 256 && longer(m.reason, 256)) found = add(found, { field: 'reason', rule: 'string.max_len', what: `has ${codePoints(m.reason).toString()} characters`, remedy: 'use at most 256 characters', value: cut(m.reason) });
  if (m.total !== undefined) {
    if (!moneyNonNegative(m.total)) found = add(found, { field: 'total', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.total) });
  }
  return found;
}

function checkOrderCompleted(m: OrderCompleted): Findings {
  let found: Findings;
  if (!matchesId(m.orderId)) found = add(found, { field: 'order_id', rule: 'string.pattern', what: isText(m.orderId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.orderId) });
  if (m.lines.length < 1) found = add(found, { field: 'lines', rule: 'repeated.min_items', what: `has ${String(m.lines.length)} entries`, remedy: 'send 1 to 500 entries', value: String(m.lines.length) });
  if (m.lines.length > 500) found = add(found, { field: 'lines', rule: 'repeated.max_items', what: `has ${String(m.lines.length)} entries`, remedy: 'send 1 to 500 entries', value: String(m.lines.length) });
  {
    let index = 0;
    for (const item of m.lines) {
      { const inner = checkLineItem(item); if (inner !== undefined) found = nest(found, `lines[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.total === undefined) found = add(found, { field: 'total', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    if (!moneyNonNegative(m.total)) found = add(found, { field: 'total', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.total) });
  }
  if (m.shipping !== undefined) {
    if (!moneyNonNegative(m.shipping)) found = add(found, { field: 'shipping', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.shipping) });
  }
  if (m.tax !== undefined) {
    if (!moneyNonNegative(m.tax)) found = add(found, { field: 'tax', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.tax) });
  }
  if (m.discount !== undefined) {
    if (!moneyNonNegative(m.discount)) found = add(found, { field: 'discount', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.discount) });
  }
  if (m.couponCode.length > 128 && longer(m.couponCode, 128)) found = add(found, { field: 'coupon_code', rule: 'string.max_len', what: `has ${codePoints(m.couponCode).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.couponCode) });
  if (m.cartId !== '') {
    if (!matchesId(m.cartId)) found = add(found, { field: 'cart_id', rule: 'string.pattern', what: isText(m.cartId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.cartId) });
  }
  if (!orderOneCurrency(m)) found = add(found, { field: '', rule: 'order.one_currency', remedy: 'all amounts of an order must have the currency of its total', ...currencies(m) });
  if (found === undefined) found = orderTotalAddsUp(m);
  return found;
}

function checkOrderRefunded(m: OrderRefunded): Findings {
  let found: Findings;
  if (!matchesId(m.orderId)) found = add(found, { field: 'order_id', rule: 'string.pattern', what: isText(m.orderId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.orderId) });
  if (m.total === undefined) found = add(found, { field: 'total', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    if (!moneyPositive(m.total)) found = add(found, { field: 'total', rule: 'money.positive', remedy: 'must be an amount above 0 with a three-letter currency, at most 1000000000 units', ...amount(m.total) });
  }
  if (m.lines.length > 500) found = add(found, { field: 'lines', rule: 'repeated.max_items', what: `has ${String(m.lines.length)} entries`, remedy: 'send at most 500 entries', value: String(m.lines.length) });
  {
    let index = 0;
    for (const item of m.lines) {
      { const inner = checkLineItem(item); if (inner !== undefined) found = nest(found, `lines[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.refundId !== '') {
    if (!matchesId(m.refundId)) found = add(found, { field: 'refund_id', rule: 'string.pattern', what: isText(m.refundId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.refundId) });
  }
  if (m.reason.length > 256 && longer(m.reason, 256)) found = add(found, { field: 'reason', rule: 'string.max_len', what: `has ${codePoints(m.reason).toString()} characters`, remedy: 'use at most 256 characters', value: cut(m.reason) });
  if (!refundOneCurrency(m)) found = add(found, { field: '', rule: 'refund.one_currency', remedy: 'all amounts of a refund must have the currency of its total', ...currencies(m) });
  if (found === undefined) found = refundLinesWithinTotal(m);
  return found;
}

function checkOrderUpdated(m: OrderUpdated): Findings {
  let found: Findings;
  if (!matchesId(m.orderId)) found = add(found, { field: 'order_id', rule: 'string.pattern', what: isText(m.orderId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.orderId) });
  if (m.lines.length < 1) found = add(found, { field: 'lines', rule: 'repeated.min_items', what: `has ${String(m.lines.length)} entries`, remedy: 'send 1 to 500 entries', value: String(m.lines.length) });
  if (m.lines.length > 500) found = add(found, { field: 'lines', rule: 'repeated.max_items', what: `has ${String(m.lines.length)} entries`, remedy: 'send 1 to 500 entries', value: String(m.lines.length) });
  {
    let index = 0;
    for (const item of m.lines) {
      { const inner = checkLineItem(item); if (inner !== undefined) found = nest(found, `lines[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.total === undefined) found = add(found, { field: 'total', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    if (!moneyNonNegative(m.total)) found = add(found, { field: 'total', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.total) });
  }
  if (m.shipping !== undefined) {
    if (!moneyNonNegative(m.shipping)) found = add(found, { field: 'shipping', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.shipping) });
  }
  if (m.tax !== undefined) {
    if (!moneyNonNegative(m.tax)) found = add(found, { field: 'tax', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.tax) });
  }
  if (m.discount !== undefined) {
    if (!moneyNonNegative(m.discount)) found = add(found, { field: 'discount', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.discount) });
  }
  if (m.couponCode.length > 128 && longer(m.couponCode, 128)) found = add(found, { field: 'coupon_code', rule: 'string.max_len', what: `has ${codePoints(m.couponCode).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.couponCode) });
  if (m.cartId !== '') {
    if (!matchesId(m.cartId)) found = add(found, { field: 'cart_id', rule: 'string.pattern', what: isText(m.cartId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.cartId) });
  }
  if (!orderOneCurrency(m)) found = add(found, { field: '', rule: 'order.one_currency', remedy: 'all amounts of an order must have the currency of its total', ...currencies(m) });
  if (found === undefined) found = orderTotalAddsUp(m);
  return found;
}

function checkPage(m: Page): Findings {
  let found: Findings;
  if (m.path.length > 2048 && longer(m.path, 2048)) found = add(found, { field: 'path', rule: 'string.max_len', what: `has ${codePoints(m.path).toString()} characters`, remedy: 'use at most 2048 characters', value: cut(m.path) });
  if (m.title.length > 512 && longer(m.title, 512)) found = add(found, { field: 'title', rule: 'string.max_len', what: `has ${codePoints(m.title).toString()} characters`, remedy: 'use at most 512 characters', value: cut(m.title) });
  if (m.referrer.length > 2048 && longer(m.referrer, 2048)) found = add(found, { field: 'referrer', rule: 'string.max_len', what: `has ${codePoints(m.referrer).toString()} characters`, remedy: 'use at most 2048 characters', value: cut(m.referrer) });
  return found;
}

function checkPageViewed(m: PageViewed): Findings {
  let found: Findings;
  if (m.category.length > 128 && longer(m.category, 128)) found = add(found, { field: 'category', rule: 'string.max_len', what: `has ${codePoints(m.category).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.category) });
  return found;
}

function checkPasswordReset(m: PasswordReset): Findings {
  let found: Findings;
  if (m.method.length > 64 && longer(m.method, 64)) found = add(found, { field: 'method', rule: 'string.max_len', what: `has ${codePoints(m.method).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.method) });
  return found;
}

function checkPaymentAttempted(m: PaymentAttempted): Findings {
  let found: Findings;
  if (!matchesId(m.paymentId)) found = add(found, { field: 'payment_id', rule: 'string.pattern', what: isText(m.paymentId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.paymentId) });
  if (m.orderId !== '') {
    if (!matchesId(m.orderId)) found = add(found, { field: 'order_id', rule: 'string.pattern', what: isText(m.orderId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.orderId) });
  }
  if (m.amount === undefined) found = add(found, { field: 'amount', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    if (!moneyPositive(m.amount)) found = add(found, { field: 'amount', rule: 'money.positive', remedy: 'must be an amount above 0 with a three-letter currency, at most 1000000000 units', ...amount(m.amount) });
  }
  if (m.card !== undefined) {
    { const inner = checkCard(m.card); if (inner !== undefined) found = nest(found, 'card', inner); }
  }
  if (m.method.length > 64 && longer(m.method, 64)) found = add(found, { field: 'method', rule: 'string.max_len', what: `has ${codePoints(m.method).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.method) });
  if (m.decisionId !== '') {
    if (!matchesId(m.decisionId)) found = add(found, { field: 'decision_id', rule: 'string.pattern', what: isText(m.decisionId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.decisionId) });
  }
  if (m.shippingAddress !== undefined) {
    { const inner = checkAddress(m.shippingAddress); if (inner !== undefined) found = nest(found, 'shipping_address', inner); }
  }
  if (m.billingAddress !== undefined) {
    { const inner = checkAddress(m.billingAddress); if (inner !== undefined) found = nest(found, 'billing_address', inner); }
  }
  return found;
}

function checkPaymentAuthorised(m: PaymentAuthorised): Findings {
  let found: Findings;
  if (!matchesId(m.paymentId)) found = add(found, { field: 'payment_id', rule: 'string.pattern', what: isText(m.paymentId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.paymentId) });
  if (m.orderId !== '') {
    if (!matchesId(m.orderId)) found = add(found, { field: 'order_id', rule: 'string.pattern', what: isText(m.orderId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.orderId) });
  }
  if (m.amount === undefined) found = add(found, { field: 'amount', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    if (!moneyPositive(m.amount)) found = add(found, { field: 'amount', rule: 'money.positive', remedy: 'must be an amount above 0 with a three-letter currency, at most 1000000000 units', ...amount(m.amount) });
  }
  if (m.authorisationCode.length > 64 && longer(m.authorisationCode, 64)) found = add(found, { field: 'authorisation_code', rule: 'string.max_len', what: `has ${codePoints(m.authorisationCode).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.authorisationCode) });
  return found;
}

function checkPaymentDeclined(m: PaymentDeclined): Findings {
  let found: Findings;
  if (!matchesId(m.paymentId)) found = add(found, { field: 'payment_id', rule: 'string.pattern', what: isText(m.paymentId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.paymentId) });
  if (m.orderId !== '') {
    if (!matchesId(m.orderId)) found = add(found, { field: 'order_id', rule: 'string.pattern', what: isText(m.orderId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.orderId) });
  }
  if (m.amount === undefined) found = add(found, { field: 'amount', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    if (!moneyPositive(m.amount)) found = add(found, { field: 'amount', rule: 'money.positive', remedy: 'must be an amount above 0 with a three-letter currency, at most 1000000000 units', ...amount(m.amount) });
  }
  if (m.declineCode.length > 64 && longer(m.declineCode, 64)) found = add(found, { field: 'decline_code', rule: 'string.max_len', what: `has ${codePoints(m.declineCode).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.declineCode) });
  return found;
}

function checkPaymentInfoEntered(m: PaymentInfoEntered): Findings {
  let found: Findings;
  if (m.checkoutId !== '') {
    if (!matchesId(m.checkoutId)) found = add(found, { field: 'checkout_id', rule: 'string.pattern', what: isText(m.checkoutId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.checkoutId) });
  }
  if (m.orderId !== '') {
    if (!matchesId(m.orderId)) found = add(found, { field: 'order_id', rule: 'string.pattern', what: isText(m.orderId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.orderId) });
  }
  if (m.shippingMethod.length > 64 && longer(m.shippingMethod, 64)) found = add(found, { field: 'shipping_method', rule: 'string.max_len', what: `has ${codePoints(m.shippingMethod).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.shippingMethod) });
  if (m.paymentMethod.length > 64 && longer(m.paymentMethod, 64)) found = add(found, { field: 'payment_method', rule: 'string.max_len', what: `has ${codePoints(m.paymentMethod).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.paymentMethod) });
  return found;
}

function checkProduct(m: Product): Findings {
  let found: Findings;
  if (!matchesId(m.productId)) found = add(found, { field: 'product_id', rule: 'string.pattern', what: isText(m.productId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.productId) });
  if (m.categoryId !== '') {
    if (!matchesId(m.categoryId)) found = add(found, { field: 'category_id', rule: 'string.pattern', what: isText(m.categoryId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.categoryId) });
  }
  if (m.name.length > 256 && longer(m.name, 256)) found = add(found, { field: 'name', rule: 'string.max_len', what: `has ${codePoints(m.name).toString()} characters`, remedy: 'use at most 256 characters', value: cut(m.name) });
  if (m.brand.length > 128 && longer(m.brand, 128)) found = add(found, { field: 'brand', rule: 'string.max_len', what: `has ${codePoints(m.brand).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.brand) });
  if (m.variant.length > 128 && longer(m.variant, 128)) found = add(found, { field: 'variant', rule: 'string.max_len', what: `has ${codePoints(m.variant).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.variant) });
  if (m.price !== undefined) {
    if (!moneyNonNegative(m.price)) found = add(found, { field: 'price', rule: 'money.non_negative', remedy: 'must be an amount of 0 or more with a three-letter currency, at most 1000000000 units', ...amount(m.price) });
  }
  if (m.sku.length > 128 && longer(m.sku, 128)) found = add(found, { field: 'sku', rule: 'string.max_len', what: `has ${codePoints(m.sku).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.sku) });
  if (m.url.length > 2048 && longer(m.url, 2048)) found = add(found, { field: 'url', rule: 'string.max_len', what: `has ${codePoints(m.url).toString()} characters`, remedy: 'use at most 2048 characters', value: cut(m.url) });
  if (m.imageUrl.length > 2048 && longer(m.imageUrl, 2048)) found = add(found, { field: 'image_url', rule: 'string.max_len', what: `has ${codePoints(m.imageUrl).toString()} characters`, remedy: 'use at most 2048 characters', value: cut(m.imageUrl) });
  return found;
}

function checkProductAdded(m: ProductAdded): Findings {
  let found: Findings;
  if (m.product === undefined) found = add(found, { field: 'product', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkProduct(m.product); if (inner !== undefined) found = nest(found, 'product', inner); }
  }
  if (!(m.quantity >= 1 && m.quantity <= 1000000)) found = add(found, { field: 'quantity', rule: 'int32.gte_lte', what: `is ${String(m.quantity)}`, remedy: 'use 1 to 1000000', value: String(m.quantity) });
  if (m.cartId !== '') {
    if (!matchesId(m.cartId)) found = add(found, { field: 'cart_id', rule: 'string.pattern', what: isText(m.cartId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.cartId) });
  }
  return found;
}

function checkProductAddedToWishlist(m: ProductAddedToWishlist): Findings {
  let found: Findings;
  if (m.product === undefined) found = add(found, { field: 'product', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkProduct(m.product); if (inner !== undefined) found = nest(found, 'product', inner); }
  }
  if (m.wishlistId !== '') {
    if (!matchesId(m.wishlistId)) found = add(found, { field: 'wishlist_id', rule: 'string.pattern', what: isText(m.wishlistId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.wishlistId) });
  }
  if (m.wishlistName.length > 128 && longer(m.wishlistName, 128)) found = add(found, { field: 'wishlist_name', rule: 'string.max_len', what: `has ${codePoints(m.wishlistName).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.wishlistName) });
  return found;
}

function checkProductClicked(m: ProductClicked): Findings {
  let found: Findings;
  if (m.product === undefined) found = add(found, { field: 'product', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkProduct(m.product); if (inner !== undefined) found = nest(found, 'product', inner); }
  }
  if (m.listId !== '') {
    if (!matchesId(m.listId)) found = add(found, { field: 'list_id', rule: 'string.pattern', what: isText(m.listId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.listId) });
  }
  if (m.position !== undefined) {
    if (!(m.position >= 1)) found = add(found, { field: 'position', rule: 'int32.gte', what: `is ${String(m.position)}`, remedy: 'use at least 1', value: String(m.position) });
  }
  return found;
}

function checkProductListFiltered(m: ProductListFiltered): Findings {
  let found: Findings;
  if (m.listId !== '') {
    if (!matchesId(m.listId)) found = add(found, { field: 'list_id', rule: 'string.pattern', what: isText(m.listId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.listId) });
  }
  if (m.categoryId !== '') {
    if (!matchesId(m.categoryId)) found = add(found, { field: 'category_id', rule: 'string.pattern', what: isText(m.categoryId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.categoryId) });
  }
  if (m.filters.length > 50) found = add(found, { field: 'filters', rule: 'repeated.max_items', what: `has ${String(m.filters.length)} entries`, remedy: 'send at most 50 entries', value: String(m.filters.length) });
  {
    let index = 0;
    for (const item of m.filters) {
      { const inner = checkListFilter(item); if (inner !== undefined) found = nest(found, `filters[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.sorts.length > 10) found = add(found, { field: 'sorts', rule: 'repeated.max_items', what: `has ${String(m.sorts.length)} entries`, remedy: 'send at most 10 entries', value: String(m.sorts.length) });
  {
    let index = 0;
    for (const item of m.sorts) {
      { const inner = checkListSort(item); if (inner !== undefined) found = nest(found, `sorts[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.products.length > 500) found = add(found, { field: 'products', rule: 'repeated.max_items', what: `has ${String(m.products.length)} entries`, remedy: 'send at most 500 entries', value: String(m.products.length) });
  {
    let index = 0;
    for (const item of m.products) {
      { const inner = checkProduct(item); if (inner !== undefined) found = nest(found, `products[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  return found;
}

function checkProductListViewed(m: ProductListViewed): Findings {
  let found: Findings;
  if (m.listId !== '') {
    if (!matchesId(m.listId)) found = add(found, { field: 'list_id', rule: 'string.pattern', what: isText(m.listId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.listId) });
  }
  if (m.categoryId !== '') {
    if (!matchesId(m.categoryId)) found = add(found, { field: 'category_id', rule: 'string.pattern', what: isText(m.categoryId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.categoryId) });
  }
  if (m.products.length > 500) found = add(found, { field: 'products', rule: 'repeated.max_items', what: `has ${String(m.products.length)} entries`, remedy: 'send at most 500 entries', value: String(m.products.length) });
  {
    let index = 0;
    for (const item of m.products) {
      { const inner = checkProduct(item); if (inner !== undefined) found = nest(found, `products[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  return found;
}

function checkProductRemoved(m: ProductRemoved): Findings {
  let found: Findings;
  if (m.product === undefined) found = add(found, { field: 'product', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkProduct(m.product); if (inner !== undefined) found = nest(found, 'product', inner); }
  }
  if (!(m.quantity >= 1 && m.quantity <= 1000000)) found = add(found, { field: 'quantity', rule: 'int32.gte_lte', what: `is ${String(m.quantity)}`, remedy: 'use 1 to 1000000', value: String(m.quantity) });
  if (m.cartId !== '') {
    if (!matchesId(m.cartId)) found = add(found, { field: 'cart_id', rule: 'string.pattern', what: isText(m.cartId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.cartId) });
  }
  return found;
}

function checkProductRemovedFromWishlist(m: ProductRemovedFromWishlist): Findings {
  let found: Findings;
  if (m.product === undefined) found = add(found, { field: 'product', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkProduct(m.product); if (inner !== undefined) found = nest(found, 'product', inner); }
  }
  if (m.wishlistId !== '') {
    if (!matchesId(m.wishlistId)) found = add(found, { field: 'wishlist_id', rule: 'string.pattern', what: isText(m.wishlistId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.wishlistId) });
  }
  if (m.wishlistName.length > 128 && longer(m.wishlistName, 128)) found = add(found, { field: 'wishlist_name', rule: 'string.max_len', what: `has ${codePoints(m.wishlistName).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.wishlistName) });
  return found;
}

function checkProductReviewed(m: ProductReviewed): Findings {
  let found: Findings;
  if (!matchesId(m.productId)) found = add(found, { field: 'product_id', rule: 'string.pattern', what: isText(m.productId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.productId) });
  if (m.reviewId !== '') {
    if (!matchesId(m.reviewId)) found = add(found, { field: 'review_id', rule: 'string.pattern', what: isText(m.reviewId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.reviewId) });
  }
  if (m.rating !== undefined) {
    if (!(m.rating >= 0 && m.rating <= 5)) found = add(found, { field: 'rating', rule: 'double.gte_lte', what: `is ${String(m.rating)}`, remedy: 'use 0 to 5', value: String(m.rating) });
  }
  return found;
}

function checkProductShared(m: ProductShared): Findings {
  let found: Findings;
  if (m.product === undefined) found = add(found, { field: 'product', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkProduct(m.product); if (inner !== undefined) found = nest(found, 'product', inner); }
  }
  if (m.via.length > 64 && longer(m.via, 64)) found = add(found, { field: 'via', rule: 'string.max_len', what: `has ${codePoints(m.via).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.via) });
  return found;
}

function checkProductUpdated(m: ProductUpdated): Findings {
  let found: Findings;
  if (m.product === undefined) found = add(found, { field: 'product', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkProduct(m.product); if (inner !== undefined) found = nest(found, 'product', inner); }
  }
  return found;
}

function checkProductViewed(m: ProductViewed): Findings {
  let found: Findings;
  if (m.product === undefined) found = add(found, { field: 'product', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkProduct(m.product); if (inner !== undefined) found = nest(found, 'product', inner); }
  }
  if (m.listId !== '') {
    if (!matchesId(m.listId)) found = add(found, { field: 'list_id', rule: 'string.pattern', what: isText(m.listId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.listId) });
  }
  return found;
}

function checkProductsSearched(m: ProductsSearched): Findings {
  let found: Findings;
  if (shorter(m.query, 1)) found = add(found, { field: 'query', rule: 'string.min_len', what: `has ${codePoints(m.query).toString()} characters`, remedy: 'use 1 to 256 characters', value: cut(m.query) });
  if (m.query.length > 256 && longer(m.query, 256)) found = add(found, { field: 'query', rule: 'string.max_len', what: `has ${codePoints(m.query).toString()} characters`, remedy: 'use 1 to 256 characters', value: cut(m.query) });
  if (m.resultCount !== undefined) {
    if (!(m.resultCount >= 0)) found = add(found, { field: 'result_count', rule: 'int32.gte', what: `is ${String(m.resultCount)}`, remedy: 'use at least 0', value: String(m.resultCount) });
  }
  return found;
}

function checkPromotion(m: Promotion): Findings {
  let found: Findings;
  if (!matchesId(m.promotionId)) found = add(found, { field: 'promotion_id', rule: 'string.pattern', what: isText(m.promotionId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.promotionId) });
  if (m.name.length > 256 && longer(m.name, 256)) found = add(found, { field: 'name', rule: 'string.max_len', what: `has ${codePoints(m.name).toString()} characters`, remedy: 'use at most 256 characters', value: cut(m.name) });
  if (m.creative.length > 128 && longer(m.creative, 128)) found = add(found, { field: 'creative', rule: 'string.max_len', what: `has ${codePoints(m.creative).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.creative) });
  if (m.position.length > 64 && longer(m.position, 64)) found = add(found, { field: 'position', rule: 'string.max_len', what: `has ${codePoints(m.position).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.position) });
  return found;
}

function checkPromotionClicked(m: PromotionClicked): Findings {
  let found: Findings;
  if (m.promotion === undefined) found = add(found, { field: 'promotion', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkPromotion(m.promotion); if (inner !== undefined) found = nest(found, 'promotion', inner); }
  }
  return found;
}

function checkPromotionViewed(m: PromotionViewed): Findings {
  let found: Findings;
  if (m.promotion === undefined) found = add(found, { field: 'promotion', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkPromotion(m.promotion); if (inner !== undefined) found = nest(found, 'promotion', inner); }
  }
  return found;
}

function checkRecommendationClicked(m: RecommendationClicked): Findings {
  let found: Findings;
  if (!matchesId(m.requestId)) found = add(found, { field: 'request_id', rule: 'string.pattern', what: isText(m.requestId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.requestId) });
  if (!matchesId(m.itemId)) found = add(found, { field: 'item_id', rule: 'string.pattern', what: isText(m.itemId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.itemId) });
  if (!(m.position >= 1 && m.position <= 1000)) found = add(found, { field: 'position', rule: 'int32.gte_lte', what: `is ${String(m.position)}`, remedy: 'use 1 to 1000', value: String(m.position) });
  if (m.source.length > 64 && longer(m.source, 64)) found = add(found, { field: 'source', rule: 'string.max_len', what: `has ${codePoints(m.source).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.source) });
  if (m.variant.length > 64 && longer(m.variant, 64)) found = add(found, { field: 'variant', rule: 'string.max_len', what: `has ${codePoints(m.variant).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.variant) });
  if (m.placement.length > 64 && longer(m.placement, 64)) found = add(found, { field: 'placement', rule: 'string.max_len', what: `has ${codePoints(m.placement).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.placement) });
  return found;
}

function checkRecommendationShown(m: RecommendationShown): Findings {
  let found: Findings;
  if (!matchesId(m.requestId)) found = add(found, { field: 'request_id', rule: 'string.pattern', what: isText(m.requestId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.requestId) });
  if (!matchesId(m.itemId)) found = add(found, { field: 'item_id', rule: 'string.pattern', what: isText(m.itemId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.itemId) });
  if (!(m.position >= 1 && m.position <= 1000)) found = add(found, { field: 'position', rule: 'int32.gte_lte', what: `is ${String(m.position)}`, remedy: 'use 1 to 1000', value: String(m.position) });
  if (m.source.length > 64 && longer(m.source, 64)) found = add(found, { field: 'source', rule: 'string.max_len', what: `has ${codePoints(m.source).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.source) });
  if (m.variant.length > 64 && longer(m.variant, 64)) found = add(found, { field: 'variant', rule: 'string.max_len', what: `has ${codePoints(m.variant).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.variant) });
  if (m.placement.length > 64 && longer(m.placement, 64)) found = add(found, { field: 'placement', rule: 'string.max_len', what: `has ${codePoints(m.placement).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.placement) });
  return found;
}

function checkSessionStarted(m: SessionStarted): Findings {
  let found: Findings;
  if (m.landingPath.length > 2048 && longer(m.landingPath, 2048)) found = add(found, { field: 'landing_path', rule: 'string.max_len', what: `has ${codePoints(m.landingPath).toString()} characters`, remedy: 'use at most 2048 characters', value: cut(m.landingPath) });
  return found;
}

function checkUserIdentified(m: UserIdentified): Findings {
  let found: Findings;
  if (m.emailHash.length > 128 && longer(m.emailHash, 128)) found = add(found, { field: 'email_hash', rule: 'string.max_len', what: `has ${codePoints(m.emailHash).toString()} characters`, remedy: 'use at most 128 characters', value: PERSONAL });
  return found;
}

function checkUserLoggedIn(m: UserLoggedIn): Findings {
  let found: Findings;
  if (m.method.length > 64 && longer(m.method, 64)) found = add(found, { field: 'method', rule: 'string.max_len', what: `has ${codePoints(m.method).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.method) });
  return found;
}

function checkUserSignedUp(m: UserSignedUp): Findings {
  let found: Findings;
  if (m.method.length > 64 && longer(m.method, 64)) found = add(found, { field: 'method', rule: 'string.max_len', what: `has ${codePoints(m.method).toString()} characters`, remedy: 'use at most 64 characters', value: cut(m.method) });
  return found;
}

function checkWishlistProductAddedToCart(m: WishlistProductAddedToCart): Findings {
  let found: Findings;
  if (m.product === undefined) found = add(found, { field: 'product', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkProduct(m.product); if (inner !== undefined) found = nest(found, 'product', inner); }
  }
  if (!(m.quantity >= 1 && m.quantity <= 1000000)) found = add(found, { field: 'quantity', rule: 'int32.gte_lte', what: `is ${String(m.quantity)}`, remedy: 'use 1 to 1000000', value: String(m.quantity) });
  if (m.wishlistId !== '') {
    if (!matchesId(m.wishlistId)) found = add(found, { field: 'wishlist_id', rule: 'string.pattern', what: isText(m.wishlistId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.wishlistId) });
  }
  if (m.wishlistName.length > 128 && longer(m.wishlistName, 128)) found = add(found, { field: 'wishlist_name', rule: 'string.max_len', what: `has ${codePoints(m.wishlistName).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.wishlistName) });
  if (m.cartId !== '') {
    if (!matchesId(m.cartId)) found = add(found, { field: 'cart_id', rule: 'string.pattern', what: isText(m.cartId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.cartId) });
  }
  return found;
}

function checkGetAlertRequest(m: GetAlertRequest): Findings {
  let found: Findings;
  if (!matchesId(m.alertId)) found = add(found, { field: 'alert_id', rule: 'string.pattern', what: isText(m.alertId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.alertId) });
  return found;
}

function checkListAlertsRequest(m: ListAlertsRequest): Findings {
  let found: Findings;
  if (!(m.pageSize >= 0 && m.pageSize <= 500)) found = add(found, { field: 'page_size', rule: 'int32.gte_lte', what: `is ${String(m.pageSize)}`, remedy: 'use 0 to 500', value: String(m.pageSize) });
  if (m.pageToken.length > 1024 && longer(m.pageToken, 1024)) found = add(found, { field: 'page_token', rule: 'string.max_len', what: `has ${codePoints(m.pageToken).toString()} characters`, remedy: 'use at most 1024 characters', value: cut(m.pageToken) });
  if (m.states.length > 10) found = add(found, { field: 'states', rule: 'repeated.max_items', what: `has ${String(m.states.length)} entries`, remedy: 'send at most 10 entries', value: String(m.states.length) });
  {
    let index = 0;
    for (const item of m.states) {
      { const number: number = item; if (number !== 0 && number !== 1 && number !== 2 && number !== 3 && number !== 4 && number !== 5 && number !== 6 && number !== 7) found = add(found, { field: `states[${index}]`, rule: 'enum.defined_only', what: `is ${String(item)}`, remedy: 'use ALERT_STATE_OPEN, ALERT_STATE_ASSIGNED, ALERT_STATE_IN_REVIEW, ALERT_STATE_CONFIRMED_FRAUD, ALERT_STATE_FALSE_POSITIVE, ALERT_STATE_INCONCLUSIVE, ALERT_STATE_REOPENED', value: String(item) }); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.group.length > 160 && longer(m.group, 160)) found = add(found, { field: 'group', rule: 'string.max_len', what: `has ${codePoints(m.group).toString()} characters`, remedy: 'use at most 160 characters', value: cut(m.group) });
  if (m.startTime !== undefined) {
    if (!(m.startTime.getTime() >= 0 && m.startTime.getTime() < 253370764800000)) found = add(found, { field: 'start_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.startTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.startTime) });
  }
  if (m.endTime !== undefined) {
    if (!(m.endTime.getTime() >= 0 && m.endTime.getTime() < 253370764800000)) found = add(found, { field: 'end_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.endTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.endTime) });
  }
  return found;
}

function checkReportLabelRequest(m: ReportLabelRequest): Findings {
  let found: Findings;
  if (!matchesId(m.transactionId)) found = add(found, { field: 'transaction_id', rule: 'string.pattern', what: isText(m.transactionId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.transactionId) });
  { const number: number = m.source; if (number !== 0 && number !== 1 && number !== 2 && number !== 3) found = add(found, { field: 'source', rule: 'enum.defined_only', what: `is ${String(m.source)}`, remedy: 'use LABEL_SOURCE_CHARGEBACK, LABEL_SOURCE_CUSTOMER_CLAIM, LABEL_SOURCE_MANUAL_REVIEW', value: String(m.source) }); }
  { const number: number = m.source; if (number === 0) found = add(found, { field: 'source', rule: 'enum.not_in', what: `is ${String(m.source)}`, remedy: 'use LABEL_SOURCE_CHARGEBACK, LABEL_SOURCE_CUSTOMER_CLAIM, LABEL_SOURCE_MANUAL_REVIEW', value: String(m.source) }); }
  { const number: number = m.verdict; if (number !== 0 && number !== 1 && number !== 2 && number !== 3) found = add(found, { field: 'verdict', rule: 'enum.defined_only', what: `is ${String(m.verdict)}`, remedy: 'use LABEL_VERDICT_FRAUD, LABEL_VERDICT_LEGITIMATE, LABEL_VERDICT_INCONCLUSIVE', value: String(m.verdict) }); }
  { const number: number = m.verdict; if (number === 0) found = add(found, { field: 'verdict', rule: 'enum.not_in', what: `is ${String(m.verdict)}`, remedy: 'use LABEL_VERDICT_FRAUD, LABEL_VERDICT_LEGITIMATE, LABEL_VERDICT_INCONCLUSIVE', value: String(m.verdict) }); }
  if (m.knownTime !== undefined) {
    if (!(m.knownTime.getTime() >= 0 && m.knownTime.getTime() < 253370764800000)) found = add(found, { field: 'known_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.knownTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.knownTime) });
  }
  if (m.fraudTime !== undefined) {
    if (!(m.fraudTime.getTime() >= 0 && m.fraudTime.getTime() < 253370764800000)) found = add(found, { field: 'fraud_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.fraudTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.fraudTime) });
  }
  if (m.note.length > 512 && longer(m.note, 512)) found = add(found, { field: 'note', rule: 'string.max_len', what: `has ${codePoints(m.note).toString()} characters`, remedy: 'use at most 512 characters', value: cut(m.note) });
  if (m.eventId !== '') {
    if (!matchesUuidV7(m.eventId)) found = add(found, { field: 'event_id', rule: 'string.pattern', what: isText(m.eventId), remedy: 'use a UUIDv7 in lower case with hyphens', value: cut(m.eventId) });
  }
  return found;
}

function checkScoreTransactionRequest(m: ScoreTransactionRequest): Findings {
  let found: Findings;
  if (m.payment === undefined) found = add(found, { field: 'payment', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkPaymentAttempted(m.payment); if (inner !== undefined) found = nest(found, 'payment', inner); }
  }
  if (!matchesId(m.anonymousId)) found = add(found, { field: 'anonymous_id', rule: 'string.pattern', what: `is ${PERSONAL}`, remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: PERSONAL });
  if (m.userId !== '') {
    if (!matchesId(m.userId)) found = add(found, { field: 'user_id', rule: 'string.pattern', what: `is ${PERSONAL}`, remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: PERSONAL });
  }
  if (m.sessionId !== '') {
    if (!matchesId(m.sessionId)) found = add(found, { field: 'session_id', rule: 'string.pattern', what: isText(m.sessionId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.sessionId) });
  }
  if (m.context !== undefined) {
    { const inner = checkContext(m.context); if (inner !== undefined) found = nest(found, 'context', inner); }
  }
  if (m.lines.length > 500) found = add(found, { field: 'lines', rule: 'repeated.max_items', what: `has ${String(m.lines.length)} entries`, remedy: 'send at most 500 entries', value: String(m.lines.length) });
  {
    let index = 0;
    for (const item of m.lines) {
      { const inner = checkLineItem(item); if (inner !== undefined) found = nest(found, `lines[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  return found;
}

function checkUpdateAlertRequest(m: UpdateAlertRequest): Findings {
  let found: Findings;
  if (!matchesId(m.alertId)) found = add(found, { field: 'alert_id', rule: 'string.pattern', what: isText(m.alertId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.alertId) });
  if (!(m.expectedVersion >= 1n)) found = add(found, { field: 'expected_version', rule: 'int64.gte', what: `is ${m.expectedVersion.toString()}`, remedy: 'use at least 1', value: m.expectedVersion.toString() });
  { const number: number = m.state; if (number !== 0 && number !== 1 && number !== 2 && number !== 3 && number !== 4 && number !== 5 && number !== 6 && number !== 7) found = add(found, { field: 'state', rule: 'enum.defined_only', what: `is ${String(m.state)}`, remedy: 'use ALERT_STATE_OPEN, ALERT_STATE_ASSIGNED, ALERT_STATE_IN_REVIEW, ALERT_STATE_CONFIRMED_FRAUD, ALERT_STATE_FALSE_POSITIVE, ALERT_STATE_INCONCLUSIVE, ALERT_STATE_REOPENED', value: String(m.state) }); }
  { const number: number = m.state; if (number === 1) found = add(found, { field: 'state', rule: 'enum.not_in', what: `is ${String(m.state)}`, remedy: 'use ALERT_STATE_OPEN, ALERT_STATE_ASSIGNED, ALERT_STATE_IN_REVIEW, ALERT_STATE_CONFIRMED_FRAUD, ALERT_STATE_FALSE_POSITIVE, ALERT_STATE_INCONCLUSIVE, ALERT_STATE_REOPENED', value: String(m.state) }); }
  if (m.assignee !== undefined) {
    if (m.assignee.length > 128 && longer(m.assignee, 128)) found = add(found, { field: 'assignee', rule: 'string.max_len', what: `has ${codePoints(m.assignee).toString()} characters`, remedy: 'use at most 128 characters', value: cut(m.assignee) });
  }
  if (m.note.length > 512 && longer(m.note, 512)) found = add(found, { field: 'note', rule: 'string.max_len', what: `has ${codePoints(m.note).toString()} characters`, remedy: 'use at most 512 characters', value: cut(m.note) });
  if (!matchesId(m.requestId)) found = add(found, { field: 'request_id', rule: 'string.pattern', what: isText(m.requestId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.requestId) });
  return found;
}

function checkWatchAlertsRequest(m: WatchAlertsRequest): Findings {
  let found: Findings;
  if (m.resumeToken.length > 4096 && longer(m.resumeToken, 4096)) found = add(found, { field: 'resume_token', rule: 'string.max_len', what: `has ${codePoints(m.resumeToken).toString()} characters`, remedy: 'use at most 4096 characters', value: cut(m.resumeToken) });
  if (m.states.length > 10) found = add(found, { field: 'states', rule: 'repeated.max_items', what: `has ${String(m.states.length)} entries`, remedy: 'send at most 10 entries', value: String(m.states.length) });
  {
    let index = 0;
    for (const item of m.states) {
      { const number: number = item; if (number !== 0 && number !== 1 && number !== 2 && number !== 3 && number !== 4 && number !== 5 && number !== 6 && number !== 7) found = add(found, { field: `states[${index}]`, rule: 'enum.defined_only', what: `is ${String(item)}`, remedy: 'use ALERT_STATE_OPEN, ALERT_STATE_ASSIGNED, ALERT_STATE_IN_REVIEW, ALERT_STATE_CONFIRMED_FRAUD, ALERT_STATE_FALSE_POSITIVE, ALERT_STATE_INCONCLUSIVE, ALERT_STATE_REOPENED', value: String(item) }); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.startTime !== undefined) {
    if (!(m.startTime.getTime() >= 0 && m.startTime.getTime() < 253370764800000)) found = add(found, { field: 'start_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.startTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.startTime) });
  }
  return found;
}

function checkPublishRequest(m: PublishRequest): Findings {
  let found: Findings;
  if (m.events.length < 1) found = add(found, { field: 'events', rule: 'repeated.min_items', what: `has ${String(m.events.length)} entries`, remedy: 'send 1 to 500 entries', value: String(m.events.length) });
  if (m.events.length > 500) found = add(found, { field: 'events', rule: 'repeated.max_items', what: `has ${String(m.events.length)} entries`, remedy: 'send 1 to 500 entries', value: String(m.events.length) });
  {
    let index = 0;
    for (const item of m.events) {
      { const inner = checkEvent(item); if (inner !== undefined) found = nest(found, `events[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.clientId !== '') {
    if (!matchesId(m.clientId)) found = add(found, { field: 'client_id', rule: 'string.pattern', what: isText(m.clientId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.clientId) });
  }
  if (!(m.batchNumber >= 0n)) found = add(found, { field: 'batch_number', rule: 'int64.gte', what: `is ${m.batchNumber.toString()}`, remedy: 'use at least 0', value: m.batchNumber.toString() });
  return found;
}

function checkPublishStreamRequest(m: PublishStreamRequest): Findings {
  let found: Findings;
  if (!(m.batchNumber > 0n)) found = add(found, { field: 'batch_number', rule: 'int64.gt', what: `is ${m.batchNumber.toString()}`, remedy: 'use above 0', value: m.batchNumber.toString() });
  if (m.events.length < 1) found = add(found, { field: 'events', rule: 'repeated.min_items', what: `has ${String(m.events.length)} entries`, remedy: 'send 1 to 500 entries', value: String(m.events.length) });
  if (m.events.length > 500) found = add(found, { field: 'events', rule: 'repeated.max_items', what: `has ${String(m.events.length)} entries`, remedy: 'send 1 to 500 entries', value: String(m.events.length) });
  {
    let index = 0;
    for (const item of m.events) {
      { const inner = checkEvent(item); if (inner !== undefined) found = nest(found, `events[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.clientId !== '') {
    if (!matchesId(m.clientId)) found = add(found, { field: 'client_id', rule: 'string.pattern', what: isText(m.clientId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.clientId) });
  }
  return found;
}

function checkListMetricsRequest(m: ListMetricsRequest): Findings {
  let found: Findings;
  if (!(m.pageSize >= 0 && m.pageSize <= 500)) found = add(found, { field: 'page_size', rule: 'int32.gte_lte', what: `is ${String(m.pageSize)}`, remedy: 'use 0 to 500', value: String(m.pageSize) });
  if (m.pageToken.length > 1024 && longer(m.pageToken, 1024)) found = add(found, { field: 'page_token', rule: 'string.max_len', what: `has ${codePoints(m.pageToken).toString()} characters`, remedy: 'use at most 1024 characters', value: cut(m.pageToken) });
  return found;
}

function checkQueryMetricsRequest(m: QueryMetricsRequest): Findings {
  let found: Findings;
  if (m.series.length < 1) found = add(found, { field: 'series', rule: 'repeated.min_items', what: `has ${String(m.series.length)} entries`, remedy: 'send 1 to 50 entries', value: String(m.series.length) });
  if (m.series.length > 50) found = add(found, { field: 'series', rule: 'repeated.max_items', what: `has ${String(m.series.length)} entries`, remedy: 'send 1 to 50 entries', value: String(m.series.length) });
  {
    let index = 0;
    for (const item of m.series) {
      { const inner = checkSeriesSelector(item); if (inner !== undefined) found = nest(found, `series[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.startTime !== undefined) {
    if (!(m.startTime.getTime() >= 0 && m.startTime.getTime() < 253370764800000)) found = add(found, { field: 'start_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.startTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.startTime) });
  }
  if (m.endTime !== undefined) {
    if (!(m.endTime.getTime() >= 0 && m.endTime.getTime() < 253370764800000)) found = add(found, { field: 'end_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.endTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.endTime) });
  }
  if (!(m.pageSize >= 0 && m.pageSize <= 10000)) found = add(found, { field: 'page_size', rule: 'int32.gte_lte', what: `is ${String(m.pageSize)}`, remedy: 'use 0 to 10000', value: String(m.pageSize) });
  if (m.pageToken.length > 1024 && longer(m.pageToken, 1024)) found = add(found, { field: 'page_token', rule: 'string.max_len', what: `has ${codePoints(m.pageToken).toString()} characters`, remedy: 'use at most 1024 characters', value: cut(m.pageToken) });
  return found;
}

function checkSeriesSelector(m: SeriesSelector): Findings {
  let found: Findings;
  if (shorter(m.metric, 1)) found = add(found, { field: 'metric', rule: 'string.min_len', what: `has ${codePoints(m.metric).toString()} characters`, remedy: 'use 1 to 64 characters', value: cut(m.metric) });
  if (m.metric.length > 64 && longer(m.metric, 64)) found = add(found, { field: 'metric', rule: 'string.max_len', what: `has ${codePoints(m.metric).toString()} characters`, remedy: 'use 1 to 64 characters', value: cut(m.metric) });
  { const number: number = m.resolution; if (number !== 0 && number !== 1 && number !== 2 && number !== 3 && number !== 4) found = add(found, { field: 'resolution', rule: 'enum.defined_only', what: `is ${String(m.resolution)}`, remedy: 'use RESOLUTION_TEN_SECONDS, RESOLUTION_MINUTE, RESOLUTION_HOUR, RESOLUTION_DAY', value: String(m.resolution) }); }
  { const number: number = m.dimension; if (number !== 0 && number !== 1 && number !== 2 && number !== 3 && number !== 4) found = add(found, { field: 'dimension', rule: 'enum.defined_only', what: `is ${String(m.dimension)}`, remedy: 'use DIMENSION_COUNTRY, DIMENSION_DEVICE, DIMENSION_CHANNEL, DIMENSION_CATEGORY', value: String(m.dimension) }); }
  if (m.dimensionValues.length > 100) found = add(found, { field: 'dimension_values', rule: 'repeated.max_items', what: `has ${String(m.dimensionValues.length)} entries`, remedy: 'send at most 100 entries', value: String(m.dimensionValues.length) });
  {
    let index = 0;
    for (const item of m.dimensionValues) {
      if (item.length > 256 && longer(item, 256)) found = add(found, { field: `dimension_values[${index}]`, rule: 'string.max_len', what: `has ${codePoints(item).toString()} characters`, remedy: 'use at most 256 characters', value: cut(item) });
      if (full(found)) break;
      index += 1;
    }
  }
  return found;
}

function checkWatchMetricsRequest(m: WatchMetricsRequest): Findings {
  let found: Findings;
  if (m.series.length < 1) found = add(found, { field: 'series', rule: 'repeated.min_items', what: `has ${String(m.series.length)} entries`, remedy: 'send 1 to 50 entries', value: String(m.series.length) });
  if (m.series.length > 50) found = add(found, { field: 'series', rule: 'repeated.max_items', what: `has ${String(m.series.length)} entries`, remedy: 'send 1 to 50 entries', value: String(m.series.length) });
  {
    let index = 0;
    for (const item of m.series) {
      { const inner = checkSeriesSelector(item); if (inner !== undefined) found = nest(found, `series[${index}]`, inner); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.resumeToken.length > 4096 && longer(m.resumeToken, 4096)) found = add(found, { field: 'resume_token', rule: 'string.max_len', what: `has ${codePoints(m.resumeToken).toString()} characters`, remedy: 'use at most 4096 characters', value: cut(m.resumeToken) });
  if (m.startTime !== undefined) {
    if (!(m.startTime.getTime() >= 0 && m.startTime.getTime() < 253370764800000)) found = add(found, { field: 'start_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.startTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.startTime) });
  }
  return found;
}

function checkGetRecommendationsRequest(m: GetRecommendationsRequest): Findings {
  let found: Findings;
  if (m.anonymousId !== '') {
    if (!matchesId(m.anonymousId)) found = add(found, { field: 'anonymous_id', rule: 'string.pattern', what: isText(m.anonymousId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.anonymousId) });
  }
  if (m.userId !== '') {
    if (!matchesId(m.userId)) found = add(found, { field: 'user_id', rule: 'string.pattern', what: isText(m.userId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.userId) });
  }
  { const number: number = m.placement; if (number !== 0 && number !== 1 && number !== 2 && number !== 3 && number !== 4) found = add(found, { field: 'placement', rule: 'enum.defined_only', what: `is ${String(m.placement)}`, remedy: 'use PLACEMENT_HOME, PLACEMENT_PRODUCT, PLACEMENT_CART, PLACEMENT_AFTER_ORDER', value: String(m.placement) }); }
  if (m.itemId !== '') {
    if (!matchesId(m.itemId)) found = add(found, { field: 'item_id', rule: 'string.pattern', what: isText(m.itemId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.itemId) });
  }
  if (m.basketItemIds.length > 100) found = add(found, { field: 'basket_item_ids', rule: 'repeated.max_items', what: `has ${String(m.basketItemIds.length)} entries`, remedy: 'send at most 100 entries', value: String(m.basketItemIds.length) });
  {
    let index = 0;
    for (const item of m.basketItemIds) {
      if (!matchesId(item)) found = add(found, { field: `basket_item_ids[${index}]`, rule: 'string.pattern', what: isText(item), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(item) });
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.recentItemIds.length > 50) found = add(found, { field: 'recent_item_ids', rule: 'repeated.max_items', what: `has ${String(m.recentItemIds.length)} entries`, remedy: 'send at most 50 entries', value: String(m.recentItemIds.length) });
  {
    let index = 0;
    for (const item of m.recentItemIds) {
      if (!matchesId(item)) found = add(found, { field: `recent_item_ids[${index}]`, rule: 'string.pattern', what: isText(item), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(item) });
      if (full(found)) break;
      index += 1;
    }
  }
  if (!(m.limit >= 0 && m.limit <= 100)) found = add(found, { field: 'limit', rule: 'int32.gte_lte', what: `is ${String(m.limit)}`, remedy: 'use 0 to 100', value: String(m.limit) });
  if (m.excludeItemIds.length > 500) found = add(found, { field: 'exclude_item_ids', rule: 'repeated.max_items', what: `has ${String(m.excludeItemIds.length)} entries`, remedy: 'send at most 500 entries', value: String(m.excludeItemIds.length) });
  {
    let index = 0;
    for (const item of m.excludeItemIds) {
      if (!matchesId(item)) found = add(found, { field: `exclude_item_ids[${index}]`, rule: 'string.pattern', what: isText(item), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(item) });
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.categoryIds.length > 50) found = add(found, { field: 'category_ids', rule: 'repeated.max_items', what: `has ${String(m.categoryIds.length)} entries`, remedy: 'send at most 50 entries', value: String(m.categoryIds.length) });
  {
    let index = 0;
    for (const item of m.categoryIds) {
      if (!matchesId(item)) found = add(found, { field: `category_ids[${index}]`, rule: 'string.pattern', what: isText(item), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(item) });
      if (full(found)) break;
      index += 1;
    }
  }
  if (!(m.categoryItemsMax >= 0 && m.categoryItemsMax <= 100)) found = add(found, { field: 'category_items_max', rule: 'int32.gte_lte', what: `is ${String(m.categoryItemsMax)}`, remedy: 'use 0 to 100', value: String(m.categoryItemsMax) });
  return found;
}

function checkGetSimilarItemsRequest(m: GetSimilarItemsRequest): Findings {
  let found: Findings;
  if (!matchesId(m.itemId)) found = add(found, { field: 'item_id', rule: 'string.pattern', what: isText(m.itemId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.itemId) });
  { const number: number = m.source; if (number !== 0 && number !== 1 && number !== 2 && number !== 3 && number !== 4 && number !== 5) found = add(found, { field: 'source', rule: 'enum.defined_only', what: `is ${String(m.source)}`, remedy: 'use RECOMMENDATION_SOURCE_SESSION, RECOMMENDATION_SOURCE_VIEWED_TOGETHER, RECOMMENDATION_SOURCE_BOUGHT_TOGETHER, RECOMMENDATION_SOURCE_TRENDING, RECOMMENDATION_SOURCE_BEST_SELLER', value: String(m.source) }); }
  { const number: number = m.source; if (number === 1 || number === 4 || number === 5) found = add(found, { field: 'source', rule: 'enum.not_in', what: `is ${String(m.source)}`, remedy: 'use RECOMMENDATION_SOURCE_SESSION, RECOMMENDATION_SOURCE_VIEWED_TOGETHER, RECOMMENDATION_SOURCE_BOUGHT_TOGETHER, RECOMMENDATION_SOURCE_TRENDING, RECOMMENDATION_SOURCE_BEST_SELLER', value: String(m.source) }); }
  if (!(m.limit >= 0 && m.limit <= 100)) found = add(found, { field: 'limit', rule: 'int32.gte_lte', what: `is ${String(m.limit)}`, remedy: 'use 0 to 100', value: String(m.limit) });
  if (m.excludeItemIds.length > 500) found = add(found, { field: 'exclude_item_ids', rule: 'repeated.max_items', what: `has ${String(m.excludeItemIds.length)} entries`, remedy: 'send at most 500 entries', value: String(m.excludeItemIds.length) });
  {
    let index = 0;
    for (const item of m.excludeItemIds) {
      if (!matchesId(item)) found = add(found, { field: `exclude_item_ids[${index}]`, rule: 'string.pattern', what: isText(item), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(item) });
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.categoryIds.length > 50) found = add(found, { field: 'category_ids', rule: 'repeated.max_items', what: `has ${String(m.categoryIds.length)} entries`, remedy: 'send at most 50 entries', value: String(m.categoryIds.length) });
  {
    let index = 0;
    for (const item of m.categoryIds) {
      if (!matchesId(item)) found = add(found, { field: `category_ids[${index}]`, rule: 'string.pattern', what: isText(item), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(item) });
      if (full(found)) break;
      index += 1;
    }
  }
  return found;
}

function checkGetTrendingItemsRequest(m: GetTrendingItemsRequest): Findings {
  let found: Findings;
  if (m.categoryId !== '') {
    if (!matchesId(m.categoryId)) found = add(found, { field: 'category_id', rule: 'string.pattern', what: isText(m.categoryId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.categoryId) });
  }
  if (!(m.limit >= 0 && m.limit <= 100)) found = add(found, { field: 'limit', rule: 'int32.gte_lte', what: `is ${String(m.limit)}`, remedy: 'use 0 to 100', value: String(m.limit) });
  return found;
}

function checkWatchRecommendationsRequest(m: WatchRecommendationsRequest): Findings {
  let found: Findings;
  if (m.query === undefined) found = add(found, { field: 'query', rule: 'required', what: 'is missing', remedy: 'set it', value: '' });
  else {
    { const inner = checkGetRecommendationsRequest(m.query); if (inner !== undefined) found = nest(found, 'query', inner); }
  }
  if (m.resumeToken.length > 4096 && longer(m.resumeToken, 4096)) found = add(found, { field: 'resume_token', rule: 'string.max_len', what: `has ${codePoints(m.resumeToken).toString()} characters`, remedy: 'use at most 4096 characters', value: cut(m.resumeToken) });
  return found;
}

function checkGetTransactionRequest(m: GetTransactionRequest): Findings {
  let found: Findings;
  if (!matchesId(m.transactionId)) found = add(found, { field: 'transaction_id', rule: 'string.pattern', what: isText(m.transactionId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.transactionId) });
  return found;
}

function checkListTransactionsRequest(m: ListTransactionsRequest): Findings {
  let found: Findings;
  if (!(m.pageSize >= 0 && m.pageSize <= 500)) found = add(found, { field: 'page_size', rule: 'int32.gte_lte', what: `is ${String(m.pageSize)}`, remedy: 'use 0 to 500', value: String(m.pageSize) });
  if (m.pageToken.length > 1024 && longer(m.pageToken, 1024)) found = add(found, { field: 'page_token', rule: 'string.max_len', what: `has ${codePoints(m.pageToken).toString()} characters`, remedy: 'use at most 1024 characters', value: cut(m.pageToken) });
  if (m.userId !== '') {
    if (!matchesId(m.userId)) found = add(found, { field: 'user_id', rule: 'string.pattern', what: isText(m.userId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.userId) });
  }
  if (m.startTime !== undefined) {
    if (!(m.startTime.getTime() >= 0 && m.startTime.getTime() < 253370764800000)) found = add(found, { field: 'start_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.startTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.startTime) });
  }
  if (m.endTime !== undefined) {
    if (!(m.endTime.getTime() >= 0 && m.endTime.getTime() < 253370764800000)) found = add(found, { field: 'end_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.endTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.endTime) });
  }
  if (m.orderStates.length > 10) found = add(found, { field: 'order_states', rule: 'repeated.max_items', what: `has ${String(m.orderStates.length)} entries`, remedy: 'send at most 10 entries', value: String(m.orderStates.length) });
  {
    let index = 0;
    for (const item of m.orderStates) {
      { const number: number = item; if (number !== 0 && number !== 1 && number !== 2 && number !== 3 && number !== 4 && number !== 5) found = add(found, { field: `order_states[${index}]`, rule: 'enum.defined_only', what: `is ${String(item)}`, remedy: 'use ORDER_STATE_PLACED, ORDER_STATE_UPDATED, ORDER_STATE_CANCELLED, ORDER_STATE_PARTIALLY_REFUNDED, ORDER_STATE_REFUNDED', value: String(item) }); }
      if (full(found)) break;
      index += 1;
    }
  }
  return found;
}

function checkWatchTransactionsRequest(m: WatchTransactionsRequest): Findings {
  let found: Findings;
  if (m.resumeToken.length > 4096 && longer(m.resumeToken, 4096)) found = add(found, { field: 'resume_token', rule: 'string.max_len', what: `has ${codePoints(m.resumeToken).toString()} characters`, remedy: 'use at most 4096 characters', value: cut(m.resumeToken) });
  if (m.userId !== '') {
    if (!matchesId(m.userId)) found = add(found, { field: 'user_id', rule: 'string.pattern', what: isText(m.userId), remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -', value: cut(m.userId) });
  }
  if (m.orderStates.length > 10) found = add(found, { field: 'order_states', rule: 'repeated.max_items', what: `has ${String(m.orderStates.length)} entries`, remedy: 'send at most 10 entries', value: String(m.orderStates.length) });
  {
    let index = 0;
    for (const item of m.orderStates) {
      { const number: number = item; if (number !== 0 && number !== 1 && number !== 2 && number !== 3 && number !== 4 && number !== 5) found = add(found, { field: `order_states[${index}]`, rule: 'enum.defined_only', what: `is ${String(item)}`, remedy: 'use ORDER_STATE_PLACED, ORDER_STATE_UPDATED, ORDER_STATE_CANCELLED, ORDER_STATE_PARTIALLY_REFUNDED, ORDER_STATE_REFUNDED', value: String(item) }); }
      if (full(found)) break;
      index += 1;
    }
  }
  if (m.startTime !== undefined) {
    if (!(m.startTime.getTime() >= 0 && m.startTime.getTime() < 253370764800000)) found = add(found, { field: 'start_time', rule: 'timestamp.gte_lt', what: `is ${showTime(m.startTime)}`, remedy: 'use at least 1970-01-01T00:00:00.000Z and below 9999-01-01T00:00:00.000Z', value: showTime(m.startTime) });
  }
  return found;
}

/** Checks a bytebasket.admin.v1.DeadLetterPosition; undefined when it is valid, else 1 to 20 violations. */
export function validateDeadLetterPosition(m: DeadLetterPosition): readonly Violation[] | undefined {
  return report(checkDeadLetterPosition(m));
}

/** Checks a bytebasket.admin.v1.FieldPatch; undefined when it is valid, else 1 to 20 violations. */
export function validateFieldPatch(m: FieldPatch): readonly Violation[] | undefined {
  return report(checkFieldPatch(m));
}

/** Checks a bytebasket.admin.v1.ListDeadLettersRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateListDeadLettersRequest(m: ListDeadLettersRequest): readonly Violation[] | undefined {
  return report(checkListDeadLettersRequest(m));
}

/** Checks a bytebasket.admin.v1.ReconcileRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateReconcileRequest(m: ReconcileRequest): readonly Violation[] | undefined {
  return report(checkReconcileRequest(m));
}

/** Checks a bytebasket.admin.v1.RepairDeadLettersRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateRepairDeadLettersRequest(m: RepairDeadLettersRequest): readonly Violation[] | undefined {
  return report(checkRepairDeadLettersRequest(m));
}

/** Checks a bytebasket.event.v1.Address; undefined when it is valid, else 1 to 20 violations. */
export function validateAddress(m: Address): readonly Violation[] | undefined {
  return report(checkAddress(m));
}

/** Checks a bytebasket.event.v1.AddressChanged; undefined when it is valid, else 1 to 20 violations. */
export function validateAddressChanged(m: AddressChanged): readonly Violation[] | undefined {
  return report(checkAddressChanged(m));
}

/** Checks a bytebasket.event.v1.App; undefined when it is valid, else 1 to 20 violations. */
export function validateApp(m: App): readonly Violation[] | undefined {
  return report(checkApp(m));
}

/** Checks a bytebasket.event.v1.Campaign; undefined when it is valid, else 1 to 20 violations. */
export function validateCampaign(m: Campaign): readonly Violation[] | undefined {
  return report(checkCampaign(m));
}

/** Checks a bytebasket.event.v1.Card; undefined when it is valid, else 1 to 20 violations. */
export function validateCard(m: Card): readonly Violation[] | undefined {
  return report(checkCard(m));
}

/** Checks a bytebasket.event.v1.CartShared; undefined when it is valid, else 1 to 20 violations. */
export function validateCartShared(m: CartShared): readonly Violation[] | undefined {
  return report(checkCartShared(m));
}

/** Checks a bytebasket.event.v1.CartViewed; undefined when it is valid, else 1 to 20 violations. */
export function validateCartViewed(m: CartViewed): readonly Violation[] | undefined {
  return report(checkCartViewed(m));
}

/** Checks a bytebasket.event.v1.CheckoutStarted; undefined when it is valid, else 1 to 20 violations. */
export function validateCheckoutStarted(m: CheckoutStarted): readonly Violation[] | undefined {
  return report(checkCheckoutStarted(m));
}

/** Checks a bytebasket.event.v1.CheckoutStepCompleted; undefined when it is valid, else 1 to 20 violations. */
export function validateCheckoutStepCompleted(m: CheckoutStepCompleted): readonly Violation[] | undefined {
  return report(checkCheckoutStepCompleted(m));
}

/** Checks a bytebasket.event.v1.CheckoutStepViewed; undefined when it is valid, else 1 to 20 violations. */
export function validateCheckoutStepViewed(m: CheckoutStepViewed): readonly Violation[] | undefined {
  return report(checkCheckoutStepViewed(m));
}

/** Checks a bytebasket.event.v1.Context; undefined when it is valid, else 1 to 20 violations. */
export function validateContext(m: Context): readonly Violation[] | undefined {
  return report(checkContext(m));
}

/** Checks a bytebasket.event.v1.Coupon; undefined when it is valid, else 1 to 20 violations. */
export function validateCoupon(m: Coupon): readonly Violation[] | undefined {
  return report(checkCoupon(m));
}

/** Checks a bytebasket.event.v1.CouponApplied; undefined when it is valid, else 1 to 20 violations. */
export function validateCouponApplied(m: CouponApplied): readonly Violation[] | undefined {
  return report(checkCouponApplied(m));
}

/** Checks a bytebasket.event.v1.CouponDenied; undefined when it is valid, else 1 to 20 violations. */
export function validateCouponDenied(m: CouponDenied): readonly Violation[] | undefined {
  return report(checkCouponDenied(m));
}

/** Checks a bytebasket.event.v1.CouponEntered; undefined when it is valid, else 1 to 20 violations. */
export function validateCouponEntered(m: CouponEntered): readonly Violation[] | undefined {
  return report(checkCouponEntered(m));
}

/** Checks a bytebasket.event.v1.CouponRemoved; undefined when it is valid, else 1 to 20 violations. */
export function validateCouponRemoved(m: CouponRemoved): readonly Violation[] | undefined {
  return report(checkCouponRemoved(m));
}

/** Checks a bytebasket.event.v1.Device; undefined when it is valid, else 1 to 20 violations. */
export function validateDevice(m: Device): readonly Violation[] | undefined {
  return report(checkDevice(m));
}

/** Checks a bytebasket.event.v1.Event; undefined when it is valid, else 1 to 20 violations. */
export function validateEvent(m: Event): readonly Violation[] | undefined {
  return report(checkEvent(m));
}

/** Checks a bytebasket.event.v1.LabelReported; undefined when it is valid, else 1 to 20 violations. */
export function validateLabelReported(m: LabelReported): readonly Violation[] | undefined {
  return report(checkLabelReported(m));
}

/** Checks a bytebasket.event.v1.LineItem; undefined when it is valid, else 1 to 20 violations. */
export function validateLineItem(m: LineItem): readonly Violation[] | undefined {
  return report(checkLineItem(m));
}

/** Checks a bytebasket.event.v1.ListFilter; undefined when it is valid, else 1 to 20 violations. */
export function validateListFilter(m: ListFilter): readonly Violation[] | undefined {
  return report(checkListFilter(m));
}

/** Checks a bytebasket.event.v1.ListSort; undefined when it is valid, else 1 to 20 violations. */
export function validateListSort(m: ListSort): readonly Violation[] | undefined {
  return report(checkListSort(m));
}

/** Checks a bytebasket.event.v1.LoginFailed; undefined when it is valid, else 1 to 20 violations. */
export function validateLoginFailed(m: LoginFailed): readonly Violation[] | undefined {
  return report(checkLoginFailed(m));
}

/** Checks a bytebasket.event.v1.OrderCancelled; undefined when it is valid, else 1 to 20 violations. */
export function validateOrderCancelled(m: OrderCancelled): readonly Violation[] | undefined {
  return report(checkOrderCancelled(m));
}

/** Checks a bytebasket.event.v1.OrderCompleted; undefined when it is valid, else 1 to 20 violations. */
export function validateOrderCompleted(m: OrderCompleted): readonly Violation[] | undefined {
  return report(checkOrderCompleted(m));
}

/** Checks a bytebasket.event.v1.OrderRefunded; undefined when it is valid, else 1 to 20 violations. */
export function validateOrderRefunded(m: OrderRefunded): readonly Violation[] | undefined {
  return report(checkOrderRefunded(m));
}

/** Checks a bytebasket.event.v1.OrderUpdated; undefined when it is valid, else 1 to 20 violations. */
export function validateOrderUpdated(m: OrderUpdated): readonly Violation[] | undefined {
  return report(checkOrderUpdated(m));
}

/** Checks a bytebasket.event.v1.Page; undefined when it is valid, else 1 to 20 violations. */
export function validatePage(m: Page): readonly Violation[] | undefined {
  return report(checkPage(m));
}

/** Checks a bytebasket.event.v1.PageViewed; undefined when it is valid, else 1 to 20 violations. */
export function validatePageViewed(m: PageViewed): readonly Violation[] | undefined {
  return report(checkPageViewed(m));
}

/** Checks a bytebasket.event.v1.PasswordReset; undefined when it is valid, else 1 to 20 violations. */
export function validatePasswordReset(m: PasswordReset): readonly Violation[] | undefined {
  return report(checkPasswordReset(m));
}

/** Checks a bytebasket.event.v1.PaymentAttempted; undefined when it is valid, else 1 to 20 violations. */
export function validatePaymentAttempted(m: PaymentAttempted): readonly Violation[] | undefined {
  return report(checkPaymentAttempted(m));
}

/** Checks a bytebasket.event.v1.PaymentAuthorised; undefined when it is valid, else 1 to 20 violations. */
export function validatePaymentAuthorised(m: PaymentAuthorised): readonly Violation[] | undefined {
  return report(checkPaymentAuthorised(m));
}

/** Checks a bytebasket.event.v1.PaymentDeclined; undefined when it is valid, else 1 to 20 violations. */
export function validatePaymentDeclined(m: PaymentDeclined): readonly Violation[] | undefined {
  return report(checkPaymentDeclined(m));
}

/** Checks a bytebasket.event.v1.PaymentInfoEntered; undefined when it is valid, else 1 to 20 violations. */
export function validatePaymentInfoEntered(m: PaymentInfoEntered): readonly Violation[] | undefined {
  return report(checkPaymentInfoEntered(m));
}

/** Checks a bytebasket.event.v1.Product; undefined when it is valid, else 1 to 20 violations. */
export function validateProduct(m: Product): readonly Violation[] | undefined {
  return report(checkProduct(m));
}

/** Checks a bytebasket.event.v1.ProductAdded; undefined when it is valid, else 1 to 20 violations. */
export function validateProductAdded(m: ProductAdded): readonly Violation[] | undefined {
  return report(checkProductAdded(m));
}

/** Checks a bytebasket.event.v1.ProductAddedToWishlist; undefined when it is valid, else 1 to 20 violations. */
export function validateProductAddedToWishlist(m: ProductAddedToWishlist): readonly Violation[] | undefined {
  return report(checkProductAddedToWishlist(m));
}

/** Checks a bytebasket.event.v1.ProductClicked; undefined when it is valid, else 1 to 20 violations. */
export function validateProductClicked(m: ProductClicked): readonly Violation[] | undefined {
  return report(checkProductClicked(m));
}

/** Checks a bytebasket.event.v1.ProductListFiltered; undefined when it is valid, else 1 to 20 violations. */
export function validateProductListFiltered(m: ProductListFiltered): readonly Violation[] | undefined {
  return report(checkProductListFiltered(m));
}

/** Checks a bytebasket.event.v1.ProductListViewed; undefined when it is valid, else 1 to 20 violations. */
export function validateProductListViewed(m: ProductListViewed): readonly Violation[] | undefined {
  return report(checkProductListViewed(m));
}

/** Checks a bytebasket.event.v1.ProductRemoved; undefined when it is valid, else 1 to 20 violations. */
export function validateProductRemoved(m: ProductRemoved): readonly Violation[] | undefined {
  return report(checkProductRemoved(m));
}

/** Checks a bytebasket.event.v1.ProductRemovedFromWishlist; undefined when it is valid, else 1 to 20 violations. */
export function validateProductRemovedFromWishlist(m: ProductRemovedFromWishlist): readonly Violation[] | undefined {
  return report(checkProductRemovedFromWishlist(m));
}

/** Checks a bytebasket.event.v1.ProductReviewed; undefined when it is valid, else 1 to 20 violations. */
export function validateProductReviewed(m: ProductReviewed): readonly Violation[] | undefined {
  return report(checkProductReviewed(m));
}

/** Checks a bytebasket.event.v1.ProductShared; undefined when it is valid, else 1 to 20 violations. */
export function validateProductShared(m: ProductShared): readonly Violation[] | undefined {
  return report(checkProductShared(m));
}

/** Checks a bytebasket.event.v1.ProductUpdated; undefined when it is valid, else 1 to 20 violations. */
export function validateProductUpdated(m: ProductUpdated): readonly Violation[] | undefined {
  return report(checkProductUpdated(m));
}

/** Checks a bytebasket.event.v1.ProductViewed; undefined when it is valid, else 1 to 20 violations. */
export function validateProductViewed(m: ProductViewed): readonly Violation[] | undefined {
  return report(checkProductViewed(m));
}

/** Checks a bytebasket.event.v1.ProductsSearched; undefined when it is valid, else 1 to 20 violations. */
export function validateProductsSearched(m: ProductsSearched): readonly Violation[] | undefined {
  return report(checkProductsSearched(m));
}

/** Checks a bytebasket.event.v1.Promotion; undefined when it is valid, else 1 to 20 violations. */
export function validatePromotion(m: Promotion): readonly Violation[] | undefined {
  return report(checkPromotion(m));
}

/** Checks a bytebasket.event.v1.PromotionClicked; undefined when it is valid, else 1 to 20 violations. */
export function validatePromotionClicked(m: PromotionClicked): readonly Violation[] | undefined {
  return report(checkPromotionClicked(m));
}

/** Checks a bytebasket.event.v1.PromotionViewed; undefined when it is valid, else 1 to 20 violations. */
export function validatePromotionViewed(m: PromotionViewed): readonly Violation[] | undefined {
  return report(checkPromotionViewed(m));
}

/** Checks a bytebasket.event.v1.RecommendationClicked; undefined when it is valid, else 1 to 20 violations. */
export function validateRecommendationClicked(m: RecommendationClicked): readonly Violation[] | undefined {
  return report(checkRecommendationClicked(m));
}

/** Checks a bytebasket.event.v1.RecommendationShown; undefined when it is valid, else 1 to 20 violations. */
export function validateRecommendationShown(m: RecommendationShown): readonly Violation[] | undefined {
  return report(checkRecommendationShown(m));
}

/** Checks a bytebasket.event.v1.SessionStarted; undefined when it is valid, else 1 to 20 violations. */
export function validateSessionStarted(m: SessionStarted): readonly Violation[] | undefined {
  return report(checkSessionStarted(m));
}

/** Checks a bytebasket.event.v1.UserIdentified; undefined when it is valid, else 1 to 20 violations. */
export function validateUserIdentified(m: UserIdentified): readonly Violation[] | undefined {
  return report(checkUserIdentified(m));
}

/** Checks a bytebasket.event.v1.UserLoggedIn; undefined when it is valid, else 1 to 20 violations. */
export function validateUserLoggedIn(m: UserLoggedIn): readonly Violation[] | undefined {
  return report(checkUserLoggedIn(m));
}

/** Checks a bytebasket.event.v1.UserSignedUp; undefined when it is valid, else 1 to 20 violations. */
export function validateUserSignedUp(m: UserSignedUp): readonly Violation[] | undefined {
  return report(checkUserSignedUp(m));
}

/** Checks a bytebasket.event.v1.WishlistProductAddedToCart; undefined when it is valid, else 1 to 20 violations. */
export function validateWishlistProductAddedToCart(m: WishlistProductAddedToCart): readonly Violation[] | undefined {
  return report(checkWishlistProductAddedToCart(m));
}

/** Checks a bytebasket.fraud.v1.GetAlertRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateGetAlertRequest(m: GetAlertRequest): readonly Violation[] | undefined {
  return report(checkGetAlertRequest(m));
}

/** Checks a bytebasket.fraud.v1.ListAlertsRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateListAlertsRequest(m: ListAlertsRequest): readonly Violation[] | undefined {
  return report(checkListAlertsRequest(m));
}

/** Checks a bytebasket.fraud.v1.ReportLabelRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateReportLabelRequest(m: ReportLabelRequest): readonly Violation[] | undefined {
  return report(checkReportLabelRequest(m));
}

/** Checks a bytebasket.fraud.v1.ScoreTransactionRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateScoreTransactionRequest(m: ScoreTransactionRequest): readonly Violation[] | undefined {
  return report(checkScoreTransactionRequest(m));
}

/** Checks a bytebasket.fraud.v1.UpdateAlertRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateUpdateAlertRequest(m: UpdateAlertRequest): readonly Violation[] | undefined {
  return report(checkUpdateAlertRequest(m));
}

/** Checks a bytebasket.fraud.v1.WatchAlertsRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateWatchAlertsRequest(m: WatchAlertsRequest): readonly Violation[] | undefined {
  return report(checkWatchAlertsRequest(m));
}

/** Checks a bytebasket.ingest.v1.PublishRequest; undefined when it is valid, else 1 to 20 violations. */
export function validatePublishRequest(m: PublishRequest): readonly Violation[] | undefined {
  return report(checkPublishRequest(m));
}

/** Checks a bytebasket.ingest.v1.PublishStreamRequest; undefined when it is valid, else 1 to 20 violations. */
export function validatePublishStreamRequest(m: PublishStreamRequest): readonly Violation[] | undefined {
  return report(checkPublishStreamRequest(m));
}

/** Checks a bytebasket.metrics.v1.ListMetricsRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateListMetricsRequest(m: ListMetricsRequest): readonly Violation[] | undefined {
  return report(checkListMetricsRequest(m));
}

/** Checks a bytebasket.metrics.v1.QueryMetricsRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateQueryMetricsRequest(m: QueryMetricsRequest): readonly Violation[] | undefined {
  return report(checkQueryMetricsRequest(m));
}

/** Checks a bytebasket.metrics.v1.SeriesSelector; undefined when it is valid, else 1 to 20 violations. */
export function validateSeriesSelector(m: SeriesSelector): readonly Violation[] | undefined {
  return report(checkSeriesSelector(m));
}

/** Checks a bytebasket.metrics.v1.WatchMetricsRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateWatchMetricsRequest(m: WatchMetricsRequest): readonly Violation[] | undefined {
  return report(checkWatchMetricsRequest(m));
}

/** Checks a bytebasket.recommendation.v1.GetRecommendationsRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateGetRecommendationsRequest(m: GetRecommendationsRequest): readonly Violation[] | undefined {
  return report(checkGetRecommendationsRequest(m));
}

/** Checks a bytebasket.recommendation.v1.GetSimilarItemsRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateGetSimilarItemsRequest(m: GetSimilarItemsRequest): readonly Violation[] | undefined {
  return report(checkGetSimilarItemsRequest(m));
}

/** Checks a bytebasket.recommendation.v1.GetTrendingItemsRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateGetTrendingItemsRequest(m: GetTrendingItemsRequest): readonly Violation[] | undefined {
  return report(checkGetTrendingItemsRequest(m));
}

/** Checks a bytebasket.recommendation.v1.WatchRecommendationsRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateWatchRecommendationsRequest(m: WatchRecommendationsRequest): readonly Violation[] | undefined {
  return report(checkWatchRecommendationsRequest(m));
}

/** Checks a bytebasket.transaction.v1.GetTransactionRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateGetTransactionRequest(m: GetTransactionRequest): readonly Violation[] | undefined {
  return report(checkGetTransactionRequest(m));
}

/** Checks a bytebasket.transaction.v1.ListTransactionsRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateListTransactionsRequest(m: ListTransactionsRequest): readonly Violation[] | undefined {
  return report(checkListTransactionsRequest(m));
}

/** Checks a bytebasket.transaction.v1.WatchTransactionsRequest; undefined when it is valid, else 1 to 20 violations. */
export function validateWatchTransactionsRequest(m: WatchTransactionsRequest): readonly Violation[] | undefined {
  return report(checkWatchTransactionsRequest(m));
}
