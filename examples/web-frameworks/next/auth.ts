import { signInRoutes } from '@latchkey/web'
import { client } from './client'

export const auth = signInRoutes(client, { secret: process.env.SECRET!, development: true })
