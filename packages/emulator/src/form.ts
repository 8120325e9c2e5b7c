import type { HonoContext } from './server-context.ts'

/** Reads a urlencoded or multipart form; empty if the body is not a form. The last value of a repeated field counts. */
export async function readForm(c: HonoContext): Promise<Readonly<Record<string, string | File | undefined>>> {
  return c.req.parseBody<Record<string, string | File>>().catch(() => ({}))
}

/** Reads the text fields of a form. */
export async function readTextForm(c: HonoContext): Promise<Readonly<Record<string, string | undefined>>> {
  const fields = Object.entries(await readForm(c))
  return Object.fromEntries(fields.filter((field): field is [string, string] => typeof field[1] === 'string'))
}
