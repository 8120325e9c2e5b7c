import type { Context, Result } from './context.ts'

/** The module of a command. Without a result, the command has printed everything itself. */
export interface Module {
  readonly run: (context: Context) => Promise<Result | undefined>
}

/** Loads the module of a command when it is needed. */
export const MODULES: Readonly<Record<string, () => Promise<Module>>> = {
  login: () => import('./commands/login.ts'),
  token: () => import('./commands/token.ts'),
  exec: () => import('./commands/exec.ts'),
  status: () => import('./commands/status.ts'),
  switch: () => import('./commands/switch.ts'),
  config: () => import('./commands/config.ts'),
  accounts: () => import('./commands/accounts.ts'),
  whoami: () => import('./commands/whoami.ts'),
  refresh: () => import('./commands/refresh.ts'),
  logout: () => import('./commands/logout.ts'),
  doctor: () => import('./commands/doctor.ts'),
  mcp: () => import('./commands/mcp.ts'),
  emulator: () => import('./commands/emulator.ts'),
  completion: () => import('./commands/completion.ts'),
}
