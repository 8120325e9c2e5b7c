import { Hono } from 'hono'

import { answerJson, refuse, successEnvelope } from '../envelope.ts'
import type { Env, World } from '../world.ts'
import { addressOf, apiAccess } from './api-access.ts'
import { endpoint } from './endpoint.ts'
import { limitBody } from './limit-body.ts'
import { readUpload } from './upload.ts'

/** When the emulator's accounts were opened, Unix time in seconds. */
const CREATED = 1_250_000_000
const MAX_UPLOAD_BYTES = 32 * 1_048_576

/** As much of Imgur's API version 3 as it takes to use a token: the account, the credits, an upload. */
export function apiRoutes(world: World): Hono<Env> {
  const routes = new Hono<Env>()

  routes.get(
    '/3/account/me',
    endpoint(world, 'account'),
    apiAccess(world, { cost: 1, needsUser: true }),
    c => {
      const { account_id, account_username } = c.var.caller.user!
      return answerJson(
        c,
        successEnvelope({
          id: account_id,
          url: account_username,
          bio: null,
          reputation: 0,
          created: CREATED,
          pro_expiration: false,
        }),
      )
    },
  )

  routes.get('/3/credits', endpoint(world, 'credits'), apiAccess(world, { cost: 1, needsUser: false }), c => {
    const user = world.credits.user(addressOf(c))
    const client = world.credits.client(c.var.caller.client_id)
    return answerJson(
      c,
      successEnvelope({
        UserLimit: user.limit,
        UserRemaining: user.remaining,
        UserReset: user.resetAtMs / 1000,
        ClientLimit: client.limit,
        ClientRemaining: client.remaining,
      }),
    )
  })

  for (const path of ['/3/image', '/3/upload']) {
    routes.post(
      path,
      limitBody(MAX_UPLOAD_BYTES),
      endpoint(world, 'upload'),
      apiAccess(world, { cost: 10, needsUser: false }),
      async c => {
        const upload = await readUpload(c)
        if (!upload) return refuse(c, 400, 'No image data was sent to the upload api')
        const picture = world.pictures.add(upload.bytes)
        if (!picture) return refuse(c, 400, 'File type invalid')
        const { user } = c.var.caller
        const { origin } = new URL(c.req.url)
        return answerJson(
          c,
          successEnvelope({
            id: picture.id,
            title: upload.title ?? null,
            description: upload.description ?? null,
            datetime: Math.floor(world.clock.nowMs() / 1000),
            type: picture.type,
            size: picture.bytes.byteLength,
            account_id: user?.account_id ?? null,
            account_url: user?.account_username ?? null,
            deletehash: picture.deletehash,
            link: `${origin}/i/${picture.id}.${picture.extension}`,
          }),
        )
      },
    )
  }

  routes.get('/i/:file', c => {
    const picture = world.pictures.get(c.req.param('file').replace(/\.\w+$/, ''))
    if (!picture) return c.notFound()
    return c.body(picture.bytes, 200, { 'Content-Type': picture.type, 'X-Content-Type-Options': 'nosniff' })
  })

  return routes
}
