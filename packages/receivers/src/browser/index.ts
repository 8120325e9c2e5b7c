export { ReceiverError, type ReceiverErrorCode } from '../errors.ts'
export type { SignIn, WaitOptions } from '../sign-in.ts'
export { type PopupRedirectOutcome, deliverRedirect, type PopupOptions, signInByPopup } from './popup.ts'
export { finishSignIn, type ResumableClient, signInByRedirect } from './redirect.ts'
