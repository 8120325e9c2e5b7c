import { getDefaults } from '../client/defaults.ts'
import { perform } from '../drive/drive.ts'
import { DiscoveryError, errorOf, MissingTransportError } from '../errors.ts'
import type { Failure } from '../failure.ts'
import { platform, systemClock } from '../platform.ts'
import type { Clock } from '../ports/clock.ts'
import type { AbortSignalLike, HttpResponse, Transport } from '../ports/transport.ts'
import { endpoint, type Provider } from './provider.ts'
import { quote } from '../util/scrub.ts'
import { readFailure } from '../wire/error-response.ts'
import { isObject, parseJson } from '../wire/json.ts'
import { defineProvider } from './define-provider.ts'
import { checkDescription, type ProviderDescription } from './description.ts'
import { describe, metadataUrls } from './metadata.ts'

/** How a server's metadata is had, and what is known of the server besides; that goes before what it says. */
export interface DiscoverOptions extends Partial<Omit<ProviderDescription, 'issuer'>> {
  /** The default transport of this program unless said otherwise. */
  readonly transport?: Transport | undefined
  readonly clock?: Pick<Clock, 'nowMs'> | undefined
  readonly signal?: AbortSignalLike | undefined
}

/** What a place has instead of the metadata. */
interface Problem {
  readonly problem: string
  readonly status: number
  readonly location?: string | undefined
}

/**
 * Asks an issuer for its metadata, where RFC 8414 and OpenID Connect Discovery place it, and makes a provider of
 * it. The document must say that it is this issuer's, and no redirect is followed.
 *
 * @throws {TypeError} when `issuer` is no https URL (http on loopback only) without query and fragment, or when
 *   an option is not what it must be; nothing is sent then.
 * @throws {DiscoveryError} when there is no metadata, or none that can be used. Its message says what each place
 *   had; `location` is where a redirect pointed.
 * @throws {TransientError} when the server cannot be reached or does not want to answer now.
 */
export async function discover(issuer: string, options: DiscoverOptions = {}): Promise<Provider> {
  const { transport = getDefaults().transport, clock = systemClock, signal, ...given } = options
  endpoint(issuer, '', 'issuer')
  if (issuer.includes('?')) throw new TypeError('issuer must not have a query')
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  // Whatever a server's metadata could say, so that only what is given can be wrong.
  const anything = {
    name: issuer,
    issuer,
    authorizationEndpoint: issuer,
    tokenEndpoint: issuer,
    deviceAuthorizationEndpoint: issuer,
    pushedAuthorizationRequestEndpoint: issuer,
  }
  checkDescription({ ...anything, ...known })
  if (!transport) throw new MissingTransportError()
  const ports = {
    transport: { send: request => transport.send(request, signal && { signal }) } satisfies Transport,
    clock,
  }

  const problems: (Problem & { readonly url: string })[] = []
  let unavailable: Failure | undefined
  for (const url of metadataUrls(issuer)) {
    const request = { method: 'GET', url, headers: { accept: 'application/json' } } as const
    const answer = await perform({ type: 'send', request }, ports)
    if (answer.type === 'unanswered')
      throw errorOf({
        code: 'transient',
        message: `no metadata of ${issuer}: ${answer.message}; check its spelling, and whether it can be reached from here`,
        cause: answer.cause,
      })
    const { response, nowMs } = answer
    const found = read(issuer, url, response, known)
    if (!('problem' in found)) return found
    problems.push({ ...found, url })
    if (response.status === 429 || response.status >= 500)
      unavailable ??= readFailure({ name: issuer }, { ...request, body: '' }, response, undefined, nowMs, [])
  }
  if (unavailable) throw errorOf(unavailable)
  const providerMessage = problems
    .map(({ url, problem, status }) => `${url} ${quote(problem, [])} (HTTP ${status})`)
    .join('; ')
  const redirect = problems.find(({ location }) => location)
  throw new DiscoveryError(`no usable metadata of ${issuer}: ${providerMessage}`, redirect ?? problems[0])
}

/** The provider that a document describes, or why it describes none. */
function read(
  issuer: string,
  url: string,
  { status, headers, body, truncated }: HttpResponse,
  known: Partial<ProviderDescription>,
): Provider | Problem {
  if (status >= 300 && status < 400) {
    const location = absolute(headers['location'], url)
    return { problem: `redirects to ${location ?? 'nowhere'}`, status, location }
  }
  if (status !== 200) return { problem: 'is not there', status }
  const metadata = truncated ? undefined : parseJson(body)
  if (!isObject(metadata)) return { problem: 'is no JSON object', status }
  if (metadata['issuer'] !== issuer)
    return { problem: `is the metadata of ${JSON.stringify(metadata['issuer'])}, not of this issuer`, status }
  try {
    return defineProvider({ ...describe(metadata), ...known })
  } catch (error) {
    return { problem: `cannot be used: ${(error as TypeError).message}`, status }
  }
}

/** Where a redirect points, as a whole URL where it is one. */
function absolute(location: string | undefined, base: string): string | undefined {
  if (!location) return undefined
  try {
    return new platform.URL(location, base).href
  } catch {
    return location
  }
}
