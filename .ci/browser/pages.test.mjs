import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { launch, phone, picture, serve } from './browser.mjs'

const ours = !process.env.BASE_URL // the engine in memory has links for every case
const budget = 14 * 1024 // bytes on the wire, a page with its style
let browser, server

before(async () => { [browser, server] = await Promise.all([launch(), serve()]) })
after(async () => {
  await browser?.close()
  server?.stop()
})

// open gives a page in a context of its own, closed when the test ends. Every request it
// makes is noted: a page is one request and stays within the budget.
async function open (t, options, token, query = '') {
  const context = await browser.newContext(options)
  t.after(() => context.close())
  const page = await context.newPage()
  page.requests = []
  page.on('requestfinished', r => page.requests.push(r))
  page.on('requestfailed', r => page.requests.push(r))
  await page.goto(`${server.url}/r/${token}${query}`)
  return page
}

const heading = page => page.locator('h1').innerText()
const width = page => page.evaluate(() => document.documentElement.scrollWidth)

// small lists what a thumb would miss.
const small = page => page.locator('a, button').evaluateAll(all => all
  .map(e => ({ text: e.textContent, box: e.getBoundingClientRect() }))
  .filter(({ box }) => box.width < 44 || box.height < 44)
  .map(({ text, box }) => `${text} (${Math.round(box.width)}×${Math.round(box.height)})`))

async function fits (page, name) {
  await picture(page, name)
  assert.ok(await width(page) <= 320, `${name} scrolls sideways: ${await width(page)} px`)
  assert.deepEqual(await small(page), [], `${name} has targets under 44 px`)
  assert.equal(await page.locator('h1').count(), 1, `${name} has one heading`)
}

async function weigh (page) {
  let total = 0
  for (const request of page.requests) {
    const { responseBodySize, responseHeadersSize } = await request.sizes()
    assert.ok(responseBodySize <= budget, `${responseBodySize} bytes for one page`)
    total += responseBodySize + responseHeadersSize
    assert.equal(new URL(request.url()).origin, new URL(server.url).origin, 'no third party')
  }
  return total
}

const token = n => process.env.TOKEN || `t${n}`

test('choose, book, move and cancel, by hand, without scripts, at 320 px', async t => {
  const page = await open(t, phone, token(1))
  await fits(page, '1-choose')
  const firstHour = await page.locator('.slots a').first().innerText()

  await page.locator('.slots a').first().click()
  await fits(page, '2-check')
  assert.match(await page.locator('.when').innerText(), new RegExp(firstHour.replace(/\s/g, '\\s')))

  await page.locator('form button').click()
  await fits(page, '3-booked')
  assert.match(await page.locator('[role=status]').innerText(), /noté|done/)
  assert.doesNotMatch(page.url(), /book$/, 'a redirect ends the change')
  await page.reload()
  assert.match(await page.locator('.when').innerText(), new RegExp(firstHour.replace(/\s/g, '\\s')))

  await page.locator('nav a.main').click()
  await fits(page, '4-move')
  await page.locator('.slots a[href*="start="]').nth(5).click()
  await fits(page, '5-movecheck')
  const moved = await page.locator('.when').innerText()
  await page.locator('form button').click()
  await fits(page, '6-moved')
  assert.equal(await page.locator('.when').innerText(), moved)

  await page.locator('nav a[href*="/cancel"]').click()
  await fits(page, '7-cancel')
  await page.locator('form button').click()
  await fits(page, '8-cancelled')
  assert.match(await page.locator('[role=status]').innerText(), /annulé|cancelled/)
  assert.ok(await page.locator('.slots a').count() > 0, 'the link still offers slots')

  const total = await weigh(page)
  t.diagnostic(`${page.requests.length} requests, ${total} bytes for the whole journey`)
})

test('more, another day and another week are plain links', async t => {
  const page = await open(t, phone, token(8))
  assert.equal(await page.locator('.slots a[href*="start="]').count(), 10)
  const last = await page.locator('.slots a[href*="start="]').last().getAttribute('href')
  await page.locator('p a[href*="after="]').click()
  await fits(page, 'more')
  assert.ok(await page.locator('.slots a[href*="start="]').first().getAttribute('href') > last)
  await page.goBack()
  await page.locator('.all a').nth(1).click()
  await fits(page, 'another-day')
  assert.ok(await page.locator('.slots a[href*="start="]').count() > 10)
  await page.goBack()
  await page.locator('.weeks a').last().click()
  await fits(page, 'another-week')
})

