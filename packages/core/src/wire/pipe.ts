import type { Provider } from '../provider/provider.ts'
import type { Parameters } from './form.ts'

/** Passes `value` through the functions, one after the other. */
export function pipe<T, More extends unknown[]>(
  functions: readonly ((value: T, ...more: More) => T)[] | undefined,
  value: T,
  ...more: More
): T {
  return (functions ?? []).reduce((result, change) => change(result, ...more), value)
}

/** Returns `parameters` with the scopes separated as the server expects. */
export function joinScopes<T extends Parameters>({ scopeSeparator }: Provider, parameters: T): T {
  const { scope } = parameters
  if (typeof scope !== 'string' || scopeSeparator === undefined) return parameters
  return { ...parameters, scope: scope.split(' ').join(scopeSeparator) }
}
