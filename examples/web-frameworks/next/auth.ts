import { signInRoutes } from '@latchkey/web'
import { client } from '../src/client.ts'

export const auth = signInRoutes(client, { secret: process.env.SECRET!, development: true })
