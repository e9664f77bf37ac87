export { createByteBasket } from './byte-basket.js';
export type { ByteBasket, CloseReport, SignalOption, Visitor } from './client.js';
export type { SdkClock } from './clock.js';
export {
  ByteBasketError,
  isByteBasketError,
  type ErrorFacts,
  type StatusCode,
} from './errors/byte-basket-error.js';
export {
  AccessDeniedError,
  ClientClosedError,
  EventDroppedError,
  EventLostError,
  EventRejectedError,
  OptionError,
  QueueFailedError,
  QueueFullError,
  isAccessDeniedError,
  isClientClosedError,
  isEventDroppedError,
  isEventLostError,
  isEventRejectedError,
  isQueueFailedError,
  isQueueFullError,
  type RejectionFacts,
  type RuleViolation,
} from './errors/errors.js';
export type { ClientReason, GatewayReason, Reason } from './errors/reasons.js';
export { createEventIds, type EventIdOptions, type EventIdSource } from './events/event-ids.js';
export type {
  ContextInput,
  EventInput,
  Identity,
  Input,
  PayloadInput,
  PayloadName,
  PayloadOf,
  TrackOptions,
} from './events/event-input.js';
export { money, moneyText } from './events/money.js';
export { payloadNames, type Track } from './events/track.js';
export type { MetricQuery, MetricWatch, Metrics, ReadOptions } from './metrics/metrics.js';
export type { Paged } from './metrics/paged.js';
export {
  pointKey,
  type MetricDescription,
  type MetricDimension,
  type MetricPoint,
  type MetricResolution,
  type MetricValue,
  type MoneyAmount,
  type TopEntry,
} from './metrics/point.js';
export type { SeriesInput } from './metrics/selector.js';
export type { MetricUpdate } from './metrics/watch.js';
export type { Observer, ObserverEvent } from './options/observer.js';
export type {
  BatchOptions,
  ByteBasketOptions,
  DeadlineOptions,
  Overflow,
  QueueOptions,
  RetryOptions,
  TlsOptions,
} from './options/options.js';
export type { PublishResult } from './publish/publish-all.js';
export type { Delivery, DeliveredPosition, TrackReceipt } from './publish/receipt.js';
export type { ClientStats } from './stats.js';
// Enumerations of the contract that payloads and contexts use.
export { AddressKind, LoginFailure } from '@bytebasket/proto/gen/bytebasket/event/v1/account';
export { Channel, DeviceType } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
export { LabelSource, LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
export { CheckResult } from '@bytebasket/proto/gen/bytebasket/event/v1/payment';
export { ConsentCategory } from '@bytebasket/proto/gen/bytebasket/options/v1/options';
