import { signInRoutes } from '@latchkey/web'
import { client } from './client.ts'

export const auth = signInRoutes(client, { secret: process.env.SECRET, development: true })
