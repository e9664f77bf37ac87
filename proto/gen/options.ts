// Generated from the options of the proto files by scripts/generate.mjs. Do not edit.
/* eslint-disable */

/** Input topic of an event. */
export type StreamName = 'user-activity' | 'transactions';

/** Consent that an event needs before a client may send it. */
export type Consent = 'necessary' | 'analytics' | 'personalisation' | 'marketing';

/** What happens to a personal value when it leaves the log. */
export type PiiTreatment = 'hash' | 'drop' | 'encrypt';

/** What the contract says about one payload of the envelope. */
export interface PayloadOptions {
  /** Name of the envelope's field, such as `order_completed`. */
  readonly field: string;
  /** Number of the envelope's field. */
  readonly fieldNumber: number;
  /** Full name of the message. */
  readonly typeName: string;
  readonly stream: StreamName;
  readonly consent: Consent;
}

/** Name of a payload as ts-proto's `$case`. */
export type PayloadCase =
  | 'pageViewed'
  | 'sessionStarted'
  | 'productsSearched'
  | 'productListViewed'
  | 'productListFiltered'
  | 'promotionViewed'
  | 'promotionClicked'
  | 'productClicked'
  | 'productViewed'
  | 'productShared'
  | 'productReviewed'
  | 'productAdded'
  | 'productRemoved'
  | 'cartViewed'
  | 'cartShared'
  | 'couponEntered'
  | 'couponApplied'
  | 'couponDenied'
  | 'couponRemoved'
  | 'productAddedToWishlist'
  | 'productRemovedFromWishlist'
  | 'wishlistProductAddedToCart'
  | 'checkoutStarted'
  | 'checkoutStepViewed'
  | 'checkoutStepCompleted'
  | 'paymentInfoEntered'
  | 'orderCompleted'
  | 'orderUpdated'
  | 'orderRefunded'
  | 'orderCancelled'
  | 'paymentAttempted'
  | 'paymentAuthorised'
  | 'paymentDeclined'
  | 'userSignedUp'
  | 'userLoggedIn'
  | 'loginFailed'
  | 'passwordReset'
  | 'addressChanged'
  | 'userIdentified'
  | 'labelReported'
  | 'recommendationShown'
  | 'recommendationClicked'
  | 'productUpdated';

