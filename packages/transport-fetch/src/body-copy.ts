type Copy = (body: never) => BodyInit

/** Copies a body that can be sent more than once, by its type. Immutable bodies are returned as they are. */
const COPY_BY_TYPE: Readonly<Record<string, Copy>> = {
  String: (text: string) => text,
  Blob: (blob: Blob) => blob,
  File: (file: File) => file,
  ArrayBuffer: (buffer: ArrayBuffer) => buffer.slice(0),
  URLSearchParams: (parameters: URLSearchParams) => new URLSearchParams(parameters),
  FormData(form: FormData) {
    const copy = new (form.constructor as typeof FormData)() // another `fetch` may have its own class
    for (const [name, value] of form) copy.append(name, value as Blob)
    return copy
  },
}

/**
 * Returns a copy of `body` that can be sent repeatedly; `undefined` for a stream and any other body that can be read
 * only once.
 */
export function copyOf(body: BodyInit): BodyInit | undefined {
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
  const copy = COPY_BY_TYPE[Object.prototype.toString.call(body).slice(8, -1)]
  return copy?.(body as never)
}

/** The body of a request, recorded while it is sent. */
export interface Recording {
  /** The whole body, once it has ended within the limit; `undefined` otherwise. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined
  /** Resolves when the recording has ended. */
  readonly ended: Promise<void>
}

/** Reads the body of `request` to its end. Discards everything if it has more than `maxBytes`. */
export function record(request: Request, maxBytes: number): Recording {
  let bytes: Uint8Array<ArrayBuffer> | undefined
  const read = async (): Promise<void> => {
    // Some browsers have no `request.body`; those cannot send streams either.
    const reader = (request.body ?? (await request.blob()).stream()).getReader()
    const chunks: Uint8Array<ArrayBuffer>[] = []
    for (let remaining = maxBytes; ;) {
      const { done, value } = await reader.read()
      if (done) break
      remaining -= value.length
      if (remaining < 0) return void reader.cancel().catch(() => {})
      chunks.push(value as Uint8Array<ArrayBuffer>)
    }
    bytes = new Uint8Array(await new Blob(chunks).arrayBuffer())
  }
  const ended = read().catch(() => {}) // the original request fails too and reports the error
  return {
    get bytes() {
      return bytes
    },
    ended,
  }
}
