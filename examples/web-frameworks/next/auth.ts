import { signInRoutes } from '@latchkey/web'
import { client } from './client'

// `development` accepts http on localhost: remove it on your site.
export const auth = signInRoutes(client, { secret: process.env.SECRET!, development: true })
