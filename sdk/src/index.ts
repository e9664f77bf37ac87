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
  WatchGapError,
  isAccessDeniedError,
  isClientClosedError,
  isEventDroppedError,
  isEventLostError,
  isEventRejectedError,
  isQueueFailedError,
  isQueueFullError,
  isWatchGapError,
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
export type { Alert, AlertChange, AlertDetails, AlertState } from './fraud/alert.js';
export type {
  AlertList,
  AlertUpdate,
  AlertWatch,
  AlertWatchUpdate,
  Alerts,
} from './fraud/alerts.js';
export type {
  Decision,
  DecisionAction,
  DecisionOrigin,
  FeatureValue,
  FraudReason,
  SeenPosition,
} from './fraud/decision.js';
export type { Fraud, LabelInput, LabelReceipt, ScoreInput } from './fraud/fraud.js';
export type { LabelSourceName, LabelVerdictName } from './fraud/label.js';
export type { MetricQuery, MetricWatch, Metrics } from './metrics/metrics.js';
export {
  pointKey,
  type MetricDescription,
  type MetricDimension,
  type MetricPoint,
  type MetricResolution,
  type MetricValue,
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
export type { MoneyAmount } from './reading/money-amount.js';
export type { Paged } from './reading/paged.js';
export type { ReadOptions } from './reading/read-options.js';
export type {
  Placement,
  Recommendation,
  RecommendationList,
  RecommendationSource,
} from './recommendations/recommendation.js';
export type {
  RecommendationQuery,
  RecommendationRead,
  RecommendationUpdate,
  RecommendationWatch,
  Recommendations,
  SimilarQuery,
  TrendingQuery,
} from './recommendations/recommendations.js';
export type { ClientStats } from './stats.js';
export type {
  Anomaly,
  AnomalyKind,
  OrderState,
  PaymentState,
  Transaction,
  TransactionLabel,
  TransactionPayment,
} from './transactions/transaction.js';
export type {
  TransactionFilter,
  TransactionList,
  TransactionUpdate,
  TransactionWatch,
  Transactions,
} from './transactions/transactions.js';
export type { Reconnecting } from './watching/reconnecting.js';
export type { ResumeOptions, WatchUpdate } from './watching/resumable.js';
// Enumerations of the contract that payloads and contexts use.
export { AddressKind, LoginFailure } from '@bytebasket/proto/gen/bytebasket/event/v1/account';
export { Availability } from '@bytebasket/proto/gen/bytebasket/event/v1/catalogue';
export { Channel, DeviceType } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
export { LabelSource, LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
export { CheckResult } from '@bytebasket/proto/gen/bytebasket/event/v1/payment';
export { ConsentCategory } from '@bytebasket/proto/gen/bytebasket/options/v1/options';
