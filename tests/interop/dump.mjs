// Prints as JSON what the official client sees: every branch and tag, and every commit they reach with its
// documents, chunks and changes.
// A chunk that cannot be read, because it is virtual and elsewhere, has no sha256.
//   usage: node dump.mjs REPOSITORY [MORE_COMMITS...]
import { openLocal, sha256 } from './official.mjs'

const [folder, ...more] = process.argv.slice(2)
const repository = await openLocal(folder)

// "a/b/c/0/1" is chunk 0/1 of node "/a/b"; "a/b/c" is the only chunk of the 0-dimensional "/a/b".
function chunkOf(key) {
  const [, node, coordinates] = /^(?:(.*)\/)?c(?:\/(\d+(?:\/\d+)*))?$/s.exec(key)
  return [`/${node ?? ''}`, coordinates ?? '']
}

async function nodesOf(snapshotId) {
  const session = await repository.readonlySession({ snapshotId })
  const keys = await session.store.list()
  const nodes = {}
  const chunkKeys = []
  for (const key of keys.sort()) {
    if (key !== 'zarr.json' && !key.endsWith('/zarr.json')) {
      chunkKeys.push(key)
      continue
    }
    const path = '/' + key.slice(0, -'zarr.json'.length).replace(/\/$/, '')
    const document = Buffer.from(await session.store.get(key))
    nodes[path] = {
      id: await session.getNodeId(path),
      kind: JSON.parse(document).node_type,
      document: document.toString('base64'),
      chunks: {},
    }
  }
  for (const key of chunkKeys) {
    const [path, coordinates] = chunkOf(key)
    nodes[path].chunks[coordinates] = await chunk(session.store, key)
  }
  return nodes
}

async function chunk(store, key) {
  try {
    const bytes = await store.get(key)
    return { size: bytes.length, sha256: sha256(bytes) }
  } catch (error) {
    if (!/virtual/.test(error.message)) throw error
    return { size: await store.getsize(key), sha256: null }
  }
}

// What the commit's transaction log says that it did.
const changesOf = (commit, parent) => parent ? repository.diff({ fromSnapshotId: parent, toSnapshotId: commit }) : null

const branches = {}
const tags = {}
const commits = {}

async function addHistory(version) {
  const history = await repository.ancestry(version)
  for (const [index, commit] of history.entries()) {
    if (commits[commit.id]) continue
    commits[commit.id] = {
      parent: history[index + 1]?.id ?? null,
      message: commit.message,
      metadata: commit.metadata ?? {},
      changes: await changesOf(commit.id, history[index + 1]?.id),
      nodes: await nodesOf(commit.id),
    }
  }
}

for (const branch of await repository.listBranches()) {
  branches[branch] = await repository.lookupBranch(branch)
  await addHistory({ branch })
}
for (const tag of await repository.listTags()) {
  tags[tag] = await repository.lookupTag(tag)
  await addHistory({ tag })
}
for (const snapshotId of more) await addHistory({ snapshotId })
console.log(JSON.stringify({ specVersion: repository.specVersion, branches, tags, commits }))
