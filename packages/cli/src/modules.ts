import type { Context, Result } from './context.ts'

/** What runs a command; without a result it has said everything itself. */
export interface Module {
  readonly run: (context: Context) => Promise<Result | undefined>
}

/** The module of every command, loaded only when it is wanted. */
export const MODULES: Readonly<Record<string, () => Promise<Module>>> = {
  login: () => import('./commands/login.ts'),
  token: () => import('./commands/token.ts'),
  accounts: () => import('./commands/accounts.ts'),
  whoami: () => import('./commands/whoami.ts'),
  refresh: () => import('./commands/refresh.ts'),
  logout: () => import('./commands/logout.ts'),
  doctor: () => import('./commands/doctor.ts'),
  emulator: () => import('./commands/emulator.ts'),
  completion: () => import('./commands/completion.ts'),
}
