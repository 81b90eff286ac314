// The tag before a version, as a script with node-semver finds it.
const { execFileSync } = require('node:child_process')
const semver = require('semver')
const [repository, head] = process.argv.slice(2)
const options = { encoding: 'utf8', maxBuffer: 1024 * 1024 * 1024 }
const tags = execFileSync('git', ['-C', repository, 'tag'], options).trim().split('\n')
console.log(semver.maxSatisfying(tags, `<${head}`))
