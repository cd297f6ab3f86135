// The npm packages, from the folder that tests/prepare.sh installed them into.
import path from 'node:path'
import { pathToFileURL } from 'node:url'

export const modules = process.env.OFFICIAL_MODULES
if (!modules) throw new Error('OFFICIAL_MODULES names no node_modules folder')

export const importModule = name => import(pathToFileURL(path.join(modules, name)))
