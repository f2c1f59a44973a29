import { Cluster } from './cluster.js';
import { tearDown } from './tear-down.js';

const started = performance.now();
const say = (text: string): void => console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`);

const [verb] = process.argv.slice(2);
if (verb === 'up') await Cluster.up({ progress: say });
else if (verb === 'down') await tearDown();
say('done');
