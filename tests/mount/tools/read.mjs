// Prints as JSON what zarrita finds in directories, and in commits of repositories through the official Icechunk client.
//   usage: node read.mjs DIRECTORY|REPOSITORY@COMMIT...
import { find, findInCommit } from './readers.mjs'

const found = {}
for (const place of process.argv.slice(2)) {
  const [repository, commit] = place.split('@')
  found[place] = await (commit ? findInCommit(repository, commit) : find(place))
}
console.log(JSON.stringify({ zarrita: found }))
