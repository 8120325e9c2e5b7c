import { Hono } from 'hono'
import { answerJson, refuse } from '../answer.ts'
import { successEnvelope } from '../envelope.ts'
import { readForm } from '../form.ts'
import type { Picture } from '../state/pictures.ts'
import type { Env, Exchange, World } from '../world.ts'
import { apiAccess } from './api-access.ts'
import { endpoint } from './endpoint.ts'
import { limitBody } from './limit-body.ts'

const MAX_UPLOAD_BYTES = 32 * 1_048_576

/** The upload of a picture, under both of its addresses, and the picture itself at the link that it gets. */
export function uploadRoutes(world: World): Hono<Env> {
  const routes = new Hono<Env>()
  for (const path of ['/3/image', '/3/upload']) {
    routes.post(
      path,
      limitBody(MAX_UPLOAD_BYTES),
      endpoint(world, 'upload'),
      apiAccess(world, { cost: 10, needsUser: false }),
      c => answer(world, c),
    )
  }
  routes.get('/i/:file', c => {
    const picture = world.pictures.get(c.req.param('file').replace(/\.\w+$/, ''))
    if (!picture) return c.notFound()
    return c.body(picture.bytes, 200, { 'Content-Type': picture.type, 'X-Content-Type-Options': 'nosniff' })
  })
  return routes
}

/** The words of refusal are inferred. */
async function answer(world: World, c: Exchange): Promise<Response> {
  const upload = await readUpload(c)
  if (!upload) return refuse(c, 400, 'No image data was sent to the upload api')
  const picture = world.pictures.add(upload.bytes)
  if (!picture) return refuse(c, 400, 'File type invalid')
  return answerJson(c, successEnvelope(describe(world, c, upload, picture)))
}

function describe({ clock }: World, c: Exchange, { title, description }: Upload, picture: Picture): object {
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

/** What somebody uploads. */
interface Upload {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly title?: string | undefined
  readonly description?: string | undefined
}

/** Reads an upload: the field `image` of a form, as a file or in base64, or the raw body. Undefined when there is none. */
async function readUpload(c: Exchange): Promise<Upload | undefined> {
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

/** A plus sign that a client forgot to encode arrives as a space, and is a plus sign all the same. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text.replaceAll(' ', '+'), 'base64'))
}
