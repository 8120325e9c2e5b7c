export { ReceiverError, type ReceiverErrorCode } from '../errors.ts'
export type { SignIn, WaitOptions } from '../sign-in.ts'
export { type Bringer, handBack, type PopupOptions, signInByPopup } from './popup.ts'
export { finishSignIn, type Resuming, signInByRedirect } from './redirect.ts'
