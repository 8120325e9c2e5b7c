import { html } from 'hono/html'
import type { World } from '../world.ts'
import type { Page } from './layout.ts'

/** The front page: what a developer needs to point an application at this emulator. */
export function frontPage({ registry }: World): Page {
  return {
    title: 'Overview',
    isWide: true,
    main: html`
      <h1>An Imgur authorization server to develop against</h1>
      <section>
        <h2>Clients</h2>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">client_id</th>
                <th scope="col">client_secret</th>
                <th scope="col">redirect_uri</th>
              </tr>
            </thead>
            <tbody>
              ${[...registry.clients.values()].map(
                client =>
                  html`<tr>
                    <td><code>${client.client_id}</code></td>
                    <td><code>${client.client_secret}</code></td>
                    <td><code>${client.redirect_uri}</code></td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
      </section>
      <section>
        <h2>Users</h2>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">account_username</th>
                <th scope="col">password</th>
                <th scope="col">account_id</th>
              </tr>
            </thead>
            <tbody>
              ${[...registry.users.values()].map(
                user =>
                  html`<tr>
                    <td><code>${user.account_username}</code></td>
                    <td><code>${user.password}</code></td>
                    <td>${user.account_id}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
      </section>
    `,
  }
}
