// Prints as JSON what the official client says that changed between pairs of commits, each the ancestor of the other.
//   usage: node diff.mjs REPOSITORY [FROM TO]...
import { openLocal } from './official.mjs'

const [folder, ...commits] = process.argv.slice(2)
const repository = await openLocal(folder)
const differences = []
for (let i = 0; i < commits.length; i += 2) {
  differences.push(await repository.diff({ fromSnapshotId: commits[i], toSnapshotId: commits[i + 1] }))
}
console.log(JSON.stringify(differences))
