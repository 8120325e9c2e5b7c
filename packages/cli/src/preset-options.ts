// The options of the presets, as data: the compiler compares them with the presets' own types.
import type { imgur } from '@latchkey/core'
import type * as presets from '@latchkey/providers'
import type { OptionValues } from './command-line.ts'

/** The options of a preset, each with an example of its value. */
export interface PresetOptions {
  /** The options without which the preset cannot be used. */
  readonly needs: OptionValues
  readonly takes: OptionValues
}

type Presets = typeof presets & { readonly imgur: typeof imgur }
type OptionsOf<Name extends keyof Presets> = NonNullable<Parameters<Presets[Name]>[0]>
type IsOptional<Options, Name extends keyof Options> = object extends Pick<Options, Name> ? true : false

/** Without a member, a type would accept every member. */
type Exactly<Options> = keyof Options extends never ? Readonly<Record<string, never>> : Options
type Needed<Options> = Exactly<{
  [Name in keyof Options as IsOptional<Options, Name> extends true ? never : Name]: Options[Name]
}>
type Taken<Options> = Exactly<{
  [Name in keyof Options as IsOptional<Options, Name> extends true ? Name : never]-?: NonNullable<
    Options[Name]
  >
}>
type Table = {
  readonly [Name in keyof Presets as Parameters<Presets[Name]> extends [] ? never : Name]: {
    readonly needs: Needed<OptionsOf<Name>>
    readonly takes: Taken<OptionsOf<Name>>
  }
}

/** The options of each preset that has any. */
export const PRESET_OPTIONS: Readonly<Record<string, PresetOptions>> = {
  auth0: { needs: { domain: 'example.eu.auth0.com' }, takes: {} },
  cognito: { needs: { domain: 'example.auth.eu-west-1.amazoncognito.com' }, takes: {} },
  docusign: { needs: {}, takes: { sandbox: true } },
  ebay: { needs: {}, takes: { sandbox: true } },
  facebook: { needs: {}, takes: { version: 'v25.0' } },
  github: { needs: {}, takes: { baseUrl: 'https://github.example.com' } },
  gitlab: { needs: {}, takes: { baseUrl: 'https://gitlab.example.com' } },
  imgur: { needs: {}, takes: { baseUrl: 'http://127.0.0.1:8080' } },
  keycloak: { needs: { baseUrl: 'https://sso.example.com', realm: 'example' }, takes: {} },
  mastodon: { needs: { baseUrl: 'https://mastodon.social' }, takes: {} },
  microsoft: { needs: {}, takes: { tenant: 'organizations' } },
  okta: { needs: { domain: 'example.okta.com' }, takes: { server: 'default' } },
  quickbooks: { needs: {}, takes: { sandbox: true } },
  salesforce: { needs: {}, takes: { baseUrl: 'https://example.my.salesforce.com' } },
  shopify: { needs: { shop: 'example' }, takes: {} },
  slack: { needs: {}, takes: { user: true } },
} satisfies Table

/** Returns the options of a preset; none for anything else. */
export function optionsOf(preset: string): PresetOptions {
  return (Object.hasOwn(PRESET_OPTIONS, preset) && PRESET_OPTIONS[preset]) || { needs: {}, takes: {} }
}
