// The official client as a second writer: reads one request a line, {"repository", "edits": [[WHAT, PATH, TEXT]…]}, commits the edits on main,
// and answers with a line {"commit"} or {"error"}. With "dump": true it answers {"files", "log"}: what the tip of main holds, by key, as text, and
// the ids of the commits that led there, newest first. With "versions": [KNOWN…] it answers {"branches", "tags", "versions"}: the ids of each
// branch's commits, each tag's commit, and, by commit, every tip and tag that is not known: {PATH: {"id", "document", "chunks": {KEY: TEXT}}}.
import readline from 'node:readline'
import { groupDocument, json, openLocal } from './official.mjs'

const array = (text, shape = 3) => ({
  zarr_format: 3, node_type: 'array', shape: [shape], data_type: 'float32', fill_value: 'NaN',
  chunk_grid: { name: 'regular', configuration: { chunk_shape: [1] } },
  chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
  codecs: [{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'gzip' }], attributes: { text },
})
const chunk = text => Buffer.concat([Buffer.from(text), Buffer.alloc(700 - Buffer.byteLength(text))])
const parse = bytes => JSON.parse(Buffer.from(bytes))

const edits = {
  group: async (store, path, text) => store.set(`${path}/zarr.json`, json(groupDocument({ text }))),
  array: async (store, path, text) => {
    await store.set(`${path}/zarr.json`, json(array(text)))
    for (const i of [0, 1, 2]) await store.set(`${path}/c/${i}`, chunk(text))
  },
  attributes: async (store, path, text) => {
    const document = parse(await store.get(`${path}/zarr.json`))
    await store.set(`${path}/zarr.json`, json({ ...document, attributes: { text } }))
  },
  resize: async (store, path, text) => {
    const document = parse(await store.get(`${path}/zarr.json`))
    await store.set(`${path}/zarr.json`, json({ ...document, shape: [Number(text)] }))
  },
  recode: async (store, path, text) => {
    const document = parse(await store.get(`${path}/zarr.json`))
    await store.set(`${path}/zarr.json`, json({ ...document, data_type: 'int32', fill_value: 0, attributes: { text } }))
  },
  chunk: async (store, path, text) => store.set(path.replace(/\/(\d+)$/, '/c/$1'), chunk(text)),
  unchunk: async (store, path) => store.delete(path.replace(/\/(\d+)$/, '/c/$1')),
  delete: async (store, path) => store.deleteDir(path),
}

async function commit(folder, list) {
  const repository = await openLocal(folder)
  const moves = list.filter(([what]) => what === 'move')
  const others = list.filter(([what]) => what !== 'move')
  let id
  if (moves.length) {
    const session = await repository.rearrangeSession('main')
    for (const [, from, to] of moves) await session.moveNode('/' + from, '/' + to)
    id = await session.commit('theirs')
  }
  if (others.length) {
    const session = await repository.writableSession('main')
    for (const [what, path, text] of others) await edits[what](session.store, path, text)
    id = await session.commit('theirs')
  }
  return id
}

async function dump(folder) {
  const repository = await openLocal(folder)
  const session = await repository.readonlySession({ branch: 'main' })
  const files = {}
  for (const key of await session.store.list()) files[key] = Buffer.from(await session.store.get(key)).toString().split('\0')[0]
  return { files, log: (await repository.ancestry({ branch: 'main' })).map(commit => commit.id) }
}

async function nodesOf(repository, snapshotId) {
  const reader = await repository.readonlySession({ snapshotId })
  const nodes = {}
  for (const key of (await reader.store.list()).sort()) {
    const text = Buffer.from(await reader.store.get(key)).toString()
    const [, path, chunk] = /^(?:(.*)\/)?(?:zarr\.json|c\/(\d+))$/.exec(key)
    const node = nodes[path ?? ''] ??= { chunks: {} }
    if (chunk === undefined) Object.assign(node, { id: await reader.getNodeId('/' + (path ?? '')), document: text })
    else node.chunks[chunk] = text.split('\0')[0]
  }
  return nodes
}

async function versions(folder, known) {
  const repository = await openLocal(folder)
  const answer = { branches: {}, tags: {}, versions: {} }
  for (const branch of await repository.listBranches()) {
    answer.branches[branch] = (await repository.ancestry({ branch })).map(commit => commit.id)
  }
  for (const tag of await repository.listTags()) answer.tags[tag] = await repository.lookupTag(tag)
  for (const id of [...Object.values(answer.branches).map(ids => ids[0]), ...Object.values(answer.tags)]) {
    if (!known.includes(id)) answer.versions[id] ??= await nodesOf(repository, id)
  }
  return answer
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  let answer
  try {
    answer = request.versions ? await versions(request.repository, request.versions) : request.dump ? await dump(request.repository) : { commit: await commit(request.repository, request.edits) }
  } catch (error) {
    answer = { error: String(error) }
  }
  console.log(JSON.stringify(answer))
}
