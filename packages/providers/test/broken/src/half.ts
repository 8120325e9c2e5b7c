import { defineProvider, type Provider } from '@latchkey/core'

/** Describes a server whose fixture is not complete. */
export function half(): Provider {
  return defineProvider({ name: 'half', tokenEndpoint: 'https://half.example/token' })
}
