import { html } from 'hono/html'
import { FAULT_KINDS } from '../faults/kinds.ts'
import { ENDPOINTS } from '../ledger.ts'
import type { Switch, Switches } from '../options.ts'
import { SWITCHES, SWITCH_NAMES } from '../options.ts'
import { SCENARIO_NAMES } from '../scenarios.ts'
import type { ServerContext } from '../server-context.ts'
import { type Markup, type Page, values } from './layout.ts'

/** Returns the front page: clients, users, requests, switches and faults. `assets/front.js` updates it. */
export function frontPage(context: ServerContext): Page {
  return {
    title: 'Overview',
    app: 'front',
    main: html`
      <h1>An Imgur authorization server to develop against</h1>
      <noscript
        ><p class="error">Without JavaScript this page shows no requests and changes nothing.</p></noscript
      >
      <div class="columns">${clientsAndUsers(context)} ${signInLinks(context)}</div>
      ${ledger()}
      <div class="columns">${switches(context.switches)} ${faultInjection()}</div>
    `,
  }
}

function clientsAndUsers({ registry }: ServerContext): Markup {
  return html`
    <section aria-labelledby="known">
      <h2 id="known">Clients and users</h2>
      ${[...registry.clients.values()].map(({ client_id, client_secret, redirect_uri }) =>
        values({ client_id, client_secret, redirect_uri }, ['client_id', 'client_secret']),
      )}
      ${[...registry.users.values()].map(({ account_username, password, account_id }) =>
        values({ account_username, password, account_id: String(account_id) }),
      )}
    </section>
  `
}

/** Returns links to the authorize page, as an application opens it. */
function signInLinks({ registry }: ServerContext): Markup {
  const [client] = registry.clients.values()
  const link = (response_type: string) =>
    `/oauth2/authorize?${new URLSearchParams({ client_id: client!.client_id, response_type, state: 'try' })}`
  return html`
    <section aria-labelledby="try">
      <h2 id="try">Try it</h2>
      <p>Open the authorize page as the first client does, and watch the requests below.</p>
      <ul class="links">
        <li><a href="${link('code')}" target="_blank" rel="noopener">Sign in with a code</a></li>
        <li><a href="${link('pin')}" target="_blank" rel="noopener">Sign in with a PIN</a></li>
        <li><a href="${link('token')}" target="_blank" rel="noopener">Sign in with a token in the URL</a></li>
      </ul>
      <p class="hint">The code and the token go to the client’s redirect URI, which is not on this server.</p>
    </section>
  `
}

const ledger = (): Markup => html`
  <section aria-labelledby="ledger">
    <div class="heading">
      <h2 id="ledger">Requests</h2>
      <span class="live" id="live" role="status">Connecting</span>
      <button class="small" id="clear-ledger">Clear</button>
    </div>
    <div class="scroll tall" tabindex="0" role="region" aria-label="Table of requests">
      <table class="ledger">
        <thead>
          <tr>
            ${['Time', 'Request', 'For', 'Credentials', 'Outcome'].map(name => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody id="entries"></tbody>
      </table>
      <p class="hint" id="no-entries">
        Nothing yet. Requests to the OAuth endpoints and the API appear here.
      </p>
    </div>
  </section>
`

function switches(values: Readonly<Switches>): Markup {
  return html`
    <section aria-labelledby="switches">
      <div class="heading">
        <h2 id="switches">Switches</h2>
        <button class="small" id="reset">Reset</button>
      </div>
      <ul class="switches">
        ${SWITCH_NAMES.map(
          name =>
            html`<li>
              <label for="switch-${name}">${name}</label>
              ${switchField(name, values[name])}
              <p class="hint" id="about-${name}">${SWITCHES[name].summary}</p>
            </li>`,
        )}
      </ul>
    </section>
  `
}

function switchField(name: keyof Switches, value: unknown): Markup {
  const { values, default: normal } = SWITCHES[name] as Switch<unknown>
  const shared = html`id="switch-${name}" data-switch="${name}" data-default="${String(normal)}"
  aria-describedby="about-${name}"`
  if (values) {
    return html`<select ${shared}>
      ${values.map(selectField => html`<option ${selectField === value ? html`selected` : ''}>${selectField}</option>`)}
    </select>`
  }
  return typeof value === 'boolean'
    ? html`<input type="checkbox" ${shared} ${value ? html`checked` : ''} />`
    : html`<input type="number" min="0" ${shared} value="${value}" />`
}

const faultInjection = (): Markup => html`
  <section aria-labelledby="fault-injection">
    <h2 id="fault-injection">Fault injection</h2>
    <form id="scenario-form">
      <label for="scenario">Scenario</label>
      <div class="inline">
        <select id="scenario" name="name">
          ${SCENARIO_NAMES.map(name => html`<option>${name}</option>`)}
        </select>
        <button>Start</button>
      </div>
      <p class="hint" id="playing" role="status">No scenario is active.</p>
    </form>
    <h3 id="armed">Active faults</h3>
    <ul id="faults" aria-labelledby="armed"></ul>
    <form id="fault-form">
      <div class="fields">
        ${choice('kind', 'Kind', Object.keys(FAULT_KINDS))}
        ${choice('endpoint', 'Endpoint', [...ENDPOINTS, '*'], 'token')}
        <div>
          <label for="fault-times">Times</label>
          <input id="fault-times" name="times" value="1" />
        </div>
      </div>
      <p class="hint" id="kind-summary"></p>
      <div class="fields" id="fault-parameters"></div>
      <button>Add the fault</button>
      <p class="error" id="fault-error" role="alert" hidden></p>
    </form>
  </section>
`

const choice = (name: string, label: string, values: readonly string[], selected?: string): Markup => html`
  <div>
    <label for="fault-${name}">${label}</label>
    <select id="fault-${name}" name="${name}">
      ${values.map(value => html`<option ${value === selected ? html`selected` : ''}>${value}</option>`)}
    </select>
  </div>
`
