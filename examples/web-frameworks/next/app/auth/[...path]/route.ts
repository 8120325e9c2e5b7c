import { auth } from '../../../auth'

async function handle(request: Request): Promise<Response> {
  return (await auth.handle(request)) ?? new Response(null, { status: 404 })
}

export { handle as GET, handle as POST }
