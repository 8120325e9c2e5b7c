import { initTRPC } from '@trpc/server'

const { router, procedure } = initTRPC.create()

export const appRouter = router({
  double: procedure.input((value: unknown) => Number(value)).mutation(({ input }) => input * 2),
})
export type AppRouter = typeof appRouter
