// Moves nodes on a branch through the official client and prints the commit's id.
//   usage: node move.mjs REPOSITORY BRANCH MESSAGE FROM TO [FROM TO]...
import { openLocal } from './official.mjs'

const [folder, branch, message, ...paths] = process.argv.slice(2)
const session = await (await openLocal(folder)).rearrangeSession(branch)
for (let i = 0; i < paths.length; i += 2) await session.moveNode(paths[i], paths[i + 1])
console.log(await session.commit(message))