test('an old tab is told, and changes nothing', async t => {
  const one = await open(t, phone, token(2))
  await one.locator('.slots a').first().click()
  const two = await one.context().newPage()
  await two.goto(`${server.url}/r/${token(2)}`)
  await two.locator('.slots a[href*="start="]').nth(3).click()
  await two.locator('form button').click()
  const booked = await two.locator('.when').innerText()

  await one.locator('form button').click()
  await fits(one, 'old-tab')
  assert.equal(await one.locator('.when').innerText(), booked)
  await two.locator('nav a[href*="/cancel"]').click()
  await two.locator('form button').click()
})

test('the style is not needed', async t => {
  const context = await browser.newContext(phone)
  t.after(() => context.close())
  const page = await context.newPage()
  await page.route('**/r/**', async route => {
    const response = await route.fetch()
    const body = (await response.text()).replace(/<style>[\s\S]*?<\/style>/, '')
    await route.fulfill({ response, body })
  })
  await page.goto(`${server.url}/r/${token(3)}`)
  await picture(page, 'unstyled')
  assert.ok(await page.locator('h1').isVisible())
  assert.ok(await width(page) <= 320)
  await page.locator('ul a').first().click()
  assert.ok(await page.locator('form button').isVisible())
})

test('a keyboard alone chooses a slot, and sees where it is', async t => {
  const page = await open(t, { ...phone, javaScriptEnabled: true }, token(4))
  await page.keyboard.press('Tab')
  const focus = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement)
    return { tag: document.activeElement.tagName, width: parseFloat(style.outlineWidth), kind: style.outlineStyle }
  })
  assert.equal(focus.tag, 'A')
  assert.ok(focus.width >= 2 && focus.kind === 'solid', `outline: ${focus.width} ${focus.kind}`)
  await page.keyboard.press('Enter')
  await page.waitForURL(/check/)
  for (let i = 0; i < 3 && await page.evaluate(() => document.activeElement.tagName) !== 'BUTTON'; i++) await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'BUTTON')
})

// Pages that a click away shows, and those that only the engine in memory has a link for.
const soon = new Date(Date.now() + 9 * 864e5).toISOString().slice(0, 10)
const audited = ['', `?from=${soon}`, `?after=${soon}T08:00:00Z`, '?from=2100-01-01', '/stop', '/decline', '?lang=en', '?lang=ar', '?lang=uk', '!dead']
const cases = ['late', 'moved', 'none', 'later', 'en', 'moved/cancel', 'moved/move', 'late/cancel']
const dark = ['', '/decline', '!dead'] // only the colours differ

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing to say (${colorScheme})`, async t => {
    const options = { viewport: phone.viewport, locale: 'fr-FR', colorScheme }
    const addresses = (colorScheme === 'dark' ? dark : audited).map(a => a === '!dead' ? 'nobodyslink' : token(5) + a)
    if (ours && colorScheme === 'light') addresses.push(...cases)
    for (const address of addresses) {
      const page = await open(t, options, address)
      await audit(page, `${colorScheme}-${address.replace(/\W+/g, '-')}`)
      await page.context().close()
    }
    if (!ours) return
    const page = await open(t, options, 't6')
    await page.locator('.slots a').first().click()
    await audit(page, `${colorScheme}-check`)
    await page.locator('form button').click()
    await audit(page, `${colorScheme}-booked`)
    await page.locator('nav a[href*="/cancel"]').click()
    await page.locator('form button').click()
  })
}

async function audit (page, name) {
  await fits(page, name)
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']).analyze()
  assert.deepEqual(violations.map(v => `${name}: ${v.id}: ${v.nodes.map(n => n.html).join(' ')}`), [])
}

test('a slot that went to somebody else leads to the nearest ones', { skip: !ours }, async t => {
  const page = await open(t, phone, 'taken')
  await page.locator('.slots a[href*="start="]').nth(1).click()
  await page.locator('form button').click()
  await fits(page, 'taken')
  assert.equal(await page.locator('.near a').count(), 3)
})

test('at twice the text size nothing is cut', async t => {
  const page = await open(t, { viewport: { width: 320, height: 640 }, javaScriptEnabled: true }, token(7))
  await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; document.body.style.fontSize = '36px' })
  await picture(page, 'large-text')
  assert.ok(await width(page) <= 320, `scrolls sideways: ${await width(page)} px`)
  assert.ok(await heading(page))
})
