import { Hono } from 'hono'
import { sendJson, sendError } from '../respond.ts'
import { successEnvelope } from '../envelope.ts'
import { readForm } from '../form.ts'
import type { Picture } from '../state/pictures.ts'
import type { Env, HonoContext, ServerContext } from '../server-context.ts'
import { apiAccess } from './api-access.ts'
import { endpoint } from './endpoint.ts'
import { limitBody } from './limit-body.ts'

const MAX_UPLOAD_BYTES = 32 * 1_048_576

/** Routes that upload a picture, at both addresses, and that return it at its link. */
export function uploadRoutes(context: ServerContext): Hono<Env> {
  const routes = new Hono<Env>()
  for (const path of ['/3/image', '/3/upload']) {
    routes.post(
      path,
      limitBody(MAX_UPLOAD_BYTES),
      endpoint(context, 'upload'),
      apiAccess(context, { cost: 10, needsUser: false }),
      c => handleUpload(context, c),
    )
  }
  routes.get('/i/:file', c => {
    const picture = context.pictures.get(c.req.param('file').replace(/\.\w+$/, ''))
    if (!picture) return c.notFound()
    return c.body(picture.bytes, 200, { 'Content-Type': picture.type, 'X-Content-Type-Options': 'nosniff' })
  })
  return routes
}

/** The error messages are inferred. */
async function handleUpload(context: ServerContext, c: HonoContext): Promise<Response> {
  const upload = await readUpload(c)
  if (!upload) return sendError(c, 400, 'No image data was sent to the upload api')
  const picture = context.pictures.add(upload.bytes)
  if (!picture) return sendError(c, 400, 'File type invalid')
  return sendJson(c, successEnvelope(imageData(context, c, upload, picture)))
}

function imageData(
  { clock }: ServerContext,
  c: HonoContext,
  { title, description }: Upload,
  picture: Picture,
): object {
  const { user } = c.var.caller
  return {
    id: picture.id,
    title: title ?? null,
    description: description ?? null,
    datetime: Math.floor(clock.nowMs() / 1000),
    type: picture.type,
    size: picture.bytes.byteLength,
    account_id: user?.account_id ?? null,
    account_url: user?.account_username ?? null,
    deletehash: picture.deletehash,
    link: `${new URL(c.req.url).origin}/i/${picture.id}.${picture.extension}`,
  }
}

/** An upload request. */
interface Upload {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly title?: string | undefined
  readonly description?: string | undefined
}

/** Reads an upload: the form field `image`, as a file or in base64, or the raw body. `undefined` if there is none. */
async function readUpload(c: HonoContext): Promise<Upload | undefined> {
  const isForm = /urlencoded|multipart/.test(c.req.header('content-type') ?? '')
  if (!isForm) {
    const bytes = new Uint8Array(await c.req.arrayBuffer())
    return bytes.byteLength > 0 ? { bytes } : undefined
  }
  const { image, title, description } = await readForm(c)
  if (!image) return undefined
  const bytes = typeof image === 'string' ? fromBase64(image) : new Uint8Array(await image.arrayBuffer())
  return { bytes, title: textOf(title), description: textOf(description) }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Decodes base64. An unencoded plus sign arrives as a space and counts as a plus sign. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text.replaceAll(' ', '+'), 'base64'))
}
