// Changes branches and tags through the official client, and prints as JSON whether each change was made and what there is afterwards.
//   usage: node references.mjs REPOSITORY CHANGES
// CHANGES: a JSON array of [kind, name, commit], such as ["reset branch", "dev", "VY76P925PRY57WFEK410"]; "commit" makes one on a branch.
import { groupDocument, json, openLocal } from './official.mjs'

const [folder, changes] = process.argv.slice(2)
const repository = await openLocal(folder)

async function commit(branch) {
  const session = await repository.writableSession(branch)
  await session.store.set('zarr.json', json(groupDocument({ official: Math.random() })))
  await session.commit('theirs')
}

const kinds = {
  'create branch': (name, commit) => repository.createBranch(name, commit),
  'reset branch': (name, commit) => repository.resetBranch(name, commit),
  'delete branch': name => repository.deleteBranch(name),
  'create tag': (name, commit) => repository.createTag(name, commit),
  'delete tag': name => repository.deleteTag(name),
  commit,
}

const done = []
for (const [kind, name, commit] of JSON.parse(changes)) {
  done.push(await kinds[kind](name, commit).then(() => true, () => false))
}

const branches = {}
const tags = {}
for (const name of await repository.listBranches()) branches[name] = await repository.lookupBranch(name)
for (const name of await repository.listTags()) tags[name] = await repository.lookupTag(name)
console.log(JSON.stringify({ done, branches, tags }))
