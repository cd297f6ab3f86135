// Commits given changes through the official client, one commit for each, and prints the commits' ids.
//   usage: node steps.mjs REPOSITORY JSON
// JSON: {"config": CONFIG, or null for a repository that is there, "steps": [{"documents": {KEY: TEXT}, "put": {KEY: TEXT}, "delete": [KEY]}]}
import { openLocal, Repository, Storage } from './official.mjs'

const [folder, text] = process.argv.slice(2)
const { config, steps } = JSON.parse(text)
const repository = config ? await Repository.create(await Storage.newLocalFilesystem(folder), config, 2) : await openLocal(folder)
for (const step of steps) {
  const session = await repository.writableSession('main')
  for (const [key, text] of [...Object.entries(step.documents), ...Object.entries(step.put)]) await session.store.set(key, Buffer.from(text))
  for (const key of step.delete) await session.store.delete(key)
  console.log(await session.commit('step'))
}
