import { defineProvider, type Provider, type Tokens } from '@latchkey/core'
import {
  errorsMeaning,
  type RequestQuirk,
  tokenTypeMissing,
  type TokenResponseQuirk,
} from '@latchkey/core/provider'

/** Reads the lifetime in minutes. The second sentence stays. */
const lifetimeInMinutes: TokenResponseQuirk = value => value

/**
 * Adds the version.
 *
 * The page shows the first paragraph only.
 */
function versioned(version: string): RequestQuirk {
  return parameters => ({ ...parameters, version })
}

/** Returns the `id` of the `member`. */
function memberId({ member }: Tokens): unknown {
  return member
}

/**
 * Describes a server that needs functions of its own.
 *
 * Sources: fixtures/own.ts
 */
export function own(): Provider {
  return defineProvider({
    name: 'own',
    about: {
      name: 'Own',
      docs: 'https://own.example/docs',
      register: 'https://own.example/apps',
      checked: '2026-11-29',
    },
    authorizationEndpoint: 'https://own.example/authorize',
    tokenEndpoint: 'https://own.example/token',
    identity: memberId,
    quirks: {
      authorizationResponse: [
        /** Drops what | follows. */
        parameters => parameters,
      ],
      tokenRequest: [versioned('v2')],
      tokenResponse: [
        tokenTypeMissing,
        lifetimeInMinutes,
        value => value,
        function named(value) {
          return value
        },
      ],
      errors: errorsMeaning('reauth', 'gone'),
    },
  })
}