/** Every payload of the envelope. */
export const PAYLOADS: Readonly<Record<PayloadCase, PayloadOptions>> = {
  pageViewed: { field: 'page_viewed', fieldNumber: 20, typeName: 'bytebasket.event.v1.PageViewed', stream: 'user-activity', consent: 'analytics' },
  sessionStarted: { field: 'session_started', fieldNumber: 21, typeName: 'bytebasket.event.v1.SessionStarted', stream: 'user-activity', consent: 'analytics' },
  productsSearched: { field: 'products_searched', fieldNumber: 22, typeName: 'bytebasket.event.v1.ProductsSearched', stream: 'user-activity', consent: 'analytics' },
  productListViewed: { field: 'product_list_viewed', fieldNumber: 23, typeName: 'bytebasket.event.v1.ProductListViewed', stream: 'user-activity', consent: 'analytics' },
  productListFiltered: { field: 'product_list_filtered', fieldNumber: 24, typeName: 'bytebasket.event.v1.ProductListFiltered', stream: 'user-activity', consent: 'analytics' },
  promotionViewed: { field: 'promotion_viewed', fieldNumber: 25, typeName: 'bytebasket.event.v1.PromotionViewed', stream: 'user-activity', consent: 'marketing' },
  promotionClicked: { field: 'promotion_clicked', fieldNumber: 26, typeName: 'bytebasket.event.v1.PromotionClicked', stream: 'user-activity', consent: 'marketing' },
  productClicked: { field: 'product_clicked', fieldNumber: 27, typeName: 'bytebasket.event.v1.ProductClicked', stream: 'user-activity', consent: 'analytics' },
  productViewed: { field: 'product_viewed', fieldNumber: 28, typeName: 'bytebasket.event.v1.ProductViewed', stream: 'user-activity', consent: 'analytics' },
  productShared: { field: 'product_shared', fieldNumber: 29, typeName: 'bytebasket.event.v1.ProductShared', stream: 'user-activity', consent: 'analytics' },
  productReviewed: { field: 'product_reviewed', fieldNumber: 30, typeName: 'bytebasket.event.v1.ProductReviewed', stream: 'user-activity', consent: 'analytics' },
  productAdded: { field: 'product_added', fieldNumber: 40, typeName: 'bytebasket.event.v1.ProductAdded', stream: 'user-activity', consent: 'analytics' },
  productRemoved: { field: 'product_removed', fieldNumber: 41, typeName: 'bytebasket.event.v1.ProductRemoved', stream: 'user-activity', consent: 'analytics' },
  cartViewed: { field: 'cart_viewed', fieldNumber: 42, typeName: 'bytebasket.event.v1.CartViewed', stream: 'user-activity', consent: 'analytics' },
  cartShared: { field: 'cart_shared', fieldNumber: 43, typeName: 'bytebasket.event.v1.CartShared', stream: 'user-activity', consent: 'analytics' },
  couponEntered: { field: 'coupon_entered', fieldNumber: 44, typeName: 'bytebasket.event.v1.CouponEntered', stream: 'user-activity', consent: 'analytics' },
  couponApplied: { field: 'coupon_applied', fieldNumber: 45, typeName: 'bytebasket.event.v1.CouponApplied', stream: 'user-activity', consent: 'analytics' },
  couponDenied: { field: 'coupon_denied', fieldNumber: 46, typeName: 'bytebasket.event.v1.CouponDenied', stream: 'user-activity', consent: 'analytics' },
  couponRemoved: { field: 'coupon_removed', fieldNumber: 47, typeName: 'bytebasket.event.v1.CouponRemoved', stream: 'user-activity', consent: 'analytics' },
  productAddedToWishlist: { field: 'product_added_to_wishlist', fieldNumber: 48, typeName: 'bytebasket.event.v1.ProductAddedToWishlist', stream: 'user-activity', consent: 'analytics' },
  productRemovedFromWishlist: { field: 'product_removed_from_wishlist', fieldNumber: 49, typeName: 'bytebasket.event.v1.ProductRemovedFromWishlist', stream: 'user-activity', consent: 'analytics' },
  wishlistProductAddedToCart: { field: 'wishlist_product_added_to_cart', fieldNumber: 50, typeName: 'bytebasket.event.v1.WishlistProductAddedToCart', stream: 'user-activity', consent: 'analytics' },
  checkoutStarted: { field: 'checkout_started', fieldNumber: 60, typeName: 'bytebasket.event.v1.CheckoutStarted', stream: 'user-activity', consent: 'analytics' },
  checkoutStepViewed: { field: 'checkout_step_viewed', fieldNumber: 61, typeName: 'bytebasket.event.v1.CheckoutStepViewed', stream: 'user-activity', consent: 'analytics' },
  checkoutStepCompleted: { field: 'checkout_step_completed', fieldNumber: 62, typeName: 'bytebasket.event.v1.CheckoutStepCompleted', stream: 'user-activity', consent: 'analytics' },
  paymentInfoEntered: { field: 'payment_info_entered', fieldNumber: 63, typeName: 'bytebasket.event.v1.PaymentInfoEntered', stream: 'user-activity', consent: 'analytics' },
  orderCompleted: { field: 'order_completed', fieldNumber: 64, typeName: 'bytebasket.event.v1.OrderCompleted', stream: 'transactions', consent: 'necessary' },
  orderUpdated: { field: 'order_updated', fieldNumber: 65, typeName: 'bytebasket.event.v1.OrderUpdated', stream: 'transactions', consent: 'necessary' },
  orderRefunded: { field: 'order_refunded', fieldNumber: 66, typeName: 'bytebasket.event.v1.OrderRefunded', stream: 'transactions', consent: 'necessary' },
  orderCancelled: { field: 'order_cancelled', fieldNumber: 67, typeName: 'bytebasket.event.v1.OrderCancelled', stream: 'transactions', consent: 'necessary' },
  paymentAttempted: { field: 'payment_attempted', fieldNumber: 80, typeName: 'bytebasket.event.v1.PaymentAttempted', stream: 'transactions', consent: 'necessary' },
  paymentAuthorised: { field: 'payment_authorised', fieldNumber: 81, typeName: 'bytebasket.event.v1.PaymentAuthorised', stream: 'transactions', consent: 'necessary' },
  paymentDeclined: { field: 'payment_declined', fieldNumber: 82, typeName: 'bytebasket.event.v1.PaymentDeclined', stream: 'transactions', consent: 'necessary' },
  userSignedUp: { field: 'user_signed_up', fieldNumber: 90, typeName: 'bytebasket.event.v1.UserSignedUp', stream: 'user-activity', consent: 'necessary' },
  userLoggedIn: { field: 'user_logged_in', fieldNumber: 91, typeName: 'bytebasket.event.v1.UserLoggedIn', stream: 'user-activity', consent: 'necessary' },
  loginFailed: { field: 'login_failed', fieldNumber: 92, typeName: 'bytebasket.event.v1.LoginFailed', stream: 'user-activity', consent: 'necessary' },
  passwordReset: { field: 'password_reset', fieldNumber: 93, typeName: 'bytebasket.event.v1.PasswordReset', stream: 'user-activity', consent: 'necessary' },
  addressChanged: { field: 'address_changed', fieldNumber: 94, typeName: 'bytebasket.event.v1.AddressChanged', stream: 'user-activity', consent: 'necessary' },
  userIdentified: { field: 'user_identified', fieldNumber: 95, typeName: 'bytebasket.event.v1.UserIdentified', stream: 'user-activity', consent: 'necessary' },
  labelReported: { field: 'label_reported', fieldNumber: 100, typeName: 'bytebasket.event.v1.LabelReported', stream: 'transactions', consent: 'necessary' },
  recommendationShown: { field: 'recommendation_shown', fieldNumber: 110, typeName: 'bytebasket.event.v1.RecommendationShown', stream: 'user-activity', consent: 'personalisation' },
  recommendationClicked: { field: 'recommendation_clicked', fieldNumber: 111, typeName: 'bytebasket.event.v1.RecommendationClicked', stream: 'user-activity', consent: 'personalisation' },
  productUpdated: { field: 'product_updated', fieldNumber: 120, typeName: 'bytebasket.event.v1.ProductUpdated', stream: 'user-activity', consent: 'necessary' },
};

