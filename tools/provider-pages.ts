// Writes the reference of the described servers, docs/reference/providers/*.md, and the tables of all servers and of the language
// from the presets and their fixtures: `npm run provider-pages`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import type { Provider } from '@latchkey/core'
import {
  clientSecretBasic,
  clientSecretBasicAlways,
  clientSecretBasicRaw,
  type RefreshReuse,
} from '@latchkey/core/provider'
import { type Fact, factsOf, type ProviderFixture } from '@latchkey/emulator'
import ts from 'typescript'
import { table } from '../benchmarks/src/markdown.ts'
import { isTokenInQuery, type Preset, PRESETS, readFixtures } from '../packages/providers/test/play.ts'
import { find, paragraphsOf, parse } from './doc-comments.ts'
import { HELPERS, MEMBERS } from './provider-language.ts'

const ROOT = new URL('..', import.meta.url)
export const PAGES: URL = new URL('docs/reference/providers/', ROOT)

/** A preset with what is known about it. */
export interface Described {
  readonly provider: Provider
  readonly fixture: ProviderFixture
  /** Its function, in its file. */
  readonly source: ts.FunctionDeclaration
}

/** Returns the first sentence about a member. */
const meaningOf = (name: string): string =>
  /^.*?\.(?= |$)/.exec(MEMBERS.find(member => member.name === name)!.meaning)![0]

const code = (value: unknown): string => `\`${value}\``
const cell = (text: string): string => text.replaceAll('|', '\\|')
const codes = (values: readonly unknown[]): string => values.map(code).join(', ')

/** Returns data as a program writes it. */
const literal = (value: unknown): string =>
  inspect(value, { breakLength: Infinity, depth: null }).replace(/\[ | \]/g, bracket => bracket.trim())

