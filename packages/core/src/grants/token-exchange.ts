import { SigningError } from '../signing/authenticate.ts'
import { checkOptionNames, checkType } from '../util/check-type.ts'
import { own } from '../util/own.ts'
import type { Provider, TokenResponseQuirk } from '../provider/provider.ts'
import { isToken } from '../wire/token-response.ts'
import { withoutClient as anonymous } from './provider-for.ts'
import { type GrantRequest, type TokenGrant, tokenGrant } from './token-grant.ts'

/** Returns a token, such as that of another client. */
export type TokenSupplier = (request: GrantRequest) => string | PromiseLike<string>

/** The options of `tokenExchange`. The types are those of RFC 8693 section 3, by their last word or in full. */
export interface TokenExchangeOptions {
  /** Returns the token that is exchanged: `() => other.accessToken()`. */
  readonly subjectToken: TokenSupplier
  /** Default `access_token`. */
  readonly subjectTokenType?: string | undefined
  /** Returns the token of the party that acts for the subject. */
  readonly actorToken?: TokenSupplier | undefined
  /** Default `access_token`. */
  readonly actorTokenType?: string | undefined
  /** Default: what the server chooses. */
  readonly requestedTokenType?: string | undefined
  /** Send no `client_id` and do not authenticate the client: the subject token identifies it. Default false. */
  readonly withoutClient?: boolean | undefined
}

const NAMESPACE = 'urn:ietf:params:oauth:'

/**
 * Obtains tokens in exchange for a token of another server, or of the same one with less scope or for another audience (RFC
 * 8693). For the option `grants` of a client. The suppliers are called for each request, and the tokens that they return are
 * not stored. `resource`, `audience` and `scope` are parameters of the sign-in.
 *
 * @throws {TypeError} when an option is unknown, missing or wrong.
 */
export function tokenExchange(options: TokenExchangeOptions): TokenGrant {
  const owner = 'tokenExchange()'
  const { subjectToken, actorToken, withoutClient = false, ...types } = checked(owner, options)
  checkType(`withoutClient of ${owner}`, withoutClient, 'boolean')
  return tokenGrant(async request => {
    const { provider, parameters } = request
    return {
      parameters: {
        ...parameters,
        grant_type: `${NAMESPACE}grant-type:token-exchange`,
        subject_token: await tokenOf('subjectToken', subjectToken, request),
        subject_token_type: typeUri(types.subjectTokenType ?? 'access_token'),
        ...(actorToken && {
          actor_token: await tokenOf('actorToken', actorToken, request),
          actor_token_type: typeUri(types.actorTokenType ?? 'access_token'),
        }),
        requested_token_type: typeUri(types.requestedTokenType),
      },
      provider: rejectingOthers(withoutClient ? anonymous(provider) : provider),
    }
  })
}

function checked(owner: string, options: TokenExchangeOptions): TokenExchangeOptions {
  const types = ['subjectTokenType', 'actorTokenType', 'requestedTokenType'] as const
  const suppliers = ['subjectToken', 'actorToken'] as const
  checkOptionNames(owner, Object(options), [...suppliers, ...types, 'withoutClient'])
  const given = Object(options) as TokenExchangeOptions
  for (const name of types)
    if (given[name] !== undefined) checkType(`${name} of ${owner}`, given[name], 'string')
  for (const name of suppliers)
    if (typeof given[name] !== 'function' && (given[name] !== undefined || name === 'subjectToken'))
      throw new TypeError(`${name} of ${owner} must be a function that returns a token`)
  return given
}

async function tokenOf(name: string, supplier: TokenSupplier, request: GrantRequest): Promise<string> {
  const token: unknown = await supplier(request)
  if (!isToken(token)) throw new SigningError(`needs a token: ${name}() returned something else`)
  return token
}

/** Returns the URI of a token type. */
function typeUri(type: string | undefined): string | undefined {
  return type === undefined || type.includes(':') ? type : `${NAMESPACE}token-type:${type}`
}

/** Stands for a token that is not an access token and cannot be used as one (RFC 8693 section 2.2.1). */
const NOT_ACCESS = 'N_A'

/** Returns a response with such a token as an error: APIs do not accept it. */
const withoutOthers: TokenResponseQuirk = value =>
  String(own(value, 'token_type')).toUpperCase() === NOT_ACCESS
    ? {
        error: NOT_ACCESS,
        error_description: `the issued token is not an access token, but ${String(own(value, 'issued_token_type'))}`,
      }
    : value

function rejectingOthers(provider: Provider): Provider {
  const { tokenResponse = [], errors = [], ...quirks } = provider.quirks ?? {}
  return {
    ...provider,
    quirks: {
      ...quirks,
      tokenResponse: [...tokenResponse, withoutOthers],
      errors: [...errors, { word: NOT_ACCESS, means: 'misconfigured' }],
    },
  }
}
