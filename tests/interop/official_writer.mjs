// Commits on main through the official client, again and again, a chunk of its own each time, while others commit too. Where the branch has moved,
// it rebases as the official client does. Prints as JSON the ids of its commits.
//   usage: node official_writer.mjs REPOSITORY ARRAY FIRST_CHUNK COUNT
import { openLocal } from './official.mjs'

const [folder, array, first, count] = process.argv.slice(2)
const commits = []
for (let i = 0; i < Number(count); i++) {
  const session = await (await openLocal(folder)).writableSession('main')
  await session.store.set(`${array}/c/${Number(first) + i}`, Buffer.from(`theirs ${i}`))
  for (let attempt = 0; commits.length === i; attempt++) {
    try {
      commits.push(await session.commit(`theirs ${i}`))
    } catch (error) {
      if (attempt === 100) throw error
      await session.rebase()
    }
  }
}
console.log(JSON.stringify(commits))