/** What a key may be allowed to do. */
export type Scope = 'admin:read' | 'admin:write' | 'alerts:read' | 'alerts:write' | 'events:write' | 'fraud:score' | 'labels:write' | 'metrics:read' | 'recommendations:read' | 'transactions:read';

/** The scope that a caller's key needs, by the method's path. */
export const METHOD_SCOPES: Readonly<Record<string, Scope>> = {
  '/bytebasket.admin.v1.AdminService/ListDeadLetters': 'admin:read',
  '/bytebasket.admin.v1.AdminService/RepairDeadLetters': 'admin:write',
  '/bytebasket.admin.v1.AdminService/Reconcile': 'admin:read',
  '/bytebasket.fraud.v1.FraudService/ScoreTransaction': 'fraud:score',
  '/bytebasket.fraud.v1.FraudService/ListAlerts': 'alerts:read',
  '/bytebasket.fraud.v1.FraudService/GetAlert': 'alerts:read',
  '/bytebasket.fraud.v1.FraudService/UpdateAlert': 'alerts:write',
  '/bytebasket.fraud.v1.FraudService/WatchAlerts': 'alerts:read',
  '/bytebasket.fraud.v1.FraudService/ReportLabel': 'labels:write',
  '/bytebasket.ingest.v1.IngestService/Publish': 'events:write',
  '/bytebasket.ingest.v1.IngestService/PublishStream': 'events:write',
  '/bytebasket.metrics.v1.MetricsService/ListMetrics': 'metrics:read',
  '/bytebasket.metrics.v1.MetricsService/QueryMetrics': 'metrics:read',
  '/bytebasket.metrics.v1.MetricsService/WatchMetrics': 'metrics:read',
  '/bytebasket.recommendation.v1.RecommendationService/GetRecommendations': 'recommendations:read',
  '/bytebasket.recommendation.v1.RecommendationService/WatchRecommendations': 'recommendations:read',
  '/bytebasket.recommendation.v1.RecommendationService/GetSimilarItems': 'recommendations:read',
  '/bytebasket.recommendation.v1.RecommendationService/GetTrendingItems': 'recommendations:read',
  '/bytebasket.transaction.v1.TransactionService/GetTransaction': 'transactions:read',
  '/bytebasket.transaction.v1.TransactionService/ListTransactions': 'transactions:read',
  '/bytebasket.transaction.v1.TransactionService/WatchTransactions': 'transactions:read',
};

/** Personal fields by full name, and how each is treated outside the log. */
export const PII_FIELDS: Readonly<Record<string, PiiTreatment>> = {
  'bytebasket.event.v1.Address.fingerprint': 'hash',
  'bytebasket.event.v1.Address.postal_code': 'drop',
  'bytebasket.event.v1.AddressChanged.fingerprint': 'hash',
  'bytebasket.event.v1.Card.fingerprint': 'hash',
  'bytebasket.event.v1.Context.ip': 'drop',
  'bytebasket.event.v1.Device.fingerprint': 'hash',
  'bytebasket.event.v1.Event.anonymous_id': 'hash',
  'bytebasket.event.v1.Event.user_id': 'hash',
  'bytebasket.event.v1.UserIdentified.email_hash': 'hash',
  'bytebasket.fraud.v1.ScoreTransactionRequest.anonymous_id': 'hash',
  'bytebasket.fraud.v1.ScoreTransactionRequest.user_id': 'hash',
};
