// `@latchkey/core/flows`: the state machines of the grants, for programs that do not use `Client`.
export type { Handlers, Machine, Step, Tagged, Transitions } from '../machine/machine.ts'
export {
  type AuthorizationCodeState,
  authorizationCode,
  type AwaitingRedirect,
} from './authorization-code.ts'
export {
  type ClientCredentialsEvent,
  clientCredentialsGrant,
  type ClientCredentialsRequest,
  type ClientCredentialsState,
  type RequestingTokens,
} from './client-credentials.ts'
export {
  type AwaitingUser,
  deviceAuthorizationGrant,
  type DeviceEvent,
  type DeviceFailed,
  type DeviceRequest,
  type DeviceState,
  type Polling,
  type RequestingCodes,
  type Wait,
  type Woke,
} from './device-authorization.ts'
export type { ExchangeEvent, ExchangeState, Exchanging, Returned } from './exchange.ts'
export { type AwaitingToken, implicit, type ImplicitState, type TokenReturned } from './implicit.ts'
export { type AwaitingPin, pin, type PinState } from './pin.ts'
export {
  type Refreshed,
  type RefreshEvent,
  type RefreshFailed,
  type Refreshing,
  type RefreshTokenRequest,
  type RefreshState,
  refreshToken,
} from './refresh-token.ts'
export type { Answered, Authorized, Denied, Send, Unanswered } from './step.ts'
export type { AuthorizationRequest, Waiting } from './waiting.ts'
export { drive, perform, type Ports } from '../drive/drive.ts'
export { TRANSITIONS } from './transitions.ts'
