export { ReceiverError, type ReceiverErrorCode } from '../errors.ts'
export type { SignIn, WaitOptions } from '../sign-in.ts'
export { type PopupRedirectOutcome, deliverRedirect, type PopupOptions, signInByPopup } from './popup.ts'
export {
  type FinishedSignIn,
  finishSignIn,
  type RedirectOptions,
  type ResumableClient,
  signInByRedirect,
} from './redirect.ts'
