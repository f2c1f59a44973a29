import type { Difference } from '../node-agent/recording/difference.js';
import type { StepLine } from '../node-agent/recording/format.js';
import type { Finding } from '../node-agent/recording/replay.js';
import type { Effect } from '../node-agent/vrrp/effect.js';
import type { RouterEvent } from '../node-agent/vrrp/event.js';
import { type Micros, between, toSeconds } from '../values/time.js';

/** Puts the findings of a replay into lines for people; times are seconds since the recording began. */
export class ReplayTimeline {
  #start = 0 as Micros;

  /** `name`: what the recording is called in messages that name a place. */
  constructor(private readonly name: string) {}

  lines(finding: Finding): readonly string[] {
    const place = `${this.name}:${String(finding.lineNumber)}`;
    switch (finding.kind) {
      case 'recording': {
        const { header } = finding;
        this.#start = header.at;
        return [`Recording of ${header.node} by kube-vrrp ${header.program}, begun at ${header.time}`];
      }
      case 'router':
        return [`${this.#time(finding.line.at)} ${finding.line.key} is ${finding.line.state.name}`];
      case 'corrupt':
        return [`${place}: cannot be used: ${finding.problem}`];
      case 'gap':
        return [
          finding.missing > 0
            ? `${place}: ${String(finding.missing)} lines are missing before this one`
            : `${place}: this line is out of order, or here twice`,
        ];
      case 'step':
        return [
          this.#step(finding.line),
          ...finding.differences.map((difference) => `${place}: DIFFERS: ${inWords(difference)}`),
        ];
    }
  }

  #step({ at, key, event, effects, after }: StepLine): string {
    const done = effects.map(effectInWords);
    return `${this.#time(at)} ${key} ${eventInWords(event)} -> ${[after.name, ...done].join(', ')}`;
  }

  #time(at: Micros): string {
    return toSeconds(between(this.#start, at)).toFixed(6).padStart(13);
  }
}

function eventInWords(event: RouterEvent): string {
  switch (event.kind) {
    case 'startup':
      return `startup from ${event.source}`;
    case 'shutdown':
      return `shutdown (${event.because}${event.handover ? ', handing over' : ''})`;
    case 'advertReceived':
      return `advert from ${event.sender} with priority ${String(event.advert.priority)}`;
    case 'timerExpired':
      return 'timer';
    case 'prioritySet':
      return `priority ${String(event.priority)}${event.yieldToPeer ? ', yielding' : ''}`;
    case 'configSet':
      return 'configuration';
    case 'sourceSet':
      return `source ${event.source}`;
    case 'addressesLost':
      return `lost ${event.addresses.join(' ')}`;
    default:
      return (event as { kind: string }).kind;
  }
}

function effectInWords(effect: Effect): string {
  switch (effect.kind) {
    case 'sendAdvert':
      return `advert with priority ${String(effect.priority)}`;
    case 'stateChanged':
      return `${effect.from} to ${effect.to} (${effect.because})`;
    case 'notice':
      return effect.notice.code;
    default:
      return effect.kind;
  }
}

const inWords = ({ path, recorded, now }: Difference): string =>
  `${path}: recorded ${valueInWords(recorded)}, now ${valueInWords(now)}`;

const valueInWords = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
