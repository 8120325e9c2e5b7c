// Keeps the front page alive: the ledger by server-sent events, everything else through the control endpoint.

const CONTROL = '/_emulator'
const POLL_MS = 2000
const byId = id => document.getElementById(id)

/** Asks the control endpoint for something and shows the state that it answers with. */
async function steer(method, path, body) {
  const response = await fetch(CONTROL + path, {
    method,
    ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  showState(answer)
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
  const asked = entry.grant_type ?? entry.response_type ?? ''
  const issued = entry.issued?.join(' ') ?? ''
  const arrow = entry.presented && issued ? ' → ' : ''
  return element(
    'tr',
    { id: `entry-${entry.id}`, className: isLost(entry) ? 'lost' : entry.outcome },
    element('td', { className: 'time', title: time }, time.slice(11, 19)),
    element(
      'td',
      { className: 'request' },
      element('code', {}, `${entry.method} ${entry.path}`),
      line(asked),
    ),
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

/** The server did its work, and a fault kept the answer. */
const isLost = ({ outcome, status }) => status === undefined && outcome !== 'pending'

function outcomeOf(entry) {
  const { outcome, status } = entry
  if (outcome === 'pending') return 'pending'
  if (isLost(entry)) return outcome === 'none' ? 'no answer, nothing done' : `${outcome}, but no answer`
  return outcome === 'none' ? `${status}, nothing done` : `${status} ${outcome}`
}

const line = text => (text ? element('span', { className: 'line' }, text) : '')

function clearEntries() {
  entries.replaceChildren()
  byId('no-entries').hidden = false
}

/** The emulator was stopped, or has another port now. */
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
  await steer('DELETE', '/ledger')
  clearEntries()
})

// --- switches

const controls = [...document.querySelectorAll('[data-switch]')]
const valueOf = control => {
  if (control.type === 'checkbox') return control.checked
  return control.type === 'number' ? control.valueAsNumber : control.value
}

function showSwitches(values) {
  for (const control of controls) {
    const value = values[control.dataset.switch]
    if (control.type === 'checkbox') control.checked = value
    else if (control !== document.activeElement) control.value = value
    control.closest('li').classList.toggle('changed', String(value) !== control.dataset.default)
  }
}

for (const control of controls) {
  control.addEventListener('change', async () => {
    const change = steer('PATCH', '/switches', { [control.dataset.switch]: valueOf(control) })
    await change.then(
      () => control.setCustomValidity(''),
      error => control.setCustomValidity(error.message),
    )
    control.reportValidity()
  })
}
byId('reset').addEventListener('click', () => steer('POST', '/reset'))

// --- scenarios and faults

let kinds = {}

function showState(state) {
  kinds = state.faultKinds
  showSwitches(state.switches)
  byId('playing').textContent = playing(state)
  byId('faults').replaceChildren(...state.faults.map(faultRow))
  if (!byId('kind-summary').textContent) showParameters()
}

function playing({ scenario, scenarios }) {
  if (!scenario) return 'None is playing.'
  const { server, client } = scenarios[scenario]
  return `Playing ${scenario}. The server ${server}. A client has to ${client}.`
}

const TIMES = { always: 'always', 1: 'once' }

function faultRow({ id, fault, remaining }) {
  const { kind, endpoint, times: _, ...parameters } = fault
  const detail = Object.entries(parameters).map(([name, value]) => `${name} ${value}`)
  const text = [`${kind} on ${endpoint}`, ...detail, TIMES[remaining] ?? `${remaining} times`]
  const remove = element('button', { className: 'small' }, 'Remove')
  remove.setAttribute('aria-label', `Remove ${kind}`)
  remove.addEventListener('click', () => steer('DELETE', `/faults/${id}`))
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
  const fields = [...new FormData(event.target)].map(([name, text]) => [name, numeric(text)])
  const problem = byId('fault-error')
  problem.hidden = true
  try {
    await steer('POST', '/faults', Object.fromEntries(fields))
  } catch (error) {
    problem.textContent = error.message
    problem.hidden = false
  }
})
byId('scenario-form').addEventListener('submit', event => {
  event.preventDefault()
  void steer('POST', '/scenario', { name: byId('scenario').value })
})

// --- what others change meanwhile

async function poll() {
  if (!document.hidden) await steer('GET', '').catch(showLost)
  setTimeout(poll, POLL_MS)
}
void poll()
