// listens PATH BACKLOG: listens there, with so much room for who is not yet noticed.
import { createServer } from 'node:net'

const [path, backlog] = process.argv.slice(2)
createServer().listen({ path, backlog: Number(backlog) }, () => console.log('listens'))
