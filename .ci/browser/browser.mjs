// The browser and the server that the tests share.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

// An old phone: small, and no scripts.
export const phone = { viewport: { width: 320, height: 640 }, locale: 'fr-FR', javaScriptEnabled: false }

export async function launch () {
  return chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: flags })
}

// serve starts the pages over an engine in memory, unless BASE_URL names a server.
export async function serve () {
  if (process.env.BASE_URL) return { url: process.env.BASE_URL.replace(/\/$/, ''), stop () {} }
  const child = spawn(process.env.SERVER, { stdio: ['pipe', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = line.match(/^ready (\S+)$/)
    if (ready) return { url: ready[1], stop () { child.stdin.end() } }
  }
  throw new Error('the server of the pages did not start')
}

export async function picture (page, name) {
  if (!process.env.SCREENSHOTS) return
  await page.screenshot({ path: join(process.env.SCREENSHOTS, name + '.png'), fullPage: true })
}
