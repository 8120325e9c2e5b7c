export { ReceiverError, type ReceiverErrorCode } from '../errors.ts'
export type { SignIn, WaitOptions } from '../sign-in.ts'
export { type LoopbackReceiver, type ReceiverOptions, startReceiver } from './receiver.ts'
