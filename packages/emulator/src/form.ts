import type { Exchange } from './world.ts'

/** The fields of a form, urlencoded or multipart; none when the body is not a form. Of a field sent twice the last counts. */
export async function readForm(c: Exchange): Promise<Readonly<Record<string, string | File | undefined>>> {
  return c.req.parseBody<Record<string, string | File>>().catch(() => ({}))
}

/** The fields of a form that holds no files. */
export async function readTextForm(c: Exchange): Promise<Readonly<Record<string, string | undefined>>> {
  const fields = Object.entries(await readForm(c))
  return Object.fromEntries(fields.filter((field): field is [string, string] => typeof field[1] === 'string'))
}
