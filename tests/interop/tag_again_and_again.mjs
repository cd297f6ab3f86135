// Creates tags at the tip of main through the official client, one update after another, as an official writer beside ours does.
//   usage: node tag_again_and_again.mjs REPOSITORY PREFIX COUNT
import { openLocal } from './official.mjs'

const [folder, prefix, count] = process.argv.slice(2)
for (let i = 0; i < Number(count); i++) {
  const repository = await openLocal(folder)
  await repository.createTag(`${prefix}-${i}`, await repository.lookupBranch('main'))
}
