/** JSON as PHP writes it: with `\/` for every slash (recorded). */
export function phpJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('/', '\\/')
}

/** Imgur's envelope of an error (recorded): there is no machine-readable code, only words. */
export function errorEnvelope(error: string, request: string, method: string, status: number): object {
  return { data: { error, request, method }, success: false, status }
}

/** Imgur's envelope of a success (documented). */
export function successEnvelope(data: unknown): object {
  return { data, success: true, status: 200 }
}
