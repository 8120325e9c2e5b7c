// Updates the front page: the ledger with server-sent events, everything else with the control endpoint.

const CONTROL = '/_emulator'
const POLL_MS = 2000
const byId = id => document.getElementById(id)

/** Sends a request to the control endpoint and shows the returned state. */
async function control(method, path, body) {
  const response = await fetch(CONTROL + path, {
    method,
    ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const state = await response.json()
  if (!response.ok) throw new Error(state.error)
  showState(state)
}

function element(name, properties = {}, ...children) {
  const created = Object.assign(document.createElement(name), properties)
  created.append(...children)
  return created
}

// --- the ledger

const entries = byId('entries')

function showEntry(entry) {
  const row = rowOf(entry)
  const shown = byId(row.id)
  if (shown) shown.replaceWith(row)
  else entries.prepend(row)
  byId('no-entries').hidden = true
}

function rowOf(entry) {
  const time = new Date(entry.atMs).toISOString()
  const type = entry.grant_type ?? entry.response_type ?? ''
  const issued = entry.issued?.join(' ') ?? ''
  const arrow = entry.presented && issued ? ' → ' : ''
  return element(
    'tr',
    { id: `entry-${entry.id}`, className: isLost(entry) ? 'lost' : entry.outcome },
    element('td', { className: 'time', title: time }, time.slice(11, 19)),
    element('td', { className: 'request' }, element('code', {}, `${entry.method} ${entry.path}`), line(type)),
    element(
      'td',
      { className: 'for' },
      element('code', {}, entry.client_id ?? ''),
      line(entry.account_username),
    ),
    element(
      'td',
      { className: 'credentials' },
      element('code', {}, (entry.presented ?? '') + arrow + issued),
    ),
    element(
      'td',
      { className: 'result' },
      element('span', { className: 'outcome' }, outcomeOf(entry)),
      line(entry.message),
      line(entry.faults && `fault: ${entry.faults.join(', ')}`),
    ),
  )
}

/** A fault suppressed the response. */
const isLost = ({ outcome, status }) => status === undefined && outcome !== 'pending'

function outcomeOf(entry) {
  const { outcome, status } = entry
  if (outcome === 'pending') return 'pending'
  if (isLost(entry)) return outcome === 'none' ? 'not handled, no response' : `${outcome}, but no response`
  return outcome === 'none' ? `${status}, not handled` : `${status} ${outcome}`
}

const line = text => (text ? element('span', { className: 'line' }, text) : '')

function clearEntries() {
  entries.replaceChildren()
  byId('no-entries').hidden = false
}

/** The emulator was stopped or restarted on another port. */
function showLost() {
  byId('live').textContent = 'Not connected'
}

const events = new EventSource(`${CONTROL}/events`)
events.addEventListener('open', () => {
  clearEntries()
  byId('live').textContent = 'Live'
})
events.addEventListener('error', showLost)
events.addEventListener('entry', event => showEntry(JSON.parse(event.data)))

byId('clear-ledger').addEventListener('click', async () => {
  await control('DELETE', '/ledger')
  clearEntries()
})

// --- switches

const fields = [...document.querySelectorAll('[data-switch]')]
const valueOf = field => {
  if (field.type === 'checkbox') return field.checked
  return field.type === 'number' ? field.valueAsNumber : field.value
}

function showSwitches(values) {
  for (const field of fields) {
    const value = values[field.dataset.switch]
    if (field.type === 'checkbox') field.checked = value
    else if (field !== document.activeElement) field.value = value
    field.closest('li').classList.toggle('changed', String(value) !== field.dataset.default)
  }
}

for (const field of fields) {
  field.addEventListener('change', async () => {
    const change = control('PATCH', '/switches', { [field.dataset.switch]: valueOf(field) })
    await change.then(
      () => field.setCustomValidity(''),
      error => field.setCustomValidity(error.message),
    )
    field.reportValidity()
  })
}
byId('reset').addEventListener('click', () => control('POST', '/reset'))

// --- scenarios and faults

let kinds = {}

function showState(state) {
  kinds = state.faultKinds
  showSwitches(state.switches)
  byId('playing').textContent = scenarioText(state)
  byId('faults').replaceChildren(...state.faults.map(faultRow))
  if (!byId('kind-summary').textContent) showParameters()
}

function scenarioText({ scenario, scenarios }) {
  if (!scenario) return 'No scenario is active.'
  const { server, client } = scenarios[scenario]
  return `Active: ${scenario}. The server ${server}. A client must ${client}.`
}

const TIMES = { always: 'always', 1: 'once' }

function faultRow({ id, fault, remaining }) {
  const { kind, endpoint, times: _, ...parameters } = fault
  const detail = Object.entries(parameters).map(([name, value]) => `${name} ${value}`)
  const text = [`${kind} on ${endpoint}`, ...detail, TIMES[remaining] ?? `${remaining} times`]
  const remove = element('button', { className: 'small' }, 'Remove')
  remove.setAttribute('aria-label', `Remove ${kind}`)
  remove.addEventListener('click', () => control('DELETE', `/faults/${id}`))
  return element('li', {}, element('span', {}, text.join(', ')), remove)
}

function showParameters() {
  const { summary, parameters } = kinds[byId('fault-kind').value]
  byId('kind-summary').textContent = summary
  byId('fault-parameters').replaceChildren(...Object.entries(parameters).map(parameterField))
}

function parameterField([name, setting]) {
  const id = `parameter-${name}`
  const options = setting.values?.map(value => element('option', {}, String(value)))
  const field = options ? element('select', {}, ...options) : element('input')
  Object.assign(field, { id, name, value: String(setting.default) })
  return element('div', {}, element('label', { htmlFor: id }, name), field)
}

const numeric = text => (/^-?\d+$/.test(text) ? Number(text) : text)

byId('fault-kind').addEventListener('change', showParameters)
byId('fault-form').addEventListener('submit', async event => {
  event.preventDefault()
  const entries = [...new FormData(event.target)].map(([name, text]) => [name, numeric(text)])
  const problem = byId('fault-error')
  problem.hidden = true
  try {
    await control('POST', '/faults', Object.fromEntries(entries))
  } catch (error) {
    problem.textContent = error.message
    problem.hidden = false
  }
})
byId('scenario-form').addEventListener('submit', event => {
  event.preventDefault()
  void control('POST', '/scenario', { name: byId('scenario').value })
})

// --- changes by others

async function poll() {
  if (!document.hidden) await control('GET', '').catch(showLost)
  setTimeout(poll, POLL_MS)
}
void poll()