/** Markdown in texts of a fixture would change how they look. */
const plain = (text: string): string => cell(text.replace(/[\\*<[`~]|(?<!\w)_|_(?!\w)/g, '\\$&'))

const AUTHENTICATION = new Map<Provider['clientAuthentication'], string>([
  ['client_secret_post', '`client_secret_post`'],
  ['none', '`none`'],
  [clientSecretBasic, '`client_secret_basic`'],
  [clientSecretBasicAlways, '`clientSecretBasicAlways`'],
  [clientSecretBasicRaw, '`clientSecretBasicRaw`'],
])
const authenticationOf = ({ clientAuthentication }: Provider): string =>
  AUTHENTICATION.get(clientAuthentication) ?? 'a function of the preset'

const pkceOf = ({ pkce }: Provider): string => (typeof pkce === 'function' ? 'S256' : 'no')

/** Returns every preset with its fixture and its source, by name. */
export async function readDescribed(): Promise<readonly Described[]> {
  return (await readFixtures()).map(fixture => describedBy(fixture, PRESETS))
}

const isInCore = ({ provider }: ProviderFixture): boolean => provider === 'imgur'

/** Returns the preset of a fixture; `sources` is the folder of the presets. */
export function describedBy(
  fixture: ProviderFixture,
  { [fixture.provider]: preset }: Readonly<Record<string, Preset>>,
  sources: URL = new URL('packages/providers/src/', ROOT),
): Described {
  const folder = isInCore(fixture) ? new URL('packages/core/src/provider/', ROOT) : sources
  const file = parse(new URL(`${fixture.provider}.ts`, folder))
  const source = find(file, ts.isFunctionDeclaration).find(({ name }) => name?.text === fixture.provider)
  const provider = preset?.(fixture.options)
  if (!provider?.about || !source)
    throw new Error(`${fixture.provider} is not complete: run npm run check-provider -- ${fixture.provider}`)
  return { provider, fixture, source }
}

/** Returns the page of a server. */
export function pageOf(described: Described): string {
  const { provider, fixture } = described
  const { name, docs, register, checked } = provider.about!
  const quirks = quirksOf(described)
  const parts = [
    `<!-- Generated from the preset and its fixture: npm run provider-pages -->\n\n# ${name}`,
    `This page is for programs that sign users in with ${name}, or call its API on their behalf.`,
    '## Register a client',
    `Register at <${register}>. The documentation is <${docs}>. The description was compared with it on ${checked}.`,
    list((fixture.rules ?? []).map(rule => `${plain(rule.fact)} (${sourceOf(rule, fixture)})`)),
    '## Obtain a refresh token',
    list(refreshTokenOf(described)),
    '## What is special',
    ...specialTexts(described),
    table(['member', 'value', 'meaning'], membersIn(described)),
    ...(quirks.length === 0
      ? []
      : ['Deviations from RFC 6749:', table(['quirk', 'value', 'meaning'], quirks)]),
    '## Use it',
    programOf(described),
    ...deviceProgramOf(described),
    ...ownServerOf(described),
    '## Facts and their sources',
    table(
      ['fact', 'source'],
      uniqueFacts(fixture).map(fact => [plain(fact.fact), sourceOf(fact, fixture)]),
    ),
    '## What was left out',
    list(fixture.leftOut.map(plain)),
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

const list = (items: readonly string[]): string => items.map(item => `- ${item}`).join('\n')

function uniqueFacts(fixture: ProviderFixture): readonly Fact[] {
  const keyOf = ({ source, section, fact }: Fact): string => JSON.stringify([source, section, fact])
  return [...new Map(factsOf(fixture).map(fact => [keyOf(fact), fact])).values()]
}

function sourceOf({ source, section }: Fact, { sources }: ProviderFixture): string {
  const { url, kind = 'documentation', checked } = sources[source]!
  const link = `[${new URL(url).host}](${cell(url.replaceAll('(', '%28').replaceAll(')', '%29'))})`
  return `${link}${kind === 'report' ? ', a report' : ''}: ${plain(section)}; ${checked}`
}

/** Returns the paragraphs of a preset's comment that are not about its sources. */
function specialTexts({ fixture, source }: Described): readonly string[] {
  const [first = '', ...others] = paragraphsOf(source)
  const isProse = (text: string): boolean => !/https:\/\/|fixtures\//.test(text)
  return [
    first.replace(/^(Describes|Returns the description of)/, `${code(`${fixture.provider}()`)} describes`),
    ...others.filter(isProse),
  ]
}

const days = (seconds: number): string =>
  seconds % 86_400 === 0 ? `${seconds / 86_400} days` : `${seconds} s`

const REUSE = {
  none: 'A refresh does not replace the refresh token.',
  single: 'A refresh token is valid for one use.',
  strict: 'The second use of a refresh token revokes all tokens of the sign-in.',
  unknown: '',
}
const reuseText = (reuse: RefreshReuse): string =>
  typeof reuse === 'string'
    ? REUSE[reuse]
    : `A used refresh token stays valid for ${reuse.graceMs / 60_000} min, so that a lost response can be requested again.`

function refreshTokenOf({ provider, fixture: { refresh } }: Described): readonly string[] {
  if ('none' in refresh)
    return [`${plain(refresh.none.fact)} The user signs in again when the access token ends.`]
  const { scope, parameters = {} } = provider.offline ?? {}
  const { expiresIn, sliding, reuse = 'unknown', endsAccessToken } = provider.refreshToken ?? {}
  const shown = (names: readonly string[]): string => codes(names.map(name => `${name}=${parameters[name]}`))
  const always = Object.keys(parameters).filter(name => name !== 'prompt')
  const requested = [
    ...(scope ? [`the scope ${code(scope)}`] : []),
    ...(parameters['prompt'] ? [shown(['prompt'])] : []),
  ]
  return [
    always.length > 0 ? `Every authorization request has ${shown(always)}.` : '',
    requested.length > 0
      ? `Pass \`offline: true\` to the client: it requests ${requested.join(' and ')}.`
      : '',
    provider.offline ? '' : 'The authorization request needs no scope or parameter for it.',
    expiresIn ? `It lives for ${days(expiresIn)}${sliding ? ', and every use renews that' : ''}.` : '',
    reuseText(reuse),
    endsAccessToken
      ? 'A refresh ends the old access token. Latchkey therefore refreshes in its last 30 s, and not earlier.'
      : '',
  ].filter(text => text !== '')
}

/** The members that another part of a page shows. */
const ELSEWHERE = [
  'name',
  'about',
  'at',
  'authenticate',
  'offline',
  'refreshToken',
  'quirks',
  'revocation',
  'identity',
  'api',
]

function membersIn(described: Described): readonly (readonly string[])[] {
  const { provider, source } = described
  const { origins, originPattern, headers, scheme, anonymous } = provider.api ?? {}
  const written: Record<string, string> = {
    grants: codes(provider.grants),
    pkce: pkceOf(provider),
    clientAuthentication: authenticationOf(provider),
  }
  const valueOf = (member: string, value: unknown): string =>
    written[member] ?? (typeof value === 'function' ? functionIn(source, member) : code(literal(value)))
  return [
    ...Object.entries(provider)
      .filter(
        ([member]) =>
          !ELSEWHERE.includes(member) || (member === 'revocation' && textOf(source, member) !== ''),
      )
      .map(([member, value]) => [code(member), valueOf(member, value), meaningOf(member)]),
    ...Object.entries({
      origins:
        typeof origins === 'function'
          ? `those of the tokens that match ${code(originPattern)}`
          : origins && codes(origins),
      headers: headers && codes(Object.entries(headers).map(pair => pair.join(': '))),
      scheme: scheme === null ? 'no `Authorization`' : scheme && code(scheme),
      anonymous: anonymous && code(anonymous),
    }).flatMap(([member, value]) =>
      value ? [[code(`api.${member}`), value, meaningOf(`api.${member}`)]] : [],
    ),
    [code('identity'), identityOf(described), 'What identifies the user. It names the account.'],
  ].map(cells => cells.map(cell))
}

function identityOf({ provider, fixture, source }: Described): string {
  if (provider.identity === undefined) return 'nothing: pass `account` to `complete`'
  if (typeof provider.identity === 'string') return `${code(provider.identity)} of the token response`
  const [, path] = /userinfo: .*path: '(.*)'/s.exec(textOf(source, 'identity')) ?? []
  if (path !== undefined)
    return `${code(path)} of ${code(fixture.user?.request.url ?? fixture.api.request.url)}`
  return textOf(source, 'identity') === "'id_token.sub'"
    ? '`sub` of the `id_token`'
    : functionIn(source, 'identity')
}

/** Returns the expression that a preset gives to a member. */
function valueIn(source: ts.Node, member: string): ts.Expression | undefined {
  return find(source, ts.isPropertyAssignment).find(({ name }) => name.getText() === member)?.initializer
}

/** Returns an expression in one line. */
const lineOf = (node: ts.Node): string =>
  node
    .getText()
    .replace(/\s+/g, ' ')
    .replace(/\( | \)/g, bracket => bracket.trim())
    .replaceAll(',)', ')')

const textOf = (source: ts.Node, member: string): string =>
  valueIn(source, member) ? lineOf(valueIn(source, member)!) : ''

/** Returns the name of the function that a preset gives to a member, and what its comment says. */
function functionIn(source: ts.Node, member: string): string {
  const value = valueIn(source, member)
  if (!value || isFunction(value)) return 'a function of the preset'
  const comment = commentOf(value)
  return code(textOf(source, member)) + (comment && `: ${comment}`)
}

const MEANING = {
  reauth: 'The user must sign in again.',
  declined: 'The user declined.',
  misconfigured: 'The configuration is wrong.',
  transient: 'It passes by itself: retry.',
  pending: 'The user has not finished yet.',
}

/** Returns the option of the preset that an expression depends on, in words. */
function conditionOf(node: ts.Node): string {
  const outer = ts.findAncestor(node, ts.isConditionalExpression)
  return outer ? ` with the option ${code(outer.condition.getText())}` : ''
}

/** Members of `quirks` that are lists of functions. */
const PIPELINES = ['authorizationRequest', 'authorizationResponse', 'tokenRequest', 'tokenResponse']

/** Returns the expressions in a list, also those of lists within it. */
function stepsOf(node: ts.Expression): readonly ts.Expression[] {
  if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap(stepsOf)
  if (ts.isSpreadElement(node) || ts.isParenthesizedExpression(node)) return stepsOf(node.expression)
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(stepsOf)
  return [node]
}

const isFunction = (node: ts.Node): boolean => ts.isArrowFunction(node) || ts.isFunctionExpression(node)

/** Returns the first paragraph about a function that a preset uses: a helper, or one of its own. */
function commentOf(step: ts.Expression): string {
  const called = ts.isCallExpression(step) ? step.expression : step
  if (isFunction(step)) return paragraphsOf(step)[0]!
  return HELPERS.get(called.getText()) ?? commentIn(step.getSourceFile(), called.getText())
}

/** Returns the first paragraph about what a file declares, or imports from its folder, by this name. */
function commentIn(file: ts.SourceFile, name: string): string {
  const [declared] = find(file, isDeclaration).filter(one => one.name?.getText() === name)
  if (declared) return paragraphsOf(declared)[0]!
  const [imported] = find(file, ts.isImportDeclaration).filter(one =>
    find(one, ts.isImportSpecifier).some(specifier => specifier.name.text === name),
  )
  const path = (imported?.moduleSpecifier as ts.StringLiteral | undefined)?.text
  return path?.startsWith('.') ? commentIn(parse(new URL(path, pathToFileURL(file.fileName))), name) : ''
}

const isDeclaration = (node: ts.Node): node is ts.FunctionDeclaration | ts.VariableDeclaration =>
  ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(node)

/** Returns the rows of a preset's deviations: the functions in its pipelines, its errors, and rejections by its API. */
function quirksOf({ provider, source }: Described): readonly (readonly string[])[] {
  const { errors = [], stateUnreliable = [], tokenRejected = [] } = provider.quirks ?? {}
  const [quirks] = find(source, ts.isPropertyAssignment).filter(({ name }) => name.getText() === 'quirks')
  const pipelines = quirks ? find(quirks.initializer, ts.isPropertyAssignment) : []
  return [
    ...pipelines
      .filter(({ name }) => PIPELINES.includes(name.getText()))
      .flatMap(({ name, initializer }) =>
        stepsOf(initializer).map(step => [
          code(name.getText()),
          (isFunction(step) ? 'a function of the preset' : code(lineOf(step))) + conditionOf(step),
          commentOf(step),
        ]),
      ),
    ...errors.map(({ means, ...error }) => [
      '`errors`',
      Object.entries(error)
        .map(([member, value]) => `${member} ${code(value)}`)
        .join(', '),
      MEANING[means],
    ]),
    ...(stateUnreliable.length === 0
      ? []
      : [['`stateUnreliable`', codes(stateUnreliable), meaningOf('quirks.stateUnreliable')]]),
    ...tokenRejected.map(({ status, bodyIncludes, remaining }) => [
      '`tokenRejected`',
      `status ${code(status)}${bodyIncludes === undefined ? '' : ` with ${code(bodyIncludes)} in the body`}${remaining ? ' while there are credits left' : ''}`,
      'The API rejects the access token.',
    ]),
  ].map(cells => cells.map(cell))
}

/** Returns the imports of a preset and of these names of core. */
function importsOf(fixture: ProviderFixture, ...names: readonly string[]): string {
  return isInCore(fixture)
    ? `import { ${[...names, fixture.provider].join(', ')} } from '@latchkey/core'`
    : `import { ${names.join(', ')} } from '@latchkey/core'\nimport { ${fixture.provider} } from '@latchkey/providers'`
}

const presetCall = ({ provider, options }: ProviderFixture): string =>
  `${provider}(${options ? literal(options) : ''})`

const scopeLine = (scope: readonly string[]): string =>
  scope.length > 0 ? `\n  scope: ${literal(scope)},` : ''

/** Returns a program that signs a user in and calls the API. */
function programOf({ provider, fixture }: Described): string {
  const { scope = [], redirectUri = 'https://app.example/callback' } = fixture
  const { offline, identity } = provider
  const requested = scope.filter(one => one !== offline?.scope)
  const { method, url } = fixture.api.request
  const isQuery = isTokenInQuery(fixture)
  const init = method === 'GET' ? '' : `, {\n  method: '${method}', // and what else this request needs\n}`
  const call = isQuery
    ? `fetch(\n  \`${url.replace('{access_token}', '${await client.accessToken()}').replace('{user}', `\${tokens['${String(identity)}']}`)}\`,\n)`
    : `authorizedFetch(client)('${url}'${init})`
  return `\`\`\`ts
import { createInterface } from 'node:readline/promises'
${importsOf(fixture, 'Client')}
import ${isQuery ? '' : "{ authorizedFetch } from '@latchkey/transport-fetch'\nimport "}'@latchkey/transport-fetch/register'

const { CLIENT_ID: client_id, CLIENT_SECRET: client_secret } = process.env
const client = new Client({
  client_id,
  client_secret,
  redirect_uri: '${redirectUri}',${scopeLine(requested)}${offline?.scope || offline?.parameters?.['prompt'] ? '\n  offline: true,' : ''}
  provider: ${presetCall(fixture)},
})

const auth = client.Authorize.byCode()
console.log('Open', auth.url)
const terminal = createInterface(process.stdin, process.stdout)
${isQuery ? 'const tokens = ' : ''}await auth.authorize(await terminal.question('The address that you were sent to: '))
terminal.close()

const response = await ${call}
console.log(response.status, await response.json())
\`\`\``
}

/** Returns a program that signs a user in on another device, for servers with the device flow. */
function deviceProgramOf({ provider, fixture }: Described): readonly string[] {
  if (!provider.deviceAuthorizationEndpoint || !provider.grants.includes('device_code')) return []
  const { scope = [] } = fixture
  const others = scope.filter(one => one !== provider.offline?.scope)
  // Google accepts few scopes here: https://developers.google.com/identity/protocols/oauth2/limited-input-device#allowedscopes
  const ofUser = others.filter(one => ['openid', 'profile', 'email'].includes(one))
  const requested = ofUser.length > 0 ? ofUser : others
  return [
    '### On another device',
    'The user types a code in a browser on any device (RFC 8628). A server may accept fewer scopes here:',
    `\`\`\`ts
${importsOf(fixture, 'Client', 'deviceAuthorization')}
import '@latchkey/transport-fetch/register'

const client = new Client({
  client_id: process.env['CLIENT_ID'],
  client_secret: process.env['CLIENT_SECRET'], // if the client has one${scopeLine(requested)}${provider.offline?.scope ? '\n  offline: true,' : ''}
  provider: ${presetCall(fixture)},
})
const device = await deviceAuthorization(client)
console.log(\`Open \${device.verification_uri} and type \${device.user_code}\`)
await device.authorize()
\`\`\``,
  ]
}

const OWN_SERVER = 'https://server.example.com'

/** Returns what to pass as `baseUrl`, and what follows from it, for presets with that option. */
function ownServerOf({ fixture, source }: Described): readonly string[] {
  const preset = PRESETS[fixture.provider]
  if (!preset || !/\bbaseUrl\b/.test(source.parameters[0]?.getText() ?? '')) return []
  const options = { ...fixture.options, baseUrl: OWN_SERVER }
  const { tokenEndpoint, api } = preset(options)
  const origins =
    typeof api?.origins === 'function' ? 'the origins that the tokens name' : codes(api?.origins ?? [])
  return [
    '### Your own server',
    `\`baseUrl\` is the root of the server, without the path of an API: \`${presetCall({ ...fixture, options })}\`. Then the token endpoint is \`${tokenEndpoint}\`, and access tokens are sent to ${origins || 'no API unless you name its origin'} only. The URL of a request has the path of the API, which the server's own documentation names.`,
  ]
}

const PLACE = /(<!-- (\w+): generated by npm run provider-pages.*? -->\n)[\s\S]*?(<!-- \/\2 -->)/

/** Returns the text of one of {@link TABLES}, with its table. */
export function withTable(path: string, text: string, all: readonly Described[]): string {
  const sorted = all.toSorted((a, b) => (a.fixture.provider < b.fixture.provider ? -1 : 1))
  if (!PLACE.test(text)) throw new Error(`${path} has no place for its table`)
  return text.replace(
    PLACE,
    (_, begin: string, __, end: string) => `${begin}\n${TABLES[path]!(sorted)}\n\n${end}`,
  )
}

const yes = (fact: unknown): string => (fact ? 'yes' : '')
const linkOf = ({ provider, fixture }: Described): string =>
  `[${provider.about!.name}](../reference/providers/${fixture.provider}.md)`

/** The documents with a generated table, and what is in it. */
export const TABLES: Readonly<Record<string, (all: readonly Described[]) => string>> = {
  'docs/reference/provider-descriptions.md': () =>
    table(
      ['member', 'type', 'meaning'],
      MEMBERS.map(({ name, type, meaning, isOptional }) =>
        [code(isOptional ? `${name}?` : name), code(type), meaning].map(cell),
      ),
    ),
  'docs/guides/providers.md': all =>
    table(
      [
        'server',
        'call',
        'grants besides `authorization_code`',
        'client authentication',
        'PKCE',
        'a refresh token requires',
      ],
      all.map(described => [
        linkOf(described),
        code(callOf(described)),
        codes(described.provider.grants.filter(grant => grant !== 'authorization_code')),
        authenticationOf(described.provider),
        pkceOf(described.provider),
        requiredBy(described.provider),
      ]),
    ),
  'docs/reference/provider-sources.md': all =>
    table(
      [
        'server',
        'facts',
        'left out',
        'declined',
        'wrong secret',
        'wrong code',
        'API rejection',
        'revocation',
      ],
      all.map(described => {
        const { authorization, token, api, revocation, leftOut } = described.fixture
        return [
          linkOf(described),
          String(uniqueFacts(described.fixture).length),
          String(leftOut.length),
          ...[authorization.declined, token.wrongSecret, token.wrongCode, api.rejected, revocation].map(yes),
        ]
      }),
    ),
}

/** Returns the options of a preset. */
export function optionsIn({
  parameters,
}: ts.FunctionDeclaration): readonly { readonly name: string; readonly isOptional: boolean }[] {
  return parameters
    .flatMap(({ type }) => (type ? find(type, ts.isPropertySignature) : []))
    .map(({ name, questionToken }) => ({ name: name.getText(), isOptional: questionToken !== undefined }))
}

/** Returns a call of a preset with the names of its options. */
function callOf({ fixture, source }: Described): string {
  const names = optionsIn(source).map(({ name, isOptional }) => name + (isOptional ? '?' : ''))
  return `${fixture.provider}(${names.length > 0 ? `{ ${names.join(', ')} }` : ''})`
}

function requiredBy({ grants, offline: { scope, parameters = {} } = {} }: Provider): string {
  if (!grants.includes('refresh_token')) return 'no refresh tokens'
  const shown = Object.entries(parameters).map(pair => code(pair.join('=')))
  return [...(scope ? [code(scope)] : []), ...shown].join(', ')
}

/** Writes a page for each server. */
function writePages(all: readonly Described[]): void {
  mkdirSync(PAGES, { recursive: true })
  for (const described of all)
    writeFileSync(new URL(`${described.fixture.provider}.md`, PAGES), pageOf(described))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const all = await readDescribed()
  writePages(all)
  for (const path of Object.keys(TABLES)) {
    const document = new URL(path, ROOT)
    writeFileSync(document, withTable(path, readFileSync(document, 'utf8'), all))
  }
}
