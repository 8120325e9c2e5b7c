import { getDefaults } from '../client/defaults.ts'
import { perform, type Ports } from '../drive/drive.ts'
import { DiscoveryError, errorOf, MissingTransportError } from '../errors.ts'
import type { Failure } from '../failure.ts'
import { platform, systemClock } from '../platform.ts'
import type { Clock } from '../ports/clock.ts'
import type { AbortSignalLike, HttpResponse, Transport } from '../ports/transport.ts'
import { endpoint } from './addresses.ts'
import type { Provider } from './provider.ts'
import { checkType } from '../util/check-type.ts'
import { quote } from '../util/scrub.ts'
import { readFailure } from '../wire/error-response.ts'
import { isObject, parseJson } from '../wire/json.ts'
import { defineProvider } from './define-provider.ts'
import { checkDescription, type ProviderDescription } from './description.ts'
import { describe, metadataUrls, withMtlsEndpoints } from './metadata.ts'

/** Options of `discover`. Members of the description override the server's metadata. */
export interface DiscoverOptions extends Partial<Omit<ProviderDescription, 'issuer'>> {
  /** Default: the default transport of this program. */
  readonly transport?: Transport | undefined
  /** Dates the responses. Default: the system's clock. */
  readonly clock?: Pick<Clock, 'nowMs'> | undefined
  /** Aborts the requests; then the result is a `TransientError`. */
  readonly signal?: AbortSignalLike | undefined
  /** Use the endpoints for a client with a TLS certificate (RFC 8705 section 5), where the server has such. Default false. */
  readonly mtls?: boolean | undefined
}

/** Why the response of a metadata URL cannot be used. */
interface Problem {
  readonly problem: string
  readonly status: number
  readonly location?: string | undefined
}

/**
 * Requests an issuer's metadata from the URLs of RFC 8414 and OpenID Connect Discovery, and returns a provider. The
 * metadata must name this issuer. No redirect is followed.
 *
 * @throws {TypeError} when `issuer` is not an https URL (http on loopback only) without query and fragment, or when an
 *   option is invalid. In that case nothing is sent.
 * @throws {DiscoveryError} when no URL has usable metadata. The message lists what each URL returned. `location` is the
 *   target of a redirect.
 * @throws {TransientError} when the server cannot be reached or is temporarily unavailable.
 */
export async function discover(issuer: string, options: DiscoverOptions = {}): Promise<Provider> {
  const {
    transport = getDefaults().transport,
    clock = systemClock,
    signal,
    mtls = false,
    ...description
  } = options
  checkType('mtls', mtls, 'boolean')
  endpoint(options.allowInsecure === true ? issuer.replace(/^http:/i, 'https:') : issuer, '', 'issuer')
  if (issuer.includes('?')) throw new TypeError('issuer must not have a query')
  const overrides = Object.fromEntries(Object.entries(description).filter(([, value]) => value !== undefined))
  // Stands in for the server's metadata, so that the check finds only errors in the options.
  const placeholder = {
    name: issuer,
    issuer,
    authorizationEndpoint: issuer.replace(/^http:/i, 'https:'),
    tokenEndpoint: issuer,
    deviceAuthorizationEndpoint: issuer,
    pushedAuthorizationRequestEndpoint: issuer,
  }
  checkDescription({ ...placeholder, ...overrides })
  if (!transport) throw new MissingTransportError()
  const ports = {
    transport: { send: request => transport.send(request, signal && { signal }) },
    clock,
    // Nothing is signed here.
    provider: defineProvider(placeholder),
  } satisfies Ports

  const problems: (Problem & { readonly url: string })[] = []
  let unavailable: Failure | undefined
  for (const url of metadataUrls(issuer)) {
    const request = { method: 'GET', url, headers: { accept: 'application/json' } } as const
    const event = await perform({ type: 'send', request }, ports)
    if (event.type === 'unanswered')
      throw errorOf({
        code: 'transient',
        message: `no metadata of ${issuer}: ${event.message}; check the issuer's spelling and your network connection`,
        cause: event.cause,
      })
    const { response } = event
    const result = readMetadata(issuer, url, response, overrides, mtls)
    if (!('problem' in result)) return result
    problems.push({ ...result, url })
    if (response.status === 429 || response.status >= 500)
      unavailable ??= readFailure({ name: issuer }, event, undefined)
  }
  if (unavailable) throw errorOf(unavailable)
  const summary = problems
    .map(({ url, problem, status }) => `${url} ${quote(problem, [])} (HTTP ${status})`)
    .join('; ')
  const redirect = problems.find(({ location }) => location)
  throw new DiscoveryError(`no usable metadata of ${issuer}: ${summary}`, redirect ?? problems[0])
}

/** Returns the provider that the response describes, or why the response cannot be used. */
function readMetadata(
  issuer: string,
  url: string,
  { status, headers, body, truncated }: HttpResponse,
  overrides: Partial<ProviderDescription>,
  mtls: boolean,
): Provider | Problem {
  if (status >= 300 && status < 400) {
    const location = resolveUrl(headers['location'], url)
    return { problem: `redirects to ${location ?? 'no location'}`, status, location }
  }
  if (status !== 200) return { problem: 'has no metadata', status }
  const metadata = truncated ? undefined : parseJson(body)
  if (!isObject(metadata)) return { problem: 'is not a JSON object', status }
  if (metadata['issuer'] !== issuer)
    return { problem: `belongs to the issuer ${JSON.stringify(metadata['issuer'])}, not to this one`, status }
  try {
    return defineProvider({ ...describe(mtls ? withMtlsEndpoints(metadata) : metadata), ...overrides })
  } catch (error) {
    return { problem: `cannot be used: ${(error as TypeError).message}`, status }
  }
}

/** Returns a redirect's location as an absolute URL, or unchanged if it is not a URL. */
function resolveUrl(location: string | undefined, base: string): string | undefined {
  if (!location) return undefined
  try {
    return new platform.URL(location, base).href
  } catch {
    return location
  }
}
