// Properties draw the same cases at every run of npm test, so that a failure comes from a change and not from the
// dice. CONTOR_SEED=random (or a number) draws others; the fuzz bench explores anew each time.
import fc from 'fast-check'

const wanted = process.env.CONTOR_SEED ?? '20241'
if (wanted !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted) })
