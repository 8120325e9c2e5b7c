// What the files in `.changeset` announce: https://changesets.dev
import { readChangesets } from '@changesets/read'
import { ROOT } from './packages.ts'

/** How much a version changes, the least first. */
export const KINDS = ['none', 'patch', 'minor', 'major'] as const
export type Kind = (typeof KINDS)[number]

export interface Change {
  readonly kind: Kind
  /** Markdown. */
  readonly summary: string
  readonly packages: readonly string[]
}

const greatest = (kinds: readonly Kind[]): Kind =>
  KINDS[Math.max(0, ...kinds.map(kind => KINDS.indexOf(kind)))]!

/** Reads the changes that wait for the next version. */
export async function readChanges(root: string = ROOT): Promise<readonly Change[]> {
  const changesets = await readChangesets(root)
  return changesets.map(({ summary, releases }) => ({
    summary: summary.trim(),
    kind: greatest(releases.map(({ type }) => type)),
    packages: releases.map(({ name }) => name),
  }))
}

/** Returns the kind of the next version. All packages have one version, so the greatest change counts for all. */
export const kindOf = (changes: readonly Change[]): Kind => greatest(changes.map(({ kind }) => kind))

/**
 * Returns the least kind that may break a program: `minor` before 1.0.0, then `major` (Semantic Versioning 2.0.0, items 4
 * and 8).
 */
export const breakingKind = (version: string): Kind => (version.startsWith('0.') ? 'minor' : 'major')

/** Whether a change of `kind` announces at least `least`. */
export const announces = (kind: Kind, least: Kind): boolean => KINDS.indexOf(kind) >= KINDS.indexOf(least)

const HEADINGS: Readonly<Record<Kind, string>> = {
  major: 'Breaking changes',
  minor: 'Features and changes',
  patch: 'Fixes',
  none: 'Other',
}

/**
 * Returns CHANGELOG.md with a section for `version`: what its section "Unreleased" had, and the changes by kind.
 *
 * @param date `YYYY-MM-DD`
 * @throws {Error} when it has no section "Unreleased", or nothing has changed
 */
export function withVersion(
  changelog: string,
  { version, date, changes }: { version: string; date: string; changes: readonly Change[] },
): string {
  const [before, rest] = changelog.split('## [Unreleased]\n')
  if (rest === undefined) throw new Error('CHANGELOG.md has no section "## [Unreleased]": add it')
  const start = rest.search(/^## /m)
  const [unreleased, older] = start < 0 ? [rest, ''] : [rest.slice(0, start), rest.slice(start)]
  const sections = KINDS.toReversed().flatMap(kind => {
    const items = changes.filter(change => change.kind === kind).map(({ summary }) => itemOf(summary))
    return items.length > 0 ? [`### ${HEADINGS[kind]}\n\n${items.join('\n')}`] : []
  })
  const parts = [...sections, unreleased.trim(), older.trim()].filter(part => part !== '')
  if (sections.length === 0) throw new Error('nothing has changed: add a changeset with `npx changeset`')
  return `${before}## [Unreleased]\n\n## [${version}] - ${date}\n\n${parts.join('\n\n')}\n`
}

const itemOf = (summary: string): string => `- ${summary.replaceAll('\n', '\n  ').replaceAll(/^ +$/gm, '')}`
