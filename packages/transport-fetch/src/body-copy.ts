type Copy = (body: never) => BodyInit

/** How a body is copied that can be sent more than once, by what it is; what is immutable is its own copy. */
const COPIES: Readonly<Record<string, Copy>> = {
  String: (text: string) => text,
  Blob: (blob: Blob) => blob,
  File: (file: File) => file,
  ArrayBuffer: (buffer: ArrayBuffer) => buffer.slice(0),
  URLSearchParams: (parameters: URLSearchParams) => new URLSearchParams(parameters),
  FormData(form: FormData) {
    const copy = new (form.constructor as typeof FormData)() // another network stack has a class of its own
    for (const [name, value] of form) copy.append(name, value as Blob)
    return copy
  },
}

/**
 * A copy of `body` as it is now, which can be sent as often as need be; `undefined` for a stream, and for whatever
 * else can be read only once.
 */
export function copyOf(body: BodyInit): BodyInit | undefined {
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
  const copy = COPIES[Object.prototype.toString.call(body).slice(8, -1)]
  return copy?.(body as never)
}

/** The body of a request, read beside its being sent. */
export interface Recording {
  /** All of it, once it has ended within the limit; `undefined` otherwise. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined
  /** Resolves when it is known whether there will be all of it. */
  readonly ended: Promise<void>
}

/** Reads the body of `request` to its end, and gives up, letting go of what it has, at more than `mostBytes`. */
export function record(request: Request, mostBytes: number): Recording {
  let bytes: Uint8Array<ArrayBuffer> | undefined
  const read = async (): Promise<void> => {
    // Not every browser shows the body of a request as a stream; where it does not, there are no streams to send.
    const reader = (request.body ?? (await request.blob()).stream()).getReader()
    const chunks: Uint8Array<ArrayBuffer>[] = []
    for (let room = mostBytes; ;) {
      const { done, value } = await reader.read()
      if (done) break
      room -= value.length
      if (room < 0) return void reader.cancel().catch(() => {})
      chunks.push(value as Uint8Array<ArrayBuffer>)
    }
    bytes = new Uint8Array(await new Blob(chunks).arrayBuffer())
  }
  const ended = read().catch(() => {}) // the request that it is a copy of has failed as well, and tells
  return {
    get bytes() {
      return bytes
    },
    ended,
  }
}
