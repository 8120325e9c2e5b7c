export { NotAllowedError, OtherAccountError } from './errors.ts'
export type { Session, SignIn, SignInRoutesOptions } from './options.ts'
export { type SignInRoutes, signInRoutes } from './sign-in-routes.ts'
