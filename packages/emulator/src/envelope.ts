/** Encodes JSON as PHP does, with `\/` for every slash (recorded). */
export function phpJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('/', '\\/')
}

/** Returns Imgur's error envelope (recorded). It has no machine-readable code, only a message. */
export function errorEnvelope(error: string, request: string, method: string, status: number): object {
  return { data: { error, request, method }, success: false, status }
}

/** Returns Imgur's success envelope (documented). */
export function successEnvelope(data: unknown): object {
  return { data, success: true, status: 200 }
}
